from odoo import api, fields, models

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL


class HealthcareFamilyHistory(models.Model):
    """What a relative of a patient has or had (FHIR FamilyMemberHistory).

    Value sets: ``relationship`` v3-FamilyMember, ``status`` history-status.
    """

    _name = 'healthcare.family.history'
    _description = "Family History"
    _inherit = ['healthcare.patient.record']
    _order = 'patient_id, relationship, id'

    relationship = fields.Selection(
        [
            ('MTH', "Mother"),
            ('FTH', "Father"),
            ('SIS', "Sister"),
            ('BRO', "Brother"),
            ('DAU', "Daughter"),
            ('SON', "Son"),
            ('MGRMTH', "Mother's mother"),
            ('MGRFTH', "Mother's father"),
            ('PGRMTH', "Father's mother"),
            ('PGRFTH', "Father's father"),
            ('MAUNT', "Mother's sister"),
            ('MUNCLE', "Mother's brother"),
            ('PAUNT', "Father's sister"),
            ('PUNCLE', "Father's brother"),
            ('COUSN', "Cousin"),
            ('FAMMEMB', "Another relative"),
        ],
        string="Relative",
        required=True,
        groups=GROUP_CLINICAL,
    )
    code_id = fields.Many2one(
        'healthcare.condition.code',
        string="Condition Code",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_CLINICAL,
    )
    name = fields.Char(
        string="Health Condition",
        compute='_compute_name',
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        groups=GROUP_CLINICAL,
        help="What the relative has or had, for example breast cancer.",
    )
    onset_age = fields.Integer(
        string="Age When It Began",
        aggregator=None,
        groups=GROUP_CLINICAL,
        help="In years. 0: not known.",
    )
    deceased = fields.Boolean(string="Died of It", groups=GROUP_CLINICAL)
    status = fields.Selection(
        [
            ('completed', "Known"),
            ('partial', "Partly known"),
            ('health-unknown', "Not known"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='completed',
        groups=GROUP_CLINICAL,
    )
    note = fields.Text(groups=GROUP_CLINICAL, **sealed('note'))
    note_sealed = sealed_column()

    _patient_idx = models.Index('(patient_id)')

    _onset_age_possible = models.Constraint(
        'CHECK (onset_age BETWEEN 0 AND 130)',
        "An age lies between 0 and 130 years.",
    )

    @api.depends('code_id')
    def _compute_name(self):
        for relative in self:
            relative.name = relative.code_id.name or relative.name
