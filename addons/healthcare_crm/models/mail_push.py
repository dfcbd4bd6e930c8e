from odoo import api, models


class MailPush(models.Model):
    _inherit = 'mail.push'

    @api.model
    def _push_notification_to_endpoint(self, batch_size=50):
        # where to is what a browser has said
        with self.env['healthcare.outgoing']._guarded():
            return super()._push_notification_to_endpoint(batch_size)
