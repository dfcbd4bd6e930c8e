from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestDuplicateReview(HealthcareCase):
    """What the list of patients and the form of a new one say about two records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Link = cls.env['healthcare.patient.link']
        cls.one = cls.make_patient("Lan", birth_date='1970-05-17')
        cls.other = cls.make_patient("Lan", birth_date='1970-05-17')
        cls.user = cls.make_user('reception')

    def pairs(self):
        return self.Link.search(
            [('patient_id', '=', self.one.id), ('other_id', '=', self.other.id)]
        )

    def test_two_patients_are_opened_side_by_side(self):
        action = (self.other | self.one).with_user(self.user).action_compare()
        self.assertEqual(action['params'], {'link_id': self.pairs().id})
        self.assertEqual((self.pairs().origin, self.pairs().status), ('manual', 'open'))
        review = self.Link.with_user(self.user).review_load(self.pairs().id)
        self.assertEqual([one['id'] for one in review['patients']], [self.one.id, self.other.id])

    def test_what_was_decided_may_be_looked_at_again(self):
        both = (self.one | self.other).with_user(self.user)
        both.action_compare()
        self.Link.with_user(self.user).review_decide(self.pairs().id, 'different')
        both.action_compare()
        self.assertEqual(self.pairs().status, 'open')

    def test_it_takes_two_patients(self):
        third = self.make_patient("An")
        contact = self.Partner.create({'name': "A supplier"})
        for wrong in (self.one, self.one | self.other | third, self.one | contact):
            with self.subTest(wrong), self.assertRaises(UserError):
                wrong.with_user(self.user).action_compare()

    def test_a_new_patient_is_somebody_else(self):
        self.other.with_user(self.user).mark_different([self.one.id])
        link = self.pairs()
        self.assertEqual((link.status, link.origin), ('different', 'registration'))
        self.assertEqual(link.decided_by_id, self.user)

    def test_what_is_not_a_patient_is_passed_over(self):
        patient = self.other.with_user(self.user)
        for ids in ([self.other.id], [0, -1, True, 'x', None, [1]], 'x', None, {}):
            with self.subTest(ids):
                self.assertTrue(patient.mark_different(ids))
        self.assertFalse(self.pairs())

    def test_only_staff_say_so(self):
        for role in ('marketing', 'quality', 'privacy_officer'):
            user = self.make_user(role)
            with self.subTest(role), self.assertRaises(AccessError):
                self.other.with_user(user).mark_different([self.one.id])
            with self.subTest(role), self.assertRaises(AccessError):
                (self.one | self.other).with_user(user).action_compare()

    def test_patients_of_other_clinics_are_left_alone(self):
        self.one.company_id = self.env['res.company'].create({'name': "Other"})
        self.other.with_user(self.user).mark_different([self.one.id])
        self.assertFalse(self.pairs())
        with self.assertRaises(AccessError):
            (self.one | self.other).with_user(self.user).action_compare()
