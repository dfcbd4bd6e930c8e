from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .test_introductions import IntroductionCase


@tagged('post_install', '-at_install')
class TestIntroducerClinics(IntroductionCase):
    """Whose code counts where: each side reads a name of the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head, cls.elsewhere = cls.env['res.company'].create(
            [{'name': "Head"}, {'name': "Elsewhere"}]
        )
        cls.branch = cls.env['res.company'].create({'name': "Branch", 'parent_id': cls.head.id})
        cls.of_head, cls.of_branch, cls.of_elsewhere = (
            cls.env['healthcare.introducer']._get_for(
                cls.make_patient(company_id=clinic.id, name=f"Patient of {clinic.name}")
            )
            for clinic in (cls.head, cls.branch, cls.elsewhere)
        )

    def ask(self, clinic, code):
        page = self.env['healthcare.enquiry.page'].create({'name': "W", 'company_id': clinic.id})
        return page._check_form({'name': "A", 'email': 'a@example.org', 'introduction': code})

    def test_a_code_is_taken_where_it_belongs(self):
        for clinic, introducer in (
            (self.head, self.of_head),
            (self.head, self.of_branch),
            (self.branch, self.of_head),
            (self.branch, self.of_branch),
        ):
            with self.subTest(clinic=clinic.name, introducer=introducer.partner_id.name):
                values, errors = self.ask(clinic, introducer.code)
                self.assertEqual((values['introducer_id'], errors), (introducer.id, {}))

    def test_a_code_of_an_unrelated_clinic_says_nothing(self):
        for clinic in (self.head, self.branch):
            values, errors = self.ask(clinic, self.of_elsewhere.code)
            self.assertFalse(values.get('introducer_id'))
            self.assertFalse(errors, "nor whether it is somebody's")

    def test_nobody_is_brought_to_an_unrelated_clinic(self):
        enquiries = self.env['healthcare.enquiry']
        values = {'name': "Somebody", 'phone': '+886912345678', 'company_id': self.head.id}
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            enquiries.create({**values, 'introducer_id': self.of_elsewhere.id})
        enquiry = enquiries.create({**values, 'introducer_id': self.of_branch.id})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            enquiry.introducer_id = self.of_elsewhere
        patient = self.make_newcomer(company_id=self.branch.id)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.introduce(patient, self.of_elsewhere)
        self.assertState(self.introduce(patient, self.of_head), 'waiting')

    def test_a_visit_at_an_unrelated_clinic_is_none(self):
        patient = self.make_newcomer()
        introduction = self.introduce(patient, self.of_head)
        twin = self.make_patient("Phan Bội Châu", birth_date='1990-05-05', phone='+84912000007')
        self.visit(patient).company_id = self.elsewhere
        self.visit(twin).company_id = self.elsewhere
        self.process()
        self.assertState(introduction, 'waiting')
        again = self.make_newcomer("Phan Bội Châu", birth_date='1990-05-05', phone='+84912000007')
        self.assertState(self.introduce(again, self.of_head), 'waiting')
        visit = self.visit(patient, days_ago=0)
        visit.company_id = self.branch
        self.process()
        self.assertState(introduction, 'came')
        self.assertEqual(introduction.visit_id, visit)
        self.branch.action_archive()
        introduction._judge()
        self.assertState(introduction, 'came')


@tagged('post_install', '-at_install')
class TestIntroductionsStay(IntroductionCase):
    """Rewards go to whom they are for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reception = cls.make_user('reception')
        cls.friend = cls.make_member(name="Trần Thị Bình", phone='+84912000009')

    def test_a_link_stays_whose_it_is(self):
        other = self.env['res.company'].create({'name': "Other"})
        administrator = self.make_user(
            'clinic_administrator', company_ids=[Command.set((self.company | other).ids)]
        )
        for user in (self.reception, administrator):
            link = self.introducer.with_user(user)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                link.partner_id = self.friend.partner_id
            link.write({'partner_id': self.card.partner_id.id, 'shown_name': "Kiệt"})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.introducer.with_user(administrator).company_id = other

    def test_who_was_brought_stays(self):
        patient, other = self.make_newcomer(), self.make_newcomer("Other", phone='+84912000005')
        introduction = self.introduce(patient)
        self.visit(patient)
        self.process()
        desk = introduction.with_user(self.reception)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            desk.patient_id = other
        self.assertState(introduction, 'came')
        self.assertBalance(self.card, 100)

    def test_who_has_asked_is_filled_in(self):
        introduction = self.env['healthcare.introduction'].create(
            {'introducer_id': self.introducer.id}
        )
        self.assertState(introduction, 'asked')
        patient = self.make_newcomer()
        introduction.with_user(self.reception).patient_id = patient
        self.assertState(introduction, 'waiting')
        with self.assertRaises(UserError), self.env.cr.savepoint():
            introduction.with_user(self.reception).patient_id = False

    def test_the_referrer_is_who_counts(self):
        patient = self.make_newcomer()
        later = self.introduce(patient, days_ago=2)
        self.assertEqual(patient.referrer_id, self.card.partner_id)
        friend = self.env['healthcare.introducer']._get_for(self.friend.partner_id)
        earlier = self.introduce(patient, friend, days_ago=5)
        self.assertEqual(patient.referrer_id, self.friend.partner_id)
        self.visit(patient)
        self.process()
        self.assertState(earlier, 'came')
        self.assertEqual(patient.referrer_id, self.friend.partner_id)
        earlier.action_refuse()
        self.assertState(later, 'came')
        self.assertEqual(patient.referrer_id, self.card.partner_id)
        later.action_refuse()
        self.assertFalse(patient.referrer_id)

    def test_who_comes_next_counts_when_one_is_deleted(self):
        patient = self.make_newcomer()
        friend = self.env['healthcare.introducer']._get_for(self.friend.partner_id)
        first, second = self.introduce(patient, friend), self.introduce(patient, days_ago=2)
        self.assertState(second, 'refused', 'earlier')
        first.unlink()
        self.process()
        self.assertState(second, 'waiting')
        self.assertEqual(patient.referrer_id, self.card.partner_id)

    def test_the_referrer_whom_staff_chose_stays(self):
        patient = self.make_newcomer(referrer_id=self.friend.partner_id.id)
        introduction = self.introduce(patient)
        self.assertState(introduction, 'waiting')
        self.assertEqual(patient.referrer_id, self.friend.partner_id)
        friend = self.env['healthcare.introducer']._get_for(self.friend.partner_id)
        self.assertState(self.introduce(patient, friend, days_ago=1), 'refused', 'earlier')
        introduction.action_refuse()
        self.assertEqual(patient.referrer_id, self.friend.partner_id)

    def test_the_referrer_of_a_code_that_was_mistaken(self):
        enquiry = self.env['healthcare.enquiry'].create(
            {'name': "Hồ Xuân Hương", 'introducer_id': self.introducer.id}
        )
        enquiry._convert(enquiry._create_patient())
        patient = enquiry.patient_id
        self.assertEqual(patient.referrer_id, self.card.partner_id)
        enquiry.introducer_id = self.env['healthcare.introducer']._get_for(self.friend.partner_id)
        self.assertEqual(patient.referrer_id, self.friend.partner_id)
        enquiry.introducer_id = False
        self.assertFalse(patient.referrer_id)
