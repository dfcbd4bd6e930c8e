# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo import api, fields, models

from ..importing import columns
from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_ADMINISTRATOR, GROUP_CLINICAL

PATIENT_FIELDS = [
    ('patient_id', "Patient's number"),
    ('clinic_number', "Patient's number in this clinic"),
    ('name', "Full name"),
    ('family_name', "Family name"),
    ('given_name', "Given name"),
    ('gender', "Gender"),
    ('birth_date', "Birth date"),
    ('language', "Language"),
    ('email', "E-mail"),
    ('phone', "Phone"),
    ('preferred_channel', "Preferred channel"),
    ('reminder_consent', "Consent to reminders"),
    ('street', "Street"),
    ('city', "City"),
    ('state', "State or province"),
    ('zip', "Postal code"),
    ('country', "Country"),
    ('occupation', "Occupation"),
    ('practitioner', "Practitioner"),
    ('source', "How the patient found the clinic"),
    ('tags', "Tags"),
    ('tw_national', "Taiwan national ID"),
    ('tw_arc', "Taiwan resident certificate (ARC)"),
    ('vn_cccd', "Vietnam citizen's card (CCCD)"),
    ('passport', "Passport"),
    ('tw_nhi', "Taiwan health insurance card"),
    ('vn_bhyt', "Vietnam health insurance card"),
    ('allergies', "Allergies"),
    ('conditions', "Conditions"),
    ('medications', "Medication"),
]
APPOINTMENT_FIELDS = [
    ('patient_id', "Patient's number"),
    ('appointment_id', "Appointment's number"),
    ('start', "Date and time"),
    ('stop', "End"),
    ('booked_at', "Booked on"),
    ('no_show', "Did not come (yes/no)"),
    ('status', "Status"),
    ('sms_received', "SMS reminder sent (yes/no)"),
    ('name', "Patient's name, if new"),
    ('gender', "Patient's gender, if missing"),
    ('birth_date', "Patient's birth date, if missing"),
    ('age', "Patient's age (checked, not stored)"),
]


class HealthcareImportColumn(models.Model):
    """One column of a file, and the field it is read into."""

    _name = 'healthcare.import.column'
    _description = "Import Column"
    _inherit = ['healthcare.sealed']
    _order = 'sequence, id'
    _rec_name = 'header'

    import_id = fields.Many2one('healthcare.import', required=True, index=True, ondelete='cascade')
    sequence = fields.Integer()
    header = fields.Char(string="Column in the File", required=True, readonly=True)
    sample = fields.Char(
        string="For Example", readonly=True, groups=GROUP_ADMINISTRATOR, **sealed('sample')
    )
    sample_sealed = sealed_column()
    # Two fields, because a selection cannot depend on the kind of file.
    patient_field = fields.Selection(PATIENT_FIELDS, string="Read As")
    appointment_field = fields.Selection(APPOINTMENT_FIELDS, string="Read As (appointment)")
    target = fields.Char(compute='_compute_target')
    is_clinical = fields.Boolean(compute='_compute_is_clinical')
    note = fields.Char(compute='_compute_note')

    @api.depends('patient_field', 'appointment_field', 'import_id.kind', 'import_id.user_id')
    @api.depends_context('uid')
    def _compute_target(self):
        for column in self:
            patients = column.import_id.kind == 'patients'
            target = column.patient_field if patients else column.appointment_field
            left_out = target in columns.HEALTH_TARGETS and not column._may_write_health()
            column.target = False if left_out else target

    def _may_write_health(self):
        """Return whether the person whose import it is may write health records."""
        return (self.import_id.user_id or self.env.user).has_group(GROUP_CLINICAL)

    @api.depends('header', 'patient_field', 'import_id.kind')
    def _compute_is_clinical(self):
        for column in self:
            chosen = column.import_id.kind == 'patients' and column.patient_field
            column.is_clinical = chosen in columns.HEALTH_TARGETS or columns.is_clinical(
                column.header or ''
            )

    @api.depends('target', 'is_clinical')
    @api.depends_context('lang', 'uid')
    def _compute_note(self):
        for column in self:
            if column.target:
                column.note = False
            elif not column.is_clinical:
                column.note = self.env._("Not imported")
            elif column._may_write_health():
                column.note = self.env._("Not imported: this kind of health data has no column")
            else:
                column.note = self.env._(
                    "Not imported: health data is imported by users with a clinical role"
                )

    def write(self, vals):
        if {'patient_field', 'appointment_field'} & vals.keys():
            self.import_id._check_not_started()
            # the counts of the check no longer hold
            self.import_id.filtered(
                lambda record: record.state in ('checking', 'checked')
            )._forget_check()
        return super().write(vals)
