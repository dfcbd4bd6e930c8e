from odoo import api, fields, models
from odoo.tools import formatLang

from ..engine import results


class HealthcareWorkflowResults(models.TransientModel):
    """What came of a workflow: where patients are, why they dropped out, who reached the goal, and
    which way of a split did better."""

    _name = 'healthcare.workflow.results'
    _description = "Results of a Workflow"

    workflow_id = fields.Many2one('healthcare.workflow', required=True, ondelete='cascade')
    version_id = fields.Many2one(
        'healthcare.workflow.version',
        string="Only Version",
        domain="[('workflow_id', '=', workflow_id)]",
        ondelete='cascade',
    )
    results_html = fields.Html(compute='_compute_results_html', sanitize=False)

    @api.depends('workflow_id.name')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for one in self:
            one.display_name = self.env._("Results: %s", one.workflow_id.name)

    @api.depends('workflow_id', 'version_id')
    @api.depends_context('lang')
    def _compute_results_html(self):
        for one in self:
            versions = one.version_id or one.workflow_id.version_ids
            versions.check_access('read')
            # sudo: where patients stand is in tokens, the engine's; only numbers leave this method
            engine = versions.sudo()
            found = results.funnel(engine.env, engine)
            one.results_html = self.env['ir.qweb']._render(
                'healthcare_crm_followup.workflow_results', one._prepare_values(found)
            )

    def _prepare_values(self, found):
        """Return what the page needs to show :class:`~..engine.results.Results` in words."""
        words = self._get_words()
        return {
            'found': found,
            'goal': self._say_rate(found.goal),
            'exits': [
                (words.get(code, code), number)
                for code, number in sorted(found.exits.items(), key=lambda one: -one[1])
            ],
            'steps': [
                {
                    'step': step,
                    'outcomes': [
                        (self._say_outcome(step, code, words), number)
                        for code, number in sorted(step.outcomes.items(), key=lambda one: -one[1])
                    ],
                    'reasons': [
                        (words.get(reason, reason), number)
                        for (_outcome, reason), number in sorted(
                            step.reasons.items(), key=lambda one: -one[1]
                        )
                    ],
                    'arms': [
                        {
                            'arm': arm,
                            'name': self._say_arm(arm),
                            'rate': self._say_rate(arm.rate),
                            'sentence': index and self._compare(arm, step.arms[0]),
                        }
                        for index, arm in enumerate(step.arms)
                    ],
                }
                for step in found.steps
            ],
        }

    @api.model
    def _get_words(self):
        """Return {code: word} of outcomes, channels, and reasons why somebody dropped out."""
        ledger = self.env['healthcare.communication']._fields
        enrollment = self.env['healthcare.workflow.enrollment']._fields
        words = self.env['healthcare.workflow.edge']._get_outcome_labels()
        for field in (ledger['channel'], ledger['reason'], enrollment['exit_reason']):
            words |= dict(field._description_selection(self.env))
        return words | {
            results.ENROLLED: self.env._("Enrolled"),
            results.ENTERED: self.env._("Came to the step"),
            results.EXITED: self.env._("Left early"),
            results.HOLDOUT: self.env._("Untouched"),
            results.GOAL: self.env._("Goal reached"),
        }

    def _say_outcome(self, step, code, words):
        """Return an outcome of a step in words: ways by the names the administrator gave them."""
        return step.names.get(code) or words.get(code, code)

    def _say_arm(self, arm):
        """Return the name of a way of a split."""
        return arm.name or self.env._("Untouched")

    def _percent(self, share):
        """Return a share of one as a percentage; below one per cent with a decimal."""
        return formatLang(self.env, share * 100, digits=1 if 0 < abs(share) < 0.0095 else 0)

    def _say_rate(self, rate):
        """Return a rate with what it may be in truth, in words."""
        if rate is None:
            return ''
        return self.env._(
            "%(rate)s %% (between %(low)s %% and %(high)s %%)",
            rate=self._percent(rate.estimate),
            low=self._percent(rate.low),
            high=self._percent(rate.high),
        )

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

    def action_open_figures(self):
        """Show the counters day by day."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_followup.healthcare_workflow_stat_action'
        )
        return action | {'domain': [('version_id.workflow_id', '=', self.workflow_id.id)]}
