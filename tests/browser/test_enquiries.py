import tempfile
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots


class EnquiriesTour(HttpCase, FollowupCase):
    def setUp(self):
        super().setUp()
        new_test_user(
            self.env,
            'desk',
            groups='healthcare_crm.group_reception',
            name="Annie Chang",
            lang='en_US',
            tz='Asia/Taipei',
        )
        service = self.env['healthcare.service'].create({'name': "Check-up"})
        self.known = self.patient("Pham Lan", phone='+886912345670')
        self.enquiry = self.env['healthcare.enquiry'].create(
            {
                'name': "Phạm Thị Lan",
                'phone': '+886912345670',
                'lang': 'en_US',
                'returning': 'new',
                'insured': 'yes',
                'payer_name': "NHI",
                'service_id': service.id,
                'preferred_date': fields.Date.today() + timedelta(days=3),
                'preferred_period': 'afternoon',
                'message': "I have been coughing for two weeks.",
                'channel': 'web',
                'date': fields.Datetime.now() - timedelta(minutes=20),
            }
        )

    def use(self, path, tour, *pictures):
        """Go through ``tour`` from ``path``, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login='desk')
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestEnquiries(EnquiriesTour):
    def test_somebody_calls(self):
        self.use('/odoo/enquiries', 'healthcare_enquiries', 'enquiries-1-list')
        patient = self.env['res.partner'].search([('name', '=', "Trần Văn Bình")])
        self.assertEqual(len(patient), 1)
        self.assertTrue(patient.is_patient and patient.phone.endswith('912345678'))

    def test_a_patient_is_known(self):
        self.use(
            f'/odoo/enquiries/{self.enquiry.id}',
            'healthcare_enquiry_known',
            'enquiries-2-enquiry',
            'enquiries-3-candidates',
        )
        self.assertEqual(self.enquiry.patient_id, self.known)
