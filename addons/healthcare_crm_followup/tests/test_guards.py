from dataclasses import replace
from datetime import date, datetime, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..engine import gates, guards
from ..engine.facts import Row, Scene, read_people, with_people
from ..engine.graph import compile_graph
from .common import NOW, FollowupCase

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MANY = 500


@tagged('post_install', '-at_install')
class TestRecheck(FollowupCase):
    """The second look, in the moment of sending."""

    def queued(self, *names):
        """Return patients with a reminder each, decided and not yet sent, and these ledger rows."""
        patients = self.env['res.partner']
        for name in names or ["An Nguyen"]:
            patients |= self.patient(name)
        for patient in patients:
            self.appointment(patient)
        self.workflow()._publish(NOW)
        self.go(NOW + DAY, send=False)
        return patients, self.ledger(patients)

    def reasons(self, rows, now=NOW + DAY):
        verdicts = guards.recheck(self.env, rows, now)
        return [verdicts[row.id][0].reason for row in rows]

    def test_nothing_changed(self):
        _patients, rows = self.queued()
        verdict, wait_until = guards.recheck(self.env, rows, NOW + DAY)[rows.id]
        self.assertTrue(verdict.allowed)
        self.assertEqual(verdict.address, rows.address)
        self.assertIsNone(wait_until)

    def test_whatever_changed_meanwhile_counts(self):
        patients, rows = self.queued("An", "Binh", "Chi", "Dung", "Em", "Giang")
        an, binh, chi, dung, em, _giang = patients
        an.deceased = True
        self.consent(binh, 'deny', 'email')
        chi.email = False
        dung.appointment_ids.patient_id = an
        em.appointment_ids.appointment_status = 'cancelled'
        self.assertEqual(
            self.reasons(rows),
            [
                'deceased',
                'consent_denied',
                'no_address',
                'subject_cancelled',
                'subject_cancelled',
                None,
            ],
        )

    def test_who_was_put_in_the_archive_is_not_contacted(self):
        patients, rows = self.queued()
        patients.active = False
        self.assertEqual(self.reasons(rows), ['archived'])

    def test_nor_is_a_guardian_who_was(self):
        guardian = self.patient("Mother")
        child = self.patient("Child", birth_date='2025-01-01', guardian_id=guardian.id)
        self.assertTrue(read_people(self.env, child.ids, NOW.date())[child.id].addresses)
        guardian.active = False
        self.assertFalse(read_people(self.env, child.ids, NOW.date())[child.id].addresses)

    def test_what_waited_too_long_is_late(self):
        _patients, rows = self.queued()
        rows.expires_at = NOW + DAY
        self.assertEqual(self.reasons(rows), [None])
        self.assertEqual(self.reasons(rows, NOW + DAY + timedelta(seconds=1)), ['late'])

    def test_a_row_of_no_workflow_is_judged_by_person_and_consent(self):
        patient = self.patient()
        row = self.env['healthcare.communication'].create(
            {'patient_id': patient.id, 'channel': 'email', 'purpose_id': self.reminder.id}
        )
        self.assertEqual(self.reasons(row), [None])

    def test_the_queue_stood_until_late_at_night(self):
        _patients, rows = self.queued()
        self.env.company.write({'healthcare_quiet_from': 21, 'healthcare_quiet_to': 8})
        night, morning = datetime(2030, 1, 8, 14), datetime(2030, 1, 9)
        rows.expires_at = morning
        verdict, wait_until = guards.recheck(self.env, rows, night)[rows.id]
        self.assertEqual((verdict.allowed, verdict.reason), (True, 'quiet_hours'))
        self.assertEqual(wait_until, morning)
        rows.expires_at = morning - timedelta(seconds=1)
        verdict, wait_until = guards.recheck(self.env, rows, night)[rows.id]
        self.assertEqual((verdict.allowed, verdict.reason), (False, 'quiet_hours'))
        self.assertIsNone(wait_until)

    def test_caps_are_not_counted_again(self):
        _patients, rows = self.queued()
        self.env['healthcare.contact.cap'].create(
            {'purpose_id': self.reminder.id, 'limit': 1, 'days': 1}
        )
        self.assertEqual(self.reasons(rows), [None])

    def test_a_message_of_staff_goes_at_any_hour(self):
        self.env.company.write({'healthcare_quiet_from': 21, 'healthcare_quiet_to': 8})
        row = self.env['healthcare.communication'].create(
            {
                'patient_id': self.patient().id,
                'channel': 'email',
                'purpose_id': self.reminder.id,
            }
        )
        self.assertEqual(self.reasons(row, datetime(2030, 1, 8, 14)), [None])

    def test_it_takes_as_many_queries_for_many_as_for_one(self):
        patients = crowd(self.env)
        rows = self.env['healthcare.communication'].create(
            [{'patient_id': one, 'channel': 'email', 'status': 'queued'} for one in patients]
        )
        with self.assertQueryCount(6):
            verdicts = guards.recheck(self.env, rows, NOW)
        self.assertEqual(len(verdicts), MANY)


def crowd(env, count=MANY):
    """Return the ids of ``count`` new patients."""
    emails = [f'p{n}@example.org' for n in range(count)]
    return (
        env['res.partner']
        .create([{'name': email, 'email': email, 'is_patient': True} for email in emails])
        .ids
    )


@tagged('post_install', '-at_install')
class TestPeople(FollowupCase):
    """What the gates know of a patient."""

    def person(self, patient):
        return read_people(self.env, [patient.id], NOW.date())[patient.id]

    def test_time_zone_is_the_patients_else_the_clinics(self):
        company = self.env.company
        self.assertEqual(self.person(self.patient(tz='Europe/Berlin')).tz, 'Europe/Berlin')
        self.assertEqual(
            self.person(self.patient(tz=False, company_id=company.id)).tz, 'Asia/Taipei'
        )
        self.assertIsNone(self.person(self.patient(tz=False)).tz)

    def test_a_child_with_a_guardian_is_reached_through_them(self):
        mother = self.patient(
            "Mother", tz='Asia/Ho_Chi_Minh', country_id=self.env.ref('base.vn').id
        )
        child = self.patient("Child", birth_date=date(2020, 1, 1), guardian_id=mother.id)
        person = self.person(child)
        self.assertEqual(person.addresses['email'], 'mother@example.org')
        self.assertEqual((person.tz, person.country), ('Asia/Ho_Chi_Minh', 'VN'))
        self.assertFalse(person.is_minor_alone)

    def test_a_child_without_one_needs_somebody_elses_consent(self):
        child = self.patient("Child", birth_date=date(2020, 1, 1))
        self.assertTrue(self.person(child).is_minor_alone)
        verdict = gates.decide(self.person(child), ['email'], self.reminder.id)
        self.assertEqual(verdict.reason, 'guardian')
        for giver, reason in ((child, 'guardian'), (self.patient("Aunt"), None)):
            self.env['healthcare.consent'].create(
                {
                    'patient_id': child.id,
                    'purpose_id': self.reminder.id,
                    'channel': 'email',
                    'decision': 'permit',
                    'given_by_id': giver.id,
                }
            )
            verdict = gates.decide(self.person(child), ['email'], self.reminder.id)
            self.assertEqual(verdict.reason, reason)

    def test_a_letter_goes_where_the_patient_lives(self):
        self.assertNotIn('letter', self.person(self.patient()).addresses)
        patient = self.patient(street="12 Long Road", zip='100', city="Taipei")
        self.assertEqual(self.person(patient).addresses['letter'], "12 Long Road, 100 Taipei")

    def test_many_are_read_in_three_queries(self):
        patients = crowd(self.env)
        # the third asks for addresses that were blocked when their patient was erased
        with self.assertQueryCount(3):
            self.assertEqual(len(read_people(self.env, patients, NOW.date())), MANY)


class GuardsCase(FollowupCase):
    def scene(self, now=NOW, **rails):
        """Return the scene of a workflow with these guard rails."""
        definition = {
            'schema': 1,
            'subject': 'calendar.event',
            'tz': 'Asia/Taipei',
            'triggers': {'t1': {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}},
            'guards': rails,
            'start': 's',
            'steps': {
                's': {
                    'kind': 'message',
                    'purpose': self.reminder.id,
                    'channels': ['email'],
                    'templates': {'email': {'body': {'en_US': "Hello"}}},
                }
            },
        }
        return Scene(self.env, compile_graph(definition), now)

    def rows(self, *patient_ids):
        return with_people(
            self.env,
            [
                Row(
                    token_id=index,
                    enrollment_id=index,
                    version_id=None,
                    step_key='s',
                    visit=1,
                    attempt=0,
                    due_at=NOW,
                    woken=None,
                    patient_id=one,
                    subject_model='calendar.event',
                    subject_id=index,
                    company_id=None,
                )
                for index, one in enumerate(patient_ids)
            ],
            NOW,
        )

    def limits(self, patient, now=NOW, **rails):
        found = guards.read_limits(
            self.scene(now, **rails), self.rows(patient.id), self.reminder.id
        )
        return found[0]


@tagged('post_install', '-at_install')
class TestQuiet(GuardsCase):
    """Whose quiet hours hold."""

    NIGHT = datetime(2030, 1, 7, 14)  # 22:00 in Taipei, 15:00 in Berlin

    def setUp(self):
        super().setUp()
        self.env.company.write({'healthcare_quiet_from': 21.5, 'healthcare_quiet_to': 7.75})

    def until(self, patient=None, now=NIGHT, **rails):
        limits = self.limits(patient or self.patient(tz=False), now, **rails)
        return gates.quiet_until(limits, 'email')

    def test_the_clinics_where_the_workflow_says_nothing(self):
        morning = datetime(2030, 1, 7, 23, 45)
        self.assertEqual(self.until(), morning)
        self.assertEqual(self.until(quiet='company'), morning)

    def test_by_the_patients_own_clock(self):
        self.assertIsNone(self.until(self.patient(tz='Europe/Berlin')))
        self.assertIsNotNone(
            self.until(self.patient(tz='Europe/Berlin'), now=datetime(2030, 1, 7, 21))
        )

    def test_a_change_of_the_clinic_counts_at_once(self):
        self.assertTrue(self.until())
        self.env.company.write({'healthcare_quiet_from': 0, 'healthcare_quiet_to': 0})
        self.assertFalse(self.until())

    def test_the_workflows_own(self):
        self.assertIsNone(self.until(quiet=None))
        self.assertEqual(
            self.until(quiet={'from': '22:00', 'to': '23:30'}), datetime(2030, 1, 7, 15, 30)
        )

    def test_holidays_of_the_clinics_choice_of_the_patients_country_or_the_clinics_own(self):
        company = self.env.company
        company.healthcare_quiet_holidays = True
        company.country_id = self.env.ref('base.tw')
        taiwanese = datetime(2030, 10, 10, 4)  # national day, noon in Taipei
        vietnamese = datetime(2030, 9, 2, 4)
        patient = self.patient(tz=False)
        self.assertTrue(self.until(patient, taiwanese))
        patient.country_id = self.env.ref('base.vn')
        self.assertFalse(self.until(patient, taiwanese))
        self.assertTrue(self.until(patient, vietnamese))
        company.healthcare_holiday_country_id = self.env.ref('base.tw')
        self.assertTrue(self.until(patient, taiwanese))
        company.healthcare_quiet_holidays = False
        self.assertFalse(self.until(patient, taiwanese))
        own = {'from': '21:00', 'to': '08:00', 'holidays': True}
        self.assertTrue(self.until(patient, taiwanese, quiet=own))

    def test_hours_are_hours_of_the_day(self):
        for hour in (-1, 24):
            with (
                self.subTest(hour=hour),
                mute_logger('odoo.sql_db'),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env.company.healthcare_quiet_from = hour
                self.env.flush_all()

    def test_settings_are_the_clinics(self):
        form = Form(self.env['res.config.settings'])
        form.healthcare_quiet_from = 20.0
        form.healthcare_quiet_holidays = True
        form.save().execute()
        self.assertEqual(self.env.company.healthcare_quiet_from, 20.0)
        self.assertTrue(self.env.company.healthcare_quiet_holidays)


@tagged('post_install', '-at_install')
class TestCaps(GuardsCase):
    """What counts against a cap."""

    def setUp(self):
        super().setUp()
        self.cap = self.env['healthcare.contact.cap'].create(
            {'purpose_id': self.reminder.id, 'limit': 2, 'days': 7}
        )
        self.an = self.patient()

    def contact(self, count=1, **values):
        given = {
            'patient_id': self.an.id,
            'purpose_id': self.reminder.id,
            'channel': 'email',
            'status': 'sent',
            'date': NOW - DAY,
        }
        return self.env['healthcare.communication'].create([given | values] * count)

    def is_capped(self, **rails):
        return gates.is_capped(self.limits(self.an, **rails), 'email', self.reminder.id)

    def test_what_was_sent_or_is_about_to_be_counts(self):
        for status in guards.COUNTED_STATUSES:
            with self.subTest(status=status), self.env.cr.savepoint() as savepoint:
                self.contact(status=status)
                self.assertFalse(self.is_capped())
                self.contact(status=status)
                self.assertTrue(self.is_capped())
                savepoint.rollback()

    def test_what_never_reached_the_patient_does_not(self):
        for status in ('suppressed', 'cancelled', 'failed'):
            self.contact(2, status=status)
        self.contact(2, direction='in', status='received')
        self.contact(2, direction='in', status='delivered')
        self.contact(2, date=NOW - 8 * DAY)
        self.contact(2, patient_id=self.patient("Binh").id)
        self.assertFalse(self.is_capped())

    def test_the_less_important_is_not_counted_against_the_more_important(self):
        self.contact(2, priority=1)
        self.assertTrue(self.is_capped(priority=0))
        self.assertTrue(self.is_capped(priority=1))
        self.assertFalse(self.is_capped(priority=2))

    def test_what_is_critical_for_care_knows_no_cap(self):
        self.contact(2, priority=3)
        self.assertTrue(self.is_capped(priority=2))
        self.assertFalse(self.is_capped(priority=3))
        self.assertFalse(self.is_capped(caps=False))

    def test_caps_of_another_clinic_or_put_away_do_not_hold(self):
        self.contact(2)
        self.cap.company_id = self.env.company
        self.assertTrue(self.is_capped())
        self.cap.company_id = self.env['res.company'].create({'name': "Elsewhere"})
        self.assertFalse(self.is_capped())
        self.cap.write({'company_id': False, 'active': False})
        self.assertFalse(self.is_capped())

    def test_each_row_has_the_caps_of_its_own_clinic(self):
        self.cap.company_id = self.env.company
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        here, there = self.rows(self.an.id, self.an.id)
        there = replace(there, company_id=elsewhere.id)
        limits = guards.read_limits(self.scene(), [here, there], self.reminder.id)
        self.assertEqual([len(limits[one.token_id].caps) for one in (here, there)], [1, 0])

    def test_several_appointments_in_one_batch(self):
        for hours in range(4):
            self.appointment(self.an, NOW + 2 * DAY + hours * HOUR / 60)
        self.workflow()._publish(NOW)
        self.go(NOW + DAY + HOUR)
        self.assertEqual(
            self.ledger(self.an).mapped(lambda row: (row.status, row.reason)),
            [('sent', False), ('sent', False), ('suppressed', 'cap'), ('suppressed', 'cap')],
        )

    def test_the_ledger_keeps_how_much_a_message_matters(self):
        self.appointment(self.an)
        workflow = self.workflow()
        definition = workflow._to_definition() | {'guards': {'priority': 2}}
        self.publish(definition)
        self.go(NOW + DAY)
        self.assertEqual(self.ledger(self.an).priority, 2)

    def test_marketing_and_surveys_are_capped_from_the_start(self):
        defaults = self.env['healthcare.contact.cap'].search([]) - self.cap
        self.assertEqual(
            {(cap.purpose_id.code, cap.limit, cap.days) for cap in defaults},
            {('marketing', 3, 7), ('survey', 2, 7)},
        )

    def test_only_the_clinic_administrator_sets_caps(self):
        values = {'limit': 1, 'days': 1}
        for role in ('clinic_administrator', 'reception', 'marketing'):
            user = new_test_user(self.env, f'cap_{role}', groups=f'healthcare_crm.group_{role}')
            caps = self.env['healthcare.contact.cap'].with_user(user)
            with self.subTest(role=role):
                self.assertTrue(caps.search([]))
                if role == 'clinic_administrator':
                    self.assertEqual(caps.create(values).display_name, "At most 1 in 1 days")
                else:
                    with self.assertRaises(AccessError):
                        caps.create(values)

    def test_it_takes_as_many_queries_for_many_as_for_one(self):
        patients = crowd(self.env)
        self.env['healthcare.communication'].create(
            [
                {
                    'patient_id': one,
                    'purpose_id': self.reminder.id,
                    'channel': 'email',
                    'status': 'sent',
                    'date': NOW - DAY,
                }
                for one in patients * 2
            ]
        )
        rows, scene = self.rows(*patients), self.scene()
        self.env.flush_all()
        with self.assertQueryCount(3):
            limits = guards.read_limits(scene, rows, self.reminder.id)
        self.assertEqual(sum(len(one.past) for one in limits.values()), 2 * MANY)

    def test_without_a_cap_that_fits_the_ledger_is_not_read(self):
        self.cap.active = False
        rows, scene = self.rows(self.an.id), self.scene()
        self.env.flush_all()
        with self.assertQueryCount(2):
            guards.read_limits(scene, rows, self.reminder.id)
