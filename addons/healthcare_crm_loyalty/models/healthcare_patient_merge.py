from odoo import models
from odoo.tools import SQL

from .loyalty_card_merge import MARK


class HealthcarePatientMerge(models.Model):
    _inherit = 'healthcare.patient.merge'

    def _undo(self, user):
        """Give each member their card back, with what they earned and spent since."""
        result = super()._undo(user)
        cards = self.env['loyalty.card'].with_context(active_test=False)
        cards = cards.search(
            [
                ('partner_id', 'in', (self.kept_id | self.merged_id).ids),
                ('program_id.is_membership', '=', True),
            ]
        )
        marks = [entry['ids'][0] for entry in self.journal or [] if entry['kind'] == MARK]
        if marks:
            self._divide_debts()
            (cards | cards.purse_id)._part(min(marks))
        if cards:
            self._note_misplaced(cards)
        if marks:
            cards._claw_back(self._find_too_early(cards, min(marks)))
        return result

    def _divide_debts(self):
        """Take what one of the cards owed before off the other, which may have paid some of it."""
        owed = {}
        for entry in self.journal:
            if entry['kind'] == 'values' and entry['table'] == 'loyalty_card':
                for id_, row in entry['rows'].items():
                    if 'owed' in row:
                        owed.setdefault(int(id_), [row['owed'][0], 0])[1] = row['owed'][1]
        for card in self.env['loyalty.card'].browse(owed):
            before, after = owed[card.id]
            if card.owed != before:
                card.owed = max(0, card.owed - (after or 0) + (before or 0))
        self.env.flush_all()

    def _find_too_early(self, cards, since):
        """Return the ids of what cards earned since by days before they joined.

        While the records were one, the member was one from the earlier of the two days on.

        :param int since: the last movement before the merge
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT movement.id FROM loyalty_card card
                  JOIN loyalty_history movement
                    ON card.id = COALESCE(movement.by_card_id, movement.card_id)
                 WHERE card.id IN %(cards)s AND movement.date < card.joined_on
                   AND (movement.card_id IN %(cards)s OR movement.by_card_id IN %(cards)s)
                   AND movement.id > %(since)s AND movement.earning_id IS NOT NULL
                   AND movement.is_reversed IS NOT TRUE
                """,
                cards=cards._ids,
                since=since,
            )
        )
        return [id_ for (id_,) in rows]

    def _is_passing(self, entry):
        """The balance of cards is counted anew, see ``_part`` of the card."""
        is_balance = entry['table'] == 'loyalty_card' and entry.get('column') in ('points', 'owed')
        return is_balance or super()._is_passing(entry)

    def _note_misplaced(self, cards):
        """Have it looked at again what earned points for the other one of the two."""
        Cause = self.env['healthcare.loyalty.cause']
        for kind, (_model, source) in Cause._get_sources().items():
            number = SQL("substring(movement.cause, %s)::int", f'^{kind}:([0-9]+)')
            mine = SQL('movement.card_id IN %s AND movement.is_reversed IS NOT TRUE', cards._ids)
            rows = self.env.execute_query(
                SQL('SELECT DISTINCT %s FROM loyalty_history movement WHERE %s', number, mine)
            )
            if not (ids := [id_ for (id_,) in rows if id_]):
                continue
            rows = self.env.execute_query(
                SQL(
                    """
                      WITH source (res_id, event, patient_id) AS (%s)
                    SELECT DISTINCT source.res_id
                      FROM source
                      JOIN loyalty_history movement ON %s = source.res_id AND %s
                      JOIN loyalty_card card ON card.id = movement.card_id
                     WHERE card.partner_id <> source.patient_id
                    """,
                    SQL(source, ids=ids),
                    number,
                    mine,
                )
            )
            Cause._note(kind, [id_ for (id_,) in rows])
