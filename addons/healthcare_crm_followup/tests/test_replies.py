import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..engine.steps.message import MessageStep, reply_outcome

WAYS = [
    {'outcome': 'yes', 'keywords': ["Yes", "OK", "好", "可以", "đồng ý", "1", "👍"]},
    {'outcome': 'no', 'keywords': ["no", "not coming", "不可以", "取消", "Hủy", "2"]},
]


class TestReplies(unittest.TestCase):
    """Which way a patient's own words lead."""

    def test_words(self):
        for text, outcome in (
            ("yes", 'yes'),
            ("  YES!! ", 'yes'),
            ("Yes, I will come", 'yes'),
            ("ＹＥＳ", 'yes'),
            ("１", 'yes'),
            ("10", 'replied'),
            ("yesterday", 'replied'),
            ("I do not know now", 'replied'),
            ("ok\n\nSent from my phone", 'yes'),
            ("好的，謝謝", 'yes'),
            ("我可以來", 'yes'),
            ("不可以", 'no'),
            ("請幫我取消", 'no'),
            ("DONG Y", 'yes'),
            ("Đồng ý ạ", 'yes'),
            ("HUY", 'no'),
            ("hủy lịch", 'no'),
            ("tôi muốn huỷ", 'no'),
            ("👍🏽", 'yes'),
            ("sorry, I am not coming, ok?", 'no'),
            ("", 'replied'),
            (None, 'replied'),
        ):
            with self.subTest(text=text):
                self.assertEqual(reply_outcome(WAYS, text), outcome)

    def test_the_first_way_counts_where_two_keywords_say_as_much(self):
        ways = [{'outcome': code, 'keywords': ["yes"]} for code in ('b', 'a')]
        self.assertEqual(reply_outcome(ways, "yes"), 'b')

    def test_a_keyword_of_nothing_matches_nothing(self):
        self.assertEqual(
            reply_outcome([{'outcome': 'a', 'keywords': ["", " ", "?!"]}], "?!"), 'replied'
        )

    @given(st.text())
    def test_whatever_is_written_has_an_outcome(self, text):
        self.assertIn(reply_outcome(WAYS, text), ('yes', 'no', 'replied'))

    @given(st.text(min_size=1))
    def test_a_keyword_finds_itself(self, text):
        found = reply_outcome([{'outcome': 'a', 'keywords': [text]}], text)
        if any(one.isalnum() for one in text):
            self.assertEqual(found, 'a')


class TestValidation(unittest.TestCase):
    def problems(self, **values):
        step = {'purpose': 1, 'channels': ['email'], 'templates': {'email': {}}}
        return [code for _path, code, _detail in MessageStep.validate(step | values)]

    def test_late_policies(self):
        for policy in ('send', 'skip', 'staff'):
            self.assertEqual(self.problems(late={'policy': policy}), [])
        self.assertEqual(self.problems(late={'policy': 'never'}), ['unknown_policy'])

    def test_a_way_of_replying_needs_a_word(self):
        way = {'outcome': 'reply1', 'name': "Yes"}
        self.assertEqual(self.problems(replies=[way | {'keywords': ["yes"]}]), [])
        self.assertEqual(self.problems(replies=[way | {'keywords': [" "]}]), ['no_keywords'])

    def test_answers_and_ways_of_replying_are_outcomes(self):
        outcomes = MessageStep.outcomes({'replies': [{'outcome': 'reply1'}]})
        self.assertEqual(
            set(outcomes),
            {
                'sent',
                'suppressed',
                'failed',
                'delivered',
                'opened',
                'clicked',
                'replied',
                'reply1',
            },
        )
