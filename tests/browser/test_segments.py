import tempfile
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots


@tagged('post_install', '-at_install')
class TestSegmentTours(HttpCase, FollowupCase):
    """Somebody describes a segment, sees it counted, and asks why a patient is not in it."""

    def setUp(self):
        super().setUp()
        self.clinic = self.env['res.company'].create({'name': "Tour Clinic"})
        self.nurse = new_test_user(
            self.env,
            'segmenting',
            groups='healthcare_crm.group_nurse',
            name="Main Nurse",
            lang='en_US',
            tz='Asia/Taipei',
            company_id=self.clinic.id,
            company_ids=[Command.set(self.clinic.ids)],
        )
        today = fields.Date.today()
        # nobody else: patients of no clinic belong to every clinic
        self.env['res.partner'].search(
            [('is_patient', '=', True), ('company_id', '=', False)]
        ).company_id = self.env.company
        self.hoa, self.lan, self.an = (
            self.patient(
                f"Tour {name}",
                company_id=self.clinic.id,
                email=f'{name.lower()}@example.org',
                birth_date=today - relativedelta(years=age, days=9),
            )
            for name, age in (("Hoa", 33), ("Lan", 30), ("An", 70))
        )
        self.env['healthcare.immunization'].create(
            {
                'patient_id': self.lan.id,
                'vaccine_code': 'tourflu',
                'name': "Influenza",
                'date': today - timedelta(days=20),
            }
        )

    def test_describe_count_explain(self):
        pictures = {'segments-1-condition', 'segments-2-counted', 'segments-3-why'}
        with taking_screenshots(tempfile.mkdtemp()) as taken:
            self.start_tour('/odoo/healthcare-segments', 'healthcare_segments', login='segmenting')
        self.assertEqual({picture.stem for picture in taken}, pictures)
        self.env.invalidate_all()
        segment = self.env['healthcare.segment'].search([('name', '=', "Flu letter")])
        self.assertEqual(segment.member_ids.patient_id, self.hoa)
        self.assertEqual(segment.condition_ids.mapped('kind'), ['age', 'vaccination', 'reachable'])
        self.assertEqual(segment.company_id, self.clinic)
