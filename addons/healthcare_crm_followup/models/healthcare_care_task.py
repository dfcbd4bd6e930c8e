from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.healthcare_crm.sealing import sealed, sealed_column
from odoo.addons.healthcare_crm.sensitive import GROUP_USER

from ..engine import sql

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
#: The outcome of a task that ended in one of its step's own ways.
OWN = 'own'
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
    'own_outcome',
    'own_outcomes',
    'completed_at',
    'completed_by_id',
    'escalated_at',
    'absent_user_id',
    'attempts',
    'held_by_id',
    'held_until',
    'hours_to_done',
}
OPEN_STATES = ('requested', 'in-progress')


class HealthcareCareTask(models.Model):
    """A piece of work for people: a call, a check; with a window and an outcome (FHIR Task)."""

    _name = 'healthcare.care.task'
    _description = "Care Task"
    _inherit = ['healthcare.own.clinic', 'healthcare.sealed']
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
    outcome = fields.Selection([*OUTCOMES, (OWN, "Other")], copy=False, readonly=True)
    own_outcomes = fields.Json(
        copy=False, readonly=True, help="What else can come of this task: its step's own outcomes."
    )
    own_outcome = fields.Char(copy=False, readonly=True)
    outcome_name = fields.Char(compute='_compute_outcome_name', string="What Came of It")
    escalated_at = fields.Datetime(
        string="Escalated On",
        copy=False,
        readonly=True,
        help="Nobody did it in time: since then it is more urgent, and somebody else's.",
    )
    absent_user_id = fields.Many2one(
        'res.users',
        string="Instead Of",
        copy=False,
        readonly=True,
        help="Who is away, and whose task this was.",
    )
    is_for_my_role = fields.Boolean(
        compute='_compute_is_for_my_role', search='_search_is_for_my_role'
    )
    note = fields.Text(groups=GROUP_USER, **sealed('note', copy=False))
    note_sealed = sealed_column()
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
    subject_name = fields.Char(compute='_compute_subject_name', string="About", groups=GROUP_USER)

    _idempotency_key_uniq = models.UniqueIndex(
        '(idempotency_key) WHERE idempotency_key IS NOT NULL',
        "This task exists already.",
    )
    _assigned_idx = models.Index(
        "(user_id, priority DESC, window_end, id) "
        "WHERE state IN ('requested', 'in-progress') AND user_id IS NOT NULL"
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Make no task about a patient whom its author may not see: it would tell the name."""
        tasks = super().create(vals_list)
        tasks.patient_id.check_access('read')
        return tasks

    def write(self, vals):
        result = super().write(vals)
        if 'patient_id' in vals:
            self.patient_id.check_access('read')
        return result

    @api.depends('window_end', 'state')
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for task in self:
            task.is_overdue = bool(
                task.state in OPEN_STATES and task.window_end and task.window_end < now
            )

    @api.depends('outcome', 'own_outcome', 'own_outcomes')
    @api.depends_context('lang')
    def _compute_outcome_name(self):
        labels = dict(self._fields['outcome']._description_selection(self.env))
        for task in self:
            own = {one['outcome']: one['name'] for one in task.own_outcomes or ()}
            task.outcome_name = own.get(task.own_outcome) or labels.get(task.outcome)

    @api.depends('role')
    @api.depends_context('uid')
    def _compute_is_for_my_role(self):
        roles = self._get_my_roles()
        for task in self:
            task.is_for_my_role = task.role in roles

    @api.model
    def _search_is_for_my_role(self, operator, value):
        if operator != 'in':
            return NotImplemented
        return Domain('role', 'in', self._get_my_roles())

    @api.model
    def _get_my_roles(self):
        """Return the roles of the user, as codes."""
        return [
            role for role, _name in ROLES if self.env.user.has_group(f'healthcare_crm.group_{role}')
        ]

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

    @api.depends('enrollment_id')
    @api.depends_context('uid', 'lang')
    def _compute_subject_name(self):
        """Name what the workflow is about, besides patients and appointments, which tasks show
        anyhow. Only the kind of it to those who may not read the record."""
        about = {
            # sudo: whose workflow a task belongs to is the task's own
            task: (enrollment.subject_model, enrollment.subject_id)
            for task in self
            if (enrollment := task.sudo().enrollment_id)
            and enrollment.subject_model in self.env
            and enrollment.subject_model not in ('calendar.event', 'res.partner')
        }
        names = {}
        for model in {model for model, _id in about.values()}:
            records = self.env[model].browse(one for name, one in about.values() if name == model)
            records = records.exists() if records.has_access('read') else records.browse()
            readable = records._filtered_access('read')
            names |= {(model, record.id): record.display_name for record in readable}
        for task in self:
            key = about.get(task)
            kind = key and self.env['ir.model']._get(key[0]).name
            name = names.get(key)
            task.subject_name = f'{kind}: {name}' if name else kind

    def action_open_subject(self):
        """Open the record this task is about."""
        self.ensure_one()
        self.check_access('read')
        # sudo: as above; the record itself is opened with the user's own rights
        enrollment = self.sudo().enrollment_id
        return {
            'type': 'ir.actions.act_window',
            'res_model': enrollment.subject_model,
            'res_id': enrollment.subject_id,
            'views': [(False, 'form')],
        }

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

    def action_own_outcome(self, outcome):
        """It ended in one of its step's own ways.

        :param str outcome: the code of one of ``own_outcomes``
        """
        return self._complete(outcome)

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

        :param str outcome: one of :data:`OUTCOMES`, or of the tasks' own
        :raise UserError: a task is finished already, e.g. by a colleague a moment ago, or cannot
            end like that
        """
        self._check_open()
        is_own = outcome not in dict(OUTCOMES)
        if is_own and self.filtered(lambda task: not task._has_own_outcome(outcome)):
            raise UserError(self.env._("This task cannot end like that."))
        # sudo: what became of a task is written here only; who may write it was checked
        self.sudo().write(
            {
                'state': 'completed',
                'outcome': OWN if is_own else outcome,
                'own_outcome': is_own and outcome,
                'completed_at': fields.Datetime.now(),
                'completed_by_id': self.env.uid,
            }
        )
        appointments = self.appointment_id
        if outcome == 'confirmed':
            proposed = ('proposed', 'pending')
            appointments.filtered(
                lambda one: one.appointment_status in proposed
            ).appointment_status = 'booked'
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

    def _has_own_outcome(self, outcome):
        """Say whether ``outcome`` is one of this task's own."""
        self.ensure_one()
        return outcome in {one['outcome'] for one in self.own_outcomes or ()}

    # ------------------------------------------------------------ absences

    @api.model
    def _cron_hand_over(self):
        """Give the open tasks of everybody who is away to their substitutes, else to the role."""
        # sudo: whoever goes away hands over tasks that are not theirs alone to write
        away = self.env['healthcare.absence'].sudo()._away(fields.Datetime.now())
        if not away:
            return
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE healthcare_care_task AS task
                   SET user_id = away.substitute_id::int4, absent_user_id = away.user_id,
                       state = 'requested'
                  FROM (VALUES %s) AS away (user_id, substitute_id)
                 WHERE task.user_id = away.user_id AND task.state IN ('requested', 'in-progress')
             RETURNING task.id
                """,
                sql.values_list(sorted(away.items())),
            )
        )
        self.invalidate_model()

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
