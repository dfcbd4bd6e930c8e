import logging
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from ..guarded import GuardedOne2many
from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL, GROUP_STAFF

_logger = logging.getLogger(__name__)

#: An answer is expected after so many working days, where the department does not say otherwise.
ANSWER_DAYS = 2
#: status → the moments it came to it
MOMENTS = {'active': ('sent_at',), 'completed': ('answered_at', 'replied_at')}
#: Overdue for so long, a referral goes from the department's manager to the administrators.
ESCALATE_AFTER = timedelta(days=1)


class HealthcareReferral(models.Model):
    """A patient handed on to a department, a practitioner or another clinic, or taken over from
    one (FHIR ServiceRequest).

    Staff see that it is answered in time; why the patient is referred is for clinical users.
    """

    _name = 'healthcare.referral'
    _description = "Referral"
    _inherit = ['healthcare.patient.record', 'healthcare.care.source']
    _owned_by = ('patient_id', 'company_id')
    _order = 'create_date desc, id desc'

    patient_id = fields.Many2one(groups=GROUP_STAFF)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        index=True,
        default=lambda self: self.env.company,
        groups=GROUP_STAFF,
    )
    direction = fields.Selection(
        [
            ('internal', "Within the clinic"),
            ('outgoing', "To somebody else"),
            ('incoming', "From somebody else"),
        ],
        required=True,
        default='internal',
        groups=GROUP_STAFF,
    )
    department_id = fields.Many2one(
        'healthcare.department',
        string="To Department",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_STAFF,
    )
    practitioner_id = fields.Many2one(
        'healthcare.practitioner',
        string="To Practitioner",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_STAFF,
    )
    partner_id = fields.Many2one(
        'res.partner',
        string="Doctor or Clinic",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_STAFF,
        help="Where the patient is referred to, or comes from.",
    )
    reason = fields.Text(groups=GROUP_CLINICAL, **sealed('reason'))
    reason_sealed = sealed_column()
    priority = fields.Selection(
        [
            ('routine', "Routine"),
            ('urgent', "Urgent"),
            ('asap', "As soon as possible"),
            ('stat', "At once"),
        ],
        string="Urgency",
        required=True,
        default='routine',
        groups=GROUP_STAFF,
    )
    status = fields.Selection(
        [
            ('draft', "Draft"),
            ('active', "Sent"),
            ('on-hold', "On hold"),
            ('revoked', "Withdrawn"),
            ('completed', "Answered"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='draft',
        copy=False,
        groups=GROUP_STAFF,
    )
    sent_at = fields.Datetime(string="Sent On", copy=False, groups=GROUP_STAFF)
    deadline = fields.Datetime(
        string="Answer Expected By",
        compute='_compute_deadline',
        store=True,
        readonly=False,
        copy=False,
        groups=GROUP_STAFF,
        help="Two working days after it was sent, unless you say otherwise.",
    )
    answer_days = fields.Integer(
        string="Working Days to Answer",
        compute='_compute_answer_days',
        store=True,
        readonly=False,
        groups=GROUP_STAFF,
        help="As the department says, two if it does not.",
    )
    answered_at = fields.Datetime(
        string="Answered On",
        copy=False,
        groups=GROUP_STAFF,
        help="When it was accepted, declined or replied to, whichever came first.",
    )
    replied_at = fields.Datetime(string="Replied On", copy=False, groups=GROUP_STAFF)
    reply = fields.Text(groups=GROUP_CLINICAL, **sealed('reply', copy=False))
    reply_sealed = sealed_column()
    response = fields.Selection(
        [
            ('accepted', "Accepted"),
            ('question', "Question asked"),
            ('declined', "Declined"),
        ],
        string="Answer",
        readonly=True,
        copy=False,
        groups=GROUP_STAFF,
    )
    response_ids = GuardedOne2many(
        'healthcare.referral.response', 'referral_id', string="Answers", groups=GROUP_STAFF
    )
    user_id = fields.Many2one(
        'res.users',
        string="Referred By",
        default=lambda self: self.env.user,
        domain=[('share', '=', False)],
        index='btree_not_null',
        groups=GROUP_STAFF,
        help="Who learns of the answer.",
    )
    document_ids = fields.Many2many(
        'healthcare.document',
        string="Documents",
        domain="[('patient_id', '=', patient_id)]",
        groups=GROUP_CLINICAL,
    )
    appointment_id = fields.Many2one(
        'calendar.event',
        string="Appointment",
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        domain="[('is_appointment', '=', True), ('patient_id', '=', patient_id)]",
        groups=GROUP_STAFF,
        help="The visit this referral led to.",
    )
    escalation_level = fields.Integer(
        readonly=True,
        copy=False,
        groups=GROUP_STAFF,
        help="1: the department's manager was told that the answer is overdue. "
        "2: the clinic's administrators were.",
    )
    is_overdue = fields.Boolean(
        compute='_compute_is_overdue',
        search='_search_is_overdue',
        groups=GROUP_STAFF,
    )

    _patient_idx = models.Index('(patient_id)')
    _deadline_idx = models.Index("(deadline) WHERE status = 'active' AND answered_at IS NULL")

    _partner_idx = models.Index("(partner_id, patient_id) WHERE direction = 'incoming'")

    _answer_days_positive = models.Constraint(
        'CHECK (answer_days BETWEEN 1 AND 365)',
        "An answer is expected after 1 to 365 working days.",
    )
    _deadline_after_sent = models.Constraint(
        'CHECK (deadline >= sent_at)',
        "An answer cannot be expected before the referral is sent.",
    )

    @api.depends('department_id')
    def _compute_answer_days(self):
        for referral in self:
            referral.answer_days = referral.department_id.answer_days or ANSWER_DAYS

    @api.depends('sent_at', 'company_id', 'answer_days')
    def _compute_deadline(self):
        for referral in self:
            referral.deadline = referral.sent_at and referral._get_deadline(referral.sent_at)

    def _get_deadline(self, asked_at):
        """Return the end of the last working day for an answer, naive UTC.

        :param datetime asked_at: since when it is waited for, naive UTC
        """
        self.ensure_one()
        # sudo: a clinic's hours are no secret, its calendar may be
        calendar = (self.company_id or self.env.company).sudo().resource_calendar_id
        tz = pytz.timezone(calendar.tz or 'UTC')
        sent = pytz.utc.localize(asked_at).astimezone(tz)
        # the day it was sent does not count
        tomorrow = tz.localize(datetime.combine(sent.date() + timedelta(days=1), time.min))
        last = calendar and calendar.plan_days(self.answer_days, tomorrow, compute_leaves=True)
        if last:
            # of that day it gives the end of the morning only
            day = tz.localize(datetime.combine(last.astimezone(tz).date(), time.min))
            hours = calendar._work_intervals_batch(day, day + timedelta(days=1))[False]
            last = max((stop for _start, stop, _meta in hours), default=last)
        end = last or sent + timedelta(days=self.answer_days)
        return end.astimezone(pytz.utc).replace(tzinfo=None)

    @api.depends('status', 'deadline', 'answered_at')
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for referral in self:
            referral.is_overdue = bool(
                referral.status == 'active'
                and not referral.answered_at
                and referral.deadline
                and referral.deadline < now
            )

    def _search_is_overdue(self, operator, value):
        # a search method runs without the check of the field's own groups
        self._check_field_access(self._fields['is_overdue'], 'read')
        if operator != 'in':
            return NotImplemented
        overdue = Domain(
            [
                ('status', '=', 'active'),
                ('answered_at', '=', False),
                ('deadline', '<', fields.Datetime.now()),
            ]
        )
        return overdue if True in value else ~overdue

    @api.depends('direction', 'department_id', 'practitioner_id', 'partner_id')
    def _compute_display_name(self):
        """Say where the patient goes or comes from; never why."""
        for referral in self:
            other = referral.partner_id or referral.practitioner_id or referral.department_id
            name = other.display_name or self.env._("nobody yet")
            if referral.direction == 'incoming':
                referral.display_name = self.env._("Referral from %s", name)
            else:
                referral.display_name = self.env._("Referral to %s", name)

    @api.constrains('status', 'direction', 'department_id', 'practitioner_id', 'partner_id')
    def _check_addressee(self):
        for referral in self.sudo():
            somebody = referral.partner_id or (
                referral.direction != 'outgoing'
                and (referral.department_id or referral.practitioner_id)
            )
            if referral.status == 'active' and not somebody:
                raise ValidationError(
                    self.env._(
                        "Say where the patient is referred to before you send the referral: a "
                        "department, a practitioner or another clinic."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        referrals = super().create(vals_list)
        referrals._note_moments()
        return referrals

    def write(self, vals):
        result = super().write(vals)
        if 'status' in vals:
            self._note_moments()
        return result

    def _note_moments(self):
        """Note when a referral was sent and answered, where nobody said so; the first time
        counts, also after it was on hold."""
        now = fields.Datetime.now()
        for status, moments in MOMENTS.items():
            for moment in moments:
                self.filtered(lambda r, s=status, m=moment: r.status == s and not r[m])[moment] = (
                    now
                )

    # ------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------

    def _respond(self, kind, reason=False, text=False):
        """Note an answer or a question, and tell who waits for it.

        :param str kind: a kind of ``healthcare.referral.response``
        :param str reason: why it is declined, a code of the same model
        :param str text: in words; of clinical users only
        :raise UserError: that is not what is next for this referral
        """
        self.ensure_one()
        self.check_access('write')
        allowed = {'answer': ('on-hold',), 'reply': ('active', 'on-hold')}.get(kind, ('active',))
        if self.status not in allowed or (kind == 'accept' and self.response == 'accepted'):
            raise UserError(
                self.env._(
                    "%(referral)s is not waiting for that any more. Open it again to see where it "
                    "stands.",
                    referral=self.display_name,
                )
            )
        if kind == 'decline' and not reason:
            raise UserError(self.env._("Say why the referral is declined."))
        if kind in ('question', 'answer', 'reply') and not (text or '').strip():
            raise UserError(self.env._("Write the question, the answer or the reply first."))
        vals = {'referral_id': self.id, 'kind': kind, 'reason': reason}
        if text:
            vals['text'] = text
        # sudo: answers are written by the software alone; who may write the referral was asked
        self.env['healthcare.referral.response'].sudo().create(vals)
        now = fields.Datetime.now()
        self.write(
            {
                'accept': {'answered_at': self.answered_at or now},
                'question': {'status': 'on-hold'},
                'answer': {
                    'status': 'active',
                    'answered_at': False,
                    'deadline': self._get_deadline(now),
                },
                'decline': {'status': 'revoked', 'answered_at': self.answered_at or now},
                'reply': {'status': 'completed', 'reply': text},
            }[kind]
        )
        # sudo: how far the conversation is follows from the answers
        self.sudo().write(
            {
                'accept': {'response': 'accepted'},
                'question': {'response': 'question'},
                'answer': {'response': False, 'escalation_level': 0},
                'decline': {'response': 'declined'},
                'reply': {},
            }[kind]
        )
        if kind == 'answer':
            self._tell(self._get_receivers(), self.env._("A question about a referral is answered"))
        else:
            self._tell(
                self.user_id,
                {
                    'accept': self.env._("A referral is accepted"),
                    'question': self.env._("There is a question about a referral"),
                    'decline': self.env._("A referral is declined"),
                    'reply': self.env._("There is a reply to a referral"),
                }[kind],
            )

    def _get_receivers(self):
        """Return the users who are to answer: the practitioner, else the department's manager."""
        self.ensure_one()
        return self.practitioner_id.user_id or self.department_id.manager_id

    def _tell(self, users, subject):
        """Notify colleagues, without a word about the patient's health: it may go by e-mail."""
        self.ensure_one()
        partners = (users - self.env.user).partner_id
        if partners:
            # sudo: a clinic's colleagues are no secret, their contacts may be
            self.env['mail.thread'].sudo().message_notify(
                partner_ids=partners.ids,
                subject=subject,
                body=self.env._(
                    "%(what)s: %(referral)s (patient %(number)s).",
                    what=subject,
                    referral=self.display_name,
                    number=self.patient_id.patient_number,
                ),
                model=self._name,
                res_id=self.id,
            )

    @api.model
    def _cron_escalate(self):
        """Tell the manager of an overdue referral, the administrators a day later; each once."""
        now = fields.Datetime.now()
        steps = (
            (1, self._get_waiting(1, now), '_get_managers'),
            (2, self._get_waiting(2, now - ESCALATE_AFTER), '_get_administrators'),
        )
        commit = self.env['ir.cron']._commit_progress
        commit(remaining=sum(self.search_count(waiting) for _level, waiting, _who in steps))
        for level, waiting, who in steps:
            while referrals := self.search(waiting, limit=100):
                for referral in referrals:
                    referral._tell_overdue(getattr(referral, who)())
                referrals.escalation_level = level
                if not commit(len(referrals)):
                    return

    def _tell_overdue(self, users):
        """Notify of one overdue referral; if that fails, the others are told all the same."""
        try:
            with self.env.cr.savepoint():
                self._tell(users, self.env._("The answer to a referral is overdue"))
        except Exception:
            _logger.exception("Nobody could be told of overdue referral %s", self.id)

    @api.model
    def _get_waiting(self, level, before):
        """Return the domain of what is overdue since before a moment and not escalated so far."""
        return [
            ('status', '=', 'active'),
            ('answered_at', '=', False),
            ('deadline', '<', before),
            ('escalation_level', '<', level),
        ]

    def _get_managers(self):
        """Return who is told first: the receivers and the one who refers."""
        return self._get_receivers() | self.department_id.manager_id | self.user_id

    def _get_administrators(self):
        """Return the administrators of the referral's clinic."""
        company = self.company_id or self.env.company
        return self.env.ref('healthcare_crm.group_clinic_administrator').all_user_ids.filtered(
            lambda user: user.active and company in user.company_ids
        ) - self.env.ref('base.user_root')

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_send(self):
        """The referral is on its way: the time for the answer begins."""
        self.write({'status': 'active'})
        for referral in self:
            referral._tell(referral._get_receivers(), self.env._("You have a new referral"))
            if referral.direction == 'outgoing' and referral.partner_id:
                self.env['healthcare.disclosure']._log(
                    referral.patient_id,
                    'referral',
                    'treatment',
                    referral.partner_id,
                    what=self.env._("Referral with its reason"),
                )
        return True

    def action_accept(self):
        """The patient will be seen."""
        self._respond('accept')
        return True

    def action_respond(self):
        """Ask, answer, decline or reply: what the context says."""
        self.ensure_one()
        self.check_access('write')
        kind = self.env.context.get('response_kind', 'reply')
        kinds = dict(
            self.env['healthcare.referral.response']
            ._fields['kind']
            ._description_selection(self.env)
        )
        return {
            'name': kinds.get(kind),
            'type': 'ir.actions.act_window',
            'res_model': 'healthcare.referral.respond',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_referral_id': self.id, 'default_kind': kind},
        }

    def action_complete(self):
        """The answer has come."""
        self.write({'status': 'completed'})
        return True

    def action_revoke(self):
        """The referral is not wanted any more."""
        self.write({'status': 'revoked'})
        return True

    def action_redirect(self):
        """Refer the patient to somebody else, with the same reason and documents."""
        self.ensure_one()
        other = self.copy({'department_id': False, 'practitioner_id': False, 'partner_id': False})
        return {
            'type': 'ir.actions.act_window',
            'res_model': self._name,
            'res_id': other.id,
            'view_mode': 'form',
        }

    def action_book(self):
        """Book the visit this referral is about."""
        self.ensure_one()
        self.check_access('write')
        action = self.patient_id.action_new_appointment()
        action['context'] |= {
            'default_practitioner_id': self.practitioner_id.id,
            'default_referral_ids': [Command.link(self.id)],
        }
        return action
