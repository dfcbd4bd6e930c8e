import json
import unittest

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from ..definition.convert import Variant
from ..definition.references import Ids
from ..definition.tables import STEPS, TRIGGERS, WAYS
from ..engine import document, graph
from ..engine.steps import STEP_KINDS
from ..engine.triggers import TRIGGER_KINDS
from ..models import healthcare_workflow_step, healthcare_workflow_trigger
from .common import FollowupCase

SCHEMA = document.validator().schema
DEFS = SCHEMA['$defs']


class TestTables(unittest.TestCase):
    """The schema that the addon ships and the tables say the same."""

    def test_every_kind_of_the_engine_can_be_edited_and_written(self):
        for kinds, table, choices, prefix in (
            (STEP_KINDS, STEPS, healthcare_workflow_step.KINDS, 'step'),
            (TRIGGER_KINDS, TRIGGERS, healthcare_workflow_trigger.KINDS, 'trigger'),
        ):
            self.assertLessEqual(set(kinds), set(table))
            self.assertEqual(list(table), [kind for kind, _label in choices])
            self.assertEqual(DEFS[prefix]['properties']['kind']['enum'], list(table))

    def test_every_value_of_the_schema_has_its_column_and_default(self):
        for prefix, table in (('step', STEPS), ('trigger', TRIGGERS)):
            for kind, slots in table.items():
                own = {WAYS[kind][0]} if kind in WAYS and prefix == 'step' else set()
                with self.subTest(kind=kind):
                    self.assertEqual(
                        set(defaults(DEFS[f'{prefix}_{kind}'], {'kind', 'name', 'next'} | own)),
                        {slot.path for slot in slots if not isinstance(slot, Variant)},
                    )

    def test_defaults_are_those_of_the_schema(self):
        for prefix, table in (('step', STEPS), ('trigger', TRIGGERS)):
            for kind, slots in table.items():
                told = defaults(DEFS[f'{prefix}_{kind}'], set())
                for slot in slots:
                    if not isinstance(slot, Variant) and told[slot.path] is not None:
                        self.assertEqual(slot.default, told[slot.path], f'{kind}: {slot.path}')


def defaults(schema, without, path=''):
    """Return {path: default} of the values an object of the schema can have."""
    found = {}
    for key, values in schema.get('properties', {}).items():
        if key in without:
            continue
        target = DEFS[values['$ref'].rpartition('/')[2]] | values if '$ref' in values else values
        if target.get('type') == 'object' and 'properties' in target and '$ref' not in values:
            found |= defaults(target, without, f'{path}{key}/')
        else:
            found[path + key] = target.get('default')
    return found


def canonical(values, slots):
    """Return an object of a document without what has its default anyway."""
    values = json.loads(json.dumps(values))
    telling = {
        key
        for slot in slots
        if isinstance(slot, Variant)
        for key in slot.forms.values()
        if key is not None
    }
    for slot in slots:
        if isinstance(slot, Variant) or slot.path in telling:
            continue
        *parents, last = slot.path.split('/')
        places = [values]
        for key in parents:
            places.append(places[-1].get(key, {}))
        if last in places[-1] and places[-1][last] == slot.default:
            del places[-1][last]
    return {key: value for key, value in values.items() if value != {} or key in telling | {'next'}}


TEXT = st.text(
    st.characters(codec='utf-8', exclude_categories=('C', 'Z'), exclude_characters='{},'),
    min_size=1,
    max_size=12,
)
TEXTS = st.fixed_dictionaries({'en_US': TEXT}, optional={'zh_TW': TEXT, 'vi_VN': TEXT})
DOMAIN = st.sampled_from(
    [
        [['id', '>', 5]],
        ['|', ['create_date', '>=', 'today -7d'], ['id', 'in', [1, 2]]],
        [['create_uid.name', '!=', None], ['active', '=', True]],
    ]
)
SURVEY = {
    'title': {'en_US': "How are you?", 'vi_VN': "Quý vị thế nào?"},
    'questions': [
        {
            'title': {'en_US': "Pain?"},
            'type': 'simple_choice',
            'answers': [
                {'text': {'en_US': "None"}, 'score': 10},
                {'text': {'en_US': "Much", 'zh_TW': "很痛"}, 'red_flag': True},
            ],
        },
        {'title': {'en_US': "Anything else?"}, 'type': 'text_box', 'required': True},
    ],
}
#: what the names of records and fields are drawn from, by the key that holds them
KNOWN = {
    'purpose': st.sampled_from(['reminder', 'followup', 'survey']),
    'user': st.just('admin'),
    'segment': st.just("Roundtrip segment"),
    'workflow': st.just("Roundtrip workflow"),
    'action': st.just("Roundtrip action"),
    'survey': st.just(SURVEY),
    'answer': st.just({'question': "Pain?", 'answer': "Much"}),
    'field': st.sampled_from(['start', 'stop']),
    'date': st.sampled_from(['create_date', 'write_date']),
    'fields': st.sampled_from([['active'], ['active', 'practitioner_id']]),
    'of': st.sampled_from(['calendar.event', 'res.partner']),
    'country': st.sampled_from(['TW', 'VN']),
    'keywords': st.lists(st.sampled_from(['yes', 'OK', '好', 'đúng']), min_size=1, unique=True),
    'channels': st.lists(
        st.sampled_from(['preferred', 'email', 'sms']), min_size=1, max_size=3, unique=True
    ),
    'templates': st.fixed_dictionaries(
        {
            'email': st.fixed_dictionaries({'name': TEXTS, 'subject': TEXTS, 'body': TEXTS}),
            'sms': st.fixed_dictionaries({'name': TEXTS, 'body': TEXTS}),
        }
    ),
    'outcome': st.nothing(),
    'next': st.nothing(),
}


def drawn(schema):
    """Return a strategy of values that ``schema``, a part of ours, allows."""
    if '$ref' in schema:
        name = schema['$ref'].rpartition('/')[2]
        if name in ('text', 'domain'):
            return TEXTS if name == 'text' else DOMAIN
        return drawn(DEFS[name])
    if 'const' in schema:
        return st.just(schema['const'])
    if 'enum' in schema:
        return st.sampled_from(schema['enum'])
    match schema['type']:
        case 'object' if 'minProperties' in schema:
            return st.sampled_from([{'min': 3}, {'max': 4}, {'min': -1, 'max': 8}])
        case 'object':
            properties = {
                key: KNOWN[key] if key in KNOWN else drawn(values)
                for key, values in schema['properties'].items()
                if key not in ('outcome', 'next')
            }
            required = set(schema.get('required', ()))
            return st.fixed_dictionaries(
                {key: properties[key] for key in properties if key in required},
                optional={key: properties[key] for key in properties if key not in required},
            )
        case 'array':
            return st.lists(
                drawn(schema['items']), min_size=1, max_size=3, unique_by=json.dumps
            ).map(lambda found: sorted(found) if isinstance(found[0], int) else found)
        case 'integer' | 'number':
            low = schema.get('minimum', schema.get('exclusiveMinimum', -100) + 1)
            return st.integers(low, min(schema.get('maximum', low + 50), low + 50))
        case 'boolean':
            return st.booleans()
        case 'string' if 'pattern' in schema and ':' in schema['pattern']:
            return st.times().map(lambda time: f'{time:%H:%M}')
        case 'string' if 'pattern' in schema:
            return st.sampled_from(['one', 'two2'])
        case _:
            return TEXT


def one_form(kind, values):
    """Return ``values`` as a person would write them: a wait or an anniversary has one form."""
    drop = {
        'wait': (('until', ('field', 'event', 'amount', 'unit')), ('event', ('field',))),
        'anniversary': (
            ('holiday', ('field', 'feb29', 'month', 'day')),
            ('month', ('field', 'feb29', 'country')),
            ('kind', ('country', 'day')),
        ),
    }
    for marker, others in drop.get(kind, ()):
        if marker in values:
            values = {key: value for key, value in values.items() if key not in others}
            break
    if kind == 'wait' and 'until' not in values:
        values.setdefault('amount', 3)
        if 'field' not in values:
            values['amount'] = abs(values['amount']) or 1
    if kind == 'anniversary' and 'field' in values:
        values['field'] = 'birth_date'
    if kind == 'care_task':
        values.setdefault('role', 'nurse')
    if kind == 'survey':
        for way in values.get('ways', ()):
            if 'answer' in way:
                way.pop('score', None)
            else:
                way.setdefault('score', {'max': 5})
    return values


@tagged('post_install', '-at_install')
class TestRoundTrip(FollowupCase):
    """What is imported is what is exported, whatever kind of step or start it has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['healthcare.segment'].create({'name': "Roundtrip segment"})
        cls.env['healthcare.workflow'].create({'name': "Roundtrip workflow"})
        cls.env['ir.actions.server'].create(
            {
                'name': "Roundtrip action",
                'model_id': cls.env.ref('calendar.model_calendar_event').id,
                'state': 'object_write',
            }
        )

    def check_round(self, triggers, steps):
        """Import a document of these parts and compare what comes out."""
        content = {
            'format': 'healthcare-workflow',
            'version': 1,
            'name': {'en_US': "Round"},
            'definition': {'triggers': triggers, 'start': next(iter(steps)), 'steps': steps},
        }
        savepoint = self.env.cr.savepoint()
        try:
            workflow = self.env['healthcare.workflow']._import_document(content)
            exported = workflow._export_document()
            definition = json.loads(json.dumps(workflow._to_definition()))
            workflow._from_definition(definition)
            self.assertEqual(json.loads(json.dumps(workflow._to_definition())), definition)
        finally:
            savepoint.close(rollback=True)
        document.check(json.loads(json.dumps(exported)))
        for key, values in exported['definition']['steps'].items():
            self.assertEqual(values, expected_step(key, steps[key]))
        for key, values in exported['definition']['triggers'].items():
            self.assertEqual(values, canonical(triggers[key], TRIGGERS[values['kind']]))

    def test_every_kind_of_step(self):
        for kind in sorted(STEP_KINDS):
            with self.subTest(kind=kind):
                self.round_of(
                    drawn(DEFS[f'step_{kind}']).map(
                        lambda values, kind=kind: one_form(kind, values)
                    ),
                    lambda values: (
                        {'t1': {'kind': 'date', 'field': 'start', 'amount': -1}},
                        {'s1': with_arrows(values), 's2': {'kind': 'end'}, 's3': {'kind': 'end'}},
                    ),
                )

    def test_every_kind_of_start(self):
        for kind in sorted(TRIGGER_KINDS):
            with self.subTest(kind=kind):
                self.round_of(
                    drawn(DEFS[f'trigger_{kind}']).map(
                        lambda values, kind=kind: one_form(kind, values)
                    ),
                    lambda values: ({'t1': values}, {'s1': {'kind': 'end'}}),
                )

    def round_of(self, strategy, parts):
        @settings(
            max_examples=8,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def run(values):
            self.check_round(*parts(values))

        run()

    def test_rules_of_the_workflow(self):
        rules = {
            'subject': 'res.partner',
            'entry': [['lang', '=', 'vi_VN']],
            'reentry': {'per': 'any', 'days': 30},
            'exits': [
                {'name': "Moved", 'domain': [['active', '=', False]]},
                {'name': "Had enough", 'event': 'opted_out'},
            ],
            'goal': {'event': 'appointment_booked', 'days': 14},
            'guards': {
                'quiet': {'from': '21:30', 'to': '07:45', 'holidays': False},
                'caps': False,
                'priority': 3,
            },
            'siblings': "greetings",
        }
        content = {
            'format': 'healthcare-workflow',
            'version': 1,
            'name': {'en_US': "Rules", 'zh_TW': "規則"},
            'description': {'en_US': "All of them"},
            'definition': {
                **rules,
                'triggers': {'t1': {'kind': 'date', 'field': 'birth_date'}},
                'start': 'fin',
                'steps': {'fin': {'kind': 'end', 'name': "End", 'next': {}}},
            },
        }
        workflow = self.env['healthcare.workflow']._import_document(content)
        self.assertEqual(json.loads(json.dumps(workflow._export_document())), content)
        again = workflow._import_document(workflow._export_document())
        self.assertEqual(again._to_definition(), workflow._to_definition())

    def test_none_of_the_quiet_hours_is_told_from_the_clinics(self):
        for quiet in (None, 'company'):
            with self.subTest(quiet=quiet):
                workflow = self.workflow(quiet='none' if quiet is None else 'company')
                definition = workflow._to_definition()
                self.assertEqual(definition['guards']['quiet'], quiet)
                workflow._from_definition(definition)
                self.assertEqual(workflow._to_definition(), definition)

    def test_parallel_paths_and_ways_keep_their_arrows(self):
        steps = {
            'split': {
                'kind': 'branch',
                'ways': [
                    {'outcome': 'vip', 'name': "VIP", 'domain': [['id', '>', 3]]},
                    {'domain': [['id', '>', 5]]},
                ],
                'next': {'vip': ['a', 'b'], 'way2': 'b', 'otherwise': ['b', 'a']},
            },
            'a': {'kind': 'end'},
            'b': {'kind': 'end'},
        }
        workflow = self.env['healthcare.workflow']._import_document(
            {
                'format': 'healthcare-workflow',
                'version': 1,
                'name': "Ways",
                'definition': {'triggers': {'t': {'kind': 'hook'}}, 'steps': steps},
            }
        )
        split = workflow._to_definition()['steps']['split']
        self.assertEqual(split['next'], steps['split']['next'])
        self.assertEqual([way['outcome'] for way in split['ways']], ['vip', 'way2'])

    def test_a_way_keeps_its_outcome_when_ways_are_sorted_and_removed(self):
        workflow = self.workflow()
        branch = self.env['healthcare.workflow.step'].create(
            {'workflow_id': workflow.id, 'name': "Which?", 'kind': 'branch'}
        )
        one, two = self.env['healthcare.workflow.edge'].create(
            [{'step_id': branch.id, 'outcome': 'way', 'name': name} for name in ("One", "Two")]
        )
        self.assertEqual((one.code, two.code), ('way1', 'way2'))
        one.sequence = 30
        two.unlink()
        three = one.create({'step_id': branch.id, 'outcome': 'way', 'name': "Three"})
        self.assertEqual((one.code, three.code), ('way1', 'way2'))
        ways = branch._to_json(Ids(self.env))['ways']
        self.assertEqual([way['name'] for way in ways], ["Three", "One"])

    def test_a_copy_says_the_same(self):
        workflow = self.workflow()
        workflow.write(
            {
                'exit_ids': [Command.create({'name': "Gone", 'event': 'opted_out'})],
                'trigger_ids': [Command.create({'kind': 'hook'})],
            }
        )
        definition = workflow._to_definition()
        copied = workflow.copy()._to_definition()
        self.assertEqual(copied, definition)
        self.assertEqual(graph.problems(copied), graph.problems(definition))


def with_arrows(values):
    """Return a step with an arrow on each of its outcomes, two on the first."""
    kind = STEP_KINDS[values['kind']]
    values = json.loads(json.dumps(values))
    if values['kind'] in WAYS:
        key, prefix, _slots = WAYS[values['kind']]
        for number, way in enumerate(values.get(key, ()), start=1):
            way['outcome'] = f'{prefix}{number}'
    outcomes = kind.outcomes(values)
    return values | {
        'next': {outcome: 's2' for outcome in outcomes}
        | {outcome: ['s3', 's2'] for outcome in outcomes[:1]}
    }


def expected_step(key, values):
    """Return what is exported of a step that was written as ``values``."""
    found = canonical(values, STEPS[values['kind']])
    if values['kind'] in WAYS:
        name, _prefix, slots = WAYS[values['kind']]
        if name in found:
            found[name] = [canonical(way, slots) for way in found[name]]
    return {'name': key, 'next': {}} | found
