import tempfile
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.tests.common import HealthcareCase

from .screenshots import taking_screenshots

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestPatientOverviewTour(HttpCase, HealthcareCase):
    """The 360° view as a practitioner and as reception use it."""

    def setUp(self):
        super().setUp()
        for role in ('practitioner', 'reception'):
            new_test_user(
                self.env,
                f'overview_{role}',
                groups=f'healthcare_crm.group_{role}',
                name=f"Overview {role}",
                lang='en_US',
                tz='Asia/Taipei',
            )
        self.patient = self.make_patient(
            name="Lin Mei-ling",
            birth_date='1960-05-04',
            gender='female',
            phone='+84912345678',
            email='lin.meiling@example.org',
            city="Taipei",
            occupation="Retired teacher",
        )
        today = fields.Date.today()
        for model, values in (
            ('allergy', {'name': "Penicillin", 'criticality': 'high', 'reaction': "Hives"}),
            ('alert', {'kind': 'needle_fear'}),
            ('condition', {'name': "Asthma", 'onset_date': '2020-03-01'}),
            ('condition', {'code': 'E11.9', 'onset_date': '2018-06-12', 'stage': "Under control"}),
            ('condition', {'code': 'I10', 'onset_date': '2015-01-20'}),
            ('medication', {'name': "Salbutamol", 'dose': "When needed", 'start_date': today}),
            (
                'medication',
                {
                    'name': "Metformin",
                    'dose': "500 mg, twice a day",
                    'start_date': today - 20 * DAY,
                    'days_supply': 28,
                    'effect': 'good',
                },
            ),
            (
                'procedure',
                {
                    'name': "Cataract, right eye",
                    'status': 'completed',
                    'performed_at': fields.Datetime.now() - 90 * DAY,
                    'outcome_status': 'successful',
                    'next_step': "The left eye in spring.",
                },
            ),
            ('coverage', {'kind': 'private', 'plan': "Gold plan"}),
            ('observation', {'name': "Pain", 'value': 3}),
        ):
            self.env[f'healthcare.{model}'].create({'patient_id': self.patient.id, **values})
        self.env['healthcare.observation'].create(
            [
                {
                    'patient_id': self.patient.id,
                    'code': code,
                    'value': value,
                    'date': fields.Datetime.now() - 60 * (len(course) - number) * DAY,
                }
                for code, course in (
                    ('4548-4', (8.4, 8.1, 7.6, 7.2, 6.9)),
                    ('8480-6', (158, 149, 151, 142, 134)),
                    ('29463-7', (81, 80.2, 79.5, 78.1, 77.4)),
                )
                for number, value in enumerate(course)
            ]
        )

    def use(self, role, *pictures, tour=None):
        """Go through the tour of a role on the patient, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(
                f'/odoo/patients/{self.patient.id}',
                f'healthcare_overview_{tour or role}',
                login=f'overview_{role}',
            )
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()

    def test_practitioner(self):
        self.use('practitioner', 'overview-1-practitioner', 'overview-2-observations')
        self.assertIn("Latex", self.patient.allergy_ids.mapped('name'))

    def test_reception(self):
        self.use('reception', 'overview-3-reception')

    @mute_logger('odoo.http')
    def test_a_block_that_fails_is_asked_for_again(self):
        overview = type(self.env['res.partner'])
        whole, failed = overview._overview_coverage, []

        def fail_once(patient):
            if not failed:
                failed.append(True)
                raise ValueError("not now")
            return whole(patient)

        with patch.object(overview, '_overview_coverage', fail_once):
            self.use('reception', tour='retry')
