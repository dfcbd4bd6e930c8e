from odoo import api, fields, models
from odoo.tools import SQL

from ..segmenting.telling import is_news


class HealthcareSegmentTold(models.Model):
    """Of how many patients a number was told the last time, see ``_tell`` of segments."""

    _name = 'healthcare.segment.told'
    _description = "Number That Was Told"
    _log_access = False

    name = fields.Char(required=True, readonly=True)
    told_of = fields.Integer(required=True, readonly=True)

    _name_uniq = models.Constraint('UNIQUE (name)', "A number is told once at a time.")

    @api.model
    def _recall(self, counts, step):
        """Return of how many patients numbers are told now: as before, unless that is news.

        :param dict counts: ``{name: how many there are}``
        :param int step: the smallest group of which anything is told
        :rtype: dict[str, int]
        """
        told, news = self._compare(counts, step)
        if news:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO healthcare_segment_told (name, told_of) VALUES %s
                        ON CONFLICT (name) DO UPDATE SET told_of = excluded.told_of
                    """,
                    SQL(', ').join(SQL('%s', row) for row in news.items()),
                )
            )
        return told | news

    @api.model
    def _compare(self, counts, step):
        """Return ``{name: of how many it was told}``, and those of ``counts`` that are news."""
        told = dict(
            self.env.execute_query(
                SQL(
                    'SELECT name, told_of FROM healthcare_segment_told WHERE name = ANY(%s)',
                    list(counts),
                )
            )
        )
        news = {
            name: count
            for name, count in counts.items()
            if name not in told or is_news(count, told[name], step)
        }
        return told, news
