from odoo import fields, models

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL, GROUP_STAFF


class HealthcareReferralResponse(models.Model):
    """One answer to a referral, or a question about it. Written by the software, never changed.

    Kinds follow what a receiver of a FHIR ServiceRequest may do with it (FHIR Task.status).
    """

    _name = 'healthcare.referral.response'
    _description = "Answer to a Referral"
    _inherit = ['healthcare.sealed']
    _order = 'id'
    _rec_name = 'kind'

    referral_id = fields.Many2one(
        'healthcare.referral', required=True, index=True, ondelete='cascade', groups=GROUP_STAFF
    )
    kind = fields.Selection(
        [
            ('accept', "Accept"),
            ('question', "Ask"),
            ('answer', "Answer the Question"),
            ('decline', "Decline"),
            ('reply', "Reply"),
        ],
        string="What",
        required=True,
        groups=GROUP_STAFF,
    )
    reason = fields.Selection(
        [
            ('no_capacity', "No free appointment in time"),
            ('wrong_address', "Not for us"),
            ('missing_information', "Something needed is missing"),
            ('patient_declined', "The patient does not want it"),
            ('not_needed', "Not needed"),
            ('other', "Another reason"),
        ],
        groups=GROUP_STAFF,
    )
    text = fields.Text(groups=GROUP_CLINICAL, **sealed('text'))
    text_sealed = sealed_column()
