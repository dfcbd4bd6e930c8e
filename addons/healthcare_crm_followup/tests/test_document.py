import base64
import copy
import json
import re
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..definition.tables import STEPS, TRIGGERS
from ..engine import document
from .common import FollowupCase

DOCS = Path(__file__).parents[3] / 'docs' / 'workflow-json.md'
#: Workflows as a clinic would write them by hand, each published as it is.
WRITTEN = sorted((Path(__file__).parent / 'documents').glob('*.json'))
LETTER = {'email': {'subject': "Hello", 'body': "{survey_link}"}}


def asking(*questions):
    """Return a survey step with these questions."""
    return {
        'kind': 'survey',
        'purpose': 'survey',
        'templates': LETTER,
        'survey': {'title': "How was it?", 'questions': list(questions)},
    }


GOOD = {
    'format': 'healthcare-workflow',
    'version': 1,
    'name': "Remind",
    'definition': {
        'triggers': {'t1': {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}},
        'entry': [['appointment_status', '=', 'booked']],
        'steps': {
            'remind': {
                'kind': 'message',
                'purpose': 'reminder',
                'channels': ['preferred', 'sms'],
                'templates': {'sms': {'body': "Come tomorrow, {patient_name}"}},
                'next': {'suppressed': 'call'},
            },
            'call': {'kind': 'care_task', 'role': 'reception'},
        },
    },
}
#: (path to change, what to put there, what the sentence has to say); ``...`` removes
BROKEN = [
    (('format',), 'workflow', 'format: "workflow" should be "healthcare-workflow"'),
    (('version',), 2, 'version: 2 should be 1'),
    (('definition',), ..., '"definition" is missing'),
    (('defintion',), {}, '"defintion" is not known here'),
    (('name',), '', 'name: The text is empty'),
    (('name',), {'english': 'x'}, 'name: "english" is not written as it should be'),
    (('definition', 'steps'), {}, 'definition/steps: There is nothing in it'),
    (('definition', 'triggers'), {}, 'definition/triggers: There is nothing in it'),
    (('definition', 'triggers'), ..., 'definition: "triggers" is missing'),
    (
        ('definition', 'triggers', 't1', 'kind'),
        'moon',
        'definition/triggers/t1/kind: "moon" is not one of "date"',
    ),
    (
        ('definition', 'triggers', 't1', 'unit'),
        'moons',
        'definition/triggers/t1/unit: "moons" is not one of',
    ),
    (
        ('definition', 'triggers', 't1', 'amount'),
        '24',
        'triggers/t1/amount: "24" should be a whole number',
    ),
    (('definition', 'start'), 'nowhere', 'definition/start: There is no step "nowhere"'),
    (
        ('definition', 'steps', 'remind', 'channels', 0),
        'fax',
        'definition/steps/remind/channels/0: "fax" is not one of "preferred"',
    ),
    (
        ('definition', 'steps', 'remind', 'channels', 1),
        'preferred',
        'definition/steps/remind/channels: The same is there twice',
    ),
    (
        ('definition', 'steps', 'remind', 'purpose'),
        ...,
        'definition/steps/remind: "purpose" is missing',
    ),
    (
        ('definition', 'steps', 'remind', 'purpose'),
        'spam',
        'definition/steps/remind/purpose: there is no Consent Purpose "spam" here',
    ),
    (
        ('definition', 'steps', 'remind', 'templates', 'sms', 'body'),
        'Hi {illness}',
        'definition/steps/remind/templates/sms: The template',
    ),
    (
        ('definition', 'steps', 'remind', 'templates', 'email'),
        {'body': 'x'},
        'definition/steps/remind/templates/email: The e-mail template',
    ),
    (
        ('definition', 'steps', 'remind', 'next', 'suppressed'),
        'gone',
        'definition/steps/remind/next/suppressed: There is no step "gone"',
    ),
    (
        ('definition', 'steps', 'remind', 'next', 'vanished'),
        'call',
        'definition/steps/remind/next/vanished: This step cannot end like that',
    ),
    (
        ('definition', 'steps', 'call', 'role'),
        ...,
        'definition/steps/call/role: Choose who does the task',
    ),
    (
        ('definition', 'steps', 'call', 'user'),
        'nobody',
        'definition/steps/call/user: there is no User "nobody" here',
    ),
    (
        ('definition', 'steps', 'call', 'hours'),
        0,
        'definition/steps/call/hours: 0 should be more than 0',
    ),
    (
        ('definition', 'steps', 'call', 'colour'),
        'red',
        'definition/steps/call: "colour" is not known here',
    ),
    (('definition', 'steps', 'call', 'next'), {'no_answer': 'remind'}, 'leads back to'),
    (
        ('definition', 'steps', 'two words'),
        {'kind': 'end'},
        'definition/steps: "two words" is not written as it should be',
    ),
    (
        ('definition', 'steps', 'last'),
        {'kind': 'magic'},
        'definition/steps/last/kind: "magic" is not one of "message"',
    ),
    (
        ('definition', 'steps', 'last'),
        {'kind': 'branch', 'ways': []},
        'definition/steps/last/ways: The list has less than 1 entries',
    ),
    (
        ('definition', 'steps', 'last'),
        {'kind': 'branch', 'ways': [{'outcome': 'a', 'domain': [['id', '=', 1]]}] * 2},
        'definition/steps/last/ways/1/outcome: "a" is there twice',
    ),
    (
        ('definition', 'subject'),
        'res.bank',
        'definition/subject: "res.bank" is not one of calendar.event',
    ),
    (
        ('definition', 'entry'),
        [['id', '=']],
        'definition/entry/0: The list has less than 3 entries',
    ),
    (('definition', 'guards'), {'quiet': 'never'}, 'definition/guards/quiet'),
    (
        ('definition', 'guards'),
        {'quiet': {'from': '9', 'to': '10:00'}},
        'definition/guards/quiet/from: "9" is not written',
    ),
    (('definition', 'exits'), [{'name': "No reason"}], 'definition/exits/0: Enter a condition'),
    (('definition', 'goal'), {'days': 3}, 'definition/goal: Say what the goal is'),
    (('definition', 'steps'), [{'kind': 'end'}], 'steps: [{"kind": "end"}] should be an object'),
    (('name',), 'a\0b', 'name: The text holds a character that cannot be kept'),
    (('name',), '\ud800', 'name: The text holds a character that cannot be kept'),
    (
        ('definition', 'guards'),
        {'quiet': 'none'},
        '"none" is not written as it should be: "company"',
    ),
    (
        ('definition', 'steps', 'remind', 'next', 'send'),
        'call',
        'What Happens Next: sent, suppressed, failed',
    ),
    (
        ('definition', 'steps', 'remind', 'replies'),
        [{'outcome': 'sent', 'keywords': ['yes']}],
        'definition/steps/remind/replies/0/outcome: Two of its outcomes are the same',
    ),
    (('definition', 'entry'), ['|', ['id', '=', 1]], 'definition/entry: The condition cannot be'),
    (('definition', 'entry'), [['nothing', '=', 1]], 'definition/entry: The condition cannot be'),
    (
        ('definition', 'steps', 'last'),
        {'kind': 'branch', 'ways': [{'domain': [['nothing', '=', 1]]}]},
        'definition/steps/last/ways/0/domain: The condition cannot be',
    ),
    (
        ('definition', 'triggers', 't1', 'field'),
        'begin',
        'definition/triggers/t1/field: There is no date "begin"',
    ),
    (
        ('definition', 'triggers', 't1'),
        {'kind': 'cycle', 'of': 'calendar.event', 'date': 'begin'},
        'definition/triggers/t1/date: There is no date "begin"',
    ),
    (
        ('definition', 'triggers', 't1'),
        {'kind': 'event', 'event': 'changed', 'fields': ['location']},
        'definition/triggers/t1/fields: Changes are only noticed of active, appointment_status',
    ),
    (
        ('definition', 'triggers', 't1'),
        {'kind': 'anniversary', 'month': 2, 'holiday': 'tet'},
        'definition/triggers/t1: Leave out one of "month", "holiday"',
    ),
    (
        ('definition', 'triggers', 't1'),
        {'kind': 'anniversary', 'day': 2},
        'definition/triggers/t1: "month" is missing, which "day" needs',
    ),
    (
        ('definition', 'steps', 'last'),
        {'kind': 'wait', 'field': 'begin', 'amount': 1},
        'definition/steps/last/field: There is no date "begin"',
    ),
    (
        ('definition', 'steps', 'last'),
        {'kind': 'wait', 'until': {}, 'amount': 1},
        'definition/steps/last: Leave out one of "until", "amount"',
    ),
    (
        ('definition', 'steps', 'last'),
        asking({'title': "How?"}),
        'survey/questions/0: "answers" is missing',
    ),
    (
        ('definition', 'steps', 'last'),
        asking({'title': "How?", 'type': 'date', 'answers': [{'text': "Well"}]}),
        'survey/questions/0: Leave out "answers"',
    ),
    (
        ('definition', 'steps', 'last'),
        asking({'title': "How?", 'type': 'scale', 'scale': {'min': 9, 'max': 2}}),
        'survey/questions/0/scale: The scale has to go from',
    ),
    (
        ('definition', 'steps', 'last'),
        asking({'title': "How?", 'answers': [{'text': "Well"}]}) | {'ways': [{'answer': "Bad"}]},
        'definition/steps/last/ways/0/answer: there is no',
    ),
]


def changed(path, value):
    """Return the good document with one change."""
    content = copy.deepcopy(GOOD)
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


@tagged('post_install', '-at_install')
class TestDocument(FollowupCase):
    """A workflow as one file: what is taken, what is refused, and in which words."""

    def counts(self):
        return [
            self.env[model].search_count([])
            for model in (
                'healthcare.workflow',
                'healthcare.workflow.step',
                'healthcare.message.template',
                'survey.survey',
            )
        ]

    def take(self, content):
        return self.env['healthcare.workflow']._import_document(content)

    def test_a_file_written_by_hand_becomes_a_draft(self):
        workflow = self.take(json.dumps(GOOD))
        self.assertEqual((workflow.name, workflow.state), ("Remind", 'draft'))
        message, call = workflow.step_ids
        self.assertEqual(
            (message.key, message.channel_1, message.channel_2), ('remind', 'preferred', 'sms')
        )
        self.assertEqual((call.name, call.window_hours, call.task_type), ("call", 8, 'call'))
        self.assertEqual(workflow.trigger_ids.key, 't1')
        self.assertEqual(message.edge_ids.target_id, call)

    def test_each_fault_is_told_with_its_path_and_leaves_nothing(self):
        before = self.counts()
        for path, value, sentence in BROKEN:
            with self.subTest(path=path, value=value):
                with self.assertRaises(UserError) as refused:
                    self.take(changed(path, value))
                self.assertIn(sentence, refused.exception.args[0])
                self.assertNotIn('\n', refused.exception.args[0])
                self.assertEqual(self.counts(), before)

    def test_what_is_no_json_of_ours_is_refused(self):
        deep = '[' * 100 + ']' * 100
        for content, sentence in (
            ('', 'The file is not JSON'),
            ('{"name": "a", "name": "b"}', '"name" is there twice'),
            (
                '{"definition": {"steps": {"a": {}, "a": {}}}}',
                'definition/steps: "a" is there twice',
            ),
            ('{"version": NaN}', 'NaN is not a number of JSON'),
            ('[]', 'should be an object in braces'),
            (b'\xff\xfe{}', 'not text in UTF-8'),
            (f'{{"a": {deep}}}', 'nested too deep'),
            ('[' * 100_000, 'nested too deep'),
            ('"' + 'x' * document.MAX_SIZE + '"', 'too long'),
        ):
            with self.subTest(content=content[:40]):
                with self.assertRaises(UserError) as refused:
                    self.take(content)
                self.assertIn(sentence, refused.exception.args[0])

    def test_what_clinics_write_is_published_and_comes_back_the_same(self):
        self.env['healthcare.segment'].create({'name': "Test segment", 'domain': "[]"})
        self.env['ir.actions.server'].create(
            {
                'name': "Note the visit",
                'model_id': self.env['ir.model']._get('res.partner').id,
                'state': 'object_write',
                'update_path': 'comment',
                'value': "seen",
            }
        )
        written = [path.read_text(encoding='utf-8') for path in WRITTEN]
        kinds = set()
        # others start the one that only starts by hand
        for text in sorted(written, key=lambda text: '"workflow":' in text):
            with self.subTest(name=json.loads(text)['name']):
                workflow = self.take(text)
                workflow.action_publish()
                exported = workflow._export_document()
                again = self.take(json.dumps(exported))
                again.action_publish()
                self.assertEqual(again.version_id.checksum, workflow.version_id.checksum)
                self.assertEqual(again._export_document(), exported)
                again.action_archive()
                definition = exported['definition']
                for part in ('steps', 'triggers'):
                    kinds |= {(part, one['kind']) for one in definition[part].values()}
        self.assertEqual(
            kinds,
            {('steps', kind) for kind in STEPS} | {('triggers', kind) for kind in TRIGGERS},
        )

    def test_whole_numbers_may_have_a_point_and_hours_one_digit(self):
        text = json.dumps(
            changed(
                ('definition', 'guards'), {'priority': 2, 'quiet': {'from': '9:00', 'to': '21:00'}}
            )
        ).replace('"priority": 2', '"priority": 2.0')
        guards = self.take(text)._export_document()['definition']['guards']
        self.assertEqual(guards['priority'], 2)
        self.assertEqual(guards['quiet']['from'], '09:00')

    def test_a_survey_is_not_made_twice_for_what_need_not_be_said(self):
        question = {
            'title': "How?",
            'required': False,
            'answers': [{'text': "Well", 'score': 0, 'red_flag': False}],
        }
        scale = {'title': "How much?", 'type': 'scale'}
        content = changed(('definition', 'steps', 'last'), asking(question, scale))
        first, second = self.take(content), self.take(content)
        self.assertTrue(first.step_ids.survey_id)
        self.assertEqual(first.step_ids.survey_id, second.step_ids.survey_id)

    def test_a_survey_nobody_can_answer_is_warned_of(self):
        step = asking({'title': "How?", 'answers': [{'text': "Well"}]})
        for body, codes in (("Please answer.", ['no_survey_link']), ("{survey_link}", [])):
            step['templates'] = {'email': {'subject': "Hello", 'body': body}}
            workflow = self.take(changed(('definition', 'steps', 'last'), step))
            found = [one.code for one in workflow._get_problems() if 'survey' in one.code]
            self.assertEqual(found, codes)

    def test_every_pattern_of_the_schema_is_told_in_words(self):
        patterns = set()

        def collect(node):
            if isinstance(node, dict):
                if isinstance(node.get('pattern'), str):
                    patterns.add(node['pattern'])
                node = node.values()
            elif not isinstance(node, list):
                return
            for one in node:
                collect(one)

        collect(document.validator().schema)
        self.assertEqual(patterns, set(document.PATTERNS))

    def test_half_a_condition_does_not_take_the_clinic_for_its_other_half(self):
        workflow = self.workflow(entry_domain="['|', ('id', '>', 0)]")
        self.assertEqual(workflow._to_definition()['entry'], ['|', ['id', '>', 0]])
        with self.assertRaises(UserError):
            workflow.action_publish()

    def test_it_is_told_in_the_users_language(self):
        workflows = self.env['healthcare.workflow'].with_context(lang='zh_TW')
        with self.assertRaises(UserError) as refused:
            workflows._import_document(changed(('definition', 'steps', 'call', 'role'), 'pilot'))
        self.assertTrue(refused.exception.args[0].startswith('definition/steps/call/role: "pilot"'))

    def test_a_plain_text_is_in_the_language_of_the_clinic(self):
        self.env.company.partner_id.lang = 'vi_VN'
        content = changed(('name',), "Nhắc hẹn")
        workflow = self.take(content)
        self.assertEqual(workflow.with_context(lang='vi_VN').name, "Nhắc hẹn")
        template = workflow.step_ids[0].template_ids
        self.assertIn('vi_VN', document_texts(workflow)['sms']['body'])
        self.assertIn('zh_TW', template._get_missing_languages().mapped('code'))

    def test_templates_come_with_every_language_and_are_not_made_twice(self):
        texts = {
            'en_US': "Come",
            'zh_TW': "請來",
            'zh_CN': "请来",
            'vi_VN': "Mời đến",
            'ja_JP': "来て",
        }
        content = changed(('definition', 'steps', 'remind', 'templates', 'sms', 'body'), texts)
        first, second = self.take(content), self.take(content)
        template = first.step_ids[0].template_ids
        self.assertFalse(template._get_missing_languages())
        self.assertEqual(template.with_context(lang='zh_CN').body, "请来")
        self.assertEqual(second.step_ids[0].template_ids, template)
        self.assertNotIn('ja_JP', document_texts(first)['sms']['body'])

    def test_what_is_missing_may_be_left_for_the_administrator(self):
        content = changed(('definition', 'steps', 'remind', 'purpose'), 'spam')
        workflow = self.env['healthcare.workflow']._import_document(content, lenient=True)
        self.assertFalse(workflow.step_ids[0].purpose_id)
        self.assertTrue(workflow.has_errors)

    def test_only_a_clinic_administrator_imports_and_exports(self):
        content = self.workflow()._export_document()
        nurse = new_test_user(self.env, 'doc_nurse', groups='healthcare_crm.group_nurse')
        workflows = self.env['healthcare.workflow'].with_user(nurse)
        with self.assertRaises(AccessError):
            workflows._import_document(content)
        with self.assertRaises(AccessError):
            workflows.search([], limit=1).action_export()
        admin = new_test_user(
            self.env, 'doc_admin', groups='healthcare_crm.group_clinic_administrator'
        )
        for model in ('survey.survey', 'survey.question.answer', 'ir.actions.server'):
            self.env[model].with_user(admin).name_search('')  # the form offers them
        workflow = workflows.with_user(admin)._import_document(content)
        self.assertFalse(workflow.has_errors, workflow.problem_html)
        name, _query, _url = workflow.action_export()['url'].rpartition('?')
        self.assertTrue(name.endswith('.json'), name)
        self.assertIn(b'healthcare-workflow', base64.b64decode(workflow.export_file))

    def test_a_file_is_looked_at_before_it_is_imported(self):
        # the look has a transaction of its own
        self.enterContext(self.enter_registry_test_mode())
        before = self.counts()
        wizard = Form(self.env['healthcare.workflow.import'])
        wizard.file = base64.b64encode(json.dumps(changed(('version',), 7)).encode())
        self.assertIn('version: 7', wizard.problem)
        wizard.file = base64.b64encode(json.dumps(GOOD).encode())
        self.assertEqual((wizard.workflow_name, wizard.problem), ("Remind", False))
        self.assertIn('call', wizard.step_names)
        self.assertEqual(self.counts(), before)
        action = wizard.save().action_import()
        workflow = self.env['healthcare.workflow'].browse(action['res_id'])
        self.assertEqual(workflow.state, 'draft')

    def test_examples_of_the_documentation_hold(self):
        whole, *fragments = (
            json.loads(text)
            for text in re.findall(r'```json\n(.*?)```', DOCS.read_text(encoding='utf-8'), re.S)
        )
        self.assertEqual(document.check(whole), None)
        kinds = {'steps': set(), 'triggers': set()}
        for values in fragments:
            part = 'steps' if values['kind'] in STEPS else 'triggers'
            kinds[part].add(values['kind'])
            content = copy.deepcopy(GOOD)
            if part == 'triggers':
                content['definition']['triggers'] = {'t1': values}
            else:
                targets = {
                    target
                    for one in values.get('next', {}).values()
                    for target in ([one] if isinstance(one, str) else one or ())
                }
                content['definition']['steps'] = {'it': values} | {
                    key: {'kind': 'end'} for key in targets - {'it'}
                }
            with self.subTest(example=values):
                document.check(content)
        self.assertEqual(kinds, {'steps': set(STEPS), 'triggers': set(TRIGGERS)})


def document_texts(workflow):
    """Return the texts of a workflow's first step as they are exported."""
    return workflow._export_document()['definition']['steps']['remind']['templates']
