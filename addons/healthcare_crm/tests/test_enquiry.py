from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import HealthcareCase


class EnquiryCase(HealthcareCase):
    """Enquiries, and the desk that answers them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls.make_user('reception', 'enquiry-desk')
        cls.Enquiry = cls.env['healthcare.enquiry'].with_user(cls.desk)
        cls.source = cls.env['utm.source'].create({'name': "A friend of the tests"})

    @classmethod
    def ask(cls, name="Phạm Thị Lan", **values):
        """Enter an enquiry."""
        return cls.Enquiry.create({'name': name, **values})

    def candidates(self, action):
        """Return the patients that are asked about."""
        self.assertEqual(action['res_model'], 'healthcare.enquiry.conversion')
        return self.wizard(action).candidate_ids.patient_id

    def wizard(self, action):
        return self.env[action['res_model']].with_user(self.desk).browse(action['res_id'])


@tagged('post_install', '-at_install')
class TestEnquiry(EnquiryCase):
    def test_desk_enters_one_by_the_form(self):
        with Form(self.Enquiry) as form:
            form.name = " Trần Văn Bình "
            form.phone = '0912 345 678'
            form.returning = 'new'
        enquiry = form.record
        self.assertRecordValues(
            enquiry,
            [
                {
                    'name': "Trần Văn Bình",
                    'phone': '+84912345678',
                    'state': 'new',
                    'channel': 'phone',
                    'company_id': self.company.id,
                }
            ],
        )

    def test_a_number_that_is_none_is_kept(self):
        self.assertEqual(self.ask(phone="ask at the desk").phone, "ask at the desk")

    def test_age_and_overdue(self):
        now = fields.Datetime.now()
        fresh = self.ask(date=now - timedelta(minutes=5, seconds=5))
        hours = self.ask(date=now - timedelta(hours=3, seconds=5))
        late = self.ask(date=now - timedelta(days=2, seconds=5))
        self.assertEqual([one.age for one in (fresh, hours, late)], ["5 min", "3 h", "2 d"])
        mine = [('id', 'in', (fresh + hours + late).ids)]
        self.assertEqual(self.Enquiry.search([('is_overdue', '=', True), *mine]), late)
        self.assertEqual(self.Enquiry.search([('is_overdue', '=', False), *mine]), fresh + hours)
        late.action_contacted()
        self.assertFalse(late.is_overdue)
        self.assertFalse(self.Enquiry.search([('is_overdue', '=', True), *mine]))

    def test_lost_needs_a_reason(self):
        enquiry = self.ask()
        self.assertEqual(enquiry.action_lose()['res_id'], enquiry.id)
        with self.assertRaises(UserError):
            enquiry.action_lost()
        enquiry.lost_reason = 'price'
        enquiry.action_lost()
        self.assertEqual(enquiry.state, 'lost')
        enquiry.action_reopen()
        self.assertRecordValues(enquiry, [{'state': 'contacted', 'lost_reason': False}])

    def test_reply_counts_as_answer_a_note_does_not(self):
        enquiry = self.ask()
        enquiry.message_post(body="To do", subtype_xmlid='mail.mt_note', message_type='comment')
        self.assertEqual(enquiry.state, 'new')
        enquiry.message_post(
            body="Yes, we do", subtype_xmlid='mail.mt_comment', message_type='comment'
        )
        self.assertRecordValues(enquiry, [{'state': 'contacted', 'user_id': self.desk.id}])

    def test_nobody_answers(self):
        page = self.env['healthcare.enquiry.page'].create({'name': "Web", 'user_id': self.desk.id})
        late = self.ask(date=fields.Datetime.now() - timedelta(days=1, minutes=1))
        late.sudo().page_id = page
        fresh = self.ask()
        for _again in range(2):
            with self.enter_registry_test_mode():
                self.env.ref('healthcare_crm.ir_cron_healthcare_enquiry').method_direct_trigger()
        self.assertEqual(late.activity_ids.user_id, self.desk)
        self.assertEqual(len(late.activity_ids), 1)
        self.assertNotIn("Lan", late.activity_ids.summary)
        self.assertFalse(fresh.activity_ids)
        late.action_contacted()
        self.assertFalse(late.activity_ids)


@tagged('post_install', '-at_install')
class TestMakePatient(EnquiryCase):
    def test_everything_is_copied_and_nothing_retyped(self):
        service = self.make_service(duration=0.75)
        doctor = self.make_practitioner()
        day = fields.Date.today() + timedelta(days=9)
        enquiry = self.ask(
            phone='0912 345 678',
            email='lan@example.org',
            lang='en_US',
            birth_date='1991-04-18',
            returning='new',
            source_id=self.source.id,
            service_id=service.id,
            practitioner_id=doctor.id,
            preferred_date=day,
            preferred_period='afternoon',
            message="My back hurts",
        )
        action = enquiry.action_make_patient()
        patient = enquiry.patient_id
        self.assertRecordValues(
            patient,
            [
                {
                    'name': "Phạm Thị Lan",
                    'phone': '+84912345678',
                    'email': 'lan@example.org',
                    'lang': 'en_US',
                    'birth_date': date(1991, 4, 18),
                    'source_id': self.source.id,
                    'practitioner_id': doctor.id,
                    'lifecycle_stage': 'prospect',
                    'is_patient': True,
                }
            ],
        )
        self.assertTrue(patient.patient_number)
        self.assertRecordValues(
            enquiry, [{'state': 'converted', 'message': "My back hurts", 'user_id': self.desk.id}]
        )
        self.assertEqual(action['res_model'], 'calendar.event')
        appointment = self.Event.with_user(self.desk).with_context(**action['context']).create({})
        self.assertRecordValues(
            appointment,
            [
                {
                    'patient_id': patient.id,
                    'service_id': service.id,
                    'practitioner_id': doctor.id,
                    'enquiry_id': enquiry.id,
                    'company_id': self.company.id,
                    'duration': 0.75,
                    'start_date': False,
                }
            ],
        )
        self.assertEqual(enquiry.state, 'booked')
        self.assertNotIn("back", str(appointment.description))

    def test_no_time_known_opens_the_patient(self):
        action = self.ask().action_make_patient()
        self.assertEqual(action['res_model'], 'res.partner')

    def test_name_is_needed(self):
        with self.assertRaises(UserError):
            self.ask(name=False, email='who@example.org').action_make_patient()

    def test_wrong_number_is_told(self):
        with self.assertRaisesRegex(ValidationError, "not valid"):
            self.ask(phone="ask at the desk").action_make_patient()

    def test_it_may_be_one_of_these(self):
        known = self.make_patient("Lan Pham", phone='0912345678')
        before = self.Partner.search_count([])
        enquiry = self.ask(phone='0912 345 678', email='lan@example.org', source_id=self.source.id)
        action = enquiry.action_make_patient()
        self.assertFalse(enquiry.patient_id)
        wizard = self.wizard(action)
        self.assertIn(known, wizard.candidate_ids.patient_id)
        line = wizard.candidate_ids.filtered(lambda line: line.patient_id == known)
        self.assertTrue(line.reason)
        line.action_use()
        self.assertEqual(enquiry.patient_id, known)
        self.assertEqual(self.Partner.search_count([]), before)
        # what was missing is added, what was there stays
        self.assertRecordValues(
            known,
            [{'email': 'lan@example.org', 'name': "Lan Pham", 'source_id': self.source.id}],
        )

    def test_the_matcher_is_asked(self):
        known = self.make_patient("Phạm Thị Lan", birth_date='1991-04-18', phone='0912345679')
        enquiry = self.ask("Pham Thi Lan", birth_date='1991-04-18', phone='0912345678')
        self.assertIn(known, self.candidates(enquiry.action_make_patient()))

    def test_none_of_them(self):
        known = self.make_patient("Lan Pham", phone='0912345678')
        enquiry = self.ask(phone='0912 345 678', returning='new')
        self.wizard(enquiry.action_make_patient()).action_create_patient()
        self.assertTrue(enquiry.patient_id)
        self.assertNotEqual(enquiry.patient_id, known)

    def test_returning_looks_up_and_does_not_create(self):
        known = self.make_patient("Maiden Name")
        enquiry = self.ask("Married Name", returning='returning')
        before = self.Partner.search_count([])
        wizard = self.wizard(enquiry.action_make_patient())
        self.assertFalse(wizard.candidate_ids)
        self.assertEqual(self.Partner.search_count([]), before)
        with self.assertRaises(UserError):
            wizard.action_use_patient()
        wizard.patient_id = known
        wizard.action_use_patient()
        self.assertEqual(enquiry.patient_id, known)
        self.assertEqual(known.name, "Maiden Name")

    def test_contact_made_by_a_reply_becomes_the_patient(self):
        contact = self.Partner.create({'name': "Phạm Thị Lan", 'email': 'lan@example.org'})
        other = self.Partner.create({'name': "Other", 'email': 'other@example.org'})
        enquiry = self.ask(email='lan@example.org', phone='0912345678')
        enquiry.action_make_patient()
        self.assertEqual(enquiry.patient_id, contact)
        self.assertTrue(contact.is_patient and contact.patient_number)
        self.assertFalse(other.is_patient)

    def test_user_is_not_made_a_patient(self):
        self.desk.partner_id.write({'email': 'lan@example.org', 'name': "Phạm Thị Lan"})
        enquiry = self.ask(email='lan@example.org')
        enquiry.action_make_patient()
        self.assertNotEqual(enquiry.patient_id, self.desk.partner_id)

    def test_consent(self):
        asked = fields.Datetime.now() - timedelta(hours=5)
        enquiry = self.ask(
            phone='0912345678', email='lan@example.org', agrees_to_contact=True, date=asked
        )
        enquiry.action_make_patient()
        consents = enquiry.patient_id.consent_ids
        self.assertEqual(set(consents.mapped('channel')), {'email', 'sms', 'call'})
        self.assertEqual(set(consents.mapped('method')), {'web'})
        self.assertEqual(set(consents.mapped('date')), {asked})
        self.assertEqual(consents.purpose_id, self.purpose_reminder)
        # once
        enquiry.action_make_patient()
        self.assertEqual(len(enquiry.patient_id.consent_ids), 3)

    def test_nobody_agrees_for_the_address_of_another(self):
        known = self.make_patient("Lan Pham", phone='0912345679', email='lan@example.org')
        enquiry = self.ask(email='lan@example.org', phone='0912345678', agrees_to_contact=True)
        self.wizard(enquiry.action_make_patient()).candidate_ids[0].action_use()
        self.assertEqual(known.consent_ids.mapped('channel'), ['email'])

    def test_coverage_to_be_checked(self):
        enquiry = self.ask(insured='yes', payer_name="NHI")
        enquiry.action_make_patient()
        coverage = enquiry.patient_id.coverage_ids
        self.assertRecordValues(coverage, [{'status': 'draft', 'plan': "NHI"}])
        again = self.ask(insured='yes', payer_name="Another", patient_id=enquiry.patient_id.id)
        again.action_make_patient()
        self.assertEqual(enquiry.patient_id.coverage_ids, coverage)
        pays = self.ask("Pays", insured='no')
        pays.action_make_patient()
        self.assertFalse(pays.patient_id.coverage_ids)

    def test_no_tick_no_consent(self):
        enquiry = self.ask(phone='0912345678')
        enquiry.action_make_patient()
        self.assertFalse(enquiry.patient_id.consent_ids)


@tagged('post_install', '-at_install')
class TestEnquiryAccess(EnquiryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env['res.company'].create({'name': "Elsewhere"})
        cls.stranger = cls.make_user(
            'reception',
            'enquiry-stranger',
            company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )

    def test_who_reads(self):
        enquiry = self.ask(message="It burns")
        enquiry.message_post(body="It burns", message_type='comment')
        for role in ('marketing', 'quality', 'privacy_officer', None):
            user = self.make_user(role)
            with self.subTest(role=role):
                with self.assertRaises(AccessError):
                    enquiry.with_user(user).read(['state'])
                with self.assertRaises(AccessError):
                    enquiry.message_ids[0].with_user(user).read(['body'])
        for role in ('call_desk', 'nurse', 'practitioner', 'clinic_administrator'):
            user = self.make_user(role)
            self.assertEqual(enquiry.with_user(user).message, "It burns")

    def test_report_says_nothing_about_anybody(self):
        self.ask(source_id=self.source.id).action_make_patient()
        self.ask("Another", source_id=self.source.id)
        self.ask("Spam", source_id=self.source.id, lost_reason='spam').action_lost()
        self.env.flush_all()
        marketing = self.make_user('marketing')
        report = self.env['healthcare.enquiry.report'].with_user(marketing)
        domain = [('source_id', '=', self.source.id)]
        [[source, count, rate]] = report._read_group(
            domain, ['source_id'], ['__count', 'patient_rate:avg']
        )
        self.assertEqual((source.id, count, rate), (self.source.id, 2, 50.0))
        self.assertFalse({'name', 'message', 'patient_id'} & set(report._fields))
        self.assertFalse(report.with_user(self.stranger).search(domain))

    def test_other_clinics(self):
        enquiry = self.ask()
        theirs = enquiry.with_user(self.stranger)
        self.assertFalse(theirs.search([('id', '=', enquiry.id)]))
        with self.assertRaises(AccessError):
            theirs.read(['name'])
        own = theirs.create({'name': "Own"})
        with self.assertRaises(AccessError):
            own.company_id = self.company
        secret = self.make_patient("Secret", company_id=self.company.id)
        with self.assertRaises(AccessError):
            own.patient_id = secret
        with self.assertRaises(AccessError):
            theirs.create({'name': "X", 'patient_id': secret.id})

    def test_nobody_books_the_enquiry_of_another(self):
        enquiry = self.ask()
        enquiry.action_make_patient()
        values = {
            'is_appointment': True,
            'patient_id': self.make_patient("Other").id,
            'company_id': self.elsewhere.id,
            'start': fields.Datetime.now(),
            'enquiry_id': enquiry.id,
        }
        with self.assertRaises(AccessError):
            self.Event.with_user(self.stranger).create(values)
        self.assertEqual(enquiry.state, 'converted')
        self.make_appointment(self.make_patient("Third"), enquiry_id=enquiry.id)
        self.assertEqual(enquiry.state, 'converted')

    def test_kept_with_the_patient(self):
        enquiry = self.ask()
        enquiry.action_make_patient()
        with self.assertRaises(UserError):
            enquiry.sudo().unlink()
        with self.assertRaises(UserError):
            enquiry.patient_id.sudo().unlink()
        self.ask("Nobody").sudo().unlink()

    def test_one_form_once(self):
        self.ask().sudo().submission_key = 'x'
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.ask().sudo().submission_key = 'x'
            self.env.flush_all()
