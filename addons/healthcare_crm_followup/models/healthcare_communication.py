from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF, GROUP_USER

from ..sensitive import GROUP_STEPS
from .healthcare_care_task import OPEN_STATES

#: What tells the engine which of its steps a row belongs to: who forged it could stop or send
#: messages in its name.
ENGINE_FIELDS = {
    'idempotency_key',
    'enrollment_id',
    'step_key',
    'visit',
    'lease_until',
    'priority',
    'expires_at',
}

#: what staff do to waiting messages -> (statuses it applies to, the status after it)
CHANGES = {
    'hold': (('queued',), 'held'),
    'release': (('held',), 'queued'),
    'cancel': (('queued', 'held', 'handed'), 'cancelled'),
}
#: How many messages a notice names.
SHOWN = 5


class HealthcareCommunication(models.Model):
    _inherit = 'healthcare.communication'

    enrollment_id = fields.Many2one(
        'healthcare.workflow.enrollment',
        string="Workflow",
        ondelete='set null',
        index='btree_not_null',
        groups=GROUP_STEPS,
    )
    survey_input_id = fields.Many2one(
        'survey.user_input',
        string="Survey Answers",
        ondelete='set null',
        index='btree_not_null',
        groups='healthcare_crm.group_healthcare_user',
        help="The answers this message invites to.",
    )
    step_key = fields.Char(string="Workflow Step", groups=GROUP_STEPS)
    visit = fields.Integer()
    lease_until = fields.Datetime(help="Until then one sender has this message in hand.")
    priority = fields.Integer(
        default=1,
        help="0 low, 1 normal, 2 high, 3 critical: the more important are not counted by the caps "
        "of the less important.",
    )
    expires_at = fields.Datetime(string="Not After", help="After that it is too late to send it.")
    reason = fields.Selection(
        selection_add=[
            ('render_error', "The message could not be written"),
            ('no_answer', "No answer"),
            ('wrong_number', "Wrong number"),
            ('workflow_left', "No longer needed"),
            ('archived', "The patient is in the archive"),
        ],
        ondelete={
            'render_error': 'set null',
            'no_answer': 'set null',
            'wrong_number': 'set null',
            'workflow_left': 'set null',
            'archived': 'set null',
        },
    )

    waits_for = fields.Char(compute='_compute_waits_for', string="Why It Waits", groups=GROUP_USER)

    step_name = fields.Char(compute='_compute_step_name', string="Step", groups=GROUP_STEPS)

    _outgoing_idx = models.Index(
        "(due_at, id) "
        "WHERE status IN ('queued', 'held', 'sending', 'handed', 'unknown') AND direction = 'out'"
    )
    _failed_idx = models.Index("(date) WHERE status = 'failed'")
    _sending_idx = models.Index("(lease_until) WHERE status = 'sending'")

    def _has_field_access(self, field, operation):
        """Let staff add contacts they made, never the engine's own rows."""
        if operation == 'write' and field.name in ENGINE_FIELDS and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    @api.depends('enrollment_id', 'step_key')
    def _compute_step_name(self):
        # sudo: the names of steps are in the version, which is the engine's
        for message in self.sudo():
            message.step_name = message._get_step().get('name')

    @api.depends('status', 'reason', 'reason_detail', 'attempt', 'due_at', 'write_uid')
    @api.depends_context('lang', 'tz')
    def _compute_waits_for(self):
        now = fields.Datetime.now()
        for message in self:
            message.waits_for = message._get_waits_for(now)

    def _get_waits_for(self, now):
        """Return why this message has not left yet, or what it waits for; empty if it does not."""
        if self.status == 'held':
            return self.env._("Held by %s", self.write_uid.name)
        if self.status == 'sending':
            return self.env._("On its way to the provider")
        if self.status == 'handed':
            return self.env._("Waits for staff, on the worklist")
        if self.status == 'unknown':
            return self.env._("Somebody has to ask whether it arrived")
        if self.status != 'queued':
            return ''
        # sudo: whether its workflow runs is no secret to who may see the message
        workflow = self.sudo().enrollment_id.workflow_id
        if workflow and workflow.state != 'published':
            return self.env._("Its workflow is paused")
        if self.attempt:
            return self.env._(
                "Try %(number)s follows. The provider said: %(words)s",
                number=self.attempt + 1,
                words=self.reason_detail or '',
            )
        if self.reason:
            sentence = self._get_reason_sentence()
            return sentence[:1].upper() + sentence[1:]
        if self.due_at and self.due_at > now:
            return self.env._("Its time has not come")
        return self.env._("Leaves within a few minutes")

    # ------------------------------------------------------------ what the engine asks

    def _get_step(self):
        """Return the JSON form of the step this row belongs to; {} if it is of none."""
        self.ensure_one()
        if not self.enrollment_id:
            return {}
        return self.enrollment_id.version_id._get_step(self.step_key)

    def _get_texts(self):
        """Return the frozen template of this row's step and channel: {"subject": {…}, "body": {…}}.

        :raise KeyError: the step has no template for the channel
        """
        return self._get_step()['templates'][self.channel]

    def _get_awaited_outcomes(self):
        """Return the outcomes of this row's step that lead somewhere."""
        arrows = self._get_step().get('next') or {}
        return {outcome for outcome, target in arrows.items() if target}

    # ------------------------------------------------------------ results people know

    def _settle_by_staff(self, arrived, reason=None):
        """Record whether messages reached their patients, as staff found out.

        :param bool arrived: whether they did
        :param str reason: why not, one of the values of ``reason``
        """
        if not self:
            return
        self.write({'user_id': self.env.uid})
        self._set_result('sent' if arrived else 'failed', reason=reason)
        outcome = 'delivered' if arrived else 'failed'
        self.env['healthcare.workflow.event']._answered(self, outcome)

    def _close_tasks(self, state='cancelled'):
        """Close the open tasks that were about these messages: there is nothing to do any more."""
        tasks = self.env['healthcare.care.task'].search(
            [('communication_id', 'in', self.ids), ('state', 'in', OPEN_STATES)]
        )
        tasks.write({'state': state})

    # ------------------------------------------------------------ the outgoing queue

    def action_hold(self):
        """Keep messages from leaving until somebody releases them."""
        return self._change_status('hold')

    def action_release(self):
        """Let held messages leave; those whose time has passed follow the step's late policy."""
        return self._change_status('release')

    def action_cancel(self):
        """Take messages out of the queue for good, and tell their workflows."""
        return self._change_status('cancel')

    def action_arrived(self):
        """The patient says that the message arrived."""
        return self._find_out(arrived=True)

    def action_not_arrived(self):
        """The patient says that no message arrived."""
        return self._find_out(arrived=False)

    def _check_staff(self):
        self.check_access('read')
        if not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(
                self.env._("Only the clinic's staff may hold, release or cancel messages.")
            )
        # sudo: the ledger is the system's; who may decide on it was checked
        return self.sudo()

    def _change_status(self, change):
        """Move these rows to another status where they still have one it applies to.

        :return: a notice that names those left as they are, or ``True``
        """
        rows = self._check_staff()
        before, after = CHANGES[change]
        self.env.flush_all()
        changed = self.browse(
            one
            for (one,) in self.env.execute_query(
                SQL(
                    """
                    UPDATE healthcare_communication
                       SET status = %s, lease_until = NULL, write_uid = %s, write_date = %s,
                           reason = CASE WHEN %s THEN 'manual' END
                     WHERE id IN %s AND status IN %s AND direction = 'out' RETURNING id
                    """,
                    after,
                    self.env.uid,
                    fields.Datetime.now(),
                    change != 'release',
                    self._ids,
                    before,
                )
            )
        )
        rows.invalidate_recordset()
        if change == 'cancel':
            changed.sudo()._close_tasks()
            self.env['healthcare.workflow.event']._answered(changed.sudo(), 'suppressed')
        elif change == 'release':
            # sudo: whoever may release a message need not be allowed to touch crons
            self.env['healthcare.workflow'].sudo()._wake_dispatch()
        return self._tell_left(rows - changed)

    def _find_out(self, arrived):
        rows = self._check_staff()
        rows.lock_for_update()
        unknown = rows.filtered(lambda row: row.status == 'unknown')
        unknown._settle_by_staff(arrived, None if arrived else 'crash')
        unknown._close_tasks('completed')
        return self._tell_left(rows - unknown)

    def _tell_left(self, left):
        """Return the notice about messages an action did not apply to; ``True`` without any."""
        if not left:
            return True
        labels = dict(self._fields['status']._description_selection(self.env))
        names = ', '.join(
            f'{row.patient_id.display_name} ({labels[row.status]})' for row in left[:SHOWN]
        )
        if len(left) > SHOWN:
            names = self.env._("%(names)s and others", names=names)
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'warning',
                'message': self.env._(
                    "%(count)s left as they were, because of their status: %(names)s.",
                    count=len(left),
                    names=names,
                ),
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }
