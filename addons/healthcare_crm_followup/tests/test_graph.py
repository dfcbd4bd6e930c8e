import copy
import unittest

from ..engine import graph

CALL = {'kind': 'care_task', 'name': "Call", 'role': 'reception', 'hours': 8, 'next': {}}
REMIND = {
    'kind': 'message',
    'name': "Remind",
    'purpose': 1,
    'channels': ['email'],
    'templates': {'email': {'subject': {'en_US': "Hi"}, 'body': {'en_US': "Hi"}}},
    'next': {'suppressed': 'call'},
}
DEFINITION = {
    'schema': 1,
    'subject': 'calendar.event',
    'tz': 'Asia/Taipei',
    'triggers': {'t1': {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}},
    'entry': [['appointment_status', '=', 'booked']],
    'start': 'remind',
    'steps': {'remind': REMIND, 'call': CALL},
}


class TestGraph(unittest.TestCase):
    def found(self, **changes):
        """Return (path, code, level) of the problems of the definition with ``changes`` to its
        steps."""
        definition = copy.deepcopy(DEFINITION)
        for key, values in changes.items():
            if key in definition:
                definition[key] = values
            else:
                definition['steps'].setdefault(key, {}).update(values)
        return [
            (problem.path, problem.code, problem.level) for problem in graph.problems(definition)
        ]

    def test_a_sound_definition_has_no_problem_and_compiles(self):
        self.assertEqual(self.found(), [])
        compiled = graph.compile_graph(DEFINITION)
        self.assertEqual(compiled.next_keys('remind', 'suppressed'), ('call',))
        self.assertEqual(compiled.next_keys('remind', 'sent'), ())
        with self.assertRaises(TypeError):
            compiled.steps['more'] = None

    def test_every_problem_has_the_path_to_its_fault(self):
        self.assertIn(
            ('steps/remind/purpose', 'no_purpose', 'error'), self.found(remind={'purpose': None})
        )
        self.assertIn(
            ('steps/remind/channels', 'no_channel', 'error'), self.found(remind={'channels': []})
        )
        self.assertIn(
            ('steps/remind/templates/sms', 'no_template_for', 'error'),
            self.found(remind={'channels': ['sms']}),
        )
        self.assertIn(('steps/call/hours', 'no_window', 'error'), self.found(call={'hours': 0}))
        self.assertIn(('steps/call/role', 'no_role', 'error'), self.found(call={'role': None}))
        self.assertIn(
            ('steps/call/kind', 'unknown_step', 'error'), self.found(call={'kind': 'magic'})
        )
        self.assertIn(
            ('steps/remind/next/sent', 'unknown_target', 'error'),
            self.found(remind={'next': {'sent': 'gone'}}),
        )
        self.assertIn(
            ('steps/remind/next/maybe', 'unknown_outcome', 'error'),
            self.found(remind={'next': {'maybe': 'call'}}),
        )
        self.assertIn(
            ('triggers/t1/unit', 'unknown_unit', 'error'),
            self.found(
                triggers={'t1': {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'moons'}}
            ),
        )
        self.assertIn(('start', 'no_start', 'error'), self.found(start='nowhere'))

    def test_a_circle_is_an_error_and_a_lonely_step_a_warning(self):
        self.assertIn(
            ('steps/call/next', 'loop', 'error'), self.found(call={'next': {'no_answer': 'remind'}})
        )
        self.assertIn(('steps/call', 'unreachable', 'warning'), self.found(remind={'next': {}}))

    def test_two_ways_to_one_step_are_no_circle(self):
        self.assertEqual(self.found(remind={'next': {'suppressed': 'call', 'failed': 'call'}}), [])

    def test_compiling_a_broken_definition_names_the_fault(self):
        broken = copy.deepcopy(DEFINITION)
        broken['steps']['remind']['purpose'] = None
        with self.assertRaisesRegex(ValueError, 'steps/remind/purpose: no_purpose'):
            graph.compile_graph(broken)

    def test_equal_definitions_have_equal_sums_whatever_the_order_of_keys(self):
        turned = dict(reversed(DEFINITION.items()))
        self.assertEqual(graph.checksum(turned), graph.checksum(DEFINITION))
        self.assertNotEqual(graph.checksum(DEFINITION | {'tz': 'UTC'}), graph.checksum(DEFINITION))
