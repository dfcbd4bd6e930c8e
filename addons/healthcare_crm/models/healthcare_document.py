from odoo import fields, models

from ..sensitive import GROUP_CLINICAL


class HealthcareDocument(models.Model):
    """A report, a picture or a letter about a patient: brought along, or received (FHIR
    DocumentReference).

    The file is an attachment of this record, which nobody reads who may not read the field.

    Value set of ``status``: document-reference-status.
    """

    _name = 'healthcare.document'
    _description = "Patient Document"
    _inherit = ['healthcare.patient.record']
    _order = 'date desc, id desc'

    name = fields.Char(string="Title", required=True, groups=GROUP_CLINICAL)
    kind = fields.Selection(
        [
            ('lab', "Laboratory report"),
            ('imaging', "X-ray or other picture"),
            ('discharge', "Discharge letter"),
            ('referral', "Referral letter"),
            ('identity', "Identity document"),
            ('insurance', "Insurance document"),
            ('consent', "Signed consent"),
            ('other', "Other"),
        ],
        required=True,
        default='lab',
        groups=GROUP_CLINICAL,
    )
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        groups=GROUP_CLINICAL,
        help="When it was written, or the picture taken.",
    )
    file = fields.Binary(attachment=True, copy=False, groups=GROUP_CLINICAL)
    file_name = fields.Char(copy=False, groups=GROUP_CLINICAL)
    source = fields.Char(
        string="Received From",
        groups=GROUP_CLINICAL,
        help="Who wrote or sent it, for example: brought by the patient.",
    )
    status = fields.Selection(
        [
            ('current', "Current"),
            ('superseded', "Replaced by a newer one"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='current',
        groups=GROUP_CLINICAL,
    )
    note = fields.Text(groups=GROUP_CLINICAL)

    _patient_idx = models.Index('(patient_id, date)')
