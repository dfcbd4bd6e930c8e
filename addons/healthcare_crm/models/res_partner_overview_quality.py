from odoo import api, models
from odoo.tools import SQL

from ..overview import Block, badge, fact, row
from ..sensitive import GROUP_STAFF


class ResPartner(models.Model):
    """The block of the 360° view that says what is missing in the record."""

    _inherit = 'res.partner'

    @api.model
    def _get_overview_blocks(self):
        return [
            *super()._get_overview_blocks(),
            Block('quality', self.env._("Data quality"), 'fa-list-ul', 160, GROUP_STAFF),
        ]

    def _overview_quality(self):
        rules = self._get_quality_rules()
        score = max(0, 100 - sum(rules.mapped('weight')))
        return {
            'facts': [fact(self.env._("Complete"), f'{score}%')] if rules else [],
            'rows': [
                row(
                    rule,
                    rule.name,
                    rule.advice,
                    badges=[badge(f'−{rule.weight}', 'fa-arrow-down', 'warning')],
                    action=False,
                )
                for rule in rules
            ],
            'more': rules and {'label': self.env._("Edit"), 'page': 'details'},
            'empty': self.env._("Nothing is known to be missing in this record."),
        }

    def _get_quality_rules(self):
        """Return the rules the record does not meet now, whatever was found last night.

        It only reads: the findings are brought up to date when the patient is saved.
        """
        self.ensure_one()
        # sudo: the conditions may look at what the desk does not read; that one is met, it may know
        rules = self.env['healthcare.quality.rule'].sudo().search([('failure', '=', False)])
        queries = [
            query.select(SQL('%s::int AS rule_id', rule.id))
            for rule in rules
            if not (query := rule._get_query(self.ids)).is_empty()
        ]
        if not queries:
            return rules.browse()
        failing = {
            rule_id for (rule_id,) in self.env.execute_query(SQL(' UNION ALL ').join(queries))
        }
        ignored = self.env['healthcare.quality.finding'].search(
            [('patient_id', '=', self.id), ('state', '=', 'ignored')]
        )
        return rules.filtered(lambda rule: rule.id in failing) - ignored.sudo().rule_id
