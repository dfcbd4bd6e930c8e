from odoo import fields, models


class HealthcareConsentPurpose(models.Model):
    """What the clinic asks permission for: reminders, follow-up, surveys, marketing."""

    _name = 'healthcare.consent.purpose'
    _description = "Consent Purpose"
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Technical name, used by the software.")
    description = fields.Text(
        translate=True,
        help="What the patient agrees to, in words a patient understands.",
    )
    retention = fields.Text(
        string="How Long We Keep It",
        translate=True,
        help="How long the data for this purpose is kept, as patients are told.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint('UNIQUE (code)', "Another consent purpose has this code.")
