from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = 'mail.thread'

    # private: the gateway parses letters, nobody else says what is in one
    @api.private
    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """File an answer to a message to a patient in the ledger, and nowhere else."""
        # sudo: the gateway runs as whoever fetches the mail
        ledger = self.env['healthcare.communication'].sudo()
        if not message_dict.get('is_bounce') and ledger._take_letter(message, message_dict):
            self._routing_reset_bounce(message, message_dict)
            return []
        return super().message_route(message, message_dict, model, thread_id, custom_values)

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Tell the ledger what a mail server says of a message to a patient.

        Absence notices come to the bounce address too; they are answers.
        """
        # sudo: the gateway runs as whoever fetches the mail
        ledger = self.env['healthcare.communication'].sudo()
        ledger._take_notice(email_message, message_dict)
        return super()._routing_handle_bounce(email_message, message_dict)
