import tempfile
import urllib.parse
from contextlib import nullcontext
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from odoo.addons.healthcare_crm_followup.channels import CHANNEL_ADAPTERS
from odoo.addons.healthcare_crm_followup.tests.common import NOW, FollowupCase
from odoo.addons.healthcare_crm_followup.tests.test_dispatch import DAY

from ..fakes.sms_provider import ACCOUNT_SID, AUTH_TOKEN, FROM_NUMBER, SmsProvider


@tagged('post_install', '-at_install')
class TestComingBack(FollowupCase, HttpCase):
    """A provider with its own idea of signatures reports on what it was given, as it was told
    to."""

    def setUp(self):
        super().setUp()
        self.channels = CHANNEL_ADAPTERS
        self.provider = self.enterContext(
            SmsProvider(self.enterContext(tempfile.TemporaryDirectory()))
        )
        self.env['ir.config_parameter'].set_param(
            'healthcare_crm_followup.twilio_base_url', self.provider.url
        )
        self.env.company.write(
            {
                'sms_provider': 'twilio',
                'sms_twilio_account_sid': ACCOUNT_SID,
                'sms_twilio_auth_token': AUTH_TOKEN,
                'sms_twilio_number_ids': [
                    (0, 0, {'number': FROM_NUMBER, 'country_id': self.env.ref('base.us').id}),
                ],
            }
        )
        flow = self.workflow()
        flow.step_ids[0].channel_1 = 'sms'
        self.an = self.patient()
        self.appointment(self.an)
        flow._publish(NOW)
        self.go(NOW + DAY)
        self.row = self.ledger(self.an)
        # what the provider posts goes through the test's own client, which Odoo lets in
        self.enterContext(patch('urllib.request.urlopen', self.post))

    def post(self, request, timeout=None):
        path = urllib.parse.urlsplit(request.full_url).path
        form = dict(urllib.parse.parse_qsl(request.data.decode()))
        response = self.url_open(path, data=form, headers=dict(request.header_items()))
        self.env.invalidate_all()
        return nullcontext(SimpleNamespace(status=response.status_code))

    def test_report_finds_its_message(self):
        self.assertEqual(self.row.status, 'sent')
        self.assertEqual(self.provider.report(self.row.provider_ref, 'delivered'), 204)
        self.assertEqual(self.row.status, 'delivered')

    def test_report_of_another_account_is_refused(self):
        self.provider.auth_token = 'somebody-elses'
        self.assertEqual(self.provider.report(self.row.provider_ref, 'delivered'), 403)
        self.assertEqual(self.row.status, 'sent')
