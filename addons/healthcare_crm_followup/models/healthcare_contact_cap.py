from odoo import fields, models

from odoo.addons.healthcare_crm.models.healthcare_communication import CHANNELS


class HealthcareContactCap(models.Model):
    """How often a patient may be contacted: at most ``limit`` messages in ``days`` days.

    Every cap that fits a message counts; workflows that are critical for care are not held up.
    """

    _name = 'healthcare.contact.cap'
    _description = "Contact Limit"
    _inherit = ['healthcare.own.clinic']
    _order = 'sequence, id'

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', string="Clinic", ondelete='cascade', help="Empty: for all clinics."
    )
    purpose_id = fields.Many2one(
        'healthcare.consent.purpose',
        string="Purpose",
        ondelete='cascade',
        help="Empty: messages of every purpose count.",
    )
    channel = fields.Selection(CHANNELS, help="Empty: messages through every channel count.")
    limit = fields.Integer(string="Messages at Most", required=True, default=3)
    days = fields.Integer(string="Within (Days)", required=True, default=7)

    _limit_positive = models.Constraint(
        'CHECK ("limit" > 0 AND days > 0)',
        "Enter how many messages, and in how many days: at least one.",
    )

    def _compute_display_name(self):
        for cap in self:
            cap.display_name = self.env._(
                "At most %(limit)s in %(days)s days", limit=cap.limit, days=cap.days
            )
