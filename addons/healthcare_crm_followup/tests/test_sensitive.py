from odoo.tests import tagged

from odoo.addons.healthcare_crm.tests.sensitive_checks import SensitiveChecks

from ..sensitive import PLAIN, SENSITIVE
from .common import FollowupCase


@tagged('post_install', '-at_install')
class TestSensitive(SensitiveChecks, FollowupCase):
    module = 'healthcare_crm_followup'
    sensitive = SENSITIVE
    plain = PLAIN
