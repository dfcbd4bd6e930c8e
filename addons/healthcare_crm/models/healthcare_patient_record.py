from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..sensitive import GROUP_CLINICAL

#: the status of what should never have been written, in every value set of FHIR
IN_ERROR = 'entered-in-error'


class HealthcarePatientRecord(models.AbstractModel):
    """What every record about a patient's health has: its patient, and nobody else's clinic.

    A record belongs to the clinic of its patient. No field is tracked and none is read without the
    clinical group, unless a model says otherwise. Nobody deletes one: what is wrong is marked as
    entered in error, and stays to be seen.
    """

    _name = 'healthcare.patient.record'
    _description = "Record About a Patient"
    _inherit = ['healthcare.own.clinic', 'healthcare.sealed']
    _owned_by = ('patient_id',)

    #: the field that says that a record was entered in error
    _status_field = 'status'
    #: many2one fields to other records, which must be of the same patient
    _of_same_patient = ()
    #: the many2one field to the list of codes that ``code`` is looked up in
    _code_list = None
    #: fields that the list fills in, and that stay as they are when a code is written later
    _as_recorded = ()

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
        records = super().create(self._look_up_codes(vals_list))
        records._check_patients()
        records._check_same_patient()
        return records

    def write(self, vals):
        [found] = self._look_up_codes([vals])
        # in which words something was recorded is not for the list of codes to change
        kept = [self._fields[name] for name in self._as_recorded] if found is not vals else []
        with self.env.protecting(kept, self):
            result = super().write(found)
        if 'patient_id' in vals:
            self._check_patients()
        if not vals.keys().isdisjoint(('patient_id', *self._of_same_patient)):
            self._check_same_patient()
        return result

    def _check_access(self, operation):
        """Say what to do instead to those who may not delete."""
        result = super()._check_access(operation)
        if result and operation == 'unlink' and self._can_be_in_error():
            return result[0], self._deletion_refused
        return result

    def _look_up_codes(self, vals_list):
        """Return the values, those with a code with its record on the list, if there is one."""
        name = self._code_list
        if not name or not any('code' in vals and name not in vals for vals in vals_list):
            return vals_list
        codes = {vals['code'] for vals in vals_list if 'code' in vals}
        found = self.env[self._fields[name].comodel_name]._by_code(codes)
        ids = {code: one.id for code, one in found.items()}
        return [
            {name: ids.get(vals['code'], False), **vals} if 'code' in vals else vals
            for vals in vals_list
        ]

    def _check_patients(self):
        """Let nobody make a record about a patient they may not see: it would tell the name.

        :raise AccessError: it is about one
        """
        self.patient_id.check_access('read')

    def _check_same_patient(self):
        """Join no records of two patients.

        :raise ValidationError: two are joined
        """
        for name in self._of_same_patient:
            # sudo: whose record it is decides, not who looks
            for record in self.sudo():
                other = record[name]
                if other and other.patient_id != record.patient_id:
                    raise ValidationError(
                        self.env._(
                            "“%(field)s” belongs to another patient.",
                            field=self._fields[name]._description_string(self.env),
                        )
                    )

    @api.model
    def _can_be_in_error(self):
        field = self._fields.get(self._status_field)
        return bool(field) and IN_ERROR in field.get_values(self.env)

    def _deletion_refused(self):
        return AccessError(
            self.env._(
                "Nothing is deleted from a patient's record. If it is wrong, set it to “Entered "
                "in error”: it then counts no more, and everybody sees that it was corrected."
            )
        )
