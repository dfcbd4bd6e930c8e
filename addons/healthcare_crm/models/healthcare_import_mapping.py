# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo import api, fields, models

from ..importing import columns


class HealthcareImportMapping(models.Model):
    """A choice of columns with a name, for the next file of the same source.

    The last one used is taken by itself, whatever the order of the columns in the file.
    """

    _name = 'healthcare.import.mapping'
    _description = "Choice of Columns"
    _order = 'used_at desc, id desc'

    name = fields.Char(required=True)
    system_id = fields.Many2one(
        'healthcare.identifier.system',
        string="Source",
        required=True,
        index=True,
        ondelete='cascade',
    )
    kind = fields.Selection(
        [('patients', "Patients"), ('appointments', "Appointments")],
        string="Contains",
        required=True,
    )
    targets = fields.Json(
        copy=True, help="What is read from each column: {'header': 'target or empty'}."
    )
    column_count = fields.Integer(string="Columns", compute='_compute_column_count')
    used_at = fields.Datetime(string="Last Used", readonly=True, copy=False)

    _name_uniq = models.Constraint(
        'UNIQUE (system_id, kind, name)',
        "There is a choice of columns with this name already.",
    )

    @api.depends('targets')
    def _compute_column_count(self):
        for mapping in self:
            mapping.column_count = len([code for code in (mapping.targets or {}).values() if code])

    @api.model
    def _find_for(self, system, kind, headers):
        """Return the last choice used for such a file, if one fits its headers."""
        for mapping in self.search([('system_id', '=', system.id), ('kind', '=', kind)], limit=20):
            if columns.matches_headers(mapping.targets or {}, headers):
                return mapping
        return self.browse()

    def _remember(self, targets):
        """Keep a choice of columns, and what is known about columns that this file lacks."""
        self.ensure_one()
        self.write(
            {'targets': {**(self.targets or {}), **targets}, 'used_at': fields.Datetime.now()}
        )
