"""Patients by what their visits come to: how many, the first, and the last."""

from odoo.tools import SQL

from .registry import KINDS, Kind
from .rows import having

FIGURES = {
    'visits': ('count', 'start'),
    'first': ('min', 'start'),
    'last': ('max', 'start'),
}


class VisitsKind(Kind):
    """A kind that asks what the visits in a time come to."""

    group = 'visits'
    parameters = ('number', 'timeframe')
    required = (('number_from', 'number_to'),)

    def visits(self, condition, scope):
        """Return the visits that count."""
        return scope.visits() & scope.after(condition, 'calendar.event', 'start')

    def domain(self, condition, scope):
        """Compare the figures."""
        rows = self.visits(condition, scope)
        return having(scope, 'calendar.event', rows, FIGURES, self.test(condition))

    def test(self, condition):
        """Return the function of the SQL of the figures, ``visits``, ``first`` and ``last``."""
        raise NotImplementedError


def last_visit(scope, begin=None, end=None):
    """Return the patients whose last visit of all was between two moments, the second excluded.

    ``None`` for either leaves that side open.
    """

    def test(visits, first, last):
        tests = [SQL('%s IS NOT NULL', last)]
        if begin:
            tests.append(SQL('%s >= %s', last, begin))
        if end:
            tests.append(SQL('%s < %s', last, end))
        return SQL(' AND ').join(tests)

    return having(scope, 'calendar.event', scope.visits(), FIGURES, test)


def counts_all(condition):
    """Say whether a condition of the same segment has all visits counted anyway: then the last of
    them takes no search of its own.
    """
    return any(
        one.timeframe == 'ever' and isinstance(KINDS.get(one.kind), VisitsKind)
        for one in condition.segment_id.condition_ids
    )
