# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo import fields, models

from ..sealing import sealed_attachment, sealed_file


class HealthcareExportPart(models.Model):
    """Some lines of an export at work; gone when the file is whole."""

    _name = 'healthcare.export.part'
    _description = "Part of an Export"
    _inherit = ['healthcare.sealed']
    _order = 'export_id, id'

    export_id = fields.Many2one('healthcare.export', required=True, index=True, ondelete='cascade')
    data = fields.Binary(groups=fields.NO_ACCESS, **sealed_file('data'))
    data_sealed = sealed_attachment()
