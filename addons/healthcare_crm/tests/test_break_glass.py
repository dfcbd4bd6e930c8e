from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.healthcare_audit import HealthcareAudit
from .test_care import CareCase

WORDS = "Chest pain, colleague on leave"


@tagged('post_install', '-at_install')
class TestBreakGlass(CareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_appointment(cls.an, company_id=cls.clinic.id)
        cls.env['healthcare.waitlist.entry'].create(
            {'patient_id': cls.an.id, 'company_id': cls.clinic.id}
        )
        cls.make_consent(cls.an)
        cls.officer = cls.make_user('privacy_officer', 'care-officer', **cls.here)
        cls.other_officer = cls.make_user('privacy_officer', 'care-officer-2', **cls.here)

    def open(self, user=None, **values):
        user = user or self.doctor
        given = {'reason': 'emergency', 'explanation': WORDS} | values
        patient = self.an.with_user(user)
        return self.env['healthcare.break.glass'].with_user(user)._open(patient, **given)

    def test_it_opens_the_record_until_it_expires(self):
        self.assertReads(self.doctor, False)
        opening = self.open()
        self.assertReads(self.doctor, True)
        relation = self.an.with_user(self.doctor).care_relation_ids
        self.assertEqual(relation.mapped('reason'), ['break_glass'])
        self.assertEqual(relation.until, opening.expires_at)
        self.assertEqual(opening.expires_at - opening.opened_at, timedelta(hours=4))
        self.settle()
        self.env.cr.execute(
            "UPDATE healthcare_break_glass SET expires_at = now() AT TIME ZONE 'UTC' "
            "- interval '1 second'"
        )
        self.assertReads(self.doctor, False)

    def test_for_one_user_and_one_patient(self):
        other = self.make_user('practitioner', 'care-other', **self.here)
        bystander = self.make_patient("Bystander", company_id=self.clinic.id)
        self.open()
        self.assertReads(other, False)
        self.assertFalse(self.doctor._is_in_care(bystander.ids))
        self.assertEqual(
            self.env['healthcare.break.glass']
            .with_user(self.doctor)
            ._get_open_ids((self.an | bystander).ids),
            {self.an.id: self.env['healthcare.break.glass'].search([], limit=1).id},
        )

    def test_a_reason_in_words(self):
        for values in (
            {'reason': 'curiosity'},
            {'reason': False},
            {'explanation': "Need it"},
            {'explanation': " " * 20},
            {'explanation': False},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.open(**values)
        self.assertReads(self.doctor, False)

    def test_nobody_else_needs_it(self):
        for role in ('nurse', 'reception', 'marketing', 'privacy_officer'):
            user = self.make_user(role, f'care-needless-{role}', **self.here)
            with self.subTest(role=role), self.assertRaises(UserError):
                self.open(user)

    def test_not_of_another_clinic(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self.make_user(
            'practitioner',
            'care-stranger',
            company_id=elsewhere.id,
            company_ids=elsewhere.ids,
        )
        with self.assertRaises(AccessError):
            self.open(stranger)

    def test_identity_is_asked_for_again(self):
        wizard = self.env['healthcare.break.glass.open'].with_user(self.doctor)
        self.assertTrue(getattr(wizard.action_open, '__has_check_identity', False))
        opened = wizard.create(
            {'patient_id': self.an.id, 'reason': 'advice', 'explanation': "Short"}
        )
        with self.assertRaises(ValidationError):
            opened.action_check()

    def test_it_is_on_record(self):
        seen = []

        def record(model, action, *args, **details):
            seen.append((model.env.uid, action, details['patient_ids'], details['res_ids']))

        self.patch(HealthcareAudit, '_record', record)
        opening = self.open()
        self.assertIn((self.doctor.id, 'break_glass', self.an.ids, opening.ids), seen)

    def test_privacy_officers_are_asked(self):
        elsewhere = self.make_user('privacy_officer', 'care-officer-elsewhere')
        opening = self.open()
        self.assertEqual(opening.activity_ids.user_id, self.officer | self.other_officer)
        self.assertNotIn(elsewhere, opening.activity_ids.user_id)
        told = str(opening.activity_ids.mapped('summary')) + str(
            opening.activity_ids.mapped('res_name')
        )
        self.assertNotIn("Care Patient", told)

    def test_a_review_is_written_once(self):
        opening = self.open()
        review = self.env['healthcare.break.glass'].with_user(self.officer)._review
        for verdict, note in (('maybe', ""), ('not_justified', " "), ('unclear', False)):
            with self.subTest(verdict=verdict), self.assertRaises(UserError):
                review(opening.id, verdict, note)
        review(opening.id, 'justified', "")
        self.assertEqual((opening.verdict, opening.reviewed_by_id), ('justified', self.officer))
        self.assertFalse(opening.activity_ids)
        with self.assertRaises(UserError):
            review(opening.id, 'not_justified', "After all")
        self.assertEqual(opening.verdict, 'justified')

    def test_who_reviews(self):
        opening = self.open()
        openings = self.env['healthcare.break.glass']
        for user in (
            self.doctor,
            self.make_user('clinic_administrator', 'care-admin', **self.here),
            self.make_user('privacy_officer', 'care-officer-elsewhere'),
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                openings.with_user(user)._review(opening.id, 'justified', "")
        self.doctor.group_ids += self.env.ref('healthcare_crm.group_privacy_officer')
        with self.assertRaisesRegex(UserError, "their own"):
            openings.with_user(self.doctor)._review(opening.id, 'justified', "")

    def test_nothing_is_altered_or_deleted(self):
        opening = self.open()
        for values in (
            {'explanation': "Something else"},
            {'expires_at': fields.Datetime.now() + timedelta(days=9)},
            {'user_id': self.officer.id},
            {'opened_at': '2020-01-01 00:00:00'},
        ):
            with self.subTest(values=values):
                with self.assertRaises(UserError):
                    opening.sudo().write(values)
        with self.assertRaises(UserError):
            opening.sudo().unlink()
        for user in (self.doctor, self.officer):
            mine = opening.sudo(False).with_user(user)
            for operation in ('write', 'create', 'unlink'):
                self.assertFalse(mine.has_access(operation), (user.login, operation))

    def test_who_sees_openings(self):
        opening = self.open().sudo(False)
        other = self.make_user('practitioner', 'care-other', **self.here)
        seen = {
            user.login: bool(opening.with_user(user).search([('id', '=', opening.id)]))
            for user in (self.doctor, self.officer, other)
        }
        self.assertEqual(list(seen.values()), [True, True, False])
        with self.assertRaises(AccessError):
            opening.with_user(self.make_user('reception', 'care-desk', **self.here)).search([])

    def _count_reminders(self):
        """Count the messages to the officers; their subjects are encrypted in the database."""
        officers = (self.officer | self.other_officer).partner_id
        messages = self.env['mail.message'].search([('partner_ids', 'in', officers.ids)])
        return sum(
            "wait for your review" in (subject or '') for subject in messages.mapped('subject')
        )

    def test_a_late_review_is_reminded_of_once(self):
        opening = self.open()
        self.assertGreaterEqual(opening.review_due - opening.opened_at, timedelta(days=2))
        remind = self.env['healthcare.break.glass']._cron_remind
        remind()
        self.assertFalse(self._count_reminders())
        with freeze_time(opening.review_due + timedelta(hours=1)):
            remind()
            self.assertTrue(opening.reminded_at)
            self.assertEqual(self._count_reminders(), 2)
            remind()
            self.assertEqual(self._count_reminders(), 2)
