from odoo import models
from odoo.tools import SQL


class HealthcareErasure(models.Model):
    """What an erasure leaves to others: points to the family, stock and figures to the clinic."""

    _inherit = 'healthcare.erasure'

    def _run(self, commit):
        self._settle_cards()
        return super()._run(commit)

    def _settle_cards(self):
        """Give back what others would lose with the cards of the patient."""
        cards = (
            self.env['loyalty.card']
            .with_context(active_test=False)
            .search(
                [
                    ('partner_id', 'in', self._get_partners().ids),
                    ('program_id.is_membership', '=', True),
                ]
            )
        )
        reserved = self.env['healthcare.loyalty.redemption'].search(
            [
                ('state', '=', 'reserved'),
                '|',
                ('card_id', 'in', cards.ids),
                ('movement_id.card_id', 'in', cards.ids),
            ]
        )
        for redemption in reserved:
            redemption._take_back()
        if cards:
            cards._divide()

    def _get_plan(self):
        plan = super()._get_plan()
        self._keep_used_coupons(plan)
        return plan

    def _keep_used_coupons(self, plan):
        """Keep that coupons were used, and what they took off, but not by whom."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT used.id, card.id, card.partner_id
                  FROM healthcare_coupon_redemption used
                  JOIN loyalty_card card ON card.id = used.card_id
                 WHERE used.id = ANY(%s) AND used.state = 'done' AND card.batch_id IS NOT NULL
                """,
                list(plan.delete.get('healthcare_coupon_redemption', ())),
            )
        )
        used = {redemption for redemption, _coupon, _owner in rows}
        coupons = {coupon for _redemption, coupon, _owner in rows}
        moved = self._find_ids('loyalty_history', 'card_id', coupons)
        kept = {
            'healthcare_coupon_redemption': used,
            'loyalty_card': coupons,
            'loyalty_history': moved,
            'healthcare_loyalty_allocation': self._find_ids(
                'healthcare_loyalty_allocation', 'history_id', moved
            ),
        }
        for table, ids in kept.items():
            plan.delete.get(table, set()).difference_update(ids)
        plan.detach['healthcare_coupon_redemption', 'patient_id'] |= used
        plan.detach['loyalty_card', 'partner_id'] |= {
            coupon for _redemption, coupon, owner in rows if owner in plan.partner_ids
        }

    def _find_ids(self, table, column, ids):
        rows = self.env.execute_query(
            SQL(
                'SELECT id FROM %s WHERE %s = ANY(%s)',
                SQL.identifier(table),
                SQL.identifier(column),
                list(ids),
            )
        )
        return {id_ for (id_,) in rows}

    def _set_null(self, table, column, ids):
        """What somebody earned for their family stays with it, and is nobody else's merit."""
        if (table, column) == ('loyalty_history', 'by_card_id'):
            self.env.cr.execute(
                SQL(
                    "UPDATE loyalty_history SET kind = 'family' "
                    "WHERE id = ANY(%s) AND kind = 'earn'",
                    list(ids),
                )
            )
        return super()._set_null(table, column, ids)
