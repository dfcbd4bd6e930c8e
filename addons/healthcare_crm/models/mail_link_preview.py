from odoo import api, models


class MailLinkPreview(models.Model):
    _inherit = 'mail.link.preview'

    @api.model
    def _create_from_message_and_notify(self, message, request_url=None):
        with self.env['healthcare.outgoing']._guarded():
            return super()._create_from_message_and_notify(message, request_url)

    @api.model
    def _search_or_create_from_url(self, url):
        with self.env['healthcare.outgoing']._guarded():
            return super()._search_or_create_from_url(url)
