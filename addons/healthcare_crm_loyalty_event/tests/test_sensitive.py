from odoo.tests import TransactionCase, tagged

from odoo.addons.healthcare_crm.tests.sensitive_checks import SensitiveChecks

from ..sensitive import PLAIN, SENSITIVE


@tagged('post_install', '-at_install')
class TestSensitive(SensitiveChecks, TransactionCase):
    module = 'healthcare_crm_loyalty_event'
    sensitive = SENSITIVE
    plain = PLAIN
