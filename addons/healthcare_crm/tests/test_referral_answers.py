from ast import literal_eval
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, users

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestReferralAnswers(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sender = cls.make_user('practitioner', login='sender')
        cls.receiver = cls.make_user('practitioner', login='receiver')
        cls.desk = cls.make_user('reception', login='desk')
        cls.administrator = cls.make_user('clinic_administrator', login='administrator')
        cls.manager = cls.make_user('nurse', login='manager')
        cls.department = cls.env['healthcare.department'].create(
            {'name': "Heart", 'manager_id': cls.manager.id, 'answer_days': 3}
        )
        cls.practitioner = cls.make_practitioner(
            department_id=cls.department.id, user_id=cls.receiver.id
        )
        cls.patient = cls.make_patient()
        cls.referral = cls.env['healthcare.referral'].create(
            {
                'patient_id': cls.patient.id,
                'practitioner_id': cls.practitioner.id,
                'department_id': cls.department.id,
                'user_id': cls.sender.id,
                'reason': "Chest pain",
            }
        )
        cls.referral.action_send()

    def respond(self, user, kind, **values):
        """Answer as a user does, by the dialog."""
        self.env['healthcare.referral.respond'].with_user(user).create(
            {'referral_id': self.referral.id, 'kind': kind, **values}
        ).action_confirm()

    def told(self, user):
        """Return what a colleague was notified of about the referral."""
        return self.env['mail.message'].search(
            [
                ('model', '=', 'healthcare.referral'),
                ('res_id', '=', self.referral.id),
                ('partner_ids', 'in', user.partner_id.id),
            ],
            order='id',
        )

    def test_the_department_says_how_fast(self):
        self.assertEqual(self.referral.answer_days, 3)
        self.referral.department_id = False
        self.assertEqual(self.referral.answer_days, 2)

    def test_accept_and_reply(self):
        self.assertTrue(self.told(self.receiver), "the receiver learns of it")
        self.referral.with_user(self.desk).action_accept()
        self.assertEqual(self.referral.response, 'accepted')
        self.assertEqual(self.referral.status, 'active')
        self.referral.deadline = self.referral.sent_at
        self.assertFalse(self.referral.is_overdue, "it is answered, though not replied to")
        self.respond(self.receiver, 'reply', text="No heart disease")
        self.assertEqual(self.referral.status, 'completed')
        self.assertEqual(self.referral.reply, "No heart disease")
        self.assertTrue(self.referral.replied_at)
        messages = self.told(self.sender)
        self.assertEqual(len(messages), 2, "accepted, and replied to")
        for message in messages:
            self.assertNotIn("heart disease", message.body)
            self.assertNotIn("Chest", message.body)
            self.assertNotIn(self.patient.name, message.body)
            self.assertIn(self.patient.patient_number, message.body)

    def test_a_question_stops_the_clock(self):
        self.respond(self.receiver, 'question', text="Since when?")
        self.assertEqual(self.referral.status, 'on-hold')
        self.referral.deadline = self.referral.sent_at
        self.assertFalse(self.referral.is_overdue)
        self.respond(self.sender, 'answer', text="Two weeks")
        self.assertEqual(self.referral.status, 'active')
        self.assertFalse(self.referral.response)
        self.assertGreater(self.referral.deadline, datetime.now() + timedelta(days=2))
        self.assertEqual(self.referral.response_ids.mapped('kind'), ['question', 'answer'])
        self.assertEqual(self.referral.response_ids.create_uid, self.receiver | self.sender)

    def test_decline_and_refer_to_somebody_else(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self.respond(self.desk, 'decline')
        self.respond(self.desk, 'decline', reason='no_capacity')
        self.assertEqual(self.referral.status, 'revoked')
        self.assertEqual(self.referral.response, 'declined')
        action = self.referral.with_user(self.sender).action_redirect()
        other = self.referral.browse(action['res_id'])
        self.assertEqual((other.status, other.reason), ('draft', "Chest pain"))
        self.assertFalse(other.practitioner_id)
        self.assertFalse(other.response_ids)

    def test_only_what_is_next(self):
        with self.assertRaisesRegex(UserError, "not waiting for that"):
            self.respond(self.receiver, 'answer', text="Nobody asked")
        with self.assertRaisesRegex(UserError, "Write the question"):
            self.respond(self.receiver, 'question', text=" ")
        self.respond(self.receiver, 'reply', text="Healthy")
        with self.assertRaisesRegex(UserError, "not waiting for that"):
            self.referral.action_accept()

    def test_answers_are_not_forged(self):
        Response = self.env['healthcare.referral.response'].with_user(self.sender)
        with self.assertRaises(AccessError):
            Response.create({'referral_id': self.referral.id, 'kind': 'accept'})
        self.respond(self.receiver, 'question', text="Since when?")
        with self.assertRaises(AccessError):
            self.referral.response_ids.with_user(self.receiver).text = "Another"
        with self.assertRaises(AccessError):
            self.referral.response_ids.with_user(self.desk).read(['text'])
        with self.assertRaises(AccessError):
            self.referral.with_user(self.make_user('marketing')).action_accept()

    def test_escalates_once_and_then_further(self):
        cron = self.env.ref('healthcare_crm.ir_cron_referral_escalate')
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertFalse(self.told(self.manager), "not overdue yet")
        self.referral.sent_at = datetime.now() - timedelta(days=30)
        self.referral.deadline = datetime.now() - timedelta(hours=1)
        for _turn in range(2):
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(self.told(self.manager)), 1)
        self.assertEqual(len(self.told(self.sender)), 1)
        self.assertFalse(self.told(self.administrator))
        self.referral.deadline = datetime.now() - timedelta(days=2)
        for _turn in range(2):
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
        self.assertEqual(len(self.told(self.administrator)), 1)

    def test_the_visit_it_led_to(self):
        action = self.referral.with_user(self.desk).action_book()
        event = (
            self.Event.with_user(self.desk)
            .with_context(**action['context'])
            .create({'start': '2030-01-07 09:00:00', 'is_appointment': True})
        )
        self.assertEqual(event.patient_id, self.patient)
        self.assertEqual(self.referral.appointment_id, event)

    def test_the_letter(self):
        self.referral.partner_id = self.Partner.create({'name': "Riverside"})
        for name, verified in (("Latex", 'confirmed'), ("Sulfa drugs", 'refuted')):
            self.env['healthcare.allergy'].create(
                {
                    'patient_id': self.patient.id,
                    'name': name,
                    'verification_status': verified,
                }
            )
            self.env['healthcare.condition'].create(
                {
                    'patient_id': self.patient.id,
                    'name': f"Asthma, {verified}",
                    'verification_status': verified,
                }
            )
        html, _kind = self.env['ir.actions.report']._render_qweb_html(
            'healthcare_crm.healthcare_referral_letter', self.referral.ids
        )
        self.assertIn(b"Chest pain", html)
        self.assertIn(b"Riverside", html)
        for known, ruled_out in ((b"Latex", b"Sulfa"), (b"confirmed", b"refuted")):
            self.assertIn(known, html)
            self.assertNotIn(ruled_out, html)
        with self.assertRaises(AccessError):
            self.env['ir.actions.report'].with_user(self.desk)._render_qweb_html(
                'healthcare_crm.healthcare_referral_letter', self.referral.ids
            )


@tagged('post_install', '-at_install')
class TestReferrers(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls.make_user('reception', login='desk')
        cls.doctor = cls.Partner.create({'name': "Dr Lee", 'clinic_role': 'doctor'})
        cls.came = cls.make_patient("Came", referrer_id=cls.doctor.id)
        cls.waits = cls.make_patient("Waits", referrer_id=cls.doctor.id)
        start = datetime.now().replace(microsecond=0) - timedelta(days=3)
        cls.make_appointment(cls.came, start, appointment_status='fulfilled')
        cls.env['healthcare.encounter'].search([('patient_id', '=', cls.came.id)]).unlink()
        cls.env['healthcare.encounter'].create(
            {
                'patient_id': cls.came.id,
                'status': 'finished',
                'encounter_class': 'ambulatory',
                'start': start,
                'amount': 1200,
            }
        )
        cls.env.flush_all()

    def entries(self):
        """Return the ledger of the doctor."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env['healthcare.referrer.entry'].search(
            [('referrer_id', '=', self.doctor.id)], order='patient_id'
        )

    @users('desk')
    def test_sent_came_value_thanks(self):
        came, waits = self.entries().with_env(self.env)
        self.assertEqual((came.converted, came.value, came.thanks_due), (1, 1200, 1))
        self.assertEqual((waits.converted, waits.value, waits.thanks_due), (0, 0, 0))
        doctor = self.doctor.with_env(self.env)
        self.assertEqual(
            (
                doctor.referred_count,
                doctor.referred_converted,
                doctor.referred_value,
                doctor.referrer_thanks_due,
            ),
            (2, 1, 1200, 1),
        )

    def test_thanked(self):
        action = self.entries()[0].with_user(self.desk).action_thank()
        self.env['healthcare.referrer.thanks'].with_user(self.desk).with_context(
            **action['context']
        ).create({})
        self.assertEqual(self.entries().mapped('thanks_due'), [0, 0])

    def test_thanked_for_everybody_so_far(self):
        self.env['healthcare.referrer.thanks'].create({'referrer_id': self.doctor.id})
        self.assertEqual(self.entries().mapped('thanks_due'), [0, 0])

    def test_a_clinic_that_refers(self):
        referral = self.env['healthcare.referral'].create(
            {
                'patient_id': self.waits.id,
                'direction': 'incoming',
                'partner_id': self.doctor.id,
                'status': 'active',
            }
        )
        self.assertEqual(self.entries().referral_id, referral)
        referral.status = 'revoked'
        self.assertFalse(self.entries().referral_id)

    def test_marketing_sees_figures_without_names(self):
        marketing = self.make_user('marketing')
        entries = self.entries().with_user(marketing)
        self.assertEqual(sum(entries.mapped('converted')), 1)
        for field in ('patient_id', 'first_visit', 'value'):
            with self.subTest(field=field), self.assertRaises(AccessError):
                entries.read([field])

    def test_other_clinics_are_not_seen(self):
        other = self.env['res.company'].create({'name': "Other"})
        (self.came | self.waits).company_id = other
        self.env.flush_all()
        Entry = self.env['healthcare.referrer.entry'].with_user(self.desk)
        self.assertFalse(Entry.search([('referrer_id', '=', self.doctor.id)]))
        with self.assertRaises(AccessError):
            self.env['healthcare.referrer.thanks'].with_user(self.desk).create(
                {'referrer_id': self.doctor.id, 'patient_id': self.came.id}
            )

    def test_who_is_a_referrer(self):
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.res_partner_action_referrer'
        )
        patient = self.make_patient("Recommends")
        self.came.referrer_id = patient
        found = self.Partner.with_user(self.desk).search(literal_eval(action['domain']))
        self.assertIn(self.doctor, found)
        self.assertIn(patient, found)
        self.assertNotIn(self.waits, found)
