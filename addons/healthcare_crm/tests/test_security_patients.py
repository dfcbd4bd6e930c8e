from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientsOfOtherClinics(HealthcareCase):
    """What somebody of one clinic tries to learn about the patients of another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env['res.company'].create({'name': "Elsewhere"})
        theirs = {'company_id': cls.elsewhere.id, 'company_ids': [Command.set(cls.elsewhere.ids)]}
        cls.reception = cls.make_user('reception', 'hostile-reception', **theirs)
        cls.nurse = cls.make_user('nurse', 'hostile-nurse', **theirs)
        cls.secret = cls.make_patient("Secret Person", company_id=cls.company.id)
        cls.own = cls.make_patient("Own Patient", company_id=cls.elsewhere.id)
        cls.env['healthcare.condition'].create({'patient_id': cls.secret.id, 'name': "Measles"})

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_no_name_through_a_link_of_ones_own_patient(self):
        own = self.own.with_user(self.reception)
        for name in ('guardian_id', 'referrer_id'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                own.write({name: self.secret.id})
            with self.subTest(field=name, how='create'), self.assertRaises(AccessError):
                own.create({'name': "Bait", 'is_patient': True, name: self.secret.id})
        household = self.env['healthcare.household'].create(
            {'name': "The Secrets", 'company_id': self.company.id}
        )
        with self.assertRaises(AccessError):
            own.write({'household_id': household.id})
        friend = self.make_patient("A Friend", company_id=self.elsewhere.id)
        own.write({'guardian_id': friend.id, 'referrer_id': friend.id})
        self.assertEqual((own.guardian_id, own.referrer_id), (friend, friend))

    def test_contacts_are_made_by_who_knows_nothing_of_patients(self):
        employee = self.make_user(login='plain-employee')
        employee.group_ids += self.env.ref('base.group_partner_manager')
        contact = self.Partner.with_user(employee).create({'name': "A Supplier"})
        contact.write({'name': "Another Supplier"})
        self.assertEqual(contact.name, "Another Supplier")

    def test_no_name_through_thanks(self):
        thanks = (
            self.env['healthcare.referrer.thanks']
            .with_user(self.reception)
            .create({'referrer_id': self.own.id})
        )
        with self.assertRaises(AccessError):
            thanks.write({'referrer_id': self.secret.id})

    def test_no_name_through_the_enquiry_of_an_appointment(self):
        enquiry = self.env['healthcare.enquiry'].create(
            {'name': "Somebody Shy", 'company_id': self.company.id}
        )
        meeting = {'name': "Bait", 'start': '2026-01-05 09:00', 'stop': '2026-01-05 10:00'}
        events = self.env['calendar.event']
        for user in (self.reception, self.make_user('marketing', 'hostile-marketing')):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                events.with_user(user).create({**meeting, 'enquiry_id': enquiry.id})
            event = events.with_user(user).create(meeting)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                event.write({'enquiry_id': enquiry.id})

    def test_a_segment_asks_nothing_of_contacts_of_other_clinics(self):
        """Patients are counted in sudo: without a rule that hides those of other clinics."""
        self.own.guardian_id = self.secret
        friend = self.make_patient("A Friend", company_id=self.elsewhere.id)
        self.env['healthcare.condition'].create({'patient_id': friend.id, 'name': "Measles"})
        child = self.make_patient("A Child", company_id=self.elsewhere.id, guardian_id=friend.id)
        for patient in (self.own, child):
            self.make_appointment(patient, company_id=self.elsewhere.id)
        segments = self.env['healthcare.segment'].with_user(self.nurse)
        for asked in (
            "('guardian_id.condition_ids.name', '=', 'Measles')",
            "('guardian_id', 'any', [('condition_ids.name', '=', 'Measles')])",
            "('guardian_id', 'any', [('company_id', '!=', False), ('condition_ids', '!=', False)])",
            "('appointment_ids.patient_id.guardian_id.condition_ids.name', '=', 'Measles')",
        ):
            with self.subTest(asked=asked):
                domain = f"[{asked}]"
                answer = segments.count_now(False, {'name': "Bait", 'domain': domain})
                self.assertEqual(answer.get('count'), 1, answer)
                segment = segments.create({'name': "Bait", 'domain': domain})
                segment.sudo()._refresh()
                self.assertEqual(segment.sudo().member_ids.patient_id, child)

    def test_a_number_is_no_question_for_who_may_not_enter_one(self):
        system = self.env['healthcare.identifier.system'].create(
            {'name': "Hostile System", 'code': 'urn:hostile'}
        )
        numbers = self.env['healthcare.patient.identifier']
        mine = self.make_patient("Mine", company_id=self.company.id)
        numbers.create({'patient_id': self.secret.id, 'system_id': system.id, 'value': 'X1'})
        self.env.flush_all()
        marketing = self.make_user('marketing', 'hostile-marketing')
        with self.assertRaises(AccessError):
            numbers.with_user(marketing).create(
                {'patient_id': mine.id, 'system_id': system.id, 'value': 'X1'}
            )
        with self.assertRaises(AccessError):
            numbers.with_user(self.reception).create(
                {'patient_id': mine.id, 'system_id': system.id, 'value': 'X1'}
            )

    def test_what_moved_in_a_merge_tells_the_desk_nothing_clinical(self):
        desk = self.make_user('reception', 'hostile-desk')
        merge = self.secret._merge_into(
            self.make_patient("Secret Person", company_id=self.company.id)
        )
        label = self.env['ir.model']._get('healthcare.condition').name
        self.assertIn(label, str(merge.with_user(self.make_user('nurse', 'a-nurse')).details))
        merge.invalidate_recordset()
        self.assertNotIn(label, str(merge.with_user(desk).details))

    def test_a_form_with_an_endless_number_is_an_answer_left_out(self):
        page = self.env['healthcare.enquiry.page'].create({'name': "Hostile"})
        self.assertNotIn('source_id', page._get_choices({'source_id': '9' * 5000}))
