from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.healthcare_crm.tests.common import HealthcareCase
from odoo.addons.healthcare_crm.tests.sensitive_checks import SensitiveChecks

from ..hooks import post_init_hook
from ..sensitive import PLAIN, SENSITIVE

SECRET = "My skin itches"


@tagged('post_install', '-at_install')
class TestSensitive(SensitiveChecks, HealthcareCase):
    module = 'healthcare_crm_lead'
    sensitive = SENSITIVE
    plain = PLAIN


@tagged('post_install', '-at_install')
class TestLead(HealthcareCase):
    """Enquiries in the CRM."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls.make_user('reception', 'lead-desk')
        cls.both = new_test_user(
            cls.env,
            'lead-both',
            groups='healthcare_crm.group_reception,sales_team.group_sale_salesman_all_leads',
        )
        cls.seller = new_test_user(
            cls.env, 'lead-seller', groups='sales_team.group_sale_salesman_all_leads'
        )
        cls.source = cls.env['utm.source'].create({'name': "A friend of the tests"})

    def ask(self, name="Phạm Thị Lan", **values):
        return self.env['healthcare.enquiry'].with_user(self.desk).create({'name': name, **values})

    def lead(self, enquiry):
        return enquiry.sudo().lead_id

    def test_every_enquiry_has_its_lead(self):
        enquiry = self.ask(
            phone='+84912345678',
            email='lan@example.org',
            lang='en_US',
            source_id=self.source.id,
            message=SECRET,
            purpose=SECRET,
        )
        self.assertRecordValues(
            self.lead(enquiry),
            [
                {
                    'contact_name': "Phạm Thị Lan",
                    'phone': '+84912345678',
                    'email_from': 'lan@example.org',
                    'lang_code': 'en_US',
                    'source_id': self.source.id,
                    'company_id': self.company.id,
                    'description': False,
                }
            ],
        )

    def test_no_service_outside_learns_who_asked(self):
        lead = self.lead(self.ask(email='lan@clinic-of-lan.example.org'))
        if 'iap_enrich_done' not in lead._fields:
            self.skipTest("leads are not enriched here")
        with patch.object(type(self.env['iap.enrich.api']), '_request_enrich') as asked:
            self.env['crm.lead']._iap_enrich_leads_cron()
        self.assertNotIn(lead.id, [key for call in asked.call_args_list for key in call.args[0]])

    def test_sellers_read_nothing_of_what_is_asked(self):
        service = self.make_service("Skin")
        enquiry = self.ask(message=SECRET, purpose=SECRET, service_id=service.id)
        enquiry.message_post(body=SECRET, message_type='comment')
        lead = self.lead(enquiry).with_user(self.seller)
        values = lead.read()[0]
        self.assertNotIn(SECRET, str(values))
        self.assertNotIn("Skin", str(values))
        self.assertNotIn('enquiry_ids', values)
        for message in lead.message_ids:
            self.assertNotIn(SECRET, str(message.body))
        with self.assertRaises(AccessError):
            lead.read(['enquiry_ids'])
        with self.assertRaises(AccessError):
            lead.search([('enquiry_ids.message', 'ilike', 'itches')])
        with self.assertRaises(AccessError):
            enquiry.with_user(self.seller).read(['message'])
        with self.assertRaises(AccessError):
            lead.action_make_patient()

    def test_patient_of_a_lead(self):
        enquiry = self.ask(phone='+84912345678')
        self.lead(enquiry).with_user(self.both).action_make_patient()
        self.assertEqual(enquiry.state, 'converted')
        self.assertEqual(self.lead(enquiry).partner_id, enquiry.patient_id)
        self.assertEqual(len(self.lead(enquiry).enquiry_ids), 1)
        self.make_appointment(enquiry.patient_id, enquiry_id=enquiry.id)
        self.assertEqual(self.lead(enquiry).won_status, 'won')

    def test_patient_of_a_lead_that_was_entered_in_the_crm(self):
        lead = (
            self.env['crm.lead']
            .with_user(self.both)
            .create(
                {
                    'name': "Call back",
                    'contact_name': "Trần Văn Bình",
                    'phone': '+84912345670',
                    'source_id': self.source.id,
                }
            )
        )
        lead.action_make_patient()
        enquiry = lead.enquiry_ids
        self.assertEqual(len(enquiry), 1)
        self.assertRecordValues(
            enquiry.patient_id,
            [
                {
                    'name': "Trần Văn Bình",
                    'phone': '+84912345670',
                    'source_id': self.source.id,
                    'is_patient': True,
                }
            ],
        )
        self.assertEqual(lead.partner_id, enquiry.patient_id)

    def test_lost_on_either_side(self):
        enquiry = self.ask()
        enquiry.lost_reason = 'price'
        enquiry.action_lost()
        self.assertFalse(self.lead(enquiry).active)
        enquiry.action_reopen()
        self.assertTrue(self.lead(enquiry).active)
        self.lead(enquiry).with_user(self.seller).action_set_lost()
        self.assertRecordValues(enquiry, [{'state': 'lost', 'lost_reason': 'other'}])

    def test_merged_leads_keep_their_enquiries(self):
        first, second = self.ask(), self.ask()
        merged = (self.lead(first) + self.lead(second)).with_user(self.both).merge_opportunity()
        self.assertEqual(set(merged.enquiry_ids.ids), {first.id, second.id})

    def test_installed_later(self):
        enquiry = self.ask()
        self.lead(enquiry).unlink()
        self.assertFalse(enquiry.lead_id)
        post_init_hook(self.env)
        self.assertTrue(enquiry.lead_id)

    def test_nobody_takes_a_lead_by_an_enquiry(self):
        lead = self.env['crm.lead'].create({'name': "Big Deal", 'type': 'opportunity'})
        with self.assertRaises(AccessError):
            self.ask(lead_id=lead.id)
        with self.assertRaises(AccessError):
            self.ask().write({'lead_id': lead.id})
        with self.assertRaises(AccessError):
            self.env['healthcare.enquiry'].with_user(self.both).create(
                {'name': "Lan", 'lead_id': lead.id}
            )
