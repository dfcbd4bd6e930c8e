"""Letters, notes and reminders about patients are encrypted where Odoo keeps them."""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext

from ..sealing import SealableChar, SealableHtml, SealableText

#: of one patient, that a word is looked for in
MOST_SEARCHED = 2000


class MailMessage(models.Model):
    _name = 'mail.message'
    _inherit = ['mail.message', 'healthcare.sealable']

    subject = SealableChar()
    body = SealableHtml()

    def _is_confided(self, values=None):
        model = self.sudo().model if values is None else values.get('model')
        return not model or self.env['healthcare.audit']._is_about_patients(model)

    @api.model
    def _get_confided_condition(self):
        models = self.env['healthcare.audit']._get_models_about_patients()
        return SQL("(model IS NULL OR model = ANY(%s))", models)

    def write(self, vals):
        done = super().write(vals)
        if 'model' in vals:
            self._seal_again()
        return done

    def _message_fetch(self, domain, *, thread=None, search_term=None, **kwargs):
        """Find words in what is encrypted: the database cannot, so one thread is read."""
        about = thread and self.env['healthcare.audit']._is_about_patients(thread._name)
        if not search_term or not about:
            return super()._message_fetch(domain, thread=thread, search_term=search_term, **kwargs)
        found = super()._message_fetch(
            domain, thread=thread, is_notification=False, limit=MOST_SEARCHED
        )['messages']
        words = search_term.casefold().split()
        ids = [
            message.id
            for message in found
            if all(word in message._get_searched_text() for word in words)
        ]
        within = Domain(True if domain is None else domain) & Domain('id', 'in', ids)
        return {
            'count': len(ids),
            **super()._message_fetch(within, thread=thread, **kwargs),
        }

    def _get_searched_text(self):
        # sudo: whoever reads a message reads the names of its files
        names = self.sudo().attachment_ids.mapped('name')
        return '\n'.join([self.subject or '', html2plaintext(self.body or ''), *names]).casefold()


class BusBus(models.Model):
    """What screens are told, among it letters, is kept for a day."""

    _name = 'bus.bus'
    _inherit = ['bus.bus', 'healthcare.sealable']

    message = SealableChar()


class MailMail(models.Model):
    _name = 'mail.mail'
    _inherit = ['mail.mail', 'healthcare.sealable']

    body_html = SealableText()


class MailScheduledMessage(models.Model):
    _name = 'mail.scheduled.message'
    _inherit = ['mail.scheduled.message', 'healthcare.sealable']

    subject = SealableChar()
    body = SealableHtml()


class MailActivity(models.Model):
    _name = 'mail.activity'
    _inherit = ['mail.activity', 'healthcare.sealable']

    summary = SealableChar()
    note = SealableHtml()
    feedback = SealableText()

    def _is_confided(self, values=None):
        if values is None:
            model = self.sudo().res_model
        else:
            # sudo: the names of models are no secret
            model = self.env['ir.model'].sudo().browse(values.get('res_model_id')).model
        return bool(model) and self.env['healthcare.audit']._is_about_patients(model)

    @api.model
    def _get_confided_condition(self):
        models = self.env['healthcare.audit']._get_models_about_patients()
        return SQL("res_model = ANY(%s)", models)
