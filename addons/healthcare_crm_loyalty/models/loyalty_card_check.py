import logging

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: How many ids the log names.
NAMED = 20


class LoyaltyCard(models.Model):
    """Whether the ledger adds up: looked at every night, card by card."""

    _inherit = 'loyalty.card'

    is_doubtful = fields.Boolean(
        string="Does Not Add Up",
        readonly=True,
        copy=False,
        help="The balance is not the sum of the movements, or not what is left of the points: "
        "somebody changed one of them without the others.",
    )

    @api.model
    def _find_doubtful(self, program):
        """Return the ids of the cards whose balance, movements and lots do not agree."""
        self.env.flush_all()
        # all of three large tables is read, whatever PostgreSQL thinks of their size
        self.env.cr.execute(
            "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL enable_nestloop = off"
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT card.id FROM loyalty_card card
             LEFT JOIN (
                       SELECT movement.card_id,
                              SUM(COALESCE(issued, 0) - COALESCE(used, 0)) AS moved,
                              SUM(COALESCE(remaining, 0)) AS remaining,
                              MIN(remaining) AS least
                         FROM loyalty_history movement
                         JOIN loyalty_card card ON card.id = movement.card_id
                        WHERE card.program_id = %(program)s GROUP BY movement.card_id
                       ) ledger ON ledger.card_id = card.id
                 WHERE card.program_id = %(program)s AND (
                       ROUND(COALESCE(ledger.moved, 0)::numeric, 2)
                          <> ROUND(COALESCE(card.points, 0)::numeric, 2)
                    OR ROUND(COALESCE(ledger.remaining, 0)::numeric, 2)
                          <> ROUND(COALESCE(card.points, 0)::numeric, 2)
                    OR card.points < 0 OR ledger.least < 0)
                 UNION
                SELECT movement.card_id FROM loyalty_history movement
                  JOIN loyalty_card card ON card.id = movement.card_id
             LEFT JOIN (
                       SELECT history_id, SUM(points) AS points
                         FROM healthcare_loyalty_allocation GROUP BY history_id
                       ) paid ON paid.history_id = movement.id
                 WHERE card.program_id = %(program)s AND movement.kind = 'spend'
                   AND ROUND(COALESCE(paid.points, 0)::numeric, 2)
                       <> ROUND(movement.used::numeric, 2)
                """,
                program=program.id,
            )
        )
        return sorted(id_ for (id_,) in rows)

    @api.model
    def _check_ledger(self, program):
        """Mark the cards that do not add up, and no others; return their ids."""
        ids = self._find_doubtful(program)
        if ids:
            _logger.error(
                "%s loyalty cards of program %s do not add up: %s",
                len(ids),
                program.id,
                ids[:NAMED],
            )
        self.env.cr.execute(
            SQL(
                """
                UPDATE loyalty_card SET is_doubtful = (id = ANY(%(ids)s))
                 WHERE program_id = %(program)s
                   AND COALESCE(is_doubtful, FALSE) <> (id = ANY(%(ids)s))
                """,
                ids=ids,
                program=program.id,
            )
        )
        self.invalidate_model(['is_doubtful'], flush=False)
        return ids
