# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo import fields, models


class ResCompany(models.Model):
    """Whether a clinic lets records of one patient become one by themselves."""

    _inherit = 'res.company'

    healthcare_automatic_merge = fields.Boolean(
        string="Merge Certain Duplicates Automatically",
        help="Every night, records that are surely one patient become one; each merge is listed "
        "and can be undone. Otherwise they wait for somebody to look at them.",
    )
