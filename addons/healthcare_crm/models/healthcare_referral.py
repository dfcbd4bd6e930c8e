from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..sensitive import GROUP_CLINICAL, GROUP_STAFF

#: An answer is expected after so many working days.
ANSWER_DAYS = 2
#: status → when it came to it
MOMENTS = {'active': 'sent_at', 'completed': 'answered_at'}


class HealthcareReferral(models.Model):
    """A patient handed on to a department, a practitioner or another clinic, or taken over from
    one (FHIR ServiceRequest).

    Staff see that it is answered in time; why the patient is referred is for clinical users.
    """

    _name = 'healthcare.referral'
    _description = "Referral"
    _inherit = ['healthcare.patient.record']
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
        string="Other Clinic",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_STAFF,
        help="Where the patient is referred to, or comes from.",
    )
    reason = fields.Text(groups=GROUP_CLINICAL)
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
    answered_at = fields.Datetime(string="Answered On", copy=False, groups=GROUP_STAFF)
    reply = fields.Text(copy=False, groups=GROUP_CLINICAL)
    is_overdue = fields.Boolean(
        compute='_compute_is_overdue',
        search='_search_is_overdue',
        groups=GROUP_STAFF,
    )

    _patient_idx = models.Index('(patient_id)')
    _deadline_idx = models.Index("(deadline) WHERE status = 'active' AND answered_at IS NULL")

    _deadline_after_sent = models.Constraint(
        'CHECK (deadline >= sent_at)',
        "An answer cannot be expected before the referral is sent.",
    )

    @api.depends('sent_at', 'company_id')
    def _compute_deadline(self):
        for referral in self:
            referral.deadline = referral.sent_at and referral._get_deadline()

    def _get_deadline(self):
        """Return the end of the second working day after the referral was sent, naive UTC."""
        self.ensure_one()
        # sudo: a clinic's hours are no secret, its calendar may be
        calendar = (self.company_id or self.env.company).sudo().resource_calendar_id
        tz = pytz.timezone(calendar.tz or 'UTC')
        sent = pytz.utc.localize(self.sent_at).astimezone(tz)
        # the day it was sent does not count
        tomorrow = tz.localize(datetime.combine(sent.date() + timedelta(days=1), time.min))
        end = calendar and calendar.plan_days(ANSWER_DAYS, tomorrow, compute_leaves=True)
        end = end or sent + timedelta(days=ANSWER_DAYS)
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
        for status, moment in MOMENTS.items():
            self.filtered(lambda r, s=status, m=moment: r.status == s and not r[m])[moment] = now

    def action_send(self):
        """The referral is on its way: the time for the answer begins."""
        self.write({'status': 'active'})
        return True

    def action_complete(self):
        """The answer has come."""
        self.write({'status': 'completed'})
        return True

    def action_revoke(self):
        """The referral is not wanted any more."""
        self.write({'status': 'revoked'})
        return True
