from odoo.tests import tagged

from ..sensitive import PLAIN, SENSITIVE
from .common import MODULE, HealthcareCase
from .sensitive_checks import SensitiveChecks


@tagged('post_install', '-at_install')
class TestSensitive(SensitiveChecks, HealthcareCase):
    module = MODULE
    sensitive = SENSITIVE
    plain = PLAIN
