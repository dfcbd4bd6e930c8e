"""A patient's request, the dossier, the erasure with its certificate, and a retention rule."""

import tempfile
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from .screenshots import taking_screenshots


@tagged('post_install', '-at_install')
class TestPrivacyInBrowser(HttpCase):
    browser_size = '1280x820'

    def setUp(self):
        super().setUp()
        self.clinic = self.env['res.company'].create(
            {'name': "Sunrise Clinic", 'country_id': self.env.ref('base.tw').id}
        )
        self.officer = new_test_user(
            self.env,
            'privacy.lee',
            groups='healthcare_crm.group_privacy_officer',
            name="Lee Wei",
            company_id=self.clinic.id,
            company_ids=[(6, 0, self.clinic.ids)],
        )
        self.patient = self.env['res.partner'].create(
            {
                'name': "Tseng Mei-hua",
                'is_patient': True,
                'email': 'tseng.mei.hua@example.org',
                'phone': '+886 955 123 456',
                'company_id': self.clinic.id,
            }
        )
        self.env['healthcare.condition'].create({'patient_id': self.patient.id, 'name': "Asthma"})
        self.message = self.env['healthcare.communication'].create(
            {
                'patient_id': self.patient.id,
                'channel': 'sms',
                'purpose_id': self.env.ref('healthcare_crm.consent_purpose_reminder').id,
                'body': "Dear Tseng Mei-hua, please come tomorrow.",
                'date': fields.Datetime.now() - timedelta(days=900),
            }
        )

    def use(self, path, tour, *pictures):
        """Go through ``tour`` from ``path``, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login=self.officer.login)
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()

    def test_from_the_request_to_the_dossier(self):
        self.use(
            '/odoo/healthcare-privacy-requests',
            'healthcare_privacy_request',
            'privacy-1-request',
            'privacy-2-step-up',
        )
        asked = self.env['healthcare.privacy.request'].search(
            [('patient_id', '=', self.patient.id)]
        )
        self.assertEqual((asked.state, asked.checked_by_id), ('checked', self.officer))
        disclosed = self.env['healthcare.disclosure'].search([('patient_id', '=', self.patient.id)])
        self.assertEqual(set(disclosed.mapped('origin')), {'dossier'})

    def test_from_the_request_to_the_certificate(self):
        asked = self.env['healthcare.privacy.request'].create(
            {
                'patient_id': self.patient.id,
                'kind': 'erasure',
                'identity_method': 'document',
                'user_id': self.officer.id,
            }
        )
        self.use(
            f'/odoo/healthcare-privacy-requests/{asked.id}',
            'healthcare_privacy_erasure',
            'privacy-3-plan',
        )
        erasure = asked.erasure_id
        self.assertEqual(erasure.state, 'running')
        erasure._run(lambda *_args, **_kwargs: None)
        self.assertEqual(erasure.state, 'done')
        self.assertFalse(erasure.residue)
        self.use(
            f'/odoo/healthcare-erasures/{erasure.id}',
            'healthcare_privacy_certificate',
            'privacy-4-erased',
        )
        self.assertTrue(erasure._verify())

    def test_a_retention_rule_is_tried_and_applied(self):
        rule = self.env['healthcare.retention.rule'].create(
            {
                'data_class': 'message',
                'days': 730,
                'company_id': self.clinic.id,
                'reason': "Rule of the clinic: two years, for complaints",
            }
        )
        self.use(
            f'/odoo/healthcare-retention/{rule.id}',
            'healthcare_privacy_retention',
            'privacy-5-retention',
        )
        self.assertFalse(self.message.body)
        self.assertEqual(rule.run_ids.mapped('is_genuine'), [True])
