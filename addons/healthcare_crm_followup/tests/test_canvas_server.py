import copy
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine.steps import STEP_KINDS
from .common import NOW, FollowupCase

WRITTEN = sorted((Path(__file__).parent / 'documents').glob('*.json'))
#: What nobody but a hostile client sends.
HOSTILE = [
    None,
    [],
    "steps",
    {},
    {'steps': []},
    {'steps': {'n1': None}},
    {'steps': {'n1': {'kind': 'bomb', 'name': "x"}}},
    {'steps': {'n1': {'kind': ['end'], 'name': "x"}}},
    {'steps': {'n 1': {'kind': 'end', 'name': "x"}}},
    {'steps': {'n1': {'kind': 'end', 'name': 5}}},
    {'steps': {'n1': {'kind': 'end', 'name': "x" * 201}}},
    {'steps': {'n1': {'kind': 'end', 'name': "a\0b"}}},
    {'steps': {'n1': {'kind': 'end', 'name': "x", 'x': 1e300}}},
    {'steps': {'n1': {'kind': 'end', 'name': "x", 'x': "1"}}},
    {'steps': {'n1': {'kind': 'end', 'name': "x", 'values': {'as': 'victory'}}}},
    {'steps': {'n1': {'kind': 'end', 'name': "x", 'values': {'as': 5}}}},
    {'steps': {'n1': {'kind': 'end', 'name': "x", 'next': {'done': ['n2']}}}},
    {'steps': {'n1': {'kind': 'end', 'name': "x", 'next': {'done': 'n1'}}}},
    {'steps': {'n1': {'kind': 'branch', 'name': "x", 'next': {'way': ['n1']}}}},
    {'steps': {'n1': {'kind': 'wait', 'name': "x", 'values': {'amount': "1 day"}}}},
    {'steps': {'n1': {'kind': 'wait', 'name': "x", 'values': {'amount': 2**40}}}},
    {'steps': {'n1': {'kind': 'wait', 'name': "x", 'values': {'until': {'from': "x"}}}}},
    {'steps': {'n1': {'kind': 'message', 'name': "x", 'values': {'channels': 5}}}},
    {'steps': {'n1': {'kind': 'message', 'name': "x", 'values': {'channels': ['fax']}}}},
    {'steps': {'n1': {'kind': 'message', 'name': "x", 'values': {'templates': [1]}}}},
    {'steps': {'n1': {'kind': 'message', 'name': "x", 'values': {'templates': {'sms': 1}}}}},
    {'steps': {'n1': {'kind': 'care_task', 'name': "x", 'values': {'instruction': {'en_US': 5}}}}},
    {'steps': {'n1': {'kind': 'care_task', 'name': "x", 'values': {'instruction': 5}}}},
    {'steps': {'n1': {'kind': 'care_task', 'name': "x", 'values': {'escalate': {'hours': "x"}}}}},
    {'steps': {'n1': {'kind': 'survey', 'name': "x", 'values': {'red_flag': {'min': "x"}}}}},
    {'steps': {'n1': {'kind': 'branch', 'name': "x", 'values': {'ways': {}}}}},
    {'steps': {'n1': {'kind': 'branch', 'name': "x", 'values': {'ways': [{}]}}}},
    {'steps': {'n1': {'kind': 'branch', 'name': "x", 'values': {'ways': [{'outcome': 'way'}]}}}},
    {
        'steps': {
            'n1': {
                'kind': 'branch',
                'name': "x",
                'values': {'ways': [{'outcome': 'a'}, {'outcome': 'a'}]},
            }
        }
    },
    {
        'steps': {
            'n1': {
                'kind': 'split',
                'name': "x",
                'values': {'ways': [{'outcome': 'a', 'weight': "half"}]},
            }
        }
    },
    {'steps': {f'n{index}': {'kind': 'end', 'name': "x"} for index in range(1001)}},
    {'start': 'n2', 'steps': {'n1': {'kind': 'end', 'name': "x"}}},
    {'start': 5, 'steps': {'n1': {'kind': 'end', 'name': "x"}}},
]


@tagged('post_install', '-at_install')
class TestCanvasServer(FollowupCase):
    """What the canvas loads, saves and undoes."""

    def save(self, workflow, doc):
        """Save ``doc`` as the canvas does, which knows the present revision."""
        return workflow.canvas_save(json.loads(json.dumps(doc)), workflow.canvas_load()['revision'])

    def drawn(self, *steps, **arrows):
        """Return the canvas of a new workflow with steps of these kinds, keyed n1, n2, …"""
        workflow = self.env['healthcare.workflow'].create({'name': "Drawn"})
        doc = {
            'start': 'n1' if steps else None,
            'steps': {
                f'n{number}': {'kind': kind, 'name': "", 'values': {}, 'next': {}}
                for number, kind in enumerate(steps, start=1)
            },
        }
        for key, following in arrows.items():
            doc['steps'][key]['next'] = following
        return workflow, self.save(workflow, doc)

    # ------------------------------------------------------------ load and save

    def test_a_workflow_from_an_empty_canvas(self):
        canvas = self.env['healthcare.workflow'].canvas_create()
        self.assertEqual(canvas['doc'], {'start': None, 'steps': {}})
        self.assertTrue(canvas['can_edit'])
        self.assertEqual([kind['kind'] for kind in canvas['kinds']][0], 'message')
        self.assertEqual({kind['kind'] for kind in canvas['kinds']}, set(STEP_KINDS))
        workflow = self.env['healthcare.workflow'].browse(canvas['id'])
        doc = {
            'start': 'nmsg',
            'steps': {
                'ncall': {'kind': 'care_task', 'name': "Call", 'x': 10, 'y': 200, 'next': {}},
                'nmsg': {
                    'kind': 'message',
                    'name': "Remind",
                    'x': 10,
                    'y': 20,
                    'values': {},
                    'next': {'suppressed': ['ncall']},
                },
            },
        }
        canvas = workflow.canvas_save(doc, canvas['revision'])
        self.assertFalse(canvas['has_errors'], canvas['problems'])
        self.assertEqual(canvas['doc']['start'], 'nmsg')
        self.assertEqual(canvas['doc']['steps']['nmsg']['x'], 10)
        self.assertEqual(canvas['doc']['steps']['nmsg']['next'], {'suppressed': ['ncall']})
        self.assertEqual(
            [code for code, _label in canvas['steps']['nmsg']['outcomes']][:2],
            ['sent', 'suppressed'],
        )
        self.assertIn("hours", canvas['steps']['ncall']['summary'])
        workflow._publish(NOW)
        self.assertFalse(workflow.canvas_load()['has_changes'])
        self.assertEqual(workflow.canvas_load()['version'], 1)

    def test_a_new_step_is_as_usual_for_its_kind(self):
        kinds = list(STEP_KINDS)
        workflow, canvas = self.drawn(*kinds)
        offered = {kind['kind']: kind['outcomes'] for kind in canvas['kinds']}
        for number, kind in enumerate(kinds, start=1):
            with self.subTest(kind=kind):
                self.assertEqual(canvas['steps'][f'n{number}']['outcomes'], offered[kind])
        values = {step['kind']: step['values'] for step in canvas['doc']['steps'].values()}
        self.assertEqual(values['message']['purpose'], self.reminder.id)
        self.assertEqual(values['message']['templates'], {'email': {'id': self.email_template.id}})
        self.assertFalse(values['survey']['templates'])
        self.assertEqual(
            values['survey']['purpose'], self.env.ref('healthcare_crm.consent_purpose_survey').id
        )
        self.assertEqual(len(values['split']['ways']), 2)
        # once made, a step without ways stays so
        doc = canvas['doc']
        doc['steps']['n1'] |= {'x': 7, 'y': -7}
        for step in doc['steps'].values():
            if step['kind'] in ('branch', 'split'):
                step['values']['ways'] = []
        self.assertEqual(self.save(workflow, doc)['doc'], doc)

    def test_every_kind_of_step_survives_a_save_and_an_undo(self):
        for path in WRITTEN:
            workflow = self.env['healthcare.workflow']._import_document(
                path.read_text(), lenient=True
            )
            with self.subTest(document=path.stem):
                before, definition = workflow.canvas_load(), workflow._to_definition()
                ids = dict(zip(workflow.step_ids.mapped('key'), workflow.step_ids.ids, strict=True))
                self.assertEqual(self.save(workflow, before['doc'])['doc'], before['doc'])
                emptied = self.save(workflow, {'start': None, 'steps': {}})
                self.assertFalse(workflow.step_ids)
                self.assertEqual(emptied['doc'], {'start': None, 'steps': {}})
                after = self.save(workflow, before['doc'])
                self.assertEqual(after['doc'], before['doc'])
                self.assertEqual(after['revision'], before['revision'])
                self.assertEqual(workflow._to_definition(), definition)
                self.assertFalse(set(workflow.step_ids.ids) & set(ids.values()))

    def test_a_step_that_stays_keeps_its_row_and_only_what_differs_is_written(self):
        workflow, canvas = self.drawn('message', 'care_task', 'end', n1={'suppressed': ['n2']})
        ids = {key: step['id'] for key, step in canvas['steps'].items()}
        arrow = workflow.step_ids.edge_ids
        doc = canvas['doc']
        doc['steps']['n1']['name'] = "Write"
        doc['steps']['n2']['next'] = {'reached': ['n3'], 'no_answer': ['n1', 'n3']}
        doc['start'] = 'n2'
        canvas = self.save(workflow, doc)
        self.assertEqual(canvas['doc'], doc)
        self.assertEqual({key: step['id'] for key, step in canvas['steps'].items()}, ids)
        self.assertIn(arrow, workflow.step_ids.edge_ids)

    def test_a_deleted_target_leaves_the_way_to_it(self):
        workflow, canvas = self.drawn('branch', 'end', n1={'way1': ['n2']})
        before = canvas['doc']
        way = before['steps']['n1']['values']['ways'][0]
        way |= {'name': "Taipei", 'domain': [['company_id', '=', 1]]}
        self.save(workflow, before)
        definition = workflow._to_definition()
        doc = copy.deepcopy(before)
        del doc['steps']['n2']
        doc['steps']['n1']['next'] = {}
        doc = self.save(workflow, doc)['doc']
        self.assertEqual(doc['steps']['n1']['values']['ways'], [way])
        self.save(workflow, before)
        self.assertEqual(workflow._to_definition(), definition)

    def test_undo_brings_back_every_language_of_an_instruction(self):
        workflow, canvas = self.drawn('care_task')
        step = workflow.step_ids
        step.with_context(lang='en_US').instruction = "Ask how it is"
        step.update_field_translations('instruction', {'zh_TW': "請問好嗎"})
        before = workflow.with_context(lang='vi_VN').canvas_load()['doc']
        self.assertEqual(
            before['steps']['n1']['values']['instruction'],
            {'en_US': "Ask how it is", 'zh_TW': "請問好嗎"},
        )
        step.update_field_translations('instruction', {'zh_TW': "再見", 'vi_VN': "Hỏi thăm"})
        self.save(workflow.with_context(lang='vi_VN'), before)
        self.assertEqual(workflow.canvas_load()['doc'], before)
        self.assertEqual(step.with_context(lang='vi_VN').instruction, "Ask how it is")
        doc = copy.deepcopy(before)
        del doc['steps']['n1']['values']['instruction']
        self.save(workflow, doc)
        self.assertFalse(step.instruction)
        self.save(workflow, before)
        self.assertEqual(workflow.canvas_load()['doc'], before)

    def test_a_condition_that_cannot_be_read_survives_an_undo(self):
        workflow, canvas = self.drawn('branch')
        workflow.step_ids.edge_ids.domain = "[('name', '=', unknown)"
        before = workflow.canvas_load()
        self.assertTrue(before['has_errors'])
        self.save(workflow, {'start': None, 'steps': {}})
        self.assertEqual(self.save(workflow, before['doc'])['doc'], before['doc'])

    # hypothesis restarts a test function many times inside one transaction
    @settings(
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(data=st.data())
    def test_drawing_and_undoing(self, data):
        workflow, canvas = self.drawn(
            *data.draw(st.lists(st.sampled_from(list(STEP_KINDS)), max_size=6))
        )
        history = [(canvas['doc'], canvas['revision'], workflow._to_definition())]
        for _turn in range(data.draw(st.integers(1, 3))):
            doc = copy.deepcopy(history[-1][0])
            for _change in range(data.draw(st.integers(1, 4))):
                change(data.draw, doc, self.save(workflow, doc)['steps'])
            canvas = self.save(workflow, doc)
            # what the client left open is decided by the server once
            again = self.save(workflow, canvas['doc'])
            self.assertEqual(again['doc'], canvas['doc'])
            self.assertEqual(again['revision'], canvas['revision'])
            self.assertEqual(
                {key: step['next'] for key, step in canvas['doc']['steps'].items()},
                {key: step['next'] for key, step in doc['steps'].items()},
            )
            history.append((canvas['doc'], canvas['revision'], workflow._to_definition()))
        for doc, revision, definition in reversed(history):
            canvas = self.save(workflow, doc)
            self.assertEqual(canvas['doc'], doc)
            self.assertEqual(canvas['revision'], revision)
            self.assertEqual(workflow._to_definition(), definition)

    def test_who_saves_an_older_state_is_told(self):
        workflow, canvas = self.drawn('end')
        revision, doc = canvas['revision'], canvas['doc']
        workflow.step_ids.name = "Somebody else's"
        with self.assertRaisesRegex(UserError, "Somebody else changed"):
            workflow.canvas_save(doc, revision)
        self.assertEqual(workflow.step_ids.name, "Somebody else's")

    def test_moving_a_step_changes_nothing_else(self):
        workflow, canvas = self.drawn('end', 'end')
        self.assertIsNone(canvas['doc']['steps']['n1']['x'])
        definition = workflow._to_definition()
        self.assertTrue(workflow.canvas_place({'n1': [0, -40], 'gone': [1, 1]}))
        moved = workflow.canvas_load()
        self.assertEqual([moved['doc']['steps']['n1'][axis] for axis in 'xy'], [0, -40])
        self.assertEqual(moved['revision'], canvas['revision'])
        self.assertEqual(workflow._to_definition(), definition)
        for strange in ({'n1': 5}, {'n1': [1]}, {'n1': ["a", 1]}, [], {'n1': [10**9, 1]}):
            with self.subTest(places=strange), self.assertRaises(UserError):
                workflow.canvas_place(strange)

    def test_a_hostile_document_changes_nothing(self):
        workflow, canvas = self.drawn('message', 'care_task', n1={'suppressed': ['n2']})
        before = workflow.canvas_load()
        for doc in HOSTILE:
            with self.subTest(doc=str(doc)[:120]):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    workflow.canvas_save(doc, before['revision'])
                self.assertEqual(workflow.canvas_load(), before)

    def test_a_key_of_another_workflow_is_just_a_name(self):
        other, _canvas = self.drawn('message')
        workflow, canvas = self.drawn('end')
        canvas['doc']['steps'][other.step_ids.key] = {'kind': 'end', 'name': "Mine"}
        self.save(workflow, canvas['doc'])
        self.assertEqual(other.step_ids.kind, 'message')

    # ------------------------------------------------------------ problems

    def test_problems_know_their_step_and_section(self):
        workflow, canvas = self.drawn('wait', 'message')
        workflow.trigger_ids.unlink()
        workflow.entry_domain = "[('nonsense', '=', 1)]"
        workflow.has_goal = True
        doc = canvas['doc']
        doc['steps']['n2']['values']['purpose'] = None
        problems = self.save(workflow, doc)['problems']
        self.assertIn(
            {
                'level': 'error',
                'text': "Choose the purpose the patient must have agreed to.",
                'step': 'n2',
                'section': 'steps',
            },
            problems,
        )
        sections = {(problem['step'], problem['section']) for problem in problems}
        self.assertLessEqual(
            {('n2', 'steps'), (False, 'starts'), (False, 'rules')}, sections, problems
        )

    # ------------------------------------------------------------ access

    def test_a_receptionist_may_look_but_not_change(self):
        workflow, canvas = self.drawn('message')
        reception = new_test_user(self.env, 'canvas_reception', 'healthcare_crm.group_reception')
        theirs = workflow.with_user(reception)
        seen = theirs.canvas_load()
        self.assertFalse(seen['can_edit'])
        self.assertFalse(seen['problems'])
        self.assertEqual(seen['doc'], canvas['doc'])
        for call in (
            lambda: theirs.canvas_save(canvas['doc'], canvas['revision']),
            lambda: theirs.canvas_place({'n1': [1, 1]}),
            lambda: theirs.canvas_paste(theirs.canvas_copy(['n1']), 0, 0, canvas['revision']),
            lambda: self.env['healthcare.workflow'].with_user(reception).canvas_create(),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_nobody_draws_into_another_clinic_nor_takes_its_templates(self):
        other = self.env['res.company'].create({'name': "Other Clinic"})
        theirs = self.env['healthcare.message.template'].create(
            {'name': "Theirs", 'channel': 'sms', 'body': "x", 'company_id': other.id}
        )
        admin = new_test_user(self.env, 'canvas_admin', 'healthcare_crm.group_clinic_administrator')
        workflow, canvas = self.drawn('message')
        workflow = workflow.with_user(admin)
        doc = canvas['doc']
        doc['steps']['n1']['values']['templates'] = {'sms': {'id': theirs.id}}
        self.assertFalse(self.save(workflow, doc)['doc']['steps']['n1']['values']['templates'])
        workflow.sudo().company_id = other
        for name, args in (
            ('canvas_load', ()),
            ('canvas_save', (doc, '')),
            ('canvas_place', ({},)),
            ('canvas_counts', ()),
            ('canvas_copy', (['n1'],)),
            ('canvas_paste', ({}, 0, 0, '')),
            ('canvas_open_patients', ('n1', 'waiting')),
        ):
            with self.subTest(method=name), self.assertRaises(AccessError):
                getattr(workflow, name)(*args)

    # ------------------------------------------------------------ copy and paste

    def test_steps_are_pasted_into_another_workflow(self):
        source, canvas = self.drawn('message', 'branch', 'end', n1={'sent': ['n2', 'n3']})
        self.env['healthcare.workflow.step'].browse(
            canvas['steps']['n2']['id']
        ).edge_ids.domain = "[('company_id', '=', 1)]"
        source.canvas_place({'n1': [100, 100], 'n2': [100, 300]})
        clip = json.loads(json.dumps(source.canvas_copy(['n1', 'n2'])))
        target, canvas = self.drawn('end')
        pasted = target.canvas_paste(clip, 40, 50, canvas['revision'])
        self.assertFalse(pasted['missing'])
        one, two = pasted['pasted']
        steps = pasted['doc']['steps']
        self.assertEqual(pasted['doc']['start'], 'n1')
        self.assertEqual(steps[one]['next'], {'sent': [two]})
        self.assertEqual([steps[two][axis] for axis in 'xy'], [40, 250])
        # the same template is found again, not made once more
        self.assertEqual(
            steps[one]['values']['templates'], {'email': {'id': self.email_template.id}}
        )
        self.assertEqual(steps[two]['values']['ways'][0]['domain'], [['company_id', '=', 1]])

    def test_what_is_missing_where_steps_are_pasted_is_told(self):
        workflow, canvas = self.drawn('care_task')
        clip = workflow.canvas_copy(['n1'])
        clip['steps']['n1']['name'] = "Call"
        clip['steps']['n1']['values']['user'] = 'nobody@example.org'
        pasted = workflow.canvas_paste(clip, 0, 0, canvas['revision'])
        self.assertEqual(pasted['missing'], ['Call: there is no User "nobody@example.org" here.'])
        before = workflow.canvas_load()
        for strange in (
            None,
            {},
            clip | {'version': 2},
            clip | {'steps': {}},
            clip | {'steps': {'n1': {'kind': 'message', 'values': {'templates': 5}}}},
            clip | {'steps': {'n1': {'kind': 'survey', 'values': {'survey': {'title': 1}}}}},
            clip
            | {
                'steps': {
                    'n1': {'kind': 'message', 'values': {'templates': {'sms': {'body': "{x}"}}}}
                }
            },
        ):
            with self.subTest(clip=str(strange)[:100]):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    workflow.canvas_paste(strange, 0, 0, before['revision'])
                self.assertEqual(workflow.canvas_load(), before)

    # ------------------------------------------------------------ counts

    def test_patients_are_counted_and_shown(self):
        workflow = self.workflow(quiet='none')
        message, call = workflow.step_ids.mapped('key')
        waits, refused, early = (
            self.patient("An Le"),
            self.patient("Bo Li", consents=()),
            self.patient("Chi Ho"),
        )
        for patient in (waits, refused, early):
            self.appointment(patient)
        workflow._publish(NOW)
        counts = workflow.canvas_counts()
        self.assertEqual(counts[message], {'waiting': 3, 'done': 0, 'dropped': 0})
        early.appointment_ids.appointment_status = 'cancelled'
        self.go(NOW)
        start = NOW.replace(day=8)
        self.appointment(refused, start)
        self.go(NOW.replace(day=8))
        counts = workflow.canvas_counts()
        for key in (message, call):
            for which in ('waiting', 'done', 'dropped'):
                action = workflow.canvas_open_patients(key, which)
                with self.subTest(step=key, which=which):
                    self.assertEqual(
                        self.env[action['res_model']].search_count(action['domain']),
                        counts.get(key, {}).get(which, 0),
                    )
        self.assertEqual(counts[message]['dropped'], 1)
        self.assertGreaterEqual(counts[message]['done'], 1)
        self.assertEqual(workflow.canvas_load()['counts'], counts)


def change(draw, doc, steps):
    """Change a drawing as an administrator would: a new step, a name, an arrow, a step less."""
    keys = list(doc['steps'])
    what = draw(st.sampled_from(['add', 'name', 'connect', 'remove', 'start', 'way']))
    if what == 'add' or not keys:
        key = f'n{len(keys)}x{draw(st.integers(0, 9))}'
        doc['steps'].setdefault(
            key,
            {
                'kind': draw(st.sampled_from(list(STEP_KINDS))),
                'name': "New",
                'x': None,
                'y': None,
                'values': {},
                'next': {},
            },
        )
        doc['start'] = doc['start'] or key
        return
    key = draw(st.sampled_from(keys))
    step = doc['steps'][key]
    if what == 'name':
        step['name'] = draw(st.sampled_from(["One", "Two", "三"]))
    elif what == 'start':
        doc['start'] = key
    elif what == 'connect':
        outcomes = [code for code, _label in steps.get(key, {'outcomes': []})['outcomes']]
        if outcomes:
            targets = draw(st.lists(st.sampled_from(keys), max_size=3, unique=True))
            step['next'].pop(outcome := draw(st.sampled_from(outcomes)), None)
            if targets:
                step['next'][outcome] = targets
    elif what == 'way' and step['kind'] in ('branch', 'split') and 'ways' in step['values']:
        step['values']['ways'].insert(
            0, {'outcome': f'own{draw(st.integers(0, 99))}x{len(step["values"]["ways"])}'}
        )
        step['values'] = step['values'] | {'ways': step['values']['ways']}
    elif what == 'remove':
        del doc['steps'][key]
        for one in doc['steps'].values():
            one['next'] = {
                outcome: kept
                for outcome, targets in one['next'].items()
                if (kept := [target for target in targets if target != key])
            }
        if doc['start'] == key:
            doc['start'] = next(iter(doc['steps']), None)
