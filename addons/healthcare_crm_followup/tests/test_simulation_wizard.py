from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..wizards import healthcare_workflow_simulation
from .common import FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestSimulationWizard(FollowupCase):
    """A clinic administrator plays a draft, and reads who would get what and when."""

    def setUp(self):
        super().setUp()
        self.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        self.administrator = new_test_user(
            self.env, 'simulating', groups='healthcare_crm.group_clinic_administrator'
        )
        self.now = fields.Datetime.now()
        self.flow = self.workflow().with_user(self.administrator)

    def play(self, **values):
        """Play the workflow as its administrator; return the page."""
        page = self.env['healthcare.workflow.simulation'].browse(
            self.flow.action_simulate()['res_id']
        )
        page = page.with_user(self.administrator)
        page.write(values)
        action = page.action_play()
        self.assertEqual(action['res_id'], page.id)
        return page

    def seen(self, page):
        """Return [(date, patient, step, what)] of the lines."""
        return [(line.date, line.patient_id.name, line.step, line.what) for line in page.line_ids]

    def test_who_would_get_what_and_when(self):
        start = self.now.replace(microsecond=0) + 3 * DAY
        self.appointment(self.patient("Written"), start)
        self.appointment(self.patient("Called", email=False), start + DAY)
        self.appointment(self.patient("Later"), start + 60 * DAY)
        page = self.play()
        self.assertEqual(
            self.seen(page)[:3],
            [
                (start - DAY, "Written", "E-mail", "would be sent: E-mail"),
                (start, "Called", "E-mail", "would not be sent: No address"),
                (start, "Called", "Call", "a task would be opened"),
            ],
        )
        self.assertNotIn("Later", page.line_ids.patient_id.mapped('name'))
        self.assertFalse(self.flow.waiting_count)
        self.assertFalse(self.env['healthcare.communication'].search([('step_key', '!=', False)]))

    def test_a_chosen_patient_is_played_with_the_next_appointment(self):
        patient = self.patient("Chosen")
        for days in (-5, 5, 9):
            self.appointment(patient, self.now + days * DAY)
        self.appointment(self.patient("Other"), self.now + 2 * DAY)
        page = self.play(whom='chosen', patient_ids=patient.ids)
        self.assertEqual(
            page._get_subject_ids(),
            self.env['calendar.event']
            .search([('patient_id', '=', patient.id), ('start', '>', self.now)], order='start')[:1]
            .ids,
        )
        self.assertEqual(page.line_ids.patient_id, patient)
        self.assertAlmostEqual(page.line_ids[0].date, page.date_from, delta=timedelta(seconds=1))

    def test_who_has_only_past_appointments_is_played_with_the_last(self):
        patient = self.patient("Past")
        visits = [self.appointment(patient, self.now - days * DAY) for days in (9, 2, 30)]
        page = self.flow.action_simulate()
        page = self.env['healthcare.workflow.simulation'].browse(page['res_id'])
        page.write({'whom': 'chosen', 'patient_ids': patient.ids})
        self.assertEqual(page._get_subject_ids(), visits[1].ids)

    def test_what_cannot_be_played_is_said(self):
        with self.assertRaisesRegex(UserError, "at least one patient"):
            self.play(whom='chosen')
        with self.assertRaisesRegex(UserError, "nothing that the workflow is about"):
            self.play(whom='chosen', patient_ids=self.patient("New").ids)
        with self.assertRaisesRegex(UserError, "after the beginning"):
            self.play(date_to=self.now - DAY)
        with self.assertRaisesRegex(UserError, "a year"):
            self.play(date_to=self.now + 400 * DAY)
        self.flow.step_ids.unlink()
        with self.assertRaisesRegex(UserError, "first step"):
            self.flow.action_simulate()

    def test_more_lines_than_anybody_reads_are_counted_only(self):
        for number in range(3):
            self.appointment(self.patient(f"Patient {number}"), self.now + 3 * DAY)
        self.patch(healthcare_workflow_simulation, 'MAX_LINES', 2)
        page = self.play()
        self.assertEqual((len(page.line_ids), page.total, page.max_lines), (2, 3, 2))

    def test_another_question_puts_the_answer_away(self):
        page = self.play()
        self.assertTrue(page.is_played)
        with Form(page) as form:
            form.date_to = self.now + 60 * DAY
            self.assertFalse(form.is_played)

    def test_only_a_clinic_administrator_plays(self):
        nurse = new_test_user(self.env, 'no_player', groups='healthcare_crm.group_nurse')
        with self.assertRaises(AccessError):
            self.flow.with_user(nurse).action_simulate()
