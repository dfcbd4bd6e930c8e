"""Patients by what their visits come to: how many, the first, and the last."""

from datetime import timedelta

from odoo.tools import SQL

from .registry import KINDS, Kind
from .rows import grouped, having, passing

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
        if condition.timeframe == 'ever':
            return all_visits(scope, self.test(condition))
        rows = self.visits(condition, scope)
        return having(scope, 'calendar.event', rows, FIGURES, self.test(condition))

    def test(self, condition):
        """Return the function of the SQL of the figures, ``visits``, ``first`` and ``last``."""
        raise NotImplementedError


def all_visits(scope, test):
    """Return the patients whose visits of all time together pass ``test``."""
    return passing(tallied(scope), FIGURES, test)


def tallied(scope):
    """Return the SELECT of the figures of all visits of each patient who has any.

    They are taken from the tally, and counted where that cannot answer: it may not be true now, or
    it is of other clinics too. It knows none of the rules on appointments: with the rights of a
    user all visits are counted.
    """
    if not scope.env.su:
        return grouped(scope, 'calendar.event', scope.visits(), FIGURES)
    query = scope.env['healthcare.visit.tally']._search(scope.of_clinics())
    # as Odoo reads "up to now": up to the end of this second
    unsure = SQL('unsure.last >= %s', scope.now + timedelta(seconds=1))
    if not scope.is_whole:
        unsure = SQL('(%s OR unsure.is_several)', unsure)
    unsure = SQL('SELECT unsure.patient_id FROM healthcare_visit_tally AS unsure WHERE %s', unsure)
    return SQL(
        """
        SELECT patient_id, visits::bigint, first, last FROM %(tally)s
         WHERE %(where)s AND NOT EXISTS (
            %(unsure)s AND unsure.patient_id = healthcare_visit_tally.patient_id)
         UNION ALL
        %(counted)s
        """,
        tally=query.from_clause,
        where=query.where_clause or SQL('TRUE'),
        unsure=unsure,
        counted=grouped(scope, 'calendar.event', scope.visits(), FIGURES, unsure),
    )


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

    return all_visits(scope, test)


def counts_all(condition):
    """Say whether a condition of the same segment has all visits counted anyway: then the last of
    them takes no search of its own.
    """
    return any(
        one.timeframe == 'ever' and isinstance(KINDS.get(one.kind), VisitsKind)
        for one in condition.segment_id.condition_ids
    )
