import copy
import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..definition.difference import ABSENT, ADDED, ORDER, REMOVED, SAME, Change, changes, pieces

DEFINITION = {
    'schema': 1,
    'subject': 'calendar.event',
    'tz': 'Asia/Taipei',
    'triggers': {'t1': {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}},
    'entry': [['appointment_status', '=', 'booked']],
    'exits': [{'name': "Moved", 'event': 'moved'}, {'name': "Gone", 'event': 'gone'}],
    'guards': {'quiet': 'company', 'caps': True},
    'start': 'remind',
    'steps': {
        'remind': {
            'kind': 'message',
            'name': "Remind",
            'channels': ['email', 'sms'],
            'templates': {'email': {'subject': {'en_US': "Hi"}, 'body': {'en_US': "Hi there"}}},
            'next': {'suppressed': 'rest'},
        },
        'rest': {
            'kind': 'wait',
            'name': "Rest",
            'amount': 1,
            'unit': 'days',
            'next': {'done': 'which'},
        },
        'which': {
            'kind': 'branch',
            'name': "Which",
            'ways': [
                {'outcome': 'way1', 'name': "Young", 'domain': [['age', '<', 18]]},
                {'outcome': 'way2', 'name': "Old", 'domain': [['age', '>', 80]]},
            ],
            'next': {},
        },
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(['x', 'y', 'amount', 'unit', 'quiet']), inner, max_size=3),
    max_leaves=6,
)
WAY = st.fixed_dictionaries({'outcome': st.sampled_from(['way1', 'way2', 'way3']), 'domain': JSON})
STEP = st.fixed_dictionaries(
    {
        'kind': st.sampled_from(['wait', 'branch']),
        'ways': st.lists(WAY, max_size=3),
        'values': JSON,
        'next': st.dictionaries(
            st.sampled_from(['done', 'way1']),
            st.lists(st.sampled_from(['s1', 's2']), min_size=1, max_size=2, unique=True),
            max_size=2,
        ),
    }
)
DEFINITIONS = st.fixed_dictionaries(
    {
        'steps': st.dictionaries(st.sampled_from(['s1', 's2']), STEP),
        'guards': JSON,
        'exits': st.lists(
            st.fixed_dictionaries({'name': st.sampled_from("abc"), 'event': JSON}), max_size=3
        ),
    }
)


class TestDifference(unittest.TestCase):
    """What differs between two definitions, without words and without a database."""

    def changed(self, change):
        """Return the changes that ``change`` makes to the definition."""
        after = copy.deepcopy(DEFINITION)
        change(after)
        return changes(DEFINITION, after)

    def test_a_value_is_told_with_what_it_was(self):
        def rename(after):
            after['steps']['rest']['name'] = "Sleep"

        self.assertEqual(
            self.changed(rename), (Change(('steps', 'rest', 'name'), "Rest", "Sleep"),)
        )

    def test_number_and_unit_are_one_value(self):
        def longer(after):
            after['steps']['rest'] |= {'amount': 3, 'unit': 'weeks'}

        (change,) = self.changed(longer)
        self.assertEqual(change.path, ('steps', 'rest', 'amount'))
        self.assertEqual(
            (change.before, change.after),
            ({'amount': 1, 'unit': 'days'}, {'amount': 3, 'unit': 'weeks'}),
        )

    def test_a_text_is_told_for_each_language(self):
        def rewrite(after):
            after['steps']['remind']['templates']['email']['body'] |= {'vi': "Chào"}

        self.assertEqual(
            self.changed(rewrite),
            (Change(('steps', 'remind', 'templates', 'email', 'body', 'vi'), ABSENT, "Chào"),),
        )

    def test_an_arrow_is_told_by_its_outcome(self):
        def draw(after):
            after['steps']['remind']['next'] = {'suppressed': 'which', 'sent': ['rest', 'which']}

        self.assertEqual(
            set(self.changed(draw)),
            {
                Change(('steps', 'remind', 'next', 'suppressed'), ('rest',), ('which',)),
                Change(('steps', 'remind', 'next', 'sent'), ABSENT, ('rest', 'which')),
            },
        )

    def test_one_target_alone_or_in_a_list_is_the_same(self):
        def wrap(after):
            after['steps']['remind']['next'] = {'suppressed': ['rest']}

        self.assertEqual(self.changed(wrap), ())

    def test_ways_are_known_by_their_outcome(self):
        def sort(after):
            ways = after['steps']['which']['ways']
            ways.reverse()
            ways[1]['name'] = "Minors"

        self.assertEqual(
            self.changed(sort),
            (
                Change(('steps', 'which', 'ways', ORDER), ('way1', 'way2'), ('way2', 'way1')),
                Change(('steps', 'which', 'ways', 'way1', 'name'), "Young", "Minors"),
            ),
        )

    def test_exits_are_known_by_their_name(self):
        def drop(after):
            after['exits'].pop(0)

        (change,) = self.changed(drop)
        self.assertEqual((change.path, change.after), (('exits', "Moved"), ABSENT))

    def test_a_step_is_added_or_removed_whole(self):
        def replace(after):
            after['steps']['end'] = after['steps'].pop('which')

        removed, added = self.changed(replace)
        self.assertEqual((removed.path, removed.after), (('steps', 'which'), ABSENT))
        self.assertEqual((added.path, added.before), (('steps', 'end'), ABSENT))

    def test_null_is_a_value(self):
        def silence(after):
            after['guards']['quiet'] = None

        self.assertEqual(self.changed(silence), (Change(('guards', 'quiet'), 'company', None),))

    @given(DEFINITIONS)
    def test_nothing_differs_from_itself(self, definition):
        self.assertEqual(changes(definition, copy.deepcopy(definition)), ())

    @given(DEFINITIONS, DEFINITIONS)
    def test_what_differs_is_told_and_what_is_told_differs(self, before, after):
        found = changes(before, after)
        self.assertEqual(not found, before == after)
        self.assertEqual(len({change.path for change in found}), len(found), "each once")
        for change in found:
            self.assertNotEqual(change.before, change.after)
        back = changes(after, before)
        self.assertEqual(
            {(change.path, repr(change.before), repr(change.after)) for change in found},
            {(change.path, repr(change.after), repr(change.before)) for change in back},
        )


class TestPieces(unittest.TestCase):
    """Two texts as one, word by word."""

    def test_words_are_compared(self):
        self.assertEqual(
            pieces("See you on Monday.", "See you on Friday."),
            [(SAME, "See you on "), (REMOVED, "Monday"), (ADDED, "Friday"), (SAME, ".")],
        )

    def test_where_words_have_no_spaces_characters_are(self):
        self.assertEqual(
            pieces("您的預約在週一", "您的回診在週一"),
            [(SAME, "您的"), (REMOVED, "預約"), (ADDED, "回診"), (SAME, "在週一")],
        )

    @given(st.text(), st.text())
    def test_both_texts_are_in_it(self, before, after):
        found = pieces(before, after)
        for kind, text in ((REMOVED, before), (ADDED, after)):
            self.assertEqual(''.join(one for of, one in found if of in (SAME, kind)), text)
