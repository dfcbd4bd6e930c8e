from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.healthcare_crm.sensitive import GROUP_USER

ROLES = [
    ('reception', "Reception"),
    ('call_desk', "Call desk"),
    ('nurse', "Nurse"),
    ('practitioner', "Practitioner"),
]
TASK_TYPES = [
    ('call', "Phone call"),
    ('letter', "Letter to post"),
    ('check', "Something to check"),
]
OUTCOMES = [
    ('reached', "Reached"),
    ('confirmed', "Confirmed"),
    ('rescheduled', "Wants another time"),
    ('cancelled', "Cancels"),
    ('no_answer', "No answer"),
    ('wrong_number', "Wrong number"),
]
#: Written by the engine and by the outcomes below, never as values from outside: they wake the
#: workflow and say who did what.
ENGINE_FIELDS = {
    'idempotency_key',
    'enrollment_id',
    'step_key',
    'visit',
    'communication_id',
    'state',
    'outcome',
    'completed_at',
    'completed_by_id',
}
OPEN_STATES = ('requested', 'in-progress')


class HealthcareCareTask(models.Model):
    """A piece of work for people: a call, a check; with a window and an outcome (FHIR Task)."""

    _name = 'healthcare.care.task'
    _description = "Care Task"
    _order = 'priority desc, window_end, id'

    name = fields.Char(required=True)
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        ondelete='restrict',
        index=True,
        domain=[('is_patient', '=', True)],
        groups=GROUP_USER,
    )
    phone = fields.Char(compute='_compute_phone', groups=GROUP_USER)
    appointment_id = fields.Many2one(
        'calendar.event',
        string="About Appointment",
        ondelete='set null',
        index='btree_not_null',
        groups=GROUP_USER,
    )
    appointment_start = fields.Datetime(
        related='appointment_id.start',
        string="Appointment",
        groups=GROUP_USER,
        related_sudo=False,
    )
    practitioner_id = fields.Many2one(
        related='appointment_id.practitioner_id',
        groups=GROUP_USER,
        related_sudo=False,
    )
    purpose_id = fields.Many2one(
        'healthcare.consent.purpose', string="Purpose", ondelete='restrict'
    )
    company_id = fields.Many2one('res.company', string="Clinic")
    task_type = fields.Selection(TASK_TYPES, required=True, default='call', string="Task")
    role = fields.Selection(ROLES, required=True, default='reception', string="For")
    user_id = fields.Many2one('res.users', string="Assigned To")
    instruction = fields.Text(translate=True)
    priority = fields.Selection(
        [('0', "Normal"), ('1', "High"), ('2', "Urgent")], default='0', required=True
    )
    window_start = fields.Datetime(string="From", default=fields.Datetime.now)
    window_end = fields.Datetime(string="Due")
    is_overdue = fields.Boolean(compute='_compute_is_overdue')
    state = fields.Selection(
        [
            ('requested', "To do"),
            ('in-progress', "In progress"),
            ('completed', "Done"),
            ('cancelled', "Cancelled"),
            ('failed', "Not done in time"),
        ],
        required=True,
        default='requested',
        copy=False,
        readonly=True,
    )
    outcome = fields.Selection(OUTCOMES, copy=False, readonly=True)
    note = fields.Text(groups=GROUP_USER, copy=False)
    completed_at = fields.Datetime(copy=False, readonly=True)
    completed_by_id = fields.Many2one('res.users', copy=False, readonly=True)
    idempotency_key = fields.Char(copy=False, readonly=True)
    enrollment_id = fields.Many2one(
        'healthcare.workflow.enrollment',
        string="Workflow",
        ondelete='set null',
        index='btree_not_null',
        copy=False,
        readonly=True,
    )
    step_key = fields.Char(copy=False, readonly=True)
    visit = fields.Integer(copy=False, readonly=True)
    communication_id = fields.Many2one(
        'healthcare.communication',
        string="Message",
        ondelete='set null',
        index='btree_not_null',
        copy=False,
        readonly=True,
        groups=GROUP_USER,
        help="The message this task brings to the patient, or asks after.",
    )
    why = fields.Char(compute='_compute_why', string="Reason", groups=GROUP_USER)

    _idempotency_key_uniq = models.UniqueIndex(
        '(idempotency_key) WHERE idempotency_key IS NOT NULL',
        "This task exists already.",
    )
    _open_idx = models.Index(
        "(role, priority, window_end) WHERE state IN ('requested', 'in-progress')"
    )

    @api.depends('window_end', 'state')
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for task in self:
            task.is_overdue = bool(
                task.state in OPEN_STATES and task.window_end and task.window_end < now
            )

    @api.depends('patient_id.phone', 'patient_id.birth_date', 'patient_id.guardian_id.phone')
    def _compute_phone(self):
        for task in self:
            task.phone = task.patient_id._get_phone_to_call()

    @api.depends('enrollment_id', 'visit', 'name')
    @api.depends_context('lang')
    def _compute_why(self):
        """Tell what was tried before, the last the ledger says of the enrollment; else the name."""
        tried = self.env['healthcare.communication'].search(
            [('enrollment_id', 'in', self.enrollment_id.ids)],
            order='id',
        )
        last = {communication.enrollment_id: communication.summary for communication in tried}
        for task in self:
            task.why = last.get(task.enrollment_id) or task.name

    def _has_field_access(self, field, operation):
        """Let nobody forge what became of a task, or whose it is."""
        if operation == 'write' and field.name in ENGINE_FIELDS and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    # ------------------------------------------------------------ outcomes

    def action_reached(self):
        """Spoke with the patient."""
        return self._complete('reached')

    def action_confirmed(self):
        """The patient comes."""
        return self._complete('confirmed')

    def action_rescheduled(self):
        """The patient wants another time: show the appointment."""
        self._complete('rescheduled')
        return self.action_open_appointment()

    def action_cancelled(self):
        """The patient does not come."""
        return self._complete('cancelled')

    def action_no_answer(self):
        """Nobody picked up."""
        return self._complete('no_answer')

    def action_wrong_number(self):
        """The number belongs to somebody else."""
        return self._complete('wrong_number')

    def action_open_appointment(self):
        """Open the appointment this task is about."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'calendar.event',
            'res_id': self.appointment_id.id,
            'views': [
                (self.env.ref('healthcare_crm.calendar_event_view_form_appointment').id, 'form')
            ],
        }

    def action_assign_to_me(self):
        """Take the tasks."""
        self._check_open()
        self.write({'user_id': self.env.uid})
        # sudo: the state is not for everyone to write, taking a task is
        return self.sudo().write({'state': 'in-progress'})

    def _check_open(self):
        """Lock the tasks, and make sure that they are still to be done.

        :raise UserError: a task is finished already, e.g. by a colleague a moment ago
        """
        self.check_access('write')
        self.lock_for_update()
        if self.filtered(lambda task: task.state not in OPEN_STATES):
            raise UserError(
                self.env._("This task is finished already. Reload the page to see by whom.")
            )

    def _complete(self, outcome):
        """Finish open tasks with ``outcome``: act on the appointment, write the ledger, wake the
        workflow.

        :raise UserError: a task is finished already, e.g. by a colleague a moment ago
        """
        self._check_open()
        # sudo: what became of a task is written here only; who may write it was checked
        self.sudo().write(
            {
                'state': 'completed',
                'outcome': outcome,
                'completed_at': fields.Datetime.now(),
                'completed_by_id': self.env.uid,
            }
        )
        appointments = self.appointment_id
        if outcome == 'confirmed':
            appointments.write(appointments._prepare_patient_response('accepted', 'call'))
        elif outcome == 'cancelled':
            appointments.write(
                {
                    'appointment_status': 'cancelled',
                    'cancellation_reason': 'patient',
                    **appointments._prepare_patient_response('declined', 'call'),
                }
            )
        self._ledger_calls(outcome)
        # a task that brings a message answers through that message
        answering = self.filtered(lambda task: not task.communication_id)
        self.env['healthcare.workflow.event']._answered(answering, outcome)
        return True

    def _ledger_calls(self, outcome):
        """Write a ledger row for every call that was made; a message that staff brought has one
        already."""
        unanswered = outcome in ('no_answer', 'wrong_number')
        # sudo: as below
        messages = self.sudo().communication_id.filtered(lambda row: row.status == 'handed')
        messages._settle_by_staff(not unanswered, outcome if unanswered else None)
        calls = self.filtered(
            lambda task: task.task_type == 'call' and task.sudo().communication_id not in messages
        )
        # sudo: the ledger is the system's, staff add to it only by doing the work
        self.env['healthcare.communication'].sudo().create(
            [
                {
                    'patient_id': task.patient_id.id,
                    'appointment_id': task.appointment_id.id,
                    'purpose_id': task.purpose_id.id,
                    'channel': 'call',
                    'status': 'failed' if unanswered else 'sent',
                    'reason': outcome if unanswered else False,
                    'sent_at': False if unanswered else fields.Datetime.now(),
                    'user_id': self.env.uid,
                    'address': task.phone,
                    'enrollment_id': task.enrollment_id.id,
                    'step_key': task.step_key,
                    'visit': task.visit,
                    'subject': task.name,
                    'idempotency_key': f'task:{task.id}',
                }
                for task in calls
            ]
        )
