from odoo import api, fields, models

from ..sensitive import GROUP_USER


class HealthcarePatientIdentifier(models.Model):
    """One number by which another system knows a patient (FHIR Patient.identifier)."""

    _name = 'healthcare.patient.identifier'
    _description = "Patient Identifier"
    _order = 'patient_id, system_id, id'

    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        index=True,
        ondelete='cascade',
        domain=[('is_patient', '=', True)],
        groups=GROUP_USER,
    )
    system_id = fields.Many2one(
        'healthcare.identifier.system',
        string="System",
        required=True,
        ondelete='restrict',
    )
    value = fields.Char(required=True, copy=False, groups=GROUP_USER)

    # The patient is not part of the key: one number of one system is one person, and merging two
    # patients can never break it (a merge deletes rows on a conflict).
    _system_value_uniq = models.Constraint(
        'UNIQUE (system_id, value)',
        "Another patient has this number in this system.",
    )

    @api.depends('system_id.name', 'value')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for identifier in self:
            identifier.display_name = self.env._(
                "%(system)s: %(value)s",
                system=identifier.system_id.name or '',
                value=identifier.value or '',
            )
