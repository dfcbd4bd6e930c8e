from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..engine import graph
from .common import NOW, FollowupCase

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
#: What a page may cost, whatever is on it.
QUERIES = 14


class TimelineCase(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env, f'timeline_{role}', f'healthcare_crm.group_{role}', lang='en_US'
            )
            for role in ('reception', 'nurse', 'marketing', 'quality', 'clinic_administrator')
        }

    def message(self, patient, **values):
        """Enter a contact in the ledger, an hour ago unless told otherwise."""
        given = {
            'patient_id': patient.id,
            'channel': 'sms',
            'status': 'delivered',
            'purpose_id': self.reminder.id,
            'date': self.env.cr.now() - HOUR,
        }
        return self.env['healthcare.communication'].create(given | values)

    def look(self, patient, role='reception', **values):
        """Return a patient's timeline as somebody sees it."""
        self.env.flush_all()
        self.env.invalidate_all()
        return patient.with_user(self.users[role]).get_timeline(**values)

    def find(self, page, source, part='entries'):
        """Return the entries of one source."""
        return [one for one in page[part] if one['id'].startswith(f'{source}-')]


@tagged('post_install', '-at_install')
class TestTimelineContent(TimelineCase):
    def test_what_was_sent_and_what_was_not(self):
        patient = self.patient(consents=())
        self.message(patient, status='suppressed', reason='no_consent')
        seen = self.message(patient, body="Come tomorrow", opened_at=NOW)
        self.message(patient, direction='in', status='received', body="Yes")
        page = self.look(patient)
        received, delivered, refused = self.find(page, 'message')
        self.assertEqual(
            refused['title'], "Appointment reminder by SMS not sent: no consent on file for SMS"
        )
        self.assertEqual(refused['badge'], {'label': "Not sent", 'tone': 'warning'})
        self.assertEqual(refused['advice']['action'], 'consent')
        self.assertIn("record the answer", refused['advice']['text'])
        self.assertFalse(refused['more'])
        self.assertEqual(delivered['badge']['label'], "Delivered")
        self.assertIn("opened", delivered['detail'])
        self.assertFalse(delivered['advice'])
        self.assertEqual(
            delivered['more'],
            {'model': seen._name, 'id': seen.id, 'fields': ['subject', 'body']},
        )
        self.assertNotIn("Come tomorrow", str(page), "words are read when somebody asks for them")
        self.assertEqual(received['title'], "Received from the patient by SMS")

    def test_every_reason_with_something_to_do_is_said(self):
        patient = self.patient()
        reasons = dict(self.env['healthcare.communication']._fields['reason'].selection)
        for reason in reasons:
            self.message(patient, status='failed', reason=reason)
        entries = self.find(self.look(patient), 'message')
        self.assertEqual(len(entries), len(reasons))
        for one in entries:
            self.assertIn("not sent: ", one['title'])

    def test_calls_and_tasks(self):
        patient = self.patient()
        task = self.env['healthcare.care.task'].create(
            {'name': "Ask how it goes", 'patient_id': patient.id, 'note': "Wears a hearing aid"}
        )
        open_one = task.copy({'name': "Again", 'window_end': self.env.cr.now() - DAY})
        task.with_user(self.users['reception']).action_no_answer()
        page = self.look(patient)
        (done,) = self.find(page, 'task')
        self.assertEqual(done['title'], "Phone call: Ask how it goes")
        self.assertEqual(done['badge']['label'], "No answer")
        self.assertIn("timeline_reception", done['detail'])
        self.assertEqual(done['advice']['action'], 'call')
        self.assertEqual(done['more']['fields'], ['note'])
        self.assertFalse(self.find(page, 'message'), "the call is told once")
        (planned,) = self.find(page, 'task', 'planned')
        self.assertEqual(planned['id'], f'task-{open_one.id}')
        self.assertEqual(planned['badge'], {'label': "Overdue", 'tone': 'danger'})
        self.assertIn("Reception", planned['detail'])

    def test_who_may_not_see_tasks_sees_the_call(self):
        patient = self.patient()
        task = self.env['healthcare.care.task'].create({'name': "Ask", 'patient_id': patient.id})
        task.with_user(self.users['reception']).action_no_answer()
        page = self.look(patient, 'marketing')
        self.assertFalse(self.find(page, 'task'))
        self.assertEqual(len(self.find(page, 'message')), 1)

    def test_appointments_and_what_the_patient_answered(self):
        patient, now = self.patient(), self.env.cr.now()
        service = self.env['healthcare.service'].create({'name': "Check-up"})
        past = self.appointment(patient, now - 9 * DAY, service_id=service.id)
        past.appointment_status = 'noshow'
        gone = self.appointment(patient, now + 9 * DAY)
        gone.with_context(cancellation_reason='patient').action_cancel()
        coming = self.appointment(patient, now + 2 * DAY)
        coming._patient_confirm()
        self.appointment(patient, now + 3 * DAY)
        page = self.look(patient)
        cancelled, missed = self.find(page, 'appointment')
        self.assertEqual(missed['title'], "Appointment: Check-up")
        self.assertEqual(missed['badge'], {'label': "No-show", 'tone': 'danger'})
        self.assertIn("Dr Lin", missed['detail'])
        self.assertEqual(cancelled['id'], f'appointment-{gone.id}')
        self.assertLess(cancelled['date'], str(now + DAY), "told when it was cancelled")
        self.assertIn("cancelled by: Patient", cancelled['detail'])
        confirmed, open_one = self.find(page, 'appointment', 'planned')
        self.assertEqual(confirmed['badge'], {'label': "Confirmed", 'tone': 'success'})
        self.assertIn("Link", confirmed['detail'])
        self.assertEqual(open_one['badge']['label'], "Booked")

    def test_consents_given_and_withdrawn(self):
        patient = self.patient(consents=('sms',), refused=('email',))
        refused, given = self.find(self.look(patient), 'consent')
        self.assertEqual(given['title'], "Appointment reminder by SMS")
        self.assertEqual(given['badge'], {'label': "Agreed", 'tone': 'success'})
        self.assertIn("In person", given['detail'])
        self.assertEqual(refused['badge'], {'label': "Refused", 'tone': 'danger'})

    def test_a_score_is_for_those_who_treat_the_patient(self):
        patient = self.patient()
        survey = self.env['survey.survey'].create(
            {'title': "Pain", 'scoring_type': 'scoring_without_answers'}
        )
        self.env['survey.user_input'].create(
            {
                'survey_id': survey.id,
                'partner_id': patient.id,
                'state': 'done',
                'is_red_flag': True,
            }
        )
        for role, badge, score in (
            ('nurse', "Alarming answer", True),
            ('reception', "Answered", False),
            ('clinic_administrator', "Answered", False),
        ):
            (entry,) = self.find(self.look(patient, role), 'survey')
            with self.subTest(role=role):
                self.assertEqual(entry['title'], "Questionnaire answered: Pain")
                self.assertEqual(entry['badge']['label'], badge)
                self.assertEqual("Score" in entry['detail'], score)

    def test_workflows_entered_and_left_with_the_reason(self):
        patient = self.patient()
        flow = self.workflow(name="Remind")
        flow._publish(NOW)
        visit = self.appointment(patient)
        self.go(NOW)
        page = self.look(patient)
        (entered,) = self.find(page, 'enrolled')
        self.assertEqual(entered['title'], "Entered “Remind”")
        self.assertEqual(entered['detail'], "A date comes near, or has passed")
        self.assertFalse(self.find(page, 'left'))
        visit.action_cancel()
        self.go(NOW)
        page = self.look(patient)
        (left,) = self.find(page, 'left')
        self.assertEqual(
            (left['title'], left['detail']), ("Left “Remind”", "Appointment cancelled")
        )
        self.assertFalse(self.find(page, 'place', 'planned'))

    def test_in_the_readers_language(self):
        patient = self.patient()
        self.message(patient)
        page = self.look(patient.with_context(lang='zh_TW'))
        self.assertFalse(page['entries'][0]['title'].isascii())


@tagged('post_install', '-at_install')
class TestTimelinePlanned(TimelineCase):
    def remind(self, patient, before=24, **values):
        """Put a patient before a message that is due some hours before a coming visit."""
        step = {
            'kind': 'message',
            'name': "Reminder",
            'purpose': self.reminder.id,
            'channels': ['sms', 'email'],
            'templates': {
                'sms': {'body': {'en_US': "x"}},
                'email': {'subject': {'en_US': "x"}, 'body': {'en_US': "x"}},
            },
            'next': {},
        }
        flow = self.publish(
            {
                'schema': graph.SCHEMA,
                'subject': 'calendar.event',
                'tz': 'Asia/Taipei',
                'triggers': {
                    't1': {'kind': 'date', 'field': 'start', 'amount': -before, 'unit': 'hours'}
                },
                'entry': [],
                'start': 'first',
                'steps': {'first': step},
            }
            | values
        )
        self.appointment(patient, NOW + 3 * DAY)
        self.go(NOW)
        return flow

    def place(self, patient, role='reception'):
        (place,) = self.find(self.look(patient, role), 'place', 'planned')
        return place

    def test_what_comes_next_and_when(self):
        patient = self.patient()
        self.remind(patient)
        place = self.place(patient)
        self.assertEqual(place['title'], "Next: “Reminder”")
        self.assertEqual(place['date'], str(NOW + 2 * DAY))
        self.assertIn("would go by SMS", place['detail'])
        self.assertIn("By hand", place['detail'])  # the workflow's name

    def test_it_would_not_be_sent(self):
        patient = self.patient(consents=())
        self.remind(patient)
        place = self.place(patient)
        self.assertIn("would not be sent: no consent on file for", place['detail'])
        self.assertEqual(place['advice']['action'], 'consent')

    def test_it_would_wait_until_the_morning(self):
        self.env.company.write({'healthcare_quiet_from': 0, 'healthcare_quiet_to': 23.5})
        patient = self.patient(tz='Asia/Taipei')
        self.remind(patient)
        self.assertIn("quiet hours", self.place(patient)['detail'])

    def test_after_a_wait(self):
        patient = self.patient()
        wait = {'kind': 'wait', 'name': "Pause", 'amount': 1, 'unit': 'days'}
        steps = {
            'first': wait | {'next': {'done': 'call'}},
            'call': {
                'kind': 'care_task',
                'name': "Call",
                'task': 'call',
                'role': 'nurse',
                'hours': 24,
                'next': {},
            },
        }
        self.remind(patient, steps=steps, before=72)
        self.assertEqual(self.place(patient)['title'], "Next: “Call”")

    def test_waiting_for_something_to_happen(self):
        patient = self.patient()
        wait = {
            'kind': 'wait',
            'name': "Booked?",
            'event': 'appointment_booked',
            'amount': 7,
            'unit': 'days',
            'next': {},
        }
        self.remind(patient, steps={'first': wait}, before=72)
        self.assertEqual(self.place(patient)['title'], "Waits for: Appointment booked")

    def test_a_paused_workflow(self):
        patient = self.patient()
        self.remind(patient).state = 'paused'
        self.assertEqual(self.place(patient)['badge']['label'], "Workflow is paused")

    def test_a_step_that_failed(self):
        patient = self.patient()
        self.remind(patient)
        patient.enrollment_ids.token_ids.state = 'incident'
        self.assertEqual(self.place(patient)['badge']['label'], "Needs a person")

    def test_a_message_that_waits(self):
        patient = self.patient()
        self.message(patient, status='queued', reason='quiet_hours', due_at=NOW)
        page = self.look(patient)
        self.assertFalse(self.find(page, 'message'))
        (waiting,) = self.find(page, 'message', 'planned')
        self.assertIn("quiet hours", waiting['title'])
        self.assertEqual(waiting['date'], str(NOW))


@tagged('post_install', '-at_install')
class TestTimelinePages(TimelineCase):
    def fill(self, patient, number=30):
        now = self.env.cr.now()
        moments = [now - (index // 2) * HOUR for index in range(number)]  # two at the same time
        self.env['healthcare.communication'].create(
            [
                {
                    'patient_id': patient.id,
                    'channel': 'sms',
                    'status': 'sent',
                    'purpose_id': self.reminder.id,
                    'date': moment,
                }
                for moment in moments
            ]
        )
        for index in range(10):
            self.appointment(patient, now - (index + 1) * DAY)

    def test_every_entry_comes_once(self):
        patient = self.patient()
        self.fill(patient)
        everything = self.look(patient, limit=200)
        self.assertFalse(everything['next'])
        pages, before = [], None
        while before is not False:
            page = self.look(patient, limit=7, before=before)
            self.assertEqual('planned' in page, before is None)
            pages += page['entries']
            before = page['next']
        self.assertEqual([one['id'] for one in pages], [one['id'] for one in everything['entries']])
        dates = [one['date'] for one in pages]
        self.assertEqual(dates, sorted(dates, reverse=True))

    def test_only_some_kinds(self):
        patient = self.patient()
        self.fill(patient, 4)
        page = self.look(patient, kinds=['appointment', 'consent'])
        self.assertEqual({one['kind'] for one in page['entries']}, {'appointment', 'consent'})
        self.assertFalse(self.look(patient, kinds=['survey'])['entries'])

    def test_a_page_takes_few_queries(self):
        patient = self.patient(consents=('email',))
        self.fill(patient)
        flow = self.workflow(name="Remind")
        flow._publish(NOW)
        self.appointment(patient)
        self.go(NOW)
        task = self.env['healthcare.care.task'].create({'name': "Ask", 'patient_id': patient.id})
        self.message(patient, status='queued')
        task.copy().with_user(self.users['reception']).action_reached()
        self.look(patient)  # what every page of the server shares is read already
        reader = patient.with_user(self.users['reception'])
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        page = reader.get_timeline(limit=50)
        count = self.env.cr.sql_log_count - before
        self.assertTrue(self.find(page, 'message', 'planned'))
        self.assertTrue(self.find(page, 'place', 'planned'))
        self.assertLessEqual(count, QUERIES)
        following = self.look(patient, limit=5)['next']
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        reader.get_timeline(limit=5, before=following)
        self.assertLessEqual(self.env.cr.sql_log_count - before, QUERIES)

    def test_who_may_not(self):
        patient = self.patient()
        employee = new_test_user(self.env, 'timeline_employee', 'base.group_user')
        with self.assertRaises(AccessError):
            patient.with_user(employee).get_timeline()
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        patient.company_id = self.env.company
        stranger = new_test_user(
            self.env,
            'timeline_stranger',
            'healthcare_crm.group_nurse',
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        with self.assertRaises(AccessError):
            patient.with_user(stranger).get_timeline()

    def test_nothing_of_another_clinic(self):
        patient = self.patient()  # of no clinic in particular
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        mine = self.appointment(patient, self.env.cr.now() - DAY)
        self.appointment(
            patient, self.env.cr.now() - DAY, company_id=elsewhere.id, practitioner_id=False
        )
        self.env['healthcare.care.task'].create(
            {'name': "Theirs", 'patient_id': patient.id, 'company_id': elsewhere.id}
        )
        page = self.look(patient)
        self.assertEqual(
            [one['id'] for one in self.find(page, 'appointment')], [f'appointment-{mine.id}']
        )
        self.assertFalse(self.find(page, 'task', 'planned'))

    def test_what_can_be_done(self):
        patient = self.patient()
        page = self.look(patient)
        self.assertEqual(page['phone'], patient.phone)
        self.assertTrue(page['is_staff'])
        self.assertFalse(self.look(patient, 'marketing')['is_staff'])
        action = patient.action_view_timeline()
        self.assertEqual(action['context']['active_id'], patient.id)
