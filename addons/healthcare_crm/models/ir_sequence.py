from odoo import models
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = 'ir.sequence'

    def _next_batch(self, count):
        """Return ``count`` numbers of this sequence, in one query for the usual kind of sequence.

        :param int count: how many numbers to draw
        :rtype: list[str]
        """
        self.ensure_one()
        if count <= 0:
            return []
        if self.use_date_range or self.implementation != 'standard':
            # An administrator may choose numbers without gaps: those are drawn one by one.
            return [self.next_by_id() for _index in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f'ir_sequence_{self.id:03d}',
                count,
            )
        )
        prefix, suffix = self._get_prefix_suffix()
        return [f'{prefix}{number:0{self.padding or 1}d}{suffix}' for (number,) in rows]
