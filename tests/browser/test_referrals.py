import tempfile
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots


@tagged('post_install', '-at_install')
class TestReferralTours(HttpCase, FollowupCase):
    def setUp(self):
        super().setUp()
        self.sender, self.receiver = (
            new_test_user(
                self.env,
                login,
                groups='healthcare_crm.group_practitioner',
                name=name,
                lang='en_US',
                tz='Asia/Taipei',
            )
            for login, name in (('sends', "Dr Lin"), ('receives', "Dr Chen"))
        )
        self.patient_an = self.patient("Nguyen Van An")

    def tour(self, name, path, login):
        with taking_screenshots(tempfile.mkdtemp()):
            self.start_tour(path, name, login=login)

    def test_question_answer_reply(self):
        practitioner = self.env['healthcare.practitioner'].create(
            {'name': "Dr Chen", 'user_id': self.receiver.id}
        )
        referral = (
            self.env['healthcare.referral']
            .with_user(self.sender)
            .create(
                {
                    'patient_id': self.patient_an.id,
                    'practitioner_id': practitioner.id,
                    'reason': "Short of breath. ECG and opinion, please.",
                }
            )
        )
        referral.action_send()
        path = f'/odoo/healthcare-referrals/{referral.id}'
        self.tour('healthcare_referral_question', path, 'receives')
        self.tour('healthcare_referral_answer', path, 'sends')
        self.tour('healthcare_referral_reply', path, 'receives')
        referral.invalidate_recordset()
        self.assertEqual(referral.status, 'completed')
        self.assertEqual(
            referral.response_ids.mapped('kind'), ['question', 'answer', 'accept', 'reply']
        )

    def test_thank_a_referrer(self):
        doctor = self.env['res.partner'].create({'name': "Dr Lee", 'clinic_role': 'doctor'})
        came = self.patient("Came By")
        came.referrer_id = doctor
        start = fields.Datetime.now() - timedelta(days=3)
        self.appointment(came, start, appointment_status='fulfilled')
        self.tour('healthcare_referrer_thanks', '/odoo/referrers', 'sends')
        thanks = self.env['healthcare.referrer.thanks'].search([('patient_id', '=', came.id)])
        self.assertEqual(thanks.referrer_id, doctor)
