"""May this patient be contacted, through which channel, and if not, why not.

One pure function over facts that :mod:`.facts` reads for a whole batch. It is called when a
message is decided and once more in the moment it is sent, because consent may have been withdrawn
in between.
"""

from dataclasses import dataclass

#: A refusal of the person stands above any missing address: it is the answer staff should read
#: first.
#: reason -> how much it tells; the verdict of a step that tried several channels is its most
#: telling one.
_WEIGHT = {'consent_denied': 3, 'no_consent': 2, 'no_address': 1}
PREFERRED = 'preferred'


@dataclass(frozen=True)
class Verdict:
    """What the gates decided for one patient: a channel and the consent that allows it, or a
    reason."""

    channel: str
    allowed: bool
    reason: str | None = None
    consent_id: int | None = None
    address: str | None = None


def order_channels(channels, preferred):
    """Return ``channels`` with the word ``preferred`` replaced by the patient's own, without
    repetition.

    >>> order_channels(['preferred', 'email', 'sms'], 'sms')
    ['sms', 'email']
    """
    named = (preferred if channel == PREFERRED else channel for channel in channels)
    return list(dict.fromkeys(channel for channel in named if channel))


def person_reason(person):
    """Return why nobody may contact this person at all (``deceased``, ``blocked``), else
    ``None``."""
    if person.deceased:
        return 'deceased'
    if person.blocked:
        return 'blocked'
    return None


def channel_verdict(person, channel, purpose_id):
    """Return the :class:`Verdict` for one channel: consent first, then an address to send to."""
    decision, consent_id = person.consents.get((purpose_id, channel), (None, None))
    if decision != 'permit':
        reason = 'consent_denied' if decision else 'no_consent'
        return Verdict(channel, False, reason, consent_id)
    address = person.addresses.get(channel)
    if not address:
        return Verdict(channel, False, 'no_address', consent_id)
    return Verdict(channel, True, None, consent_id, address)


def decide(person, channels, purpose_id):
    """Return the first channel of ``channels`` that may be used, else why none of them may.

    :param person: a :class:`~.facts.Person`
    :param channels: the channel codes to try, in order, at least one
    :param purpose_id: the consent purpose the message serves
    """
    reason = person_reason(person)
    if reason:
        return Verdict(channels[0], False, reason)
    refused = []
    for channel in channels:
        verdict = channel_verdict(person, channel, purpose_id)
        if verdict.allowed:
            return verdict
        refused.append(verdict)
    return max(refused, key=lambda verdict: _WEIGHT[verdict.reason])


def is_late(due_at, now, grace_minutes):
    """Say whether a step whose moment was ``due_at`` comes more than ``grace_minutes`` after it."""
    return (now - due_at).total_seconds() > grace_minutes * 60
