from odoo import api, fields, models
from odoo.tools import SQL

from .healthcare_loyalty_cause import PERIOD


class HealthcareLoyaltyCut(models.Model):
    """What earned less than it would have, or nothing, because a limit was reached.

    When something is taken back that the limit counted, there is room again: see :meth:`_release`.
    """

    _name = 'healthcare.loyalty.cut'
    _description = "Points Cut by a Limit"
    _log_access = False

    card_id = fields.Many2one(
        'loyalty.card',
        required=True,
        index=True,
        readonly=True,
        ondelete='cascade',
    )
    earning_id = fields.Many2one(
        'healthcare.loyalty.earning',
        required=True,
        readonly=True,
        ondelete='cascade',
    )
    cause = fields.Char(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True)
    points = fields.Float(required=True, readonly=True, help="What it would have earned.")

    _cause_uniq = models.UniqueIndex('(cause, earning_id)')

    @api.model
    def _release(self, movement_ids):
        """Have it looked at again what was cut by the limits that counted some movements.

        :param movement_ids: ids of what has just been taken back
        :return: the ids of what was given in part, and is to be taken back to be given anew
        """
        rows = self.env.execute_query(
            SQL(
                """
                  WITH released AS (
                       DELETE FROM healthcare_loyalty_cut cut
                        USING loyalty_history undone, healthcare_loyalty_earning earning,
                              loyalty_program program
                        WHERE undone.id IN %(ids)s AND earning.id = cut.earning_id
                          AND program.id = earning.program_id
                          AND cut.card_id = COALESCE(undone.by_card_id, undone.card_id)
                          AND (cut.day = undone.date AND program.day_cap > 0
                               OR cut.earning_id = undone.earning_id AND %(then)s = %(period)s)
                    RETURNING cut.cause, cut.earning_id, cut.points
                       )
                SELECT split_part(released.cause, ':', 1), split_part(released.cause, ':', 2)::int,
                       movement.id
                  FROM released
             LEFT JOIN loyalty_history movement ON movement.cause = released.cause
                   AND movement.earning_id = released.earning_id
                   AND movement.is_reversed IS NOT TRUE AND movement.issued < released.points
                """,
                ids=tuple(movement_ids),
                then=SQL(PERIOD, SQL('cut.day')),
                period=SQL(PERIOD, SQL('undone.date')),
            )
        )
        Cause = self.env['healthcare.loyalty.cause']
        for kind in {kind for kind, _id, _movement in rows}:
            Cause._note(kind, [id_ for one, id_, _movement in rows if one == kind])
        return [movement for _kind, _id, movement in rows if movement]
