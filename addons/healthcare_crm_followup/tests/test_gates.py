import unittest
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ..engine import gates
from ..engine.facts import Person

REMINDER = 1
CHANNELS = ('email', 'sms')


def person(consents=None, addresses=None, **values):
    """Return a person with both addresses and, by default, consent for both channels."""
    consents = {'email': 'permit', 'sms': 'permit'} if consents is None else consents
    addresses = (
        {'email': 'a@example.org', 'sms': '+886912345678'} if addresses is None else addresses
    )
    return Person(
        id=1,
        consents={(REMINDER, channel): (decision, 7) for channel, decision in consents.items()},
        addresses=addresses,
        **values,
    )


class TestGates(unittest.TestCase):
    def decide(self, someone, channels=CHANNELS):
        verdict = gates.decide(someone, channels, REMINDER)
        return verdict.channel, verdict.reason

    def test_first_channel_that_is_allowed_wins(self):
        self.assertEqual(self.decide(person()), ('email', None))
        self.assertEqual(self.decide(person(addresses={'sms': '+886912345678'})), ('sms', None))
        self.assertEqual(self.decide(person(consents={'sms': 'permit'})), ('sms', None))

    def test_silence_is_not_consent(self):
        self.assertEqual(self.decide(person(consents={})), ('email', 'no_consent'))

    def test_consent_for_another_purpose_does_not_count(self):
        someone = Person(
            id=1, consents={(2, 'email'): ('permit', 7)}, addresses={'email': 'a@example.org'}
        )
        self.assertEqual(self.decide(someone, ['email']), ('email', 'no_consent'))

    def test_a_refusal_is_told_before_a_missing_address(self):
        someone = person(consents={'email': 'permit', 'sms': 'deny'}, addresses={})
        self.assertEqual(self.decide(someone), ('sms', 'consent_denied'))

    def test_the_deceased_and_the_blocked_are_never_contacted(self):
        self.assertEqual(self.decide(person(deceased=True))[1], 'deceased')
        self.assertEqual(self.decide(person(blocked=True))[1], 'blocked')

    def test_the_preferred_channel_comes_first_and_only_once(self):
        self.assertEqual(
            gates.order_channels(['preferred', 'email', 'sms'], 'sms'), ['sms', 'email']
        )
        self.assertEqual(gates.order_channels(['preferred', 'email'], None), ['email'])

    def test_late_means_more_than_the_grace(self):
        due = datetime(2030, 1, 1)
        self.assertFalse(gates.is_late(due, due + timedelta(minutes=15), 15))
        self.assertTrue(gates.is_late(due, due + timedelta(minutes=16), 15))

    @given(
        st.dictionaries(st.sampled_from(CHANNELS), st.sampled_from(['permit', 'deny'])),
        st.dictionaries(st.sampled_from(CHANNELS), st.sampled_from(['somewhere', None])),
        st.booleans(),
        st.booleans(),
    )
    def test_nobody_is_contacted_without_permission_and_address(
        self, consents, addresses, deceased, blocked
    ):
        someone = person(consents=consents, addresses=addresses, deceased=deceased, blocked=blocked)
        verdict = gates.decide(someone, CHANNELS, REMINDER)
        if verdict.allowed:
            self.assertFalse(deceased or blocked)
            self.assertEqual(consents[verdict.channel], 'permit')
            self.assertEqual(verdict.address, addresses[verdict.channel])
        else:
            self.assertTrue(verdict.reason)
