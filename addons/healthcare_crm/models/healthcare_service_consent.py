from odoo import fields, models


class HealthcareService(models.Model):
    """What has to be signed before an appointment for a service."""

    _inherit = 'healthcare.service'

    consent_form_ids = fields.Many2many(
        'healthcare.consent.form',
        relation='healthcare_consent_form_service_rel',
        column1='service_id',
        column2='form_id',
        string="Consent Forms",
        check_company=True,
        help="What the patient signs before this.",
    )
