from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..sensitive import GROUP_CARE, GROUP_PRIVACY

#: Working days within which the privacy officer looks at an opening.
REVIEW_DAYS = 3
#: An explanation is at least so long.
MIN_EXPLANATION = 10
REASONS = [
    ('emergency', "Medical emergency"),
    ('standing_in', "Standing in for a colleague"),
    ('advice', "A colleague asked for advice"),
    ('request', "The patient asked for it"),
    ('other', "Something else"),
]
VERDICTS = [
    ('justified', "Justified"),
    ('not_justified', "Not justified"),
    ('unclear', "Unclear"),
]
_REVIEW_FIELDS = {'reviewed_by_id', 'reviewed_at', 'verdict', 'review_note'}


class HealthcareBreakGlass(models.Model):
    """A health record that somebody opened who does not treat the patient, and why.

    The software makes a row when somebody gives a reason; a privacy officer says once whether it
    was justified. Nothing else of it is ever changed, and none is deleted.
    """

    _name = 'healthcare.break.glass'
    _description = "Record Opened With a Reason"
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'opened_at desc, id desc'
    _rec_name = 'opened_at'

    user_id = fields.Many2one(
        'res.users', string="Opened By", required=True, readonly=True, ondelete='restrict'
    )
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        readonly=True,
        ondelete='restrict',
        index=True,
        groups=GROUP_CARE,
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        readonly=True,
        index=True,
        help="The patient's clinic, else that of who opened the record.",
    )
    reason = fields.Selection(REASONS, required=True, readonly=True, groups=GROUP_CARE)
    explanation = fields.Text(
        required=True, readonly=True, groups=GROUP_CARE, help="In the words of who opened it."
    )
    opened_at = fields.Datetime(required=True, readonly=True)
    expires_at = fields.Datetime(string="Open Until", required=True, readonly=True)
    is_open = fields.Boolean(compute='_compute_is_open')
    review_due = fields.Datetime(string="Review By", required=True, readonly=True)
    reminded_at = fields.Datetime(readonly=True)
    reviewed_by_id = fields.Many2one('res.users', readonly=True, ondelete='restrict')
    reviewed_at = fields.Datetime(readonly=True)
    verdict = fields.Selection(VERDICTS, readonly=True)
    review_note = fields.Text(readonly=True, groups=GROUP_CARE)

    # for the record rules: what is open for a user, of one patient or of all
    _open_idx = models.Index('(user_id, patient_id, expires_at)')
    _unreviewed_idx = models.Index('(review_due) WHERE reviewed_at IS NULL')

    @api.depends('expires_at')
    def _compute_is_open(self):
        now = fields.Datetime.now()
        for opening in self:
            opening.is_open = bool(opening.expires_at) and opening.expires_at > now

    @api.depends('user_id', 'opened_at')
    def _compute_display_name(self):
        """Name who and when; the patient is for those who open it."""
        for opening in self:
            when = fields.Datetime.context_timestamp(opening, opening.opened_at)
            opening.display_name = f'{opening.user_id.name}, {when:%Y-%m-%d %H:%M}'

    # ------------------------------------------------------------ opening

    @api.model
    def _open(self, patient, reason, explanation):
        """Open the health record of a patient for this user, for the hours of the clinic.

        :param str reason: one of :data:`REASONS`
        :param str explanation: in words, at least :data:`MIN_EXPLANATION` characters
        :return: the opening, in sudo
        """
        patient.ensure_one()
        patient.check_access('read')
        user = self.env.user
        if not user.care_restricted:
            raise UserError(self.env._("You need not open records with a reason."))
        explanation = ' '.join((explanation or '').split())
        if reason not in dict(REASONS) or len(explanation) < MIN_EXPLANATION:
            raise ValidationError(
                self.env._(
                    "Choose a reason, and write in at least %s characters why you need the record.",
                    MIN_EXPLANATION,
                )
            )
        # sudo: a clinic's settings and hours; and the row, which nobody writes themselves
        company = (patient.company_id or self.env.company).sudo()
        now = fields.Datetime.now()
        opening = self.sudo().create(
            {
                'user_id': user.id,
                'patient_id': patient.id,
                'company_id': company.id,
                'reason': reason,
                'explanation': explanation,
                'opened_at': now,
                'expires_at': now + timedelta(hours=company.break_glass_hours),
                'review_due': self._get_review_due(company, now),
            }
        )
        self.env['healthcare.audit']._record(
            'break_glass',
            self._name,
            patient_ids=patient.ids,
            res_ids=opening.ids,
            purpose=reason,
        )
        opening._tell_privacy_officers()
        return opening

    @api.model
    def _get_review_due(self, company, now):
        """Return when :data:`REVIEW_DAYS` working days of the clinic have passed."""
        calendar = company.resource_calendar_id
        due = calendar and calendar.plan_days(
            REVIEW_DAYS + 1, pytz.utc.localize(now), compute_leaves=True
        )
        if not due:
            return now + timedelta(days=REVIEW_DAYS)
        return due.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _get_open_ids(self, patient_ids):
        """Return the ids of what this user has open of these patients.

        :rtype: dict[int, int]
        :return: ``{patient id: id of the opening}``
        """
        # sudo: what one has opened oneself is no secret to oneself
        found = self.sudo().search(
            [
                ('user_id', '=', self.env.uid),
                ('patient_id', 'in', list(patient_ids)),
                ('expires_at', '>', fields.Datetime.now()),
            ],
            order='id',
        )
        return {opening.patient_id.id: opening.id for opening in found}

    # ------------------------------------------------------------ review

    def _get_reviewers(self):
        """Return the privacy officers of the clinic, but who opened the record."""
        self.ensure_one()
        return self.env['res.users'].search(
            [
                ('all_group_ids', 'in', self.env.ref(GROUP_PRIVACY).ids),
                ('company_ids', 'in', self.company_id.ids),
                ('share', '=', False),
                ('id', '!=', self.user_id.id),
            ]
        )

    def _tell_privacy_officers(self):
        """Have each privacy officer of the clinic asked for a review."""
        for opening in self:
            for officer in opening._get_reviewers():
                opening.activity_schedule(
                    'mail.mail_activity_data_todo',
                    date_deadline=opening.review_due.date(),
                    # no name of a patient: it is mailed, and read on any screen
                    summary=opening.with_context(lang=officer.lang).env._(
                        "Somebody opened a record with a reason: say whether it was justified"
                    ),
                    user_id=officer.id,
                )

    @api.model
    def _review(self, opening_id, verdict, note):
        """Say once, as a privacy officer, whether an opening was justified.

        :return: the opening
        """
        user = self.env.user
        if not user.has_group(GROUP_PRIVACY):
            raise AccessError(self.env._("Only privacy officers review openings."))
        opening = self.browse(opening_id).exists()
        opening.check_access('read')
        if not opening or verdict not in dict(self._fields['verdict'].selection):
            raise UserError(self.env._("Choose what you found."))
        if opening.user_id == user:
            raise UserError(
                self.env._("Nobody reviews their own openings. Ask another privacy officer.")
            )
        note = (note or '').strip()
        if verdict != 'justified' and not note:
            raise UserError(self.env._("Write down what you found."))
        # sudo: this is the only way a review is written
        opening = opening.sudo()
        opening.lock_for_update()
        opening.write(
            {
                'reviewed_by_id': user.id,
                'reviewed_at': fields.Datetime.now(),
                'verdict': verdict,
                'review_note': note,
            }
        )
        opening.activity_unlink(['mail.mail_activity_data_todo'])
        return opening.sudo(False)

    @api.model
    def action_review_next(self):
        """Show the opening that has waited longest, or all of them when none waits."""
        opening = self.search(
            [('reviewed_at', '=', False), ('user_id', '!=', self.env.uid)],
            order='review_due, id',
            limit=1,
        )
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.healthcare_break_glass_action'
        )
        action['target'] = 'main'
        if opening:
            action |= {'res_id': opening.id, 'views': [[False, 'form']]}
        else:
            action['context'] = {}  # those to review would be an empty page
        return action

    def action_judge(self):
        """Ask for the verdict that the button names."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Review"),
            'res_model': 'healthcare.break.glass.review',
            'views': [[False, 'form']],
            'target': 'new',
            'context': {
                'default_opening_id': self.id,
                'default_verdict': self.env.context.get('verdict', 'justified'),
            },
        }

    def action_open_looks(self):
        """List what was looked at while the record was open."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("What Was Looked At"),
            'res_model': 'healthcare.audit.event',
            'views': [[False, 'list'], [False, 'form']],
            'domain': [
                ('user_id', '=', self.user_id.id),
                ('patient_ids', 'in', self.patient_id.ids),
                ('recorded_at', '>=', self.opened_at),
                ('recorded_at', '<=', self.expires_at),
            ],
        }

    @api.model
    def _cron_remind(self):
        """Write to the privacy officers whose reviews are late, once for each opening."""
        late = self.search(
            Domain('reviewed_at', '=', False)
            & Domain('reminded_at', '=', False)
            & Domain('review_due', '<', fields.Datetime.now())
        )
        by_officer = {}
        for opening in late:
            for officer in opening._get_reviewers():
                by_officer.setdefault(officer, self.browse())
                by_officer[officer] |= opening
        for officer, openings in by_officer.items():
            here = self.with_context(lang=officer.lang)
            here.env['mail.thread'].message_notify(
                partner_ids=officer.partner_id.ids,
                subject=here.env._("Openings of records wait for your review"),
                body=here.env._(
                    "%(count)s records that somebody opened with a reason have not been reviewed "
                    "within %(days)s working days. Open Healthcare > Privacy > Opened With a "
                    "Reason.",
                    count=len(openings),
                    days=REVIEW_DAYS,
                ),
            )
        late.reminded_at = fields.Datetime.now()

    # ------------------------------------------------------------ nothing is altered

    def write(self, vals):
        """Refuse to alter what was written down; a review is written once.

        :raise UserError: it would be altered
        """
        if vals.keys() - _REVIEW_FIELDS - {'reminded_at', 'activity_ids'} or (
            vals.keys() & _REVIEW_FIELDS and any(self.mapped('reviewed_at'))
        ):
            raise UserError(
                self.env._("What was written down about an opened record cannot be altered.")
            )
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        openings = super().create(vals_list)
        openings.patient_id.invalidate_recordset(['is_in_care'])
        return openings

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        raise UserError(self.env._("Openings of records are kept. They cannot be deleted."))
