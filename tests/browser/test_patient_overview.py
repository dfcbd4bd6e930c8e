import tempfile
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.tests.common import HealthcareCase

from .screenshots import taking_screenshots


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
        self.patient = self.make_patient(birth_date='1960-05-04', phone='+84912345678')
        for model, values in (
            ('allergy', {'name': "Penicillin", 'criticality': 'high', 'reaction': "Hives"}),
            ('alert', {'kind': 'needle_fear'}),
            ('condition', {'name': "Asthma", 'onset_date': '2020-03-01'}),
            ('medication', {'name': "Salbutamol", 'start_date': fields.Date.today()}),
            ('coverage', {'kind': 'private', 'plan': "Gold plan"}),
            ('observation', {'name': "Pain", 'value': 3}),
        ):
            self.env[f'healthcare.{model}'].create({'patient_id': self.patient.id, **values})

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
