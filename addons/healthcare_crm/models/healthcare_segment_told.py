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
    def _recall(self, counts, step, about, own=''):
        """Return of how many patients numbers are told now: as before, unless that is news.

        A record of its own remembers what it was told. When that is news, or it was told nothing
        yet, it is told what all are that count the same.

        :param dict counts: ``{name: how many there are}``
        :param int step: the smallest group of which anything is told
        :param str about: of whom they are; what counts the same begins alike
        :param str own: the record, empty for none
        :rtype: dict[str, int]
        """
        if not own:
            told, news = self._compare(counts, step, about)
            self._remember(news, about)
            return told | news
        told, news = self._compare(counts, step, own)
        if news:
            news = self._recall(news, step, about)
            self._remember(news, own)
        return told | news

    @api.model
    def _compare(self, counts, step, about):
        """Return ``{name: of how many it was told}``, and those of ``counts`` that are news."""
        rows = self.env.execute_query(
            SQL(
                'SELECT name, told_of FROM healthcare_segment_told WHERE name = ANY(%s)',
                [about + name for name in counts],
            )
        )
        told = {name.removeprefix(about): told_of for name, told_of in rows}
        news = {
            name: count
            for name, count in counts.items()
            if name not in told or is_news(count, told[name], step)
        }
        return told, news

    @api.model
    def _remember(self, counts, about):
        if not counts:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_segment_told (name, told_of) VALUES %s
                    ON CONFLICT (name) DO UPDATE SET told_of = excluded.told_of
                """,
                SQL(', ').join(SQL('%s', (about + name, count)) for name, count in counts.items()),
            )
        )
