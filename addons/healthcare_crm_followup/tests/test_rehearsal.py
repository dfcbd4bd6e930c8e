from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models import healthcare_workflow_rehearsal
from .common import FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestRehearsal(FollowupCase):
    """A clinic administrator plays a draft, and reads who would get what and when."""

    def setUp(self):
        super().setUp()
        self.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        self.administrator = new_test_user(
            self.env, 'simulating', groups='healthcare_crm.group_clinic_administrator'
        )
        self.now = fields.Datetime.now().replace(microsecond=0)
        self.flow = self.workflow().with_user(self.administrator)
        self.mail, self.call = self.flow.step_ids

    def play(self, patients=None, answers=None, days=30):
        """Play the workflow from now on."""
        return self.flow.simulate_play(
            fields.Datetime.to_string(self.now),
            fields.Datetime.to_string(self.now + days * DAY),
            patients and patients.ids,
            answers,
        )

    def seen(self, played):
        """Return [(days from now, patient, step, what)] of the lines."""
        return [
            (
                (fields.Datetime.to_datetime(line['at']) - self.now) / DAY,
                played['people'][line['who']].split(' (')[0],
                line['step'],
                line['text'],
            )
            for line in played['lines']
        ]

    def test_who_would_get_what_and_when(self):
        start = self.now + 3 * DAY
        self.appointment(self.patient("Written"), start)
        self.appointment(self.patient("Called", email=False), start + DAY)
        self.appointment(self.patient("Later"), start + 60 * DAY)
        played = self.play()
        self.assertEqual(
            self.seen(played)[:3],
            [
                (2, "Written", "E-mail", "would be sent: E-mail"),
                (3, "Called", "E-mail", "would not be sent: No address"),
                (3, "Called", "Call", "a task would be opened"),
            ],
        )
        self.assertEqual(
            [line['tone'] for line in played['lines'][:3]], ['sent', 'refused', 'task']
        )
        self.assertEqual((played['total'], played['played'], played['is_named']), (2, 2, True))
        self.assertFalse(self.flow.waiting_count)
        self.assertFalse(self.env['healthcare.communication'].search([('step_key', '!=', False)]))

    def test_a_chosen_patient_is_played_with_the_next_appointment(self):
        patient = self.patient("Chosen")
        visits = [self.appointment(patient, self.now + days * DAY) for days in (-5, 5, 9)]
        self.appointment(self.patient("Other"), self.now + 2 * DAY)
        played = self.play(patient)
        self.assertEqual({name for _days, name, _step, _what in self.seen(played)}, {"Chosen"})
        self.assertEqual(played['lines'][0]['at'], played['date_from'])
        self.assertEqual(played['lines'][0]['appointment_id'], visits[1].id)

    def test_who_has_only_past_appointments_is_played_with_the_last(self):
        patient = self.patient("Past")
        visits = [self.appointment(patient, self.now - days * DAY) for days in (9, 2, 30)]
        self.assertEqual(self.flow._get_played_ids(patient.ids, self.now), visits[1].ids)

    def test_what_cannot_be_played_is_said(self):
        with self.assertRaisesRegex(UserError, "at least one patient"):
            self.flow._get_played_ids([], self.now)
        with self.assertRaisesRegex(UserError, "nothing that the workflow is about"):
            self.play(self.patient("New"))
        with self.assertRaisesRegex(UserError, "after the beginning"):
            self.play(days=-1)
        with self.assertRaisesRegex(UserError, "a year"):
            self.play(days=400)
        self.flow.step_ids.unlink()
        with self.assertRaisesRegex(UserError, "first step"):
            self.play()

    def test_more_patients_than_anybody_follows_are_counted_only(self):
        for number in range(3):
            self.appointment(self.patient(f"Patient {number}"), self.now + (5 - number) * DAY)
        self.patch(healthcare_workflow_rehearsal, 'MAX_PATIENTS', 2)
        played = self.play()
        self.assertEqual((played['total'], played['played']), (3, 2))
        names = {name for _days, name, _step, _what in self.seen(played)}
        self.assertEqual(names, {"Patient 2", "Patient 1"}, "whose turn comes first")

    def test_people_answer_what_the_administrator_says(self):
        again = self.env['healthcare.workflow.step'].create(
            {'workflow_id': self.flow.id, 'name': "Try again", 'kind': 'wait', 'sequence': 30}
        )
        self.call._lead_to(again, 'no_answer')
        self.appointment(self.patient(email=False), self.now + 3 * DAY)
        (question,) = self.flow.simulate_questions()
        self.assertEqual((question['key'], question['name']), (self.call.key, "Call"))
        self.assertIn(['no_answer', "No answer"], question['answers'])
        self.assertNotIn('timeout', dict(question['answers']))
        steps = [step for _days, _name, step, _what in self.seen(self.play())]
        self.assertNotIn("Try again", steps)
        played = self.play(answers={self.call.key: 'no_answer'})
        self.assertIn("Try again", [step for _days, _name, step, _what in self.seen(played)])

    def test_the_words_are_in_the_patients_language(self):
        self.email_template.with_context(lang='vi_VN').write(
            {'subject': "Nhắc hẹn", 'body': "Chào {patient_name}: {confirm_link}"}
        )
        visit = self.appointment(self.patient("Hoa", lang='vi_VN'), self.now + 3 * DAY)
        line = self.play()['lines'][0]
        words = self.flow.simulate_words(
            line['key'], line['channel'], line['lang'], line['patient_id'], line['appointment_id']
        )
        self.assertEqual(line['appointment_id'], visit.id)
        self.assertEqual(
            (words['subject'], words['body']),
            ("Nhắc hẹn", "Chào Hoa: https://…"),
            "a link that works is for the patient alone",
        )
        self.assertIn("Vietnamese", words['lang'])

    def test_words_without_a_patient_keep_their_placeholders(self):
        words = self.flow.simulate_words(self.mail.key, 'email', 'en_US')
        self.assertIn('{patient_name}', words['body'])
        with self.assertRaises(UserError):
            self.flow.simulate_words(self.mail.key, 'letter', 'en_US')

    def test_health_data_one_may_not_see_is_played_without_names(self):
        self.appointment(self.patient("Secret"), self.now + 3 * DAY)
        self.patch(type(self.flow), '_reads_conditions', lambda _self, _definition: False)
        played = self.play()
        self.assertFalse(played['is_named'])
        self.assertEqual(list(played['people'].values()), ["Patient 1"])
        self.assertNotIn("Secret", str(played))
        self.assertNotIn('patient_id', played['lines'][0])
        self.assertNotIn('appointment_id', played['lines'][0])
        with self.assertRaisesRegex(UserError, "without names"):
            self.play(self.patient("Curious"))

    def test_a_preview_counts_by_day_and_by_step(self):
        self.appointment(self.patient("Written"), self.now + 3 * DAY)
        self.appointment(self.patient("Called", email=False), self.now + 3 * DAY)
        found = self.flow.preview_load()
        self.assertEqual((found['entering'], found['reached'], found['played']), (2, 2, 2))
        self.assertEqual(len(found['days']), 31)
        self.assertEqual(sum(number for _day, number in found['days']), 2)
        self.assertTrue(found['is_about_appointments'])
        mail, call = found['steps']
        self.assertEqual(
            {(way['text'], way['reason'], way['tone'], way['total']) for way in mail['ways']},
            {
                ("would be sent", "E-mail", 'sent', 1),
                ("would not be sent", "No address", 'refused', 1),
            },
        )
        self.assertEqual(call['ways'][0]['tone'], 'task')

    def test_a_preview_enrolls_nobody_twice(self):
        self.appointment(self.patient("Under way"), self.now + 3 * DAY)
        self.flow._publish(self.now)
        found = self.flow.preview_load()
        self.assertEqual((found['entering'], found['reached']), (0, 1))

    def test_only_a_clinic_administrator_plays(self):
        nurse = new_test_user(self.env, 'no_player', groups='healthcare_crm.group_nurse')
        flow = self.flow.with_user(nurse)
        for method in ('simulate_questions', 'preview_load'):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(flow, method)()
        with self.assertRaises(AccessError):
            flow.simulate_play('2026-01-01', '2026-01-02')
