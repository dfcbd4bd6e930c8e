# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo import fields, models


class HealthcareImportSheet(models.Model):
    """One sheet of a spreadsheet that has several, to choose from."""

    _name = 'healthcare.import.sheet'
    _description = "Sheet"
    _order = 'id'

    import_id = fields.Many2one('healthcare.import', required=True, index=True, ondelete='cascade')
    name = fields.Char(required=True, readonly=True)
