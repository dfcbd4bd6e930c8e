from odoo import models


class MailThread(models.AbstractModel):
    _inherit = 'mail.thread'

    def _web_push_send_notification(self, *args, **kwargs):
        # where to is what a browser has said
        with self.env['healthcare.outgoing']._guarded():
            return super()._web_push_send_notification(*args, **kwargs)
