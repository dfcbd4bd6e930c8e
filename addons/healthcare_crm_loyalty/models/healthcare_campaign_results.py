from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Command
from odoo.tools import format_amount, format_date

from ..campaigns.lift import compare
from ..campaigns.pace import pace
from ..spelling import spell_number


class HealthcareCampaign(models.Model):
    """What came of a campaign, in words and bars: numbers of patients, never who."""

    _inherit = 'healthcare.campaign'

    addressed_segment_id = fields.Many2one(
        'healthcare.segment', readonly=True, copy=False, index='btree_not_null', ondelete='set null'
    )
    results = fields.Json(compute='_compute_results', help="What the page of results shows.")

    @api.depends('counted_at', 'cost', 'revenue', 'target_count', 'target_revenue')
    @api.depends_context('lang', 'uid')
    def _compute_results(self):
        for campaign in self:
            campaign.results = campaign._get_results() if campaign.counted_at else False

    def _get_results(self):
        return {
            'about': self.is_blurred
            and self.env._(
                "It is meant for a group that asks about health: numbers are about so many, and "
                "0 is fewer than %s.",
                self._get_told_step(),
            ),
            'funnel': self._get_funnel(),
            'unreached': self._get_unreached(),
            'lift': self._get_lift(),
            'targets': self._get_targets(),
            'money': self._get_money(),
            'sources': self._get_sources(),
        }

    def _get_told_step(self):
        """Return in steps of how many patients numbers of a guarded group are told."""
        # sudo: how small a group may be is no secret
        return self.segment_ids.sudo()._get_step()

    def _get_funnel(self):
        steps = [
            ('addressed', self.env._("Addressed"), self.addressed_count),
            ('came', self.env._("Came by a code"), self.came_count),
            ('contacted', self.env._("Contacted"), self.contacted_count),
            ('responded', self.env._("Responded"), self.response_count),
            ('converted', self.env._("Reached the goal"), self.conversion_count),
            ('again', self.env._("Came again"), self.repeat_count),
        ]
        whole = self.participant_count
        return [
            {
                'key': key,
                'label': label,
                'count': count,
                'percent': round(100.0 * count / whole, 1) if whole else 0,
            }
            for key, label, count in steps
            if count
            or key not in ('came', 'contacted')
            and (key, self.channel) != ('addressed', 'public')
        ]

    def _get_unreached(self):
        """Return [(why, how many)] of those who could not be addressed."""
        labels = dict(
            self.env['healthcare.communication']._fields['reason']._description_selection(self.env)
        )
        # sudo: the column is nobody's; how many is for who sees the campaign
        reasons = self.sudo().reasons or {}
        return [
            {'label': labels.get(reason, reason), 'count': count}
            for reason, count in sorted(reasons.items(), key=lambda one: -one[1])
        ]

    def _get_lift(self):
        """Return what those who were kept out say."""
        lift = compare(
            self.addressed_conversion_count,
            self.addressed_count,
            self.held_conversion_count,
            self.held_count,
            # of a group that asks about health each number is told in steps, and anew after one
            slack=2 * self._get_told_step() if self.is_blurred else 0,
        )
        if not lift:
            return False
        percent = {
            name: round(100 * getattr(lift, name), 1)
            for name in ('rate', 'base', 'difference', 'low', 'high')
        }
        spelled = {name: spell_number(self.env, value, 1) for name, value in percent.items()}
        if lift.low > 0:
            word = 'better'
            sentence = self.env._(
                "The campaign works: of 100 patients, %(difference)s more reached the goal than "
                "without it (between %(low)s and %(high)s).",
                **spelled,
            )
        elif lift.high < 0:
            word = 'worse'
            sentence = self.env._(
                "The campaign keeps patients away: of 100, %(difference)s fewer reached the goal "
                "than without it.",
                difference=spell_number(self.env, abs(percent['difference']), 1),
            )
        else:
            word = 'open'
            sentence = self.env._(
                "It cannot be told yet whether the campaign changes anything: the difference may "
                "be anywhere from %(low)s to %(high)s in 100 patients.",
                **spelled,
            )
        return percent | {
            'word': word,
            'sentence': sentence,
            'addressed': self.addressed_count,
            'held': self.held_count,
        }

    def _get_targets(self):
        statuses = self.env['healthcare.month']._fields['revenue_status']
        words = dict(statuses._description_selection(self.env))
        today = fields.Date.context_today(self)
        found = []
        for label, reached, target, spell in (
            (
                self.env._("Patients who reached the goal"),
                self.conversion_count,
                self.target_count,
                lambda value: spell_number(self.env, value, 0),
            ),
            (self.env._("Revenue"), self.revenue, self.target_revenue, self._spell_amount),
        ):
            on = pace(reached, target, self.date_from, self.date_to, today)
            if on:
                found.append(
                    {
                        'label': label,
                        'sentence': self.env._(
                            "%(reached)s of %(target)s. At this pace it will be %(forecast)s on "
                            "%(day)s.",
                            reached=spell(reached),
                            target=spell(target),
                            forecast=spell(on.forecast),
                            day=format_date(self.env, self.date_to),
                        ),
                        'percent': min(100, round(100 * reached / target)),
                        'word': on.word,
                        'status': words[on.word],
                    }
                )
        return found

    def _get_money(self):
        rows = [(self.env._("Revenue of the participants"), self._spell_amount(self.revenue))]
        if self.is_added_known:
            rows.append(
                (
                    self.env._("Of it, only because of the campaign")
                    if self.held_count
                    else self.env._(
                        "Of it, only because of the campaign (nobody was kept out: all)"
                    ),
                    self._spell_amount(self.added_revenue),
                )
            )
        rows.append((self.env._("Spent"), self._spell_amount(self.cost)))
        if self.budget:
            rows.append((self.env._("Budget"), self._spell_amount(self.budget)))
        if self.cost and self.is_added_known:
            returned = spell_number(self.env, self.roi, 1)
            rows.append((self.env._("Return on what was spent"), f'{returned} %'))
        if self.cost and self.conversion_count:
            rows.append(
                (
                    self.env._("Cost per patient who reached the goal"),
                    self._spell_amount(self.cost / self.conversion_count),
                )
            )
        return [{'label': label, 'value': value} for label, value in rows]

    def _get_sources(self):
        """Return what each source cost and brought."""
        rows = {}
        for cost in self.cost_ids:
            row = rows.setdefault(cost.source_id, {'cost': 0.0, 'count': 0, 'converted': 0})
            row['cost'] += cost.amount
        for code in self.code_ids:
            row = rows.setdefault(code.source_id, {'cost': 0.0, 'count': 0, 'converted': 0})
            row['count'] += code.participant_count
            row['converted'] += code.conversion_count
        return [
            {
                'key': source.id or 0,
                'label': source.name or self.env._("No source"),
                'cost': self._spell_amount(row['cost']),
                'count': row['count'],
                'converted': row['converted'],
                'each': self._spell_amount(row['cost'] / row['count'])
                if source and row['cost'] and row['count']
                else '–',
            }
            for source, row in sorted(rows.items(), key=lambda one: -one[1]['count'])
        ]

    def _spell_amount(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def action_open_participants(self):
        """List who takes part."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Participants"),
            'res_model': 'healthcare.campaign.participant',
            'view_mode': 'list',
            'domain': [('campaign_id', '=', self.id)],
            'context': {'search_default_taking_part': 1},
            'help': Markup('<p class="o_view_nocontent_smiling_face">%s</p><p>%s</p>')
            % (
                self.env._("Nobody takes part yet"),
                self.env._(
                    "Patients are chosen when the campaign starts. Whoever comes by one of its "
                    "codes takes part as well."
                ),
            ),
        }

    def action_open_codes(self):
        """List its codes, with what came of each."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Codes"),
            'res_model': 'healthcare.campaign.code',
            'view_mode': 'list,form',
            'domain': [('campaign_id', '=', self.id)],
            'context': {'default_campaign_id': self.id},
        }

    def action_make_segment(self):
        """Make a segment of those who are addressed: for a mailing, a workflow, a call list."""
        return self._get_addressed_segment()._get_records_action(views=[(False, 'form')])

    def _get_addressed_segment(self):
        """Return the segment of those who are addressed; it is made once."""
        self.ensure_one()
        self.check_access('write')
        if not self.addressed_segment_id:
            # the software: marketing makes no segments; of this one it sees the name and how many
            segments = self.env['healthcare.segment'].with_user(SUPERUSER_ID)
            segment = segments.create(
                {
                    'name': self.env._("Campaign: %s", self.title),
                    'company_id': self.company_id.id,
                    'condition_ids': [
                        Command.create(
                            {
                                'kind': 'campaign',
                                'campaign_ids': [Command.set(self.ids)],
                                'options': ['addressed'],
                            }
                        )
                    ],
                }
            )
            segment._refresh()
            # sudo: it is the software's to write
            self.sudo().addressed_segment_id = segment
        return self.addressed_segment_id
