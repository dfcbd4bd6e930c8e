from odoo import fields, models

from ..engine.steps.survey import RED_FLAG, SurveyStep

#: A red flag is seen to within this time.
URGENT_WINDOW = {'hours': 2}
#: Whose answers lead this way complain.
COMPLAINT = 'complaint'
#: What tells the engine which of its steps an answer belongs to: who forged it could steer a
#: workflow in another patient's name.
ENGINE_FIELDS = {'enrollment_id', 'step_key', 'visit', 'is_red_flag'}


class SurveyUserInput(models.Model):
    """A patient's answers tell the engine, and a red flag tells a nurse at once."""

    _inherit = 'survey.user_input'

    enrollment_id = fields.Many2one(
        'healthcare.workflow.enrollment',
        string="Workflow",
        ondelete='set null',
        index='btree_not_null',
        copy=False,
        readonly=True,
        groups='healthcare_crm.group_healthcare_user',
    )
    step_key = fields.Char(string="Workflow Step", copy=False, readonly=True)
    visit = fields.Integer(copy=False, readonly=True)
    is_red_flag = fields.Boolean(
        string="Red Flag", copy=False, readonly=True, help="Somebody has to see to this patient."
    )

    _visit_uniq = models.UniqueIndex(
        '(enrollment_id, step_key, visit) WHERE enrollment_id IS NOT NULL',
        "The patient is invited already.",
    )

    def _has_field_access(self, field, operation):
        """Let nobody forge whose answers these are."""
        if operation == 'write' and field.name in ENGINE_FIELDS and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    def _mark_done(self):
        """Tell the engine; a red flag opens its task in the same transaction."""
        result = super()._mark_done()
        # sudo: answers come in without a login, and whoever answers need not see workflows
        answered = self.sudo().filtered(
            lambda answers: answers.partner_id.is_patient and not answers.test_entry
        )
        events = answered.env['healthcare.workflow.event']
        flagged = complaining = answered.browse()
        for answers in answered:
            outcome = answers._get_outcome()
            answers.is_red_flag = outcome == RED_FLAG
            if answers.is_red_flag:
                flagged += answers
            elif outcome == COMPLAINT:
                complaining += answers
            events._answered(answers, outcome, {'survey': answers.survey_id.id})
        events._happened('survey_answered', answered, keys=answered._event_keys('answered'))
        events._happened('survey_red_flag', flagged, keys=flagged._event_keys('red_flag'))
        events._happened(
            'complaint_received',
            complaining.mapped('partner_id'),
            keys=complaining._event_keys(COMPLAINT),
        )
        flagged._open_urgent_tasks()
        return result

    def _event_keys(self, what):
        """Return the keys under which each of these happens once."""
        return [f'survey:{answers.id}:{what}' for answers in self]

    def _get_outcome(self):
        """Return what these answers mean: for the step that asked, or for no step at all."""
        self.ensure_one()
        chosen = self.user_input_line_ids.suggested_answer_id
        values = (
            self.enrollment_id.version_id.graph['steps'].get(self.step_key)
            if self.enrollment_id
            else None
        )
        if not values or values['kind'] != SurveyStep.kind:
            return RED_FLAG if any(chosen.mapped('is_red_flag')) else 'answered'
        step = SurveyStep.from_json(self.step_key, values)
        return step.outcome_of(
            self.scoring_total, set(chosen.ids), any(chosen.mapped('is_red_flag'))
        )

    def _open_urgent_tasks(self):
        """Open an urgent task for the nurses, whatever the workflow makes of a red flag.

        Nothing may stand in its way: no arrow that leads elsewhere, no workflow that is paused or
        has gone on without the answer.
        """
        now = fields.Datetime.now()
        tasks = self.env['healthcare.care.task']
        known = set(
            tasks.search([('idempotency_key', 'in', self._event_keys('red_flag'))]).mapped(
                'idempotency_key'
            )
        )
        tasks.create(
            [
                {
                    'name': self.env._("Red flag in a survey: see to the patient at once"),
                    'patient_id': answers.partner_id.id,
                    'appointment_id': answers._get_appointment_id(),
                    'company_id': (
                        answers.enrollment_id.company_id or answers.partner_id.company_id
                    ).id,
                    'task_type': 'check',
                    'role': 'nurse',
                    'priority': '2',
                    'note': answers._get_flagged_text(),
                    'window_start': now,
                    'window_end': fields.Datetime.add(now, **URGENT_WINDOW),
                    'idempotency_key': key,
                }
                for answers, key in zip(self, self._event_keys('red_flag'), strict=True)
                if key not in known
            ]
        )

    def _get_appointment_id(self):
        """Return the appointment the survey was about, if it was about one."""
        enrollment = self.enrollment_id
        is_appointment = enrollment.subject_model == 'calendar.event'
        appointment = self.env['calendar.event'].browse(enrollment.subject_id or 0)
        return is_appointment and appointment.exists().id

    def _get_flagged_text(self):
        """Return the answers that raised the flag, a line each; the score where none did."""
        flagged = self.user_input_line_ids.filtered('suggested_answer_id.is_red_flag')
        lines = [f'{line.question_id.title}: {line.suggested_answer_id.value}' for line in flagged]
        return '\n'.join(lines) or self.env._("Score: %s", self.scoring_total)
