from odoo.tests import new_test_user, tagged

from . import test_duplicates


@tagged('post_install', '-at_install')
class TestDataQualityScreens(test_duplicates.ScreenCase):
    """The list of what is missing, worked through, and the report about it."""

    def setUp(self):
        super().setUp()
        self.env['healthcare.quality.finding'].search([]).unlink()
        complete = {
            'birth_date': '1970-05-17',
            'gender': 'female',
            'city': "Taipei",
            'lang': 'en_US',
        }
        self.lan = self.make_patient(
            "Tour Lan", phone='+84 912 345 678', **(complete | {'birth_date': False})
        )
        self.hoa = self.make_patient(
            "Tour Hoa", phone='+84 912 345 679', **(complete | {'gender': False})
        )
        for patient in self.lan | self.hoa:
            self.make_consent(patient)
            patient._refresh_quality()

    def test_work_through_the_list(self):
        self.use(
            '/odoo/data-to-complete',
            'healthcare_data_to_complete',
            'data-quality-1-list',
            'data-quality-2-ignore',
        )
        self.assertFalse(self.lan.quality_finding_ids)
        self.assertEqual(self.hoa.quality_finding_ids.ignore_reason, 'unknown')
        self.assertEqual((self.lan | self.hoa).mapped('quality_score'), [100, 100])

    def test_report(self):
        self.env['healthcare.quality.snapshot']._take()
        new_test_user(
            self.env,
            'auditing',
            groups='healthcare_crm.group_quality',
            lang='en_US',
            tz='Asia/Taipei',
        )
        self.use(
            '/odoo/data-quality',
            'healthcare_data_quality_report',
            'data-quality-3-report',
            login='auditing',
        )
