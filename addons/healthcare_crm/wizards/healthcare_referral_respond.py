from odoo import fields, models

from ..sensitive import GROUP_CLINICAL, GROUP_STAFF


class HealthcareReferralRespond(models.TransientModel):
    """What somebody says to a referral: a question, an answer, a refusal or the reply."""

    _name = 'healthcare.referral.respond'
    _description = "Answer a Referral"

    referral_id = fields.Many2one('healthcare.referral', required=True, groups=GROUP_STAFF)
    kind = fields.Selection(
        selection=lambda self: self.env['healthcare.referral.response']
        ._fields['kind']
        ._description_selection(self.env),
        required=True,
        groups=GROUP_STAFF,
    )
    reason = fields.Selection(
        selection=lambda self: self.env['healthcare.referral.response']
        ._fields['reason']
        ._description_selection(self.env),
        groups=GROUP_STAFF,
    )
    text = fields.Text(groups=GROUP_CLINICAL)

    def action_confirm(self):
        """Note it on the referral, and tell who waits for it."""
        self.ensure_one()
        clinical = self.env.user.has_group(GROUP_CLINICAL)
        self.referral_id._respond(self.kind, self.reason, clinical and self.text)
        return {'type': 'ir.actions.act_window_close'}
