from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestServerActions(HealthcareCase):
    def test_nobody_runs_a_job_by_its_number(self):
        job = self.env.ref('healthcare_crm.ir_cron_healthcare_audit_verify').ir_actions_server_id
        for role in ('reception', 'clinic_administrator', 'privacy_officer'):
            action = job.with_user(self.make_user(role))
            with self.subTest(role=role), self.assertRaises(AccessError):
                action.run()
