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
        """The visits and purchases of who was no member may earn now; of a member they have."""
        result = super()._after_merge(journal, merged)
        [(last,)] = self.env.execute_query(SQL('SELECT MAX(id) FROM healthcare_loyalty_cause'))
        with journal.watch('healthcare_loyalty_cause', where=SQL('id > %s', last or 0)):
            self._find_moved(journal, 'calendar.event')._note_visits()
            self._find_moved(journal, 'account.move')._note_purchases()
        return result

    def _find_moved(self, journal, model):
        """Return the records of a model that the merge gave to this patient."""
        records = self.env[model]
        ids = {
            id_
            for entry in journal.entries
            if entry['kind'] == 'moved' and entry['table'] == records._table
            for id_ in entry['ids']
        }
        return records.browse(sorted(ids))
