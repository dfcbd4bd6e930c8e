from odoo import api, models

from .. import letters

ENQUIRY = 'healthcare.enquiry'


class MailThread(models.AbstractModel):
    _inherit = 'mail.thread'

    @api.model
    def _routing_check_route(self, message, message_dict, route, raise_exception=True):
        """Take no letter to an enquiry, or for one, that a program wrote.

        An absence notice is no enquiry, nor is it an answer.
        """
        if route[0] != ENQUIRY:
            return super()._routing_check_route(message, message_dict, route, raise_exception)
        if letters.is_automatic(message):
            return False
        route = super()._routing_check_route(message, message_dict, route, raise_exception)
        if not route or route[1]:
            return route
        model, thread_id, values, user_id, alias = route
        # here the letter is at hand: without what it quotes, and without what a program signs
        values = {'page_id': (values or {}).get('page_id'), 'message': letters.own_words(message)}
        return model, thread_id, values, user_id, alias
