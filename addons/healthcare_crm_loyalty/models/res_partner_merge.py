from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    """Members whose records become one have one card, with all that both had."""

    _inherit = 'res.partner'

    def _before_merge(self, journal, merged):
        result = super()._before_merge(journal, merged)
        # who left has a card as well, with what is still on it
        cards = (
            self.env['loyalty.card']
            .with_context(active_test=False)
            .search(
                [
                    ('partner_id', 'in', (self | merged).ids),
                    ('program_id.is_membership', '=', True),
                    '|',
                    ('active', '=', True),
                    ('left_on', '!=', False),
                ]
            )
        )
        others = {one.program_id: one for one in cards if one.partner_id == merged}
        for card in cards:
            if card.partner_id == self and card.program_id in others:
                card._take_over(journal, others[card.program_id])
        return result

    def _after_merge(self, journal, merged):
        """The visits of both may earn now, if one of the two was no member."""
        result = super()._after_merge(journal, merged)
        [(last,)] = self.env.execute_query(SQL('SELECT MAX(id) FROM healthcare_loyalty_cause'))
        with journal.watch('healthcare_loyalty_cause', where=SQL('id > %s', last or 0)):
            self.env['calendar.event'].with_context(active_test=False).search(
                [('patient_id', '=', self.id), ('appointment_status', '=', 'fulfilled')]
            )._note_visits()
        return result
