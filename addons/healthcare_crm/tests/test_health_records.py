from datetime import date, datetime, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HealthcareCase

CLINICAL = {'nurse', 'practitioner'}
STAFF = CLINICAL | {'reception', 'call_desk', 'clinic_administrator'}
ROLES = sorted(STAFF | {'marketing', 'quality', 'privacy_officer'})
#: model → (what makes a record, who may do what)
HEALTH = {
    'healthcare.condition': {'name': "Type 2 diabetes", 'code': 'E11.9'},
    'healthcare.medication': {'name': "Metformin", 'code': 'A10BA02'},
    'healthcare.procedure': {'name': "Knee replacement"},
    'healthcare.observation': {'name': "HbA1c", 'code': '4548-4', 'value': 7.2, 'unit': '%'},
    'healthcare.immunization': {'name': "Influenza", 'vaccine_code': 'influenza'},
    'healthcare.allergy': {'name': "Penicillin"},
    'healthcare.family.history': {'name': "Breast cancer", 'relationship': 'MTH'},
    'healthcare.lifestyle': {'smoking': 'never'},
    'healthcare.document': {'name': "Blood count"},
    'healthcare.encounter': {},
}
DESK = {
    'healthcare.referral': {},
    'healthcare.waitlist.entry': {},
    'healthcare.alert': {'kind': 'needle_fear'},
    'healthcare.coverage': {},
}
#: what the clinic administrator may delete
DELETABLE = {'healthcare.referral', 'healthcare.waitlist.entry'}


@tagged('post_install', '-at_install')
class TestHealthRecords(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient()
        cls.records = {
            model: cls.env[model].create({'patient_id': cls.patient.id, **values})
            for model, values in (HEALTH | DESK).items()
        }

    def test_who_may_what(self):
        expected = {model: dict.fromkeys(('create', 'read', 'write'), CLINICAL) for model in HEALTH}
        expected |= {model: dict.fromkeys(('create', 'read', 'write'), STAFF) for model in DESK}
        for model in expected:
            expected[model]['unlink'] = {'clinic_administrator'} if model in DELETABLE else set()
        users = {role: self.make_user(role) for role in ROLES} | {'employee': self.make_user()}
        for model, rights in expected.items():
            for operation, roles in rights.items():
                with self.subTest(model=model, operation=operation):
                    record = self.records[model]
                    self.assertEqual(
                        {r for r in users if record.with_user(users[r]).has_access(operation)},
                        roles,
                    )

    def test_why_a_patient_is_referred_is_clinical(self):
        referral = self.records['healthcare.referral']
        referral.reason = "Chest pain"
        self.assertTrue(referral.with_user(self.make_user('nurse')).reason)
        for role in ('reception', 'clinic_administrator'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                referral.with_user(self.make_user(role)).read(['reason'])

    def test_the_patients_page_has_them_by_role(self):
        form = self.env.ref('healthcare_crm.res_partner_view_form_patient')
        for role, health, desk in (
            ('nurse', True, True),
            ('reception', False, True),
            ('marketing', False, False),
        ):
            arch = self.Partner.with_user(self.make_user(role)).get_view(form.id)['arch']
            with self.subTest(role=role):
                self.assertEqual('"condition_ids"' in arch, health)
                self.assertEqual('"referral_ids"' in arch, desk)

    def test_records_of_another_clinic(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self.make_user(
            'nurse', company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)]
        )
        self.patient.company_id = self.company
        for model, record in self.records.items():
            with self.subTest(model=model):
                self.assertFalse(record.with_user(stranger).has_access('read'))
                self.assertFalse(self.env[model].with_user(stranger).search([]) & record)

    def test_nobody_gives_a_record_to_another_clinic(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        theirs = self.make_patient(company_id=elsewhere.id)
        nurse = self.make_user('nurse')
        with self.assertRaises(AccessError):
            self.records['healthcare.condition'].with_user(nurse).patient_id = theirs

    def test_a_patient_with_records_stays(self):
        for model, values in (HEALTH | DESK).items():
            patient = self.make_patient()
            self.env[model].create({'patient_id': patient.id, **values})
            with self.subTest(model=model):
                with self.assertRaisesRegex(UserError, "cannot be deleted.*health records"):
                    patient.unlink()

    def test_merging_keeps_them_all(self):
        kept = self.make_patient("An")
        for model, values in (HEALTH | DESK).items():
            self.env[model].create({'patient_id': kept.id, **values})
        self.env['base.partner.merge.automatic.wizard']._merge(
            (kept | self.patient).ids, kept, extra_checks=False
        )
        for model, record in self.records.items():
            with self.subTest(model=model):
                self.assertEqual(record.patient_id, kept)
                self.assertEqual(self.env[model].search_count([('patient_id', '=', kept.id)]), 2)

    def test_when_a_supply_runs_out(self):
        medication = self.records['healthcare.medication']
        self.assertFalse(medication.supply_end_date, "not known")
        medication.write({'start_date': '2026-01-30', 'days_supply': 28})
        self.assertEqual(medication.supply_end_date, date(2026, 2, 27))

    def test_a_medicine_is_renewed_by_more_of_it_that_lasts_longer(self):
        medication = self.records['healthcare.medication']
        medication.write({'code': 'A10BA02', 'start_date': '2026-01-30', 'days_supply': 28})
        self.assertFalse(medication.is_renewed)
        later = medication.copy({'start_date': '2026-02-25', 'name': "By another name"})
        self.assertTrue(medication.is_renewed)
        self.assertFalse(later.is_renewed)
        later.code = 'C09AA05'
        self.assertFalse(medication.is_renewed, "another medicine")
        later.write({'code': 'A10BA02', 'status': 'stopped'})
        self.assertFalse(medication.is_renewed, "it was stopped")
        later.status = 'active'
        later.unlink()
        self.assertFalse(medication.is_renewed, "there is no more of it")

    def test_dates_in_order(self):
        wrong = {
            'healthcare.condition': {'onset_date': '2026-02-01', 'abatement_date': '2026-01-01'},
            'healthcare.medication': {'days_supply': -1},
            'healthcare.procedure': {'status': 'completed', 'performed_at': False},
            'healthcare.immunization': {'date': '2026-02-01', 'next_due_date': '2026-02-01'},
            'healthcare.referral': {'sent_at': '2026-02-01', 'deadline': '2026-01-01'},
            'healthcare.waitlist.entry': {'date_from': '2026-02-01', 'date_to': '2026-01-01'},
        }
        for model, values in wrong.items():
            with self.subTest(model=model), mute_logger('odoo.sql_db'):
                with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                    self.records[model].write(values)
                    self.env.flush_all()


@tagged('post_install', '-at_install')
class TestReferral(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.department = cls.env['healthcare.department'].create({'name': "Heart"})
        cls.referral = cls.env['healthcare.referral'].create(
            {'patient_id': cls.make_patient().id, 'department_id': cls.department.id}
        )

    def test_two_working_days(self):
        calendar = self.company.resource_calendar_id
        calendar.tz = 'Asia/Taipei'
        # a Friday afternoon; the clinic is closed at the weekend
        self.referral.sent_at = datetime(2026, 3, 6, 7, 0)
        self.assertEqual(self.referral.deadline, datetime(2026, 3, 10, 9), "17:00 in Taipei")
        self.referral.deadline = datetime(2026, 3, 9, 7, 0)
        self.assertEqual(self.referral.deadline, datetime(2026, 3, 9, 7, 0), "as somebody said")

    def test_sending_and_answering(self):
        self.referral.action_send()
        self.assertTrue(self.referral.sent_at)
        sent = self.referral.sent_at = datetime.now().replace(microsecond=0) - timedelta(days=30)
        self.assertTrue(self.referral.is_overdue)
        self.assertIn(
            self.referral, self.referral.search([('is_overdue', '=', True)]), "found as overdue"
        )
        self.referral.status = 'on-hold'
        self.assertFalse(self.referral.is_overdue)
        self.referral.action_send()
        self.assertEqual(self.referral.sent_at, sent, "the first time counts")
        self.referral.action_complete()
        self.assertTrue(self.referral.answered_at)
        self.assertFalse(self.referral.is_overdue)
        self.assertNotIn(self.referral, self.referral.search([('is_overdue', '=', True)]))

    def test_nobody_to_go_to(self):
        self.referral.department_id = False
        with self.assertRaisesRegex(ValidationError, "Say where the patient is referred to"):
            self.referral.action_send()

    def test_its_name_does_not_say_why(self):
        self.referral.reason = "Chest pain"
        self.assertEqual(self.referral.display_name, "Referral to Heart")


@tagged('post_install', '-at_install')
class TestWaitlist(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Entry = cls.env['healthcare.waitlist.entry']
        cls.service = cls.make_service()
        cls.practitioner = cls.make_practitioner()
        cls.first, cls.second = (cls.wait(cls.make_patient(name)) for name in ("An", "Binh"))
        # created in one moment
        cls.first.flush_recordset()
        cls.env.cr.execute(
            "UPDATE healthcare_waitlist_entry SET create_date = create_date - interval '1 day' "
            "WHERE id = %s",
            [cls.first.id],
        )
        cls.visit = cls.make_appointment(
            cls.make_patient("Chi"),
            service_id=cls.service.id,
            practitioner_id=cls.practitioner.id,
            company_id=cls.company.id,
        )

    @classmethod
    def wait(cls, patient, **values):
        given = {'patient_id': patient.id, 'service_id': cls.service.id}
        return cls.Entry.create(given | values)

    def test_the_first_is_offered_a_freed_slot(self):
        self.visit.action_cancel()
        self.assertEqual((self.first | self.second).mapped('status'), ['offered', 'waiting'])
        self.assertEqual(self.first.offered_event_id, self.visit)
        held = self.first.appointment_id
        self.assertEqual(held.patient_id, self.first.patient_id)
        self.assertEqual((held.start, held.stop), (self.visit.start, self.visit.stop))
        self.assertEqual(held.appointment_status, 'proposed')

    def test_yes_by_phone(self):
        self.visit.action_cancel()
        self.first.with_user(self.make_user('reception')).action_book()
        self.assertEqual(self.first.status, 'booked')
        self.assertEqual(self.first.appointment_id.appointment_status, 'booked')
        self.assertEqual(self.first.appointment_id.patient_response, 'accepted')

    def test_yes_by_link(self):
        self.visit.action_cancel()
        self.first.appointment_id._patient_confirm()
        self.assertEqual(self.first.status, 'booked')

    def test_no_asks_the_next(self):
        self.visit.action_cancel()
        self.first.with_user(self.make_user('reception')).action_decline()
        self.assertEqual((self.first | self.second).mapped('status'), ['declined', 'offered'])
        self.assertEqual(self.second.appointment_id.start, self.visit.start)
        self.second.appointment_id._patient_cancel()
        self.assertEqual(self.second.status, 'declined')

    def test_who_is_taken_off_frees_the_slot(self):
        self.visit.action_cancel()
        self.first.action_cancel()
        self.assertEqual((self.first | self.second).mapped('status'), ['cancelled', 'offered'])
        self.first.action_wait()
        self.assertEqual(self.first.status, 'waiting')

    def test_no_offer_to_answer(self):
        with self.assertRaisesRegex(UserError, "no slot is offered"):
            self.first.action_book()

    def test_whom_it_does_not_suit(self):
        day = self.visit.start.date()
        other = self.make_service("Other")
        unsuited = {
            'another service': {'service_id': other.id},
            'another practitioner': {'practitioner_id': self.make_practitioner("Dr Wu").id},
            'too early': {'date_from': day + timedelta(days=2)},
            'too late': {
                'date_from': day - timedelta(days=9),
                'date_to': day - timedelta(days=2),
            },
            'the same patient': {'patient_id': self.visit.patient_id.id},
            'not waiting': {'status': 'declined'},
        }
        self.second.status = 'cancelled'
        for why, values in unsuited.items():
            with self.subTest(why), self.env.cr.savepoint() as savepoint:
                self.first.write(values)
                self.visit.action_cancel()
                self.assertFalse(self.first.appointment_id)
                savepoint.rollback()
        for name in ('deceased', 'contact_blocked'):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.first.patient_id[name] = True
                self.visit.action_cancel()
                self.assertFalse(self.first.appointment_id)
                savepoint.rollback()

    def test_slots_that_are_not_free(self):
        with self.subTest("too late"), self.env.cr.savepoint() as savepoint:
            self.visit.write(
                {
                    'start': datetime.now() + timedelta(minutes=50),
                    'stop': datetime.now() + timedelta(minutes=80),
                }
            )
            self.visit.action_cancel()
            self.assertEqual(self.first.status, 'waiting')
            savepoint.rollback()
        with self.subTest("nobody is there"), self.env.cr.savepoint() as savepoint:
            self.visit.with_context(cancellation_reason='practitioner').action_cancel()
            self.assertEqual(self.first.status, 'waiting')
            savepoint.rollback()

    def test_what_nobody_waits_for_any_more(self):
        self.visit.action_cancel()
        past = datetime.now() - timedelta(days=2)
        self.first.appointment_id.write({'start': past, 'stop': past + timedelta(hours=1)})
        self.second.write({'date_from': past.date(), 'date_to': past.date()})
        lasting = self.wait(self.make_patient())
        self.Entry._gc_expired()
        self.assertEqual(
            (self.first | self.second | lasting).mapped('status'), ['expired', 'expired', 'waiting']
        )
        self.assertEqual(self.first.appointment_id.appointment_status, 'cancelled')
