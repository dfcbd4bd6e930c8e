from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import LazyTranslate, formatLang

from ..engine import results

_lt = LazyTranslate(__name__)

#: what the page offers -> days back from today; ``None``: from the beginning
PERIODS = {'30': 30, '90': 90, '365': 365, 'all': None}
WORDS = {
    results.ENROLLED: _lt("Enrolled"),
    results.ENTERED: _lt("Came to the step"),
    results.EXITED: _lt("Left early"),
    results.HOLDOUT: _lt("Untouched"),
    results.GOAL: _lt("Goal reached"),
}
#: what a figure stands for -> which patients are behind it
WHO = {
    'enrolled': [],
    'under_way': [('state', '=', 'active')],
    'goals': [('goal_at', '!=', False)],
    'left': [('state', '=', 'exited'), ('exit_reason', '!=', 'goal')],
}


class HealthcareWorkflow(models.Model):
    """What came of a workflow: where patients are, why they dropped out, who reached the goal, and
    which way of a split did better."""

    _inherit = 'healthcare.workflow'

    def action_open_results(self):
        """Show what came of it."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.client']._for_xml_id(
            'healthcare_crm_followup.healthcare_workflow_results_action'
        )
        return action | {'params': {'workflow_id': self.id}}

    @api.model
    def _get_since(self, period):
        """Return the first day of a period; ``None`` for from the beginning."""
        days = PERIODS.get(period, 30)
        return days and fields.Date.today() - timedelta(days=days - 1)

    def _get_counted_versions(self, version_id):
        """Return the versions that are counted, as the engine sees them."""
        self.ensure_one()
        self.check_access('read')
        versions = self.version_ids
        if version_id:
            versions = versions.filtered(lambda version: version.id == version_id)
        versions.check_access('read')
        # sudo: where patients stand is in tokens, the engine's; only numbers leave
        return versions.sudo()

    def results_load(self, period='30', version_id=False):
        """Return the results page of this workflow as JSON: numbers, and their words; or why they
        are hidden.

        :param period: one of :data:`PERIODS`
        :param version_id: only what happened on this version
        """
        versions = self._get_counted_versions(version_id)
        if hidden := self._say_opaque():
            return {'id': self.id, 'name': self.name, 'versions': [], 'hidden': hidden}
        since = self._get_since(period)
        found = results.funnel(versions.env, versions, since)
        only = versions.ids if version_id else None
        trends = results.trends(versions.env, self.ids, fields.Date.today(), since, only)
        words = self._get_outcome_words()
        return {
            'id': self.id,
            'name': self.name,
            'versions': [
                {'id': one.id, 'number': one.number, 'date': fields.Datetime.to_string(one.date)}
                for one in self.version_ids.sorted('number', reverse=True)
            ],
            'has_goal': self.has_goal
            or bool(found.goals)
            or any('goal' in version.graph and version.graph['goal'] for version in versions[:1]),
            'figures': {
                'enrolled': found.enrolled,
                'under_way': sum(results.under_way(versions.env, versions.ids).values()),
                'goals': found.goals,
                'left': sum(found.exits.values()),
                'incidents': sum(step.incidents for step in found.steps),
            },
            'goal': self._tell_rate(found.goal),
            'steps': [self._tell_step(step, words) for step in found.steps],
            'exits': [
                {'code': code, 'label': words.get(code, code), 'total': total}
                for code, total in sorted(found.exits.items(), key=lambda one: -one[1])
            ],
            'trend': self._tell_trend(trends.get(self.id)),
        }

    @api.model
    def results_overview(self, period='30'):
        """Return what came of every workflow that has run, as JSON, those with most patients
        first; last those whose numbers are hidden."""
        found = self.search([('version_ids', '!=', False)])
        opaque = found.filtered('is_opaque')
        workflows = found - opaque
        workflows.version_ids.check_access('read')
        # sudo: as for one workflow
        engine = workflows.sudo()
        since = self._get_since(period)
        trends = results.trends(engine.env, engine.ids, fields.Date.today(), since)
        waiting = results.under_way(engine.env, engine.version_ids.ids)
        states = dict(self._fields['state']._description_selection(self.env))
        told = []
        for workflow in workflows:
            trend = trends.get(workflow.id)
            enrolled, goals, left = (
                (sum(trend.entered), sum(trend.goals), sum(trend.left)) if trend else (0, 0, 0)
            )
            told.append(
                {
                    'id': workflow.id,
                    'name': workflow.name,
                    'state': workflow.state,
                    'state_label': states[workflow.state],
                    'has_goal': workflow.has_goal or bool(goals),
                    'enrolled': enrolled,
                    'under_way': sum(waiting.get(one, 0) for one in workflow.version_ids.ids),
                    'goals': goals,
                    'left': left,
                    'goal': self._tell_rate(results.goal_rate(goals, enrolled)),
                    'trend': self._tell_trend(trend),
                }
            )
        told.sort(key=lambda one: (-one['enrolled'], -one['under_way'], one['name']))
        return told + [
            {
                'id': workflow.id,
                'name': workflow.name,
                'state': workflow.state,
                'state_label': states[workflow.state],
                'hidden': workflow._say_opaque(),
            }
            for workflow in opaque.sorted('name')
        ]

    def results_open_patients(self, figure, period='all', version_id=False):
        """Return the action that lists the patients behind a figure.

        :param figure: a key of :data:`WHO`, or ``left/`` and the reason
        """
        self.ensure_one()
        self.check_access('read')
        name, _slash, reason = figure.partition('/')
        if name not in WHO:
            raise UserError(self.env._("There is no list of these patients."))
        domain = Domain('workflow_id', '=', self.id) & Domain(WHO[name])
        if version_id:
            domain &= Domain('version_id', '=', version_id)
        since = self._get_since(period)
        if since and name != 'under_way':
            date = {'goals': 'goal_at', 'left': 'date_end'}.get(name, 'date_start')
            domain &= Domain(date, '>=', fields.Date.to_string(since))
        if reason:
            domain &= Domain('exit_reason', '=', reason)
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_followup.healthcare_workflow_enrollment_action'
        )
        return action | {'domain': list(domain), 'context': {}}

    def results_open_days(self):
        """Return the action that shows the counters day by day, as pivot and graph; of all
        workflows where none is given."""
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_followup.healthcare_workflow_stat_action'
        )
        domain = [('version_id.workflow_id', 'in', self.ids)] if self else []
        if self and (hidden := self._say_opaque()):
            action['help'] = Markup('<p>%s</p>') % hidden
        return action | {'domain': domain}

    # ------------------------------------------------------------ words

    @api.model
    def _get_outcome_words(self):
        """Return {code: word} of outcomes, channels, and reasons why somebody dropped out."""
        ledger = self.env['healthcare.communication']._fields
        enrollment = self.env['healthcare.workflow.enrollment']._fields
        words = self.env['healthcare.workflow.edge']._get_outcome_labels()
        for field in (ledger['channel'], ledger['reason'], enrollment['exit_reason']):
            words |= dict(field._description_selection(self.env))
        return words | {code: self.env._(word) for code, word in WORDS.items()}

    def _tell_step(self, step, words):
        """Return a :class:`~..engine.results.StepResults` as JSON, in words."""
        return {
            'key': step.key,
            'name': step.name,
            'kind': step.kind,
            'entered': step.entered,
            'waiting': step.waiting,
            'incidents': step.incidents,
            'went_on': step.went_on,
            'dropped': sum(step.left.values()),
            'outcomes': [
                {
                    'code': code,
                    'label': step.names.get(code) or words.get(code, code),
                    'total': total,
                    'reasons': self._tell_reasons(
                        {why: n for (of, why), n in step.reasons.items() if of == code}, words
                    ),
                }
                for code, total in sorted(step.outcomes.items(), key=lambda one: -one[1])
            ],
            'left': self._tell_reasons(step.left, words),
            'arms': [
                {
                    'code': arm.outcome,
                    'label': self._say_arm(arm),
                    'total': arm.total,
                    'goals': arm.goals,
                    'rate': self._tell_rate(arm.rate),
                    'verdict': arm.verdict or 'base',
                    'sentence': self._compare(arm, step.arms[0]) if place else '',
                }
                for place, arm in enumerate(step.arms)
            ],
        }

    def _tell_reasons(self, reasons, words):
        return [
            {'code': code, 'label': words.get(code, code), 'total': total}
            for code, total in sorted(reasons.items(), key=lambda one: -one[1])
        ]

    def _tell_trend(self, trend):
        """Return a :class:`~..engine.results.Trend` as JSON; ``False`` where nothing is counted."""
        return bool(trend) and {
            'unit': trend.unit,
            'days': [fields.Date.to_string(day) for day in trend.days],
            'entered': list(trend.entered),
            'goals': list(trend.goals),
            'left': list(trend.left),
        }

    def _tell_rate(self, rate):
        """Return a rate with what it may be in truth, as numbers and in words."""
        return bool(rate) and {
            'share': rate.estimate,
            'low': rate.low,
            'high': rate.high,
            'percent': self.env._("%s %%", self._percent(rate.estimate)),
            'between': self.env._(
                "between %(low)s %% and %(high)s %%",
                low=self._percent(rate.low),
                high=self._percent(rate.high),
            ),
        }

    def _say_arm(self, arm):
        """Return the name of a way of a split."""
        return arm.name or self.env._(WORDS[results.HOLDOUT])

    def _percent(self, share):
        """Return a share of one as a percentage; below one per cent with a decimal."""
        return formatLang(self.env, share * 100, digits=1 if 0 < abs(share) < 0.0095 else 0)

    def _compare(self, arm, base):
        """Return how an arm did beside the one it is compared with, as a sentence."""
        _ = self.env._
        apart = arm.difference
        if apart is None:
            return _("Nothing to compare yet.")
        values = {
            'arm': self._say_arm(arm),
            'rate': self._percent(arm.rate.estimate),
            'base': self._say_arm(base),
            'base_rate': self._percent(base.rate.estimate),
            'low': self._percent(min(abs(apart.low), abs(apart.high))),
            'high': self._percent(max(abs(apart.low), abs(apart.high))),
            'fewer': self._percent(abs(apart.low)),
            'more': self._percent(abs(apart.high)),
        }
        if arm.verdict == 'better':
            return _(
                "With “%(arm)s” %(rate)s %% reached the goal, with “%(base)s” %(base_rate)s %%: "
                "between %(low)s and %(high)s points more.",
                **values,
            )
        if arm.verdict == 'worse':
            return _(
                "With “%(arm)s” %(rate)s %% reached the goal, with “%(base)s” %(base_rate)s %%: "
                "between %(low)s and %(high)s points fewer.",
                **values,
            )
        return _(
            "With “%(arm)s” %(rate)s %% reached the goal, with “%(base)s” %(base_rate)s %%: no "
            "clear difference yet, it may be %(fewer)s points fewer or %(more)s more.",
            **values,
        )
