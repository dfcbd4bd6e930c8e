from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Make nobody a mail template editor by being an employee: an editor can run SQL."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env['ir.config_parameter'].set_param('mail.restrict.template.rendering', 'True')
