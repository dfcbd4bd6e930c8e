"""Every workflow of the gallery: sound as a file, installed by a clinic administrator in each
language, and played with a fake clock.

``tests/gallery/<code>.json`` is a list of scenarios; a new one needs no code::

    [{
        "description": "what it shows, one sentence",
        "now": "2030-01-07 09:00",
        "with": ["satisfaction_survey"],
        "patients": {"An": {"lang": "vi_VN", "birth_date": "-8y", "guardian_id": "Mai",
                            "consents": {"reminder": ["email", "sms"]},
                            "refused": {"reminder": ["call"]}}},
        "records": {"visit": {"model": "calendar.event", "patient_id": "An", "start": "+3d 10:00"}},
        "clock": [
            {"at": "visit.start -20h", "confirm": ["visit"]},
            {"at": "visit.start +1d", "expected": {"An": {"tasks": []}}}
        ],
        "expected": {"An": {"ledger": [{"channel": "email", "status": "sent", "lang": "vi_VN",
                                        "at": "visit.start -24h", "words": ["An"]}],
                            "tasks": [],
                            "enrollments": [{"state": "done", "goal": true}]}}
    }]

**Moments** (``now``, ``at``, and every value of a date field) are in the time of Taipei: where to
begin (``record.field``, a day ``2030-02-01``, or nothing: the scenario's beginning), how much later
(``+3d``; ``min``, ``h``, ``d``, ``w``, ``mo``, ``y``), and the time of that day (``10:00``); each
part may be left out. The beginning is 7 January 2030, a Monday, 09:00, unless ``now`` says another.

**With** names other workflows of the gallery that run as well; what they do is not looked at below.

**Patients** have a language (``en_US``), an e-mail address, a phone and agree to every purpose on
``email`` and ``sms``, unless ``consents`` says to which; any field of ``res.partner`` may be given.
**Records** are of any ``model``; the workflow is published after they are made. A value of a link
is the name of a patient or record of the scenario, or else a name in the database. An appointment
is half an hour with a practitioner unless it says more.

**Clock**: the engine runs up to ``at``, then all that the entry says happens, then it runs again:

* ``create`` {name: values as in records}, ``patient`` {name: a new one, as in patients}, ``write``
  {name of a record or patient: values};
* ``confirm``, ``cancel`` [appointments]: the patient does so by the link in a message;
* ``reply`` {patient: text}, ``report`` {patient: "delivered" or "failed"}, ``seen`` {patient:
  "opened" or "clicked"}: of the last message that went out;
* ``sending`` ["failed", …]: how the provider answers the next messages;
* ``task`` {patient: outcome}: staff finish the patient's newest open task of the workflow;
* ``survey`` {patient: [answers]}: the last survey, each answer the English words of one, or
  {"question", "answer"} with the English question and what is typed or chosen;
* ``consent`` {patient: {"permit" or "deny": {purpose: [channels]}}};
* ``enroll`` [records or patients]: by hand, which also stands for a hook;
* ``happens`` {record or patient: code}: tells the engine of any other happening;
* ``expected`` as at the end; it is looked at when all else of the entry has happened.

**Expected**, per patient: ``ledger`` (messages out, oldest first, and calls that had to be left),
``tasks`` and ``enrollments``.
Each is the whole list; of each entry only the fields that it names are looked at, of the record by
their own names, and of a message also ``words`` (all of them in subject or body), ``step`` (key),
``at`` (when it was sent), of a task ``name`` in English, of an enrollment ``goal`` (reached or
not).
"""

import json
import re
from datetime import datetime, timedelta
from itertools import count
from unittest.mock import patch

import pytz
from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from jsonschema import Draft202012Validator

from odoo.tests import new_test_user, tagged
from odoo.tools import file_open

from .. import gallery
from ..channels import CHANNEL_ADAPTERS, Answer
from ..engine import clock, dispatch, document, tick
from ..engine.placeholders import PLACEHOLDERS
from ..engine.steps.registry import next_of
from .common import FollowupCase

BEGINNING = '2030-01-07 09:00'
TAIPEI = pytz.timezone('Asia/Taipei')
#: (where to begin)? (how much later)? (time of day)?
MOMENT = re.compile(
    r'^(?:(?P<record>[A-Za-z_]\w*)\.(?P<field>\w+)|(?P<day>\d{4}-\d\d-\d\d))?'
    r'\s*(?P<amount>[+-]\d+(?P<unit>min|h|d|w|mo|y))?\s*(?P<time>\d\d:\d\d)?$'
)
UNITS = {'min': 'minutes', 'h': 'hours', 'd': 'days', 'w': 'weeks', 'mo': 'months', 'y': 'years'}
#: The texts of a definition that are for patients or staff to read, wherever they stand.
TEXT_KEYS = {'name', 'subject', 'body', 'instruction', 'title', 'text'}
PLACEHOLDER = re.compile(r'\{(\w+)\}')
#: As long as the values of placeholders usually are; a link is cut short by the provider's own.
LENGTHS = {'en_US': 18, 'zh_TW': 8, 'zh_CN': 8, 'vi_VN': 18}
#: The most characters of an SMS, links left out: one part, in Vietnamese three.
SMS_LENGTHS = {'en_US': 160, 'zh_TW': 70, 'zh_CN': 70, 'vi_VN': 201}
#: What nobody who holds the phone should learn: in no SMS and in no subject line.
CLINICAL_WORDS = {
    'en_US': r'\b(diabet|hypertens|blood|pregnan|cancer|tumou?r|hiv\b|surg|operation|wound|biops'
    r'|vaccin|jab\b|prescri|medic(?!al cent)|drug|tablet|diagnos|therap|treatment|test result'
    r'|crown|lens\b|disease|illness|chemo|insulin|birth\b|baby)',
    'zh_TW': '糖尿|血糖|血壓|懷孕|孕|產檢|癌|腫瘤|愛滋|手術|開刀|傷口|切片|疫苗|接種|藥|處方|診斷'
    '|療程|治療|抽血|驗血|報告|病情|慢性病|假牙|牙冠|鏡片|化療|胰島素',
    'zh_CN': '糖尿|血糖|血压|怀孕|孕|产检|癌|肿瘤|艾滋|手术|开刀|伤口|切片|疫苗|接种|药|处方|诊断'
    '|疗程|治疗|抽血|验血|报告|病情|慢性病|假牙|牙冠|镜片|化疗|胰岛素',
    'vi_VN': r'\b(tiểu đường|đái tháo đường|huyết áp|đường huyết|thai|ung thư|khối u|hiv\b'
    r'|phẫu thuật|mổ\b|vết thương|vết mổ|sinh thiết|vắc[- ]?xin|tiêm'
    r'|thuốc|đơn thuốc|chẩn đoán|điều trị|xét nghiệm|liệu trình|bệnh lý|mãn tính|mạn tính|mão răng'
    r'|tròng kính|hóa trị|insulin)',
}


def scenarios_of_all():
    """Return the paths of the scenarios of every addon."""
    places = [directory.parent / 'tests' / 'gallery' for directory in gallery.DIRECTORIES]
    return [path for place in places for path in place.glob('*.json')]


def is_text(node):
    """Say whether ``node`` is {language: text}."""
    return isinstance(node, dict) and bool(node) and set(node) <= set(gallery.LANGUAGES)


def texts(node, path=''):
    """Yield (path, {language: text}) of every text below ``node``."""
    if is_text(node):
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from texts(value, f'{path}/{key}')
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from texts(value, f'{path}/{index}')


def plain_texts(node, path=''):
    """Yield the path of every text that should be in all languages and is in none."""
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in children:
        if key in TEXT_KEYS and isinstance(value, str) and path != '/definition':
            yield f'{path}/{key}'
        elif isinstance(value, (dict, list)) and not is_text(value):
            yield from plain_texts(value, f'{path}/{key}')


def steps_of(item):
    """Return the steps of a gallery item."""
    return item['document']['definition']['steps']


def words_seen(item):
    """Yield (path, {language: text}) of what is read by whoever holds the phone."""
    for key, step in steps_of(item).items():
        for channel, template in step.get('templates', {}).items():
            if channel == 'sms':
                yield f'{key}/sms', template['body']
            if 'subject' in template:
                yield f'{key}/{channel}/subject', template['subject']


def length(text, lang):
    """Return how long a text about is once its placeholders are filled, links left out."""
    without_links = re.sub(r'\s*\{\w+_link\}', '', text)
    return len(PLACEHOLDER.sub('x' * LENGTHS[lang], without_links))


@tagged('post_install', '-at_install')
class TestGalleryFiles(FollowupCase):
    """The files, as they are written."""

    def each(self):
        """Yield every item in a subtest of its own."""
        for code, item in gallery.items().items():
            with self.subTest(gallery=code):
                yield item

    def test_they_are_of_the_schema_and_say_everything_in_every_language(self):
        path = 'healthcare_crm_followup/static/schema/healthcare-workflow-gallery.json'
        with file_open(path) as schema:
            validator = Draft202012Validator(json.load(schema))
        for item in self.each():
            self.assertEqual([error.message for error in validator.iter_errors(item)], [])
            self.assertEqual(list(plain_texts(item['document'])), [])
            for at, text in texts(item):
                self.assertEqual(set(text), set(gallery.LANGUAGES), at)
                self.assertTrue(all(one.strip() for one in text.values()), at)
                used = {frozenset(PLACEHOLDER.findall(one)) for one in text.values()}
                self.assertEqual(len(used), 1, f'{at}: not the same placeholders: {used}')
                self.assertLessEqual(used.pop(), set(PLACEHOLDERS), at)

    def test_a_file_is_called_as_its_code_and_nothing_is_twice(self):
        paths = [path for one in gallery.DIRECTORIES for path in one.glob('*.json')]
        self.assertEqual(
            {path.stem for path in paths},
            {json.loads(path.read_text(encoding='utf-8'))['code'] for path in paths},
        )
        for path in paths:
            with self.subTest(gallery=path.stem):
                document.parse(path.read_bytes())
        for what in ('name', 'sequence'):
            values = [str(item[what]) for item in gallery.items().values()]
            self.assertEqual(len(values), len(set(values)), what)

    def test_each_language_makes_an_exchange_document(self):
        for item in self.each():
            for lang in (*gallery.LANGUAGES, 'fr_FR'):
                document.check(gallery.localised(item, lang))

    def test_every_step_is_reached_and_has_a_name(self):
        for item in self.each():
            steps = steps_of(item)
            start = item['document']['definition'].get('start', next(iter(steps)))
            reached, ahead = set(), [start]
            while ahead:
                key = ahead.pop()
                if key not in reached:
                    reached.add(key)
                    ahead += [one for targets in next_of(steps[key]).values() for one in targets]
            self.assertEqual(set(steps) - reached, set())
            for key, step in steps.items():
                self.assertIn('name', step, key)

    def test_a_message_that_may_fail_says_what_then(self):
        for item in self.each():
            for key, step in steps_of(item).items():
                if step['kind'] in ('message', 'survey'):
                    self.assertIn('email', step['templates'], key)
                    self.assertIn('sms', step['templates'], key)
                if step['kind'] == 'survey':
                    self.assertIn('answered', step['next'], key)

    def test_an_sms_is_short_and_tells_who_writes(self):
        for item in self.each():
            for at, text in words_seen(item):
                if not at.endswith('/sms'):
                    continue
                for lang, words in text.items():
                    self.assertIn('{clinic}', words, f'{at} {lang}')
                    self.assertLessEqual(length(words, lang), SMS_LENGTHS[lang], f'{at} {lang}')

    def test_no_sms_and_no_subject_tells_of_an_illness(self):
        for item in self.each():
            for at, text in words_seen(item):
                for lang, words in text.items():
                    found = re.search(CLINICAL_WORDS[lang], words, re.IGNORECASE)
                    self.assertFalse(found, f'{at} {lang}: {found and found[0]}')

    def made(self, scenario):
        return [entry['patient'] for entry in scenario['clock'] if 'patient' in entry]

    def test_each_has_its_scenarios(self):
        self.assertEqual({path.stem for path in scenarios_of_all()}, set(gallery.items()))
        for path in scenarios_of_all():
            with self.subTest(gallery=path.stem):
                scenarios = json.loads(path.read_text(encoding='utf-8'))
                self.assertGreaterEqual(len(scenarios), 2)
                langs = {
                    patient.get('lang', 'en_US')
                    for scenario in scenarios
                    for entry in (scenario['patients'], *self.made(scenario))
                    for patient in entry.values()
                }
                self.assertGreaterEqual(len(langs), 2, "patients of at least two languages")


@tagged('post_install', '-at_install')
class TestGallery(FollowupCase):
    """The workflows, as a clinic gets and runs them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.purposes = {one.code: one for one in cls.env['healthcare.consent.purpose'].search([])}
        cls.admin = new_test_user(
            cls.env, 'gallery_admin', groups='healthcare_crm.group_clinic_administrator'
        )

    def workflows(self, lang='en_US'):
        """Return the workflows as the clinic administrator sees them."""
        return self.env['healthcare.workflow'].with_user(self.admin).with_context(lang=lang)

    # ------------------------------------------------------------ installing

    def test_an_administrator_adds_and_publishes_each_in_each_language(self):
        for code, item in gallery.items().items():
            with self.subTest(gallery=code):
                made = []
                for lang in gallery.LANGUAGES:
                    workflow = self.workflows(lang)._install_from_gallery(code)
                    self.assertEqual(workflow.name, item['name'][lang])
                    self.assertEqual((workflow.state, workflow.gallery_code), ('draft', code))
                    self.assertFalse(workflow.problem_html, workflow.problem_html)
                    first = steps_of(item)[workflow.step_ids[0].key]
                    self.assertEqual(workflow.step_ids[0].name, first['name'][lang])
                    workflow.action_publish()
                    self.assertEqual(workflow.state, 'published')
                    made.append((workflow.step_ids.template_ids, workflow.step_ids.survey_id.ids))
                    workflow.action_archive()
                self.assertEqual(made, made[:1] * len(made), "templates and surveys made twice")

    # ------------------------------------------------------------ scenarios

    def play_all(self, path):
        """Play every scenario of a file."""
        for scenario in json.loads(path.read_text(encoding='utf-8')):
            with self.subTest(scenario=scenario['description']), self.env.cr.savepoint():
                self.play(path.stem, scenario)
                # the next one starts from a clean board
                self.env['healthcare.workflow'].search([]).action_archive()

    def play(self, code, scenario):
        self.named, self.numbers = {}, count(1)
        self.answers.clear()
        self.now = self.beginning = self.local(
            datetime.strptime(scenario.get('now', BEGINNING), '%Y-%m-%d %H:%M')
        )
        with (
            freeze_time(self.now) as self.freezer,
            patch.dict(CHANNEL_ADAPTERS, self.channels),
        ):
            self.play_patient(scenario['patients'])
            for name, values in scenario.get('records', {}).items():
                self.play_create({name: values})
            self.env.flush_all()
            for other in scenario.get('with', ()):
                self.workflows()._install_from_gallery(other).action_publish()
            self.workflow_played = self.workflows()._install_from_gallery(code)
            self.workflow_played.action_publish()
            self.run_until(self.now)
            for entry in scenario['clock']:
                entry = dict(entry)
                self.run_until(self.moment(entry.pop('at')))
                expected = entry.pop('expected', {})
                for what, value in entry.items():
                    getattr(self, f'play_{what}')(value)
                self.run_until(self.now)
                self.check(expected)
            self.check(scenario['expected'])

    def check(self, expected):
        for name, wanted in expected.items():
            for what, entries in wanted.items():
                seen = getattr(self, f'seen_{what}')(self.named[name])
                told = '\n'.join([*map(str, seen), *self.seen_log(self.named[name])])
                self.assertEqual(
                    len(seen), len(entries), f'{name}: {len(seen)} {what}, at {self.now}\n{told}'
                )
                for place, (entry, found) in enumerate(zip(entries, seen, strict=True)):
                    for key, value in entry.items():
                        at = f'{name}: {what} {place} {key}'
                        if key == 'words':
                            for word in value:
                                self.assertIn(word, found['words'], at)
                        elif key == 'at':
                            self.assertEqual(found['at'], self.moment(value), f'{at}\n{told}')
                        else:
                            self.assertEqual(found[key], value, f'{at}\n{told}')

    # ------------------------------------------------------------ time

    def local(self, moment):
        """Return a moment of Taipei as the database has it."""
        return TAIPEI.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)

    def moment(self, text):
        """Return the moment that ``text`` tells; see the top of this file."""
        found = MOMENT.match(text.strip())
        self.assertTrue(found, f'no moment: {text}')
        begin = self.beginning
        if found['record']:
            begin = self.named[found['record']][found['field']]
        elif found['day']:
            begin = datetime.strptime(found['day'], '%Y-%m-%d').date()
        if not isinstance(begin, datetime):
            begin = self.local(datetime.combine(begin, datetime.min.time()))
        there = pytz.utc.localize(begin).astimezone(TAIPEI).replace(tzinfo=None)
        if found['amount']:
            amount = int(found['amount'].removesuffix(found['unit']))
            there += relativedelta(**{UNITS[found['unit']]: amount})
        if found['time']:
            hours, minutes = map(int, found['time'].split(':'))
            there = there.replace(hour=hours, minute=minutes)
        return self.local(there)

    def run_until(self, until):
        """Let time pass as the crons would: run the engine whenever something is due, and enroll
        once a day who is due by the calendar."""
        self.assertGreaterEqual(until, self.now, "the clock goes forward only")
        workflows = self.workflow_played.sudo()._get_running()
        dated = workflows.filtered(lambda workflow: workflow._has_horizon(self.now))
        self.run_engine(workflows)
        tomorrow = self.now + clock.DAY if dated else until
        while self.now < until:
            due = [tick.next_due(self.env), dispatch.next_due(self.env, self.channels)]
            soon = self.now + timedelta(minutes=1)
            ahead = min((max(one, soon) for one in due if one), default=until)
            self.now = min(ahead, tomorrow, until)
            self.freezer.move_to(self.now)
            if dated and self.now >= tomorrow:
                tomorrow = self.now + clock.DAY
                dated._sweep(self.now, self._no_commit)
            self.run_engine(workflows)

    def run_engine(self, workflows):
        self.env.flush_all()
        workflows._run_engine(self.now, self._no_commit)
        self.env.invalidate_all()

    # ------------------------------------------------------------ what happens

    def play_patient(self, by_name):
        # guardians first
        for name in sorted(by_name, key=lambda name: 'guardian_id' in by_name[name]):
            self.named[name] = self.make_patient(name, **by_name[name])

    def make_patient(self, name, consents=None, refused=None, **values):
        number = next(self.numbers)
        values = self.values_of('res.partner', values)
        patient = self.patient(
            name,
            **{
                'consents': (),
                'email': f'patient{number}@example.org',
                'phone': f'+886 912 345 {number:03}',
            }
            | values,
        )
        if consents is None:
            consents = dict.fromkeys(self.purposes, ('email', 'sms'))
        self.decide(patient, 'permit', consents)
        self.decide(patient, 'deny', refused or {})
        return patient

    def decide(self, patient, decision, by_purpose):
        self.env['healthcare.consent'].create(
            [
                {
                    'patient_id': patient.id,
                    'purpose_id': self.purposes[purpose].id,
                    'channel': channel,
                    'decision': decision,
                }
                for purpose, channels in by_purpose.items()
                for channel in channels
            ]
        )

    def values_of(self, model, values):
        """Return the values of a scenario as the ORM takes them."""
        found = {}
        for name, value in values.items():
            field = self.env[model]._fields[name]
            if field.relational and isinstance(value, str):
                found[name] = self.record_called(field.comodel_name, value).id
            elif field.relational and value:
                found[name] = [self.record_called(field.comodel_name, one).id for one in value]
            elif field.type == 'datetime' and value:
                found[name] = self.moment(value)
            elif field.type == 'date' and value:
                there = pytz.utc.localize(self.moment(value)).astimezone(TAIPEI)
                found[name] = there.date()
            else:
                found[name] = value
        return found

    def record_called(self, model, name):
        if name in self.named:
            return self.named[name]
        found = self.env[model].search([('name', '=', name)], limit=1)
        self.assertTrue(found, f'there is no {model} "{name}"')
        return found

    def play_create(self, by_name):
        for name, given in by_name.items():
            given = dict(given)
            model = given.pop('model')
            values = self.values_of(model, given)
            if model == 'calendar.event':
                patient = self.env['res.partner'].browse(values.pop('patient_id'))
                start = values.pop('start')
                self.named[name] = self.appointment(patient, start, **values)
            else:
                self.named[name] = self.env[model].create(values)

    def play_write(self, by_name):
        for name, values in by_name.items():
            record = self.named[name]
            values = self.values_of(record._name, values)
            if record._name == 'calendar.event' and 'start' in values:
                values.setdefault('stop', values['start'] + (record.stop - record.start))
            record.write(values)

    def play_confirm(self, names):
        for name in names:
            self.assertTrue(self.named[name]._patient_confirm())

    def play_cancel(self, names):
        for name in names:
            self.assertTrue(self.named[name]._patient_cancel())

    def last_message(self, name):
        found = self.ledger(self.named[name]).filtered(
            lambda row: row.direction == 'out' and row.status in ('sent', 'delivered')
        )[-1:]
        self.assertTrue(found, f'nothing went out to {name}')
        return found

    def play_reply(self, by_name):
        for name, text in by_name.items():
            message = self.last_message(name)
            values = {
                'channel': message.channel,
                'idempotency_key': f'test:{message.id}:{next(self.numbers)}',
                'address': message.address,
                'body': text,
                'is_sender_known': True,
            }
            message._file_reply(message, self.named[name], values)

    def play_report(self, by_name):
        for name, status in by_name.items():
            self.assertTrue(self.last_message(name)._take_report(status))

    def play_seen(self, by_name):
        for name, outcome in by_name.items():
            self.last_message(name)._set_seen(outcome)

    def play_sending(self, statuses):
        self.answers.extend(map(Answer, statuses))

    def play_task(self, by_name):
        for name, outcome in by_name.items():
            task = self.tasks(self.named[name]).filtered(
                lambda task: task.enrollment_id and task.state in ('requested', 'in-progress')
            )[-1:]
            self.assertTrue(task, f'no task is open for {name}')
            task._complete(outcome)

    def play_survey(self, by_name):
        """Answer as the survey's page does."""
        for name, chosen in by_name.items():
            answers = self.env['survey.user_input'].search(
                [('partner_id', '=', self.named[name].id)], order='id desc', limit=1
            )
            self.assertTrue(answers, f'{name} was asked nothing')
            answers._mark_in_progress()
            questions = answers.survey_id.with_context(lang='en_US').question_ids
            for one in chosen:
                said = {'answer': one} if isinstance(one, str) else one
                self.say(answers, questions, said)
            answers._mark_done()

    def say(self, answers, questions, said):
        asked = questions.filtered(lambda question: said.get('question') in (None, question.title))
        offered = asked.suggested_answer_ids.filtered(lambda answer: answer.value == said['answer'])
        if offered:
            answers._save_lines(offered.question_id, offered.id)
        else:
            self.assertIn('question', said, f'no answer is called {said["answer"]}')
            answers._save_lines(asked, said['answer'])

    def play_consent(self, by_name):
        for name, decisions in by_name.items():
            for decision, by_purpose in decisions.items():
                self.decide(self.named[name], decision, by_purpose)

    def play_enroll(self, names):
        for name in names:
            self.workflow_played._enroll(self.named[name], f'test:{next(self.numbers)}')

    def play_happens(self, by_name):
        for name, code in by_name.items():
            self.env['healthcare.workflow.event']._happened(code, self.named[name])

    # ------------------------------------------------------------ looking

    def seen_ledger(self, patient):
        steps = self.workflow_played.version_id.graph['steps']
        rows = self.ledger(patient).filtered(
            lambda row: (
                row.direction == 'out'
                and row.enrollment_id.workflow_id == self.workflow_played
                # the calls of tasks are looked at as tasks
                and (steps[row.step_key]['kind'] != 'care_task' or row.status == 'suppressed')
            )
        )
        return [
            {
                'step': row.step_key,
                'channel': row.channel,
                'status': row.status,
                'reason': row.reason or None,
                'lang': row.lang or None,
                'address': row.address or None,
                'at': row.sent_at or None,
                'words': f'{row.subject or ""}\n{row.body or ""}',
            }
            for row in rows
        ]

    def seen_tasks(self, patient):
        workflow = self.workflow_played._name
        return [
            {
                'name': task.name,
                'role': task.role,
                'task_type': task.task_type,
                'state': task.state,
                'priority': task.priority,
                'outcome': task.own_outcome or task.outcome or None,
                'step': task.step_key or None,
                'note': task.note or None,
            }
            for task in self.tasks(patient).with_context(lang='en_US')
            if task.enrollment_id.workflow_id in (self.workflow_played, task.env[workflow])
        ]

    def seen_log(self, patient):
        return [
            ' '.join(filter(None, (str(line.date), line.step_key, line.kind, line.outcome)))
            for line in self.enrollments(patient).log_ids.sorted('id')
        ]

    def seen_enrollments(self, patient):
        return [
            {
                'state': enrollment.state,
                'exit_reason': enrollment.exit_reason or None,
                'exit_detail': enrollment.exit_detail or None,
                'goal': bool(enrollment.goal_at),
            }
            for enrollment in self.enrollments(patient)
        ]

    def enrollments(self, patient):
        return patient.enrollment_ids.sorted('id').filtered(
            lambda enrollment: enrollment.workflow_id == self.workflow_played
        )


# a test for each file, so that one can be played alone: script/test addons -k reminder_24h
for file in sorted(scenarios_of_all()):
    setattr(TestGallery, f'test_{file.stem}', lambda self, path=file: self.play_all(path))
