import random
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.fields import Command, Domain
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.calendar_event import VISITED_STATUSES
from ..segmenting import Scope
from .test_segment_conditions import SegmentCase

TIMES = st.one_of(
    st.just({'timeframe': 'ever'}),
    st.builds(
        lambda period: {'timeframe': 'last', 'period': period, 'period_unit': 'month'},
        st.integers(1, 13),
    ),
)


def numbers(*values):
    """Draw two numbers of which the second, if there is one, is no smaller."""
    return st.tuples(st.sampled_from((0, *values)), st.sampled_from((0, *values))).filter(
        lambda pair: any(pair) and (not pair[1] or pair[0] <= pair[1])
    )


def condition(kind, span=None, times=TIMES):
    """Draw a condition, or its opposite."""
    parts = [st.builds(lambda negative: {'kind': kind, 'negative': negative}, st.booleans())]
    if span is not None:
        parts.append(st.builds(lambda pair: {'number_from': pair[0], 'number_to': pair[1]}, span))
    if times is not None:
        parts.append(times)
    return st.builds(lambda *found: {k: v for one in found for k, v in one.items()}, *parts)


CONDITIONS = st.one_of(
    condition('visit'),
    condition('frequency', numbers(1, 2, 3)),
    condition('cycle', numbers(10, 50, 300)),
    condition('last_visit', numbers(1, 3, 9), times=st.just({'period_unit': 'month'})),
    condition('missed'),
)
LAPSED = [
    {'kind': 'visit', 'negative': True, 'timeframe': 'last', 'period': 6, 'period_unit': 'month'},
    {'kind': 'frequency', 'number_from': 2, 'timeframe': 'ever'},
]


@tagged('post_install', '-at_install')
class TestSegmentVisits(SegmentCase):
    """Who meets conditions on visits is who does when the visits are counted one by one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.env['res.company'].create({'name': "Other"})
        cls.people = cls.hoa | cls.lan | cls.an
        for number in range(9):
            cls.people |= cls.make_patient(f"Patient {number}", company_id=cls.clinic.id)
        cls.now = fields.Datetime.now()
        draw = random.Random(3)  # noqa: S311
        for patient in cls.people[1:]:
            for _visit in range(draw.randrange(6)):
                away = timedelta(
                    days=draw.choice((-40, 0, 8, 29, 33, 95, 180, 275, 390, 800)),
                    seconds=draw.randrange(3600, 80_000),
                )
                event = cls.make_appointment(patient, cls.now - away)
                # whatever the desk would have refused
                event.write(
                    {
                        'appointment_status': draw.choice(
                            (*VISITED_STATUSES, 'fulfilled', 'noshow', 'booked', 'cancelled')
                        ),
                        'company_id': draw.choice((cls.clinic.id,) * 4 + (other.id, False)),
                        'active': draw.random() > 0.1,
                    }
                )
        cls.env.flush_all()
        cls.events = cls.Event.with_context(active_test=False).search(
            [('patient_id', 'in', cls.people.ids)]
        )

    def starts(self, patient, since, statuses=VISITED_STATUSES):
        """Return when a patient's appointments of this clinic began."""
        return [
            event.start
            for event in self.events
            if event.patient_id == patient
            and event.active
            and event.appointment_status in statuses
            and event.company_id in (self.clinic, self.env['res.company'])
            and (since is None or event.start >= since)
        ]

    def meets(self, patient, one, scope):
        """Say whether a patient meets a condition."""
        low, high = one.get('number_from', 0), one.get('number_to', 0)

        def ago(count):
            return scope.midnight(scope.ago(count, 'month'))

        since = ago(one['period']) if one.get('timeframe') == 'last' else None
        if one['kind'] == 'missed':
            return bool(self.starts(patient, since, ['noshow']))
        starts = [start for start in self.starts(patient, since) if start <= scope.now]
        match one['kind']:
            case 'visit':
                return bool(starts)
            case 'frequency':
                return low <= len(starts) and (not high or len(starts) <= high)
            case 'last_visit':
                return (
                    bool(starts)
                    and (not low or max(starts) < ago(low))
                    and (not high or max(starts) >= ago(high))
                )
        if len(starts) < 2:
            return False
        mean = Decimal((max(starts) - min(starts)).total_seconds()) / 86400 / (len(starts) - 1)
        return low <= mean.quantize(Decimal(1), ROUND_HALF_UP) <= (high or 100_000)

    # one transaction for all examples
    @settings(
        max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(
        asked=st.lists(CONDITIONS, min_size=1, max_size=3), match=st.sampled_from(('all', 'any'))
    )
    @example(asked=LAPSED, match='all')
    def test_as_counted_one_by_one(self, asked, match):
        segment = self.env['healthcare.segment'].new(
            {
                'company_id': self.clinic.id,
                'match': match,
                'condition_ids': [Command.create(one) for one in asked],
            }
        )
        scope = Scope.of(self.env, self.clinic).sudo()
        domain = segment._get_domain(scope) & Domain('id', 'in', self.people.ids)
        wanted = self.people.filtered(
            lambda patient: (all if match == 'all' else any)(
                self.meets(patient, one, scope) != one.get('negative', False) for one in asked
            )
        )
        self.assertEqual(scope.env['res.partner'].search(domain).sorted('id'), wanted.sorted('id'))

    def test_conditions_on_the_same_visits_share_one_join(self):
        segment = self.make_segment(*LAPSED, {'kind': 'last_visit', 'number_from': 6})
        query = self.Partner._search(segment._get_domain())
        self.assertEqual(str(query.select()).count('LEFT JOIN'), 1)
        self.assertEqual(str(query.select()).count('EXISTS'), 1, "that of the tally")

    def test_a_patient_alone_is_looked_up_without_the_others(self):
        segment = self.make_segment(*LAPSED)
        domain = segment._get_domain() & Domain('id', '=', self.hoa.id)
        self.env.cr.execute('SET LOCAL enable_seqscan = off')
        plan = self.env.execute_query(SQL('EXPLAIN %s', self.Partner._search(domain).select()))
        plan = '\n'.join(line for (line,) in plan)
        self.assertIn(f'patient_id = {self.hoa.id}', plan)
