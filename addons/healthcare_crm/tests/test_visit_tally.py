from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.calendar_event import APPOINTMENT_STATUSES
from ..segmenting import Scope
from ..segmenting.rows import grouped
from ..segmenting.visits import FIGURES, tallied
from .common import HealthcareCase

PEOPLE, EVENTS = 4, 6
VALUES = st.fixed_dictionaries(
    {},
    optional={
        'patient': st.integers(0, PEOPLE - 1),
        'company': st.sampled_from((0, 1, None)),
        'start': st.sampled_from((-40, -1, 1, 30, 400)),
        'appointment_status': st.sampled_from([code for code, _label in APPOINTMENT_STATUSES]),
        'active': st.booleans(),
    },
)
EVENT = st.integers(0, EVENTS - 1)
PERSON = st.integers(0, PEOPLE - 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just('create'), VALUES),
        st.tuples(st.just('write'), EVENT, VALUES),
        st.tuples(st.just('visit'), EVENT),
        st.tuples(st.just('unlink'), EVENT),
        st.tuples(st.just('move'), PERSON, PERSON),
        st.tuples(st.just('count')),
    ),
    min_size=1,
    max_size=12,
)


@tagged('post_install', '-at_install')
class TestVisitTally(HealthcareCase):
    """What the tally says is what counting the visits one by one says, whatever happens to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.other = cls.env['res.company'].create({'name': "Other"})
        cls.companies = (cls.env.company, cls.other)
        cls.people = cls.Partner
        for number in range(PEOPLE):
            cls.people |= cls.make_patient(f"Patient {number}")
        cls.Tally = cls.env['healthcare.visit.tally']

    def setUp(self):
        super().setUp()
        self.events = self.Event
        for number in range(EVENTS):
            self.events |= self.make_appointment(
                self.people[number % PEOPLE], self.now - timedelta(days=number)
            )
        self.events[::2].appointment_status = 'fulfilled'
        self.env.flush_all()

    def values(self, drawn):
        """Return the values of an event of what was drawn."""
        values = {name: drawn[name] for name in ('appointment_status', 'active') if name in drawn}
        if 'patient' in drawn:
            values['patient_id'] = self.people[drawn['patient']].id
        if 'company' in drawn:
            at = drawn['company']
            values['company_id'] = at is not None and self.companies[at].id
        if 'start' in drawn:
            values['start'] = self.now - timedelta(days=drawn['start'])
            values['stop'] = values['start'] + timedelta(hours=1)
        return values

    def do(self, step, *args):
        match step:
            case 'create':
                status = args[0].get('appointment_status', 'fulfilled')
                event = self.make_appointment(
                    self.people[0], self.now - timedelta(days=3), appointment_status=status
                )
                event.write(self.values(args[0]))
                self.events |= event
            case 'write':
                self.events[args[0] : args[0] + 2].write(self.values(args[1]))
            case 'visit':
                self.events[args[0] :].action_fulfil()
            case 'unlink':
                gone = self.events[args[0] : args[0] + 1]
                self.events -= gone
                gone.unlink()
            case 'move':
                self.env.flush_all()
                self.env.cr.execute(
                    'UPDATE calendar_event SET patient_id = %s WHERE patient_id = %s',
                    (self.people[args[0]].id, self.people[args[1]].id),
                )
                self.env.invalidate_all()
            case 'count':
                self.Tally._count()

    def scopes(self):
        """Return the scopes of either clinic, and of all as where there is no other."""
        one, other = (Scope.of(self.env, company).sudo() for company in self.companies)
        return one, other, replace(one, is_whole=True)

    def assert_true(self):
        """Compare what is taken from the tally with what is counted."""
        for scope in self.scopes():
            plain = grouped(scope, 'calendar.event', scope.visits(), FIGURES)
            self.assertEqual(
                sorted(self.env.execute_query(tallied(scope))),
                sorted(self.env.execute_query(plain)),
            )

    def kept(self):
        """Return all that is kept of the people, marks too, the number of visits last."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                'SELECT patient_id, company_id, is_several, first, last, visits '
                'FROM healthcare_visit_tally WHERE patient_id = ANY(%s) ORDER BY 1, last',
                self.people.ids,
            )
        )

    @settings(
        max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(steps=STEPS)
    def test_it_is_true_after_whatever_happened(self, steps):
        events = self.events
        with self.env.cr.savepoint() as savepoint:
            for step in steps:
                self.do(*step)
                self.assert_true()
            self.Tally._count()
            self.assert_true()
            self.assertEqual(self.Tally._mark_differing(), 0)
            savepoint.rollback()
        self.env.invalidate_all()
        self.events = events

    def test_a_mark_is_there_only_for_what_changes_a_visit(self):
        self.Tally._count()
        counted = self.kept()
        self.assertTrue(counted)
        self.events.write({'show_as': 'free', 'patient_response': 'accepted'})
        self.events[1].action_cancel()
        self.assertEqual(self.kept(), counted, "no visit changed")
        self.events[0].action_cancel()
        self.assertEqual(len(self.kept()), len(counted) + 1)
        self.Tally._count()
        self.assertNotIn(None, [row[-1] for row in self.kept()])

    def test_who_has_come_before_the_hour_counts_when_it_has_struck(self):
        self.events[0].write(
            {'start': self.now + timedelta(hours=1), 'stop': self.now + timedelta(hours=2)}
        )
        self.Tally._count()
        self.assert_true()

    def test_the_nightly_check_mends_whatever_is_wrong(self):
        self.Tally._count()
        good = self.kept()
        for harm in (
            'UPDATE healthcare_visit_tally SET visits = visits + 1 WHERE visits IS NOT NULL',
            "UPDATE healthcare_visit_tally SET last = '2001-01-01'",
            'DELETE FROM healthcare_visit_tally',
            "INSERT INTO healthcare_visit_tally (patient_id, visits, first, last) "
            "SELECT id, 1, '2001-01-01', '2001-01-01' FROM res_partner "
            f'WHERE id = {self.people[3].id}',  # who has not come
        ):
            with self.subTest(harm=harm):
                self.env.cr.execute(harm)
                self.assertNotEqual(self.kept(), good)
                with self.assertLogs('odoo.addons.healthcare_crm', 'WARNING'):
                    self.Tally._cron_check()
                self.assertEqual(self.kept(), good)
        with self.assertNoLogs('odoo.addons.healthcare_crm', 'WARNING'):
            self.Tally._cron_check()

    def test_an_upgrade_counts_what_was_there_before(self):
        self.Tally._count()
        good = self.kept()
        self.env.cr.execute(
            """
            DROP FUNCTION healthcare_visit_tally_mark() CASCADE;
            DELETE FROM healthcare_visit_tally
            """
        )
        self.events[1].action_fulfil()
        self.events[1].action_rebook()
        self.env.flush_all()
        self.Tally._watch()
        self.assertEqual(self.kept(), good)
        self.env.cr.execute('DELETE FROM healthcare_visit_tally')
        self.Tally._watch()
        self.assertFalse(self.kept(), "only when nobody watched")

    def test_the_rights_of_a_user_are_asked_of_the_visits(self):
        nurse = self.make_user('nurse')
        scope = Scope.of(self.env(user=nurse), self.env.company)
        self.assertNotIn('healthcare_visit_tally', str(tallied(scope)))
        self.assertIn('healthcare_visit_tally', str(tallied(scope.sudo())))

    def test_a_patient_who_goes_leaves_nothing(self):
        patient = self.make_patient("Gone")
        visit = self.make_appointment(patient, self.now - timedelta(days=1))
        self.env.flush_all()
        # a visit of which nothing else is on file
        self.env.cr.execute(
            "UPDATE calendar_event SET appointment_status = 'arrived' WHERE id = %s", (visit.id,)
        )
        self.Tally._count()
        visit.unlink()
        with mute_logger('odoo.models.unlink'):
            patient.unlink()
        self.env.flush_all()
        self.env.cr.execute(
            'SELECT count(*) FROM healthcare_visit_tally WHERE patient_id = %s', (patient.id,)
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)
