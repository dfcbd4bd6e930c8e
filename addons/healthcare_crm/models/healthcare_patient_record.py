from odoo import api, fields, models

from ..sensitive import GROUP_CLINICAL


class HealthcarePatientRecord(models.AbstractModel):
    """What every record about a patient's health has: its patient, and nobody else's clinic.

    A record belongs to the clinic of its patient. No field is tracked and none is read without the
    clinical group, unless a model says otherwise.
    """

    _name = 'healthcare.patient.record'
    _description = "Record About a Patient"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('patient_id',)

    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        ondelete='restrict',
        domain=[('is_patient', '=', True)],
        groups=GROUP_CLINICAL,
    )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_patients()
        return records

    def write(self, vals):
        result = super().write(vals)
        if 'patient_id' in vals:
            self._check_patients()
        return result

    def _check_patients(self):
        """Let nobody make a record about a patient they may not see: it would tell the name.

        :raise AccessError: it is about one
        """
        self.patient_id.check_access('read')
