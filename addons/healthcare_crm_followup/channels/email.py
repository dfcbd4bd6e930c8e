"""E-mail over SMTP, through Odoo's outgoing mail servers, one connection for a whole run."""

import smtplib
from base64 import encodebytes
from binascii import b2a_qp
from contextlib import suppress
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message as Part
from email.utils import formataddr, formatdate, make_msgid, parseaddr
from io import BytesIO

from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import extract_rfc2822_addresses

from ..engine import render
from .registry import Adapter, Answer, adapter

#: Pause when the mail server cannot be reached, or hangs up on us.
PAUSE_SECONDS = 120
OK, GO_AHEAD, CLOSING = 250, 354, 421


class Refusal(Exception):
    """The server said no: its code, and its own words."""

    def __init__(self, code, words):
        super().__init__(f'{code} {words.decode(errors="replace")}')
        self.code = code


@dataclass(frozen=True)
class House:
    """What all letters of one clinic have in common, read once."""

    name: str
    #: which server it leaves through depends on it
    sender: str
    reply_to: str
    #: ``ir.mail_server`` that knows the clinic's own addresses
    server: object


@adapter
class EmailAdapter(Adapter):
    """Send letters: plain text with an HTML twin."""

    code = 'email'

    def __init__(self, env):
        super().__init__(env)
        #: company id -> :class:`House`
        self.houses = {}
        #: sender -> (connection, header From, envelope sender)
        self.sessions = {}
        #: the letter built ahead: its message, its Message-Id and its bytes
        self.ahead = None

    def __exit__(self, *_error):
        for sender in list(self.sessions):
            self._close(sender)
        return False

    def _close(self, sender):
        session = self.sessions.pop(sender)[0]
        if session:
            # the server may have hung up first; nothing is lost by that
            with suppress(smtplib.SMTPException, OSError):
                session.quit()

    def check(self, company):
        """Connect as for the letters of ``company``, without sending; return the Answer."""
        house = self._house(company)
        if not house.sender:
            return self._no_sender()
        try:
            self.sessions[house.sender] = _open(house)
        except (smtplib.SMTPException, OSError, UserError) as error:
            return _not_now(error)
        return Answer('sent')

    def _no_sender(self):
        reason = self.env._("The clinic has no e-mail address to send from.")
        return Answer('failed', 'provider_error', reason)

    def send(self, message):
        """Hand the letter to the SMTP server.

        Until the text itself is said nothing can have gone out; a connection that breaks later
        leaves open whether the letter went.
        """
        house = self._house(message.company)
        if not house.sender:
            return self._no_sender()
        recipients = extract_rfc2822_addresses(message.to)
        if len(recipients) != 1:
            return Answer('failed', 'bad_address', message.to)
        # a connection that stood idle may have been closed: once more over a new one
        is_used = house.sender in self.sessions
        try:
            return self._send(house, recipients[0], message)
        except (smtplib.SMTPException, OSError, UserError) as error:
            if not is_used:
                return _not_now(error)
        try:
            return self._send(house, recipients[0], message)
        except (smtplib.SMTPException, OSError, UserError) as error:
            return _not_now(error)

    def _house(self, company):
        if company.id not in self.houses:
            # sudo: mail servers hold passwords that only system administrators may read
            server = self.env['ir.mail_server'].sudo()
            if company.alias_domain_id:
                server = server.with_context(
                    domain_bounce_address=company.bounce_email,
                    domain_notifications_email=company.default_from_email,
                )
            sender = company.email_formatted or server._get_default_from_address()
            # answers come back to where the software reads them, if there is such a place
            reply_to = company.catchall_formatted or sender
            self.houses[company.id] = House(company.name, sender, reply_to, server)
        return self.houses[company.id]

    def _send(self, house, recipient, message):
        """Send over the connection of ``house``, made if there is none.

        :raise SMTPException, OSError, UserError: nothing was said yet
        """
        if house.sender not in self.sessions:
            self.sessions[house.sender] = _open(house)
        session, header_from, envelope_from = self.sessions[house.sender]
        if self.ahead and self.ahead[0] is message:
            _message, message_id, letter = self.ahead
        else:
            message_id = make_msgid()
            letter = _build(house, header_from, recipient, message_id, message)
        if session is None:
            # Odoo's own tests: nothing leaves
            return Answer('sent', provider_ref=message_id)
        try:
            _expect(OK, *session.mail(envelope_from))
            # 251: the server forwards it
            _expect(OK, *session.rcpt(recipient), also=251)
            _expect(GO_AHEAD, *session.docmd('DATA'))
        except Refusal as refusal:
            return self._refused(house, refusal)
        except (smtplib.SMTPException, OSError):
            self._close(house.sender)
            raise
        try:
            session.send(letter)
            self._build_ahead(house, header_from)
            _expect(OK, *session.getreply())
        except Refusal as refusal:
            return self._refused(house, refusal)
        except (smtplib.SMTPException, OSError) as error:
            self._close(house.sender)
            return Answer('unknown', 'crash', str(error)[:500])
        return Answer('sent', provider_ref=message_id)

    def _build_ahead(self, house, header_from):
        """Build the letter that follows while the server takes this one in."""
        message, self.ahead = self.following, None
        if not message or message.company.id not in self.houses:
            return
        # an error is for its own turn
        with suppress(Exception):
            [recipient] = extract_rfc2822_addresses(message.to)
            if self._house(message.company) == house:
                message_id = make_msgid()
                letter = _build(house, header_from, recipient, message_id, message)
                self.ahead = message, message_id, letter

    def _refused(self, house, refusal):
        """Return the answer for a letter the server refused: for good (5xx), or for now: too many
        letters, a full mailbox, greylisting."""
        is_temporary = OK < refusal.code < 500
        if refusal.code == CLOSING:
            self._close(house.sender)
        else:
            with suppress(smtplib.SMTPException, OSError):
                self.sessions[house.sender][0].rset()
        return Answer(
            'failed',
            'provider_error',
            str(refusal)[:500],
            is_temporary=is_temporary,
            pause_seconds=PAUSE_SECONDS if refusal.code == CLOSING else None,
        )


def _not_now(error):
    """Return the answer when the server could not even be spoken to."""
    return Answer(
        'failed',
        'provider_error',
        str(error)[:500],
        is_temporary=True,
        pause_seconds=PAUSE_SECONDS,
    )


def _expect(code, got, words, also=None):
    if got not in (code, also):
        raise Refusal(got, words)


def _open(house):
    """Connect; return the connection, and the sender as Odoo wants it in header and envelope.

    That depends on the server and its settings, not on the letter: Odoo is asked once.
    """
    session = house.server._connect__(smtp_from=house.sender)
    sample = house.server._build_email__(
        email_from=house.sender, email_to=[house.sender], subject='', body=''
    )
    envelope_from, _to, sample = house.server._prepare_email_message__(sample, session)
    return session, formataddr(parseaddr(str(sample['From']))), envelope_from


def _build(house, header_from, recipient, message_id, message):
    """Return the letter as the bytes that follow ``DATA``.

    :class:`email.message.EmailMessage` parses every header it is given; four times as slow.
    """
    letter = Part()
    letter['Message-Id'] = message_id
    letter['Subject'] = Header(message.subject, None if message.subject.isascii() else 'utf-8')
    letter['From'] = header_from
    letter['Reply-To'] = formataddr(parseaddr(house.reply_to))
    letter['To'] = recipient
    letter['Date'] = formatdate()
    letter['X-Healthcare-Key'] = message.key
    letter['Auto-Submitted'] = 'auto-generated'
    letter['MIME-Version'] = '1.0'
    letter['Content-Type'] = 'multipart/alternative'
    html = render.to_html(message.body, message.lang, house.name, message.pixel)
    letter.attach(_part('plain', message.body))
    letter.attach(_part('html', str(html)))
    buffer = BytesIO()
    BytesGenerator(buffer, mangle_from_=False).flatten(letter, linesep='\r\n')
    lines = buffer.getvalue()
    if not lines.endswith(b'\r\n'):
        lines += b'\r\n'
    # a line of one dot ends the letter: others are doubled
    return lines.replace(b'\r\n.', b'\r\n..') + b'.\r\n'


def _part(subtype, text):
    """Return one form of the text. Plain English in base64 would look like something to hide."""
    part = Part()
    part['Content-Type'] = f'text/{subtype}; charset="utf-8"'
    if text.isascii():
        part['Content-Transfer-Encoding'] = 'quoted-printable'
        part.set_payload(b2a_qp(text.encode()).decode())
    else:
        part['Content-Transfer-Encoding'] = 'base64'
        part.set_payload(encodebytes(text.encode()).decode())
    return part
