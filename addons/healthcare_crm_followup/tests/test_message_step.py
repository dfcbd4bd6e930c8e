"""What a message step may say of itself."""

import unittest

from ..engine.steps.message import MessageStep


class TestMessageStep(unittest.TestCase):
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
