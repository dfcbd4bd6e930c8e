"""E-mail over SMTP, through Odoo's outgoing mail servers, one connection for a whole claim."""

import smtplib
from contextlib import suppress
from email.utils import formataddr

from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..engine import render
from .registry import Adapter, Answer, adapter


@adapter
class EmailAdapter(Adapter):
    """Send letters: plain text with an HTML twin."""

    code = 'email'

    def __init__(self, env):
        super().__init__(env)
        # sudo: mail servers hold passwords that only system administrators may read
        self.server = env['ir.mail_server'].sudo()
        # sender -> connection: which server a letter leaves through depends on the clinic's address
        self.sessions = {}

    def __exit__(self, *_error):
        for sender in list(self.sessions):
            self._close(sender)
        return False

    def _close(self, sender):
        session = self.sessions.pop(sender)
        if session:
            # the server may have hung up first; nothing is lost by that
            with suppress(smtplib.SMTPException, OSError):
                session.quit()

    def send(self, message):
        """Hand the letter to the SMTP server.

        Before the connection stands nothing has been said, so a failure there may be tried again; a
        connection that breaks afterwards leaves open whether the letter went.
        """
        sender = message.company.email_formatted or self.server._get_default_from_address()
        if not sender:
            return Answer(
                'failed',
                'provider_error',
                self.env._("The clinic has no e-mail address to send from."),
            )
        try:
            if sender not in self.sessions:
                self.sessions[sender] = self.server._connect__(smtp_from=sender)
        except (OSError, smtplib.SMTPException, UserError) as error:
            return Answer('failed', 'provider_error', str(error)[:500], is_temporary=True)
        try:
            letter = self.server._build_email__(
                email_from=sender,
                email_to=[formataddr((False, message.to))],
                subject=message.subject,
                body=str(render.to_html(message.body, message.lang, message.company.name)),
                subtype='html',
                body_alternative=message.body,
                headers={'X-Healthcare-Key': message.key, 'Auto-Submitted': 'auto-generated'},
            )
        except (AssertionError, ValueError) as error:  # e.g. an address no header may hold
            return Answer('failed', 'render_error', str(error)[:500])
        return self._hand_over(letter, sender)

    def _hand_over(self, letter, sender):
        try:
            message_id = self.server.send_email(letter, smtp_session=self.sessions[sender])
        except smtplib.SMTPServerDisconnected as error:
            self.sessions.pop(sender)
            return Answer('unknown', 'crash', str(error)[:500])
        except (MailDeliveryException, smtplib.SMTPException, AssertionError) as error:
            self._close(sender)
            return Answer(
                'failed',
                'provider_error',
                str(error)[:500],
                is_temporary=_is_put_off(error.__context__ or error),
            )
        return Answer('sent', provider_ref=message_id)


def _is_put_off(error):
    """Say whether the server refused a letter for now only (4xx): greylisting, a full mailbox, too
    many letters on one connection."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
    else:
        codes = [getattr(error, 'smtp_code', 0)]
    return bool(codes) and all(400 <= code < 500 for code in codes)
