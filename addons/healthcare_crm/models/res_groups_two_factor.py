from odoo import fields, models


class ResGroups(models.Model):
    _inherit = 'res.groups'

    two_factor_required = fields.Boolean(
        string="Two-Factor Required",
        help="Who is in this group logs in with a password and a code, or with a passkey.",
    )
