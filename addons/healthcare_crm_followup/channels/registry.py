"""What every channel offers to dispatch, and the register of channels."""

import logging
from dataclasses import dataclass

from ..engine import placeholders, render

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
    company: object
    key: str

    def ledger_values(self):
        """Return the ledger's fields for what was written."""
        return {'subject': self.subject, 'body': self.body, 'lang': self.lang, 'address': self.to}


@dataclass(frozen=True)
class Answer:
    """The provider's answer. ``is_temporary`` only where it is certain that nothing went out."""

    status: str
    reason: str | None = None
    detail: str | None = None
    provider_ref: str | None = None
    is_temporary: bool = False


class Adapter:
    """One channel, used as a context manager around one claim: a connection lives that long.

    Subclasses set ``code`` and implement :meth:`send`; :meth:`send` answers, it does not raise.
    """

    code = None

    def __init__(self, env):
        self.env = env

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return False

    def prepare(self, communication):
        """Write the message of a ledger row from the texts frozen with its workflow version.

        :return: a :class:`Message`
        :raise Exception: the template or the record does not allow it; dispatch records that
        """
        patient, appointment = communication.patient_id, communication.appointment_id
        company = appointment.company_id or patient.company_id or self.env.company
        texts = communication._get_texts()
        lang = communication.lang or company.partner_id.lang or 'en_US'
        template = {
            part: render.in_language(texts.get(part) or {}, lang, company.partner_id.lang, 'en_US')
            for part in ('subject', 'body')
        }
        used = set(render.PLACEHOLDER.findall(template['subject'] + template['body']))
        values = placeholders.values(self.env, patient, appointment, lang, used)
        return Message(
            to=communication.address,
            # a header is one line, whatever the template says
            subject=' '.join(render.fill(template['subject'], values).split()),
            body=render.fill(template['body'], values),
            lang=lang,
            company=company,
            key=communication.idempotency_key,
        )

    def deliver(self, message):
        """Call :meth:`send`; an error nobody foresaw leaves open whether the message went out."""
        try:
            with self.env.cr.savepoint():
                return self.send(message)
        except Exception as error:
            _logger.warning('Channel %s failed', self.code, exc_info=True)
            return Answer('unknown', 'provider_error', str(error)[:500])

    def send(self, message):
        """Hand ``message`` to the provider; return its :class:`Answer`."""
        raise NotImplementedError
