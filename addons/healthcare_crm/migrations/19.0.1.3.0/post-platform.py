"""Two-factor authentication and the screen lock, as a new database has them."""

from odoo import SUPERUSER_ID, api
from odoo.tools import convert_file


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    convert_file(
        env, 'healthcare_crm', 'security/healthcare_platform_security.xml', {}, mode='init'
    )
