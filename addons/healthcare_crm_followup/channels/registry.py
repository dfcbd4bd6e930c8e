"""What every channel offers to dispatch, and the register of channels."""

import logging
from dataclasses import dataclass

import psycopg2

from ..engine import placeholders, render, sql
from ..inbound import tracking

_logger = logging.getLogger(__name__)

#: channel code -> adapter class
CHANNEL_ADAPTERS = {}


def adapter(cls):
    """Class decorator: messages of the channel ``cls.code`` leave through ``cls``."""
    CHANNEL_ADAPTERS[cls.code] = cls
    return cls


@dataclass(frozen=True)
class Message:
    """A written message: what goes to the provider, and what the ledger keeps of it."""

    to: str
    subject: str
    body: str
    lang: str
    #: a ``res.company``; what the provider needs of it, an adapter reads once for many messages
    company: object
    #: the same for every try: what a provider that deduplicates goes by
    key: str
    communication_id: int | None = None
    #: the address of a picture that tells when the message is opened: :mod:`~..inbound.tracking`
    pixel: str | None = None

    def ledger_values(self):
        """Return the ledger's fields for what was written."""
        return {'subject': self.subject, 'body': self.body, 'lang': self.lang, 'address': self.to}


@dataclass(frozen=True)
class Answer:
    """The provider's answer. ``is_temporary`` only where it is certain that nothing went out.

    ``pause_seconds`` is given where the provider cannot be reached, or asks for time: the other
    messages of that clinic had better wait as long.
    """

    status: str
    reason: str | None = None
    detail: str | None = None
    provider_ref: str | None = None
    is_temporary: bool = False
    pause_seconds: int | None = None


class Adapter:
    """One channel, used as a context manager around a run: a connection lives that long.

    Subclasses set ``code`` and implement :meth:`send`; :meth:`send` answers, it does not raise. One
    that gives its messages to people sets ``is_staff`` and implements :meth:`task` instead.
    """

    code = None
    #: The provider takes a message with a key it has seen for the same one. After a crash it may
    #: then be sent again.
    deduplicates = False
    is_staff = False

    def __init__(self, env):
        self.env = env
        #: company id -> the moment until which its provider wants no more
        self.paused = {}
        #: the message whose turn comes after the one being sent, for who can use the wait
        self.following = None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return False

    def prepare_many(self, communications):
        """Write the messages of ledger rows; one that cannot be written holds up no other.

        :return: {communication id: :class:`Message`, or the exception that prevented it}
        """
        if not communications:
            return {}
        try:
            with self.env.cr.savepoint():
                return {one.id: self.prepare(one) for one in communications}
        except sql.CONFLICTS:
            raise
        except Exception:  # one template or record is at fault: find out which
            return {one.id: self._prepare_alone(one) for one in communications}

    def _prepare_alone(self, communication):
        try:
            with self.env.cr.savepoint():
                return self.prepare(communication)
        except sql.CONFLICTS:
            raise
        except Exception as error:
            _logger.info('Message %s could not be written', communication.id, exc_info=True)
            return error

    def prepare(self, communication):
        """Write the message of a ledger row from the texts frozen with its workflow version.

        :return: a :class:`Message`
        :raise Exception: the template or the record does not allow it; dispatch records that
        """
        patient, appointment = communication.patient_id, communication.appointment_id
        company = appointment.company_id or patient.company_id or self.env.company
        home = company.partner_id.lang
        lang = communication.lang or home or 'en_US'
        texts = communication._get_texts()
        subject, body = (
            render.in_language(texts.get(part) or {}, lang, home, 'en_US')
            for part in ('subject', 'body')
        )
        used = set(render.PLACEHOLDER.findall(subject + body))
        values = placeholders.values(self.env, patient, appointment, lang, used, communication)
        # a header is one line, whatever the template says
        subject = ' '.join(render.fill(subject, values).split())
        body, values, pixel = tracking.track(communication, body, values)
        return Message(
            to=communication.address,
            subject=subject,
            body=render.fill(body, values),
            lang=lang,
            company=company,
            key=communication.idempotency_key,
            communication_id=communication.id,
            pixel=pixel,
        )

    def deliver(self, message):
        """Call :meth:`send`; an error nobody foresaw leaves open whether the message went out.

        Everything is committed before: an adapter may read, what it writes is lost if it fails.
        """
        try:
            return self.send(message)
        except Exception as error:
            if isinstance(error, psycopg2.Error):
                # the transaction can do nothing else any more
                self.env.cr.rollback()
            _logger.warning('Channel %s failed', self.code, exc_info=True)
            return Answer('unknown', 'provider_error', str(error)[:500])

    def send(self, message):
        """Hand ``message`` to the provider; return its :class:`Answer`."""
        raise NotImplementedError

    def task(self, communication, message, now):
        """Return the :class:`~..engine.effects.CareTask` by which staff bring ``message``."""
        raise NotImplementedError
