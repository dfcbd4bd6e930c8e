from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL

#: the code of "asked, and there is none" (FHIR, substance-code)
NO_KNOWN_ALLERGY = 'no-known-allergy'


class HealthcareAllergy(models.Model):
    """What a patient does not tolerate, and what it does to them (FHIR AllergyIntolerance).

    Value sets: ``category`` allergy-intolerance-category, ``criticality``
    allergy-intolerance-criticality, ``severity`` reaction-event-severity, ``clinical_status``
    allergyintolerance-clinical, ``verification_status`` allergyintolerance-verification.

    A patient who was asked and has none has a record with the code ``no-known-allergy``. One
    without any record was never asked.
    """

    _name = 'healthcare.allergy'
    _description = "Allergy"
    _inherit = ['healthcare.patient.record']
    _order = 'clinical_status, criticality, id desc'
    _status_field = 'verification_status'

    name = fields.Char(
        string="Substance",
        required=True,
        groups=GROUP_CLINICAL,
        help="What the patient does not tolerate, for example penicillin.",
    )
    code = fields.Char(groups=GROUP_CLINICAL, help="The code of the substance, if there is one.")
    is_none_known = fields.Boolean(
        compute='_compute_is_none_known',
        groups=GROUP_CLINICAL,
        help="The patient was asked, and knows of no allergy.",
    )
    category = fields.Selection(
        [
            ('medication', "Medicine"),
            ('food', "Food"),
            ('environment', "Environment"),
            ('biologic', "Biological product"),
        ],
        groups=GROUP_CLINICAL,
    )
    criticality = fields.Selection(
        [
            ('high', "High risk"),
            ('low', "Low risk"),
            ('unable-to-assess', "Risk not known"),
        ],
        string="Risk",
        groups=GROUP_CLINICAL,
        help="What another contact may do. High risk: it may kill or damage an organ.",
    )
    severity = fields.Selection(
        [('mild', "Mild"), ('moderate', "Moderate"), ('severe', "Severe")],
        groups=GROUP_CLINICAL,
        help="How bad the reaction was.",
    )
    reaction = fields.Char(
        groups=GROUP_CLINICAL, help="What happens, for example hives.", **sealed('reaction')
    )
    reaction_sealed = sealed_column()
    clinical_status = fields.Selection(
        [('active', "Active"), ('inactive', "Inactive"), ('resolved', "Resolved")],
        string="Status",
        required=True,
        default='active',
        groups=GROUP_CLINICAL,
    )
    verification_status = fields.Selection(
        [
            ('unconfirmed', "Not confirmed"),
            ('confirmed', "Confirmed"),
            ('refuted', "Ruled out"),
            ('entered-in-error', "Entered in error"),
        ],
        string="Certainty",
        required=True,
        default='unconfirmed',
        groups=GROUP_CLINICAL,
    )
    onset_date = fields.Date(string="Since", groups=GROUP_CLINICAL)
    note = fields.Text(groups=GROUP_CLINICAL, **sealed('note'))
    note_sealed = sealed_column()

    _patient_idx = models.Index('(patient_id, clinical_status)')

    @api.depends('code')
    def _compute_is_none_known(self):
        for allergy in self:
            allergy.is_none_known = allergy.code == NO_KNOWN_ALLERGY

    @api.depends('name', 'reaction')
    def _compute_display_name(self):
        for allergy in self:
            parts = (allergy.name, allergy.reaction)
            allergy.display_name = ': '.join(part for part in parts if part)

    @api.model
    def _counting(self):
        """Return the domain of what counts: active, and neither ruled out nor a mistake."""
        return [
            ('clinical_status', '=', 'active'),
            ('verification_status', 'in', ('unconfirmed', 'confirmed')),
        ]

    @api.model_create_multi
    def create(self, vals_list):
        allergies = super().create(vals_list)
        allergies._settle_none_known()
        return allergies

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(
            ('patient_id', 'code', 'clinical_status', 'verification_status')
        ):
            self._settle_none_known()
        return result

    def _settle_none_known(self):
        """Let a patient not have an allergy and none known at once: the allergy is right.

        :raise ValidationError: somebody says that there is none while there is one
        """
        # sudo: the answer of another colleague counts as well
        counting = self.sudo().search(
            [('patient_id', 'in', self.sudo().patient_id.ids), *self._counting()]
        )
        none_known = counting.filtered(lambda one: one.code == NO_KNOWN_ALLERGY)
        known = (counting - none_known).patient_id
        wrong = none_known.filtered(lambda one: one.patient_id in known)
        if wrong & self.sudo():
            raise ValidationError(
                self.env._(
                    "%(patient)s has an allergy on record: “%(allergy)s”. Set it to Resolved or "
                    "to Ruled out first, if that is so.",
                    patient=wrong.patient_id[:1].name,
                    allergy=(counting - none_known)
                    .filtered(lambda one: one.patient_id == wrong.patient_id[:1])[:1]
                    .name,
                )
            )
        if wrong:
            wrong.clinical_status = 'inactive'
