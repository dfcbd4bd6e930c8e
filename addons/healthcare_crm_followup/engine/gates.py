"""May this patient be contacted, through which channel, when, and if not, why not.

Pure functions over facts that :mod:`.facts` and :mod:`.guards` read for a whole batch. They are
called when a message is decided and once more in the moment it is sent, because consent may have
been withdrawn in between.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from . import clock

#: reason -> how much it tells; the verdict of a step that tried several channels is its most
#: telling one. What a guard rail held back would have gone otherwise, so it stands first; a refusal
#: of the person stands above any missing address.
_WEIGHT = {
    'cap': 6,
    'quiet_hours': 5,
    'consent_denied': 4,
    'guardian': 3,
    'no_consent': 2,
    'no_address': 1,
}
PREFERRED = 'preferred'
#: Channels that wake nobody, whatever the hour.
SILENT_CHANNELS = ('letter',)
#: The priority of a workflow that no frequency cap holds up.
CRITICAL = 3


@dataclass(frozen=True)
class Verdict:
    """What the gates decided for one patient: a channel and the consent that allows it, or a
    reason.

    An allowed verdict with ``wait_until`` means: not before that moment, for ``reason``.
    """

    channel: str
    allowed: bool
    reason: str | None = None
    consent_id: int | None = None
    address: str | None = None
    wait_until: object = None


@dataclass(frozen=True)
class Cap:
    """At most ``limit`` messages in ``days`` days; no channel or purpose means any."""

    channel: str | None
    purpose_id: int | None
    limit: int
    days: int

    def fits(self, channel, purpose_id):
        """Say whether a message through ``channel`` for ``purpose_id`` counts."""
        return self.channel in (None, channel) and self.purpose_id in (None, purpose_id)


@dataclass(frozen=True)
class Limits:
    """The guard rails around one message.

    :param now: the moment it is decided
    :param tz: the patient's time zone
    :param quiet: a :class:`~.clock.Quiet`; ``None`` where the hour does not matter
    :param latest: the last moment it may be put off to; ``None`` for no such moment
    :param caps: the :class:`Cap` that hold for it
    :param past: [(channel, purpose id, moment)] of the patient's earlier messages
    """

    now: object
    tz: str = 'UTC'
    quiet: clock.Quiet | None = None
    latest: object = None
    caps: tuple = ()
    past: list = field(default_factory=list)


def order_channels(channels, preferred):
    """Return ``channels`` with the word ``preferred`` replaced by the patient's own, without
    repetition.

    >>> order_channels(['preferred', 'email', 'sms'], 'sms')
    ['sms', 'email']
    """
    named = (preferred if channel == PREFERRED else channel for channel in channels)
    return list(dict.fromkeys(channel for channel in named if channel))


def person_reason(person):
    """Return why nobody may contact this person at all (``deceased``, ``blocked``, ``archived``),
    else ``None``."""
    if person.deceased:
        return 'deceased'
    if person.blocked:
        return 'blocked'
    if person.archived:
        return 'archived'
    return None


def call_reason(person, purpose_id):
    """Return why staff should not call this person for a purpose, else ``None``.

    A call is work for people, so it needs no earlier permission; but a refusal counts.
    """
    decision, _consent_id = person.consents.get((purpose_id, 'call'), (None, None))
    return person_reason(person) or ('consent_denied' if decision == 'deny' else None)


def channel_verdict(person, channel, purpose_id, limits=None):
    """Return the :class:`Verdict` for one channel: consent, an address to send to, then the guard
    rails.

    A child is contacted only where somebody else agreed for it.
    """
    decision, consent_id = person.consents.get((purpose_id, channel), (None, None))
    if decision != 'permit':
        reason = 'consent_denied' if decision else 'no_consent'
        return Verdict(channel, False, reason, consent_id)
    if consent_id in person.unvouched_consents or (
        person.is_minor_alone and consent_id not in person.vouched_consents
    ):
        return Verdict(channel, False, 'guardian', consent_id)
    address = person.addresses.get(channel)
    if not address:
        return Verdict(channel, False, 'no_address', consent_id)
    if limits and is_capped(limits, channel, purpose_id):
        return Verdict(channel, False, 'cap', consent_id)
    wait_until = quiet_until(limits, channel) if limits else None
    if not wait_until:
        return Verdict(channel, True, None, consent_id, address)
    may_wait = limits.latest is None or wait_until <= limits.latest
    return Verdict(
        channel, may_wait, 'quiet_hours', consent_id, address, wait_until if may_wait else None
    )


def is_capped(limits, channel, purpose_id):
    """Say whether the patient had as many messages already as one of the caps allows."""
    return any(
        sum(
            cap.fits(past_channel, past_purpose) and moment > limits.now - timedelta(days=cap.days)
            for past_channel, past_purpose, moment in limits.past
        )
        >= cap.limit
        for cap in limits.caps
        if cap.fits(channel, purpose_id)
    )


def quiet_until(limits, channel):
    """Return when the quiet hours or holidays that it is in now are over, else ``None``."""
    if not limits.quiet or channel in SILENT_CHANNELS:
        return None
    allowed = clock.next_allowed(limits.now, limits.tz, limits.quiet)
    return allowed if allowed > limits.now else None


def decide(person, channels, purpose_id, limits=None):
    """Return the first channel of ``channels`` that may be used, else why none of them may.

    :param person: a :class:`~.facts.Person`
    :param channels: the channel codes to try, in order, at least one
    :param purpose_id: the consent purpose the message serves
    :param limits: the :class:`Limits` around the message; ``None`` for none
    """
    reason = person_reason(person)
    if reason:
        return Verdict(channels[0], False, reason)
    refused = []
    for channel in channels:
        verdict = channel_verdict(person, channel, purpose_id, limits)
        if verdict.allowed:
            return verdict
        refused.append(verdict)
    return max(refused, key=lambda verdict: _WEIGHT[verdict.reason])
