from odoo import fields, models

from ..sealing import sealed, sealed_attachment, sealed_column, sealed_file
from ..sensitive import GROUP_CLINICAL


class HealthcareDocument(models.Model):
    """A report, a picture or a letter about a patient: brought along, or received (FHIR
    DocumentReference).

    The file is encrypted in an attachment of this record, which nobody reads.

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
    file = fields.Binary(groups=GROUP_CLINICAL, **sealed_file('file'))
    file_sealed = sealed_attachment()
    file_name = fields.Char(groups=GROUP_CLINICAL, **sealed('file_name', copy=False))
    file_name_sealed = sealed_column()
    source = fields.Char(
        string="Received From",
        groups=GROUP_CLINICAL,
        help="Who wrote or sent it, for example: brought by the patient.",
        **sealed('source'),
    )
    source_sealed = sealed_column()
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
    note = fields.Text(groups=GROUP_CLINICAL, **sealed('note'))
    note_sealed = sealed_column()

    _patient_idx = models.Index('(patient_id, date)')
