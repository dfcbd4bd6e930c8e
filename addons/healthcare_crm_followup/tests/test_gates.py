import unittest
from datetime import datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ..engine import gates
from ..engine.clock import Quiet
from ..engine.facts import Person

REMINDER, MARKETING = 1, 2
CHANNELS = ('email', 'sms')
NOON = datetime(2030, 1, 7, 12)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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


class TestMinors(unittest.TestCase):
    """A child without a guardian on file."""

    def reason(self, **values):
        return gates.decide(person(is_minor_alone=True, **values), CHANNELS, REMINDER).reason

    def test_needs_somebody_elses_consent(self):
        self.assertEqual(self.reason(), 'guardian')
        self.assertEqual(self.reason(vouched_consents=frozenset([8])), 'guardian')
        self.assertIsNone(self.reason(vouched_consents=frozenset([7])))

    def test_a_refusal_remains_a_refusal(self):
        self.assertEqual(self.reason(consents={'email': 'deny'}), 'consent_denied')


class TestQuietHours(unittest.TestCase):
    NIGHT = Quiet(time(21), time(8))

    def decide(self, now, channels=CHANNELS, latest=None, quiet=NIGHT, **values):
        addresses = {'email': 'a@example.org', 'sms': '+886912345678', 'letter': 'Road 1'}
        consents = dict.fromkeys(addresses, 'permit')
        limits = gates.Limits(now, 'Asia/Taipei', quiet, latest)
        return gates.decide(
            person(consents=consents, addresses=addresses), channels, REMINDER, limits
        )

    def test_by_day_nothing_waits(self):
        verdict = self.decide(datetime(2030, 1, 7, 1))
        self.assertEqual((verdict.allowed, verdict.reason, verdict.wait_until), (True, None, None))

    def test_by_night_it_waits_for_the_morning(self):
        verdict = self.decide(datetime(2030, 1, 7, 14))
        self.assertEqual(
            (verdict.allowed, verdict.channel, verdict.reason, verdict.wait_until),
            (True, 'email', 'quiet_hours', datetime(2030, 1, 8)),
        )

    def test_it_waits_no_longer_than_it_may(self):
        morning = datetime(2030, 1, 8)
        self.assertTrue(self.decide(datetime(2030, 1, 7, 14), latest=morning).allowed)
        verdict = self.decide(datetime(2030, 1, 7, 14), latest=morning - timedelta(seconds=1))
        self.assertEqual(
            (verdict.allowed, verdict.reason, verdict.wait_until), (False, 'quiet_hours', None)
        )

    def test_a_letter_wakes_nobody(self):
        night = datetime(2030, 1, 7, 14)
        self.assertIsNone(self.decide(night, ['letter']).wait_until)
        # put off as long as it may, else written
        self.assertEqual(self.decide(night, ['sms', 'letter']).channel, 'sms')
        self.assertEqual(self.decide(night, ['sms', 'letter'], latest=night).channel, 'letter')


class TestCaps(unittest.TestCase):
    WEEKLY = gates.Cap(None, MARKETING, 2, 7)

    def decide(self, past, caps=(WEEKLY,), purpose=MARKETING, channels=CHANNELS):
        someone = Person(
            id=1,
            consents={(purpose, channel): ('permit', 7) for channel in CHANNELS},
            addresses={'email': 'a@example.org', 'sms': '+886912345678'},
        )
        limits = gates.Limits(NOON, caps=caps, past=past)
        verdict = gates.decide(someone, channels, purpose, limits)
        return verdict.channel, verdict.reason

    def test_up_to_the_limit_and_no_further(self):
        one = ('email', MARKETING, NOON - DAY)
        self.assertEqual(self.decide([one]), ('email', None))
        self.assertEqual(self.decide([one, one]), ('email', 'cap'))

    def test_what_is_older_does_not_count(self):
        past = [('email', MARKETING, NOON - 7 * DAY), ('email', MARKETING, NOON - 7 * DAY + HOUR)]
        self.assertEqual(self.decide(past), ('email', None))

    def test_other_purposes_neither_count_nor_are_counted(self):
        past = [('email', REMINDER, NOON - DAY)] * 2
        self.assertEqual(self.decide(past), ('email', None))
        past = [('email', MARKETING, NOON - DAY)] * 2
        self.assertEqual(self.decide(past, purpose=REMINDER), ('email', None))

    def test_a_cap_on_one_channel_leaves_the_next(self):
        caps = [gates.Cap('email', None, 1, 1)]
        past = [('email', REMINDER, NOON - HOUR)]
        self.assertEqual(self.decide(past, caps), ('sms', None))
        self.assertEqual(self.decide(past, caps, channels=['email']), ('email', 'cap'))

    def test_a_cap_is_told_before_what_other_channels_lack(self):
        consents = {('sms', 'deny'), ('email', 'permit')}
        someone = person(consents=dict(consents))
        cap = gates.Cap('email', None, 1, 1)
        limits = gates.Limits(NOON, caps=(cap,), past=[('email', REMINDER, NOON - HOUR)])
        verdict = gates.decide(someone, ['sms', 'email'], REMINDER, limits)
        self.assertEqual((verdict.channel, verdict.reason), ('email', 'cap'))

    def test_every_cap_counts(self):
        caps = [self.WEEKLY, gates.Cap(None, None, 3, 1)]
        past = [('sms', REMINDER, NOON - HOUR)] * 3
        self.assertEqual(self.decide(past, caps), ('email', 'cap'))

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(CHANNELS),
                st.sampled_from([REMINDER, MARKETING]),
                st.integers(0, 240).map(lambda hours: NOON - hours * HOUR),
            )
        ),
        st.integers(1, 5),
        st.integers(1, 10),
    )
    def test_nobody_gets_more_than_the_cap_allows(self, past, limit, days):
        cap = gates.Cap(None, MARKETING, limit, days)
        _channel, reason = self.decide(past, [cap])
        counted = [one for one in past if one[1] == MARKETING and one[2] > NOON - days * DAY]
        self.assertEqual(reason, 'cap' if len(counted) >= limit else None)
