from odoo import api, fields, models
from odoo.fields import Domain

from ..guarded import GuardedOne2many
from ..sensitive import GROUP_CLINICAL, GROUP_STAFF, GROUP_USER
from .healthcare_allergy import NO_KNOWN_ALLERGY


class ResPartner(models.Model):
    """A patient's health record, in lists of its own kind each."""

    _inherit = 'res.partner'

    allergy_ids = GuardedOne2many(
        'healthcare.allergy', 'patient_id', string="Allergies", groups=GROUP_CLINICAL
    )
    allergy_status = fields.Selection(
        [
            ('known', "Has allergies"),
            ('none', "No known allergies"),
            ('unknown', "Never asked"),
        ],
        string="Allergies on Record",
        compute='_compute_allergy_status',
        groups=GROUP_CLINICAL,
    )
    family_history_ids = GuardedOne2many(
        'healthcare.family.history', 'patient_id', string="Family History", groups=GROUP_CLINICAL
    )
    lifestyle_ids = GuardedOne2many(
        'healthcare.lifestyle', 'patient_id', string="Lifestyle", groups=GROUP_CLINICAL
    )
    document_ids = GuardedOne2many(
        'healthcare.document', 'patient_id', string="Documents", groups=GROUP_CLINICAL
    )
    encounter_ids = GuardedOne2many(
        'healthcare.encounter', 'patient_id', string="Visits", groups=GROUP_CLINICAL
    )
    alert_ids = fields.One2many(
        'healthcare.alert', 'patient_id', string="Alerts", groups=GROUP_STAFF
    )
    coverage_ids = fields.One2many(
        'healthcare.coverage', 'patient_id', string="Insurance", groups=GROUP_STAFF
    )
    household_id = fields.Many2one(
        'healthcare.household',
        string="Household",
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_STAFF,
        help="Whom the patient lives with.",
    )
    occupation = fields.Char(
        copy=False, groups=GROUP_USER, help="What the patient works as, for example a teacher."
    )

    @api.depends(
        'allergy_ids.code',
        'allergy_ids.clinical_status',
        'allergy_ids.verification_status',
        'is_in_care',
    )
    @api.depends_context('uid')
    def _compute_allergy_status(self):
        Allergy = self.env['healthcare.allergy']
        domain = Domain('patient_id', 'in', self.ids) & Domain(Allergy._counting())
        found = {}
        for patient, code in Allergy._read_group(domain, ['patient_id', 'code']):
            found.setdefault(patient, set()).add(code)
        for partner in self:
            codes = found.get(partner._origin)
            if not partner.is_in_care:
                partner.allergy_status = False  # not the same as never having asked
            elif not codes:
                partner.allergy_status = 'unknown'
            else:
                partner.allergy_status = 'none' if codes == {NO_KNOWN_ALLERGY} else 'known'

    def action_no_known_allergies(self):
        """Note that the patient was asked, and knows of no allergy."""
        self.env['healthcare.allergy'].create(
            [
                {
                    'patient_id': patient.id,
                    'code': NO_KNOWN_ALLERGY,
                    'name': self.env._("No known allergies"),
                    'verification_status': 'confirmed',
                    'onset_date': fields.Date.context_today(self),
                }
                for patient in self
                if patient.allergy_status != 'none'
            ]
        )
        return True

    def _get_active_alerts(self):
        """Return {patient: the alerts that matter today}, those that may be read."""
        Alert = self.env['healthcare.alert']
        domain = Domain('patient_id', 'in', self.ids) & Domain(Alert._active_domain())
        return Alert.search(domain).grouped('patient_id')
