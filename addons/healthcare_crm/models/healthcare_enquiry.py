from datetime import datetime, time, timedelta

import phonenumbers
import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_normalize, parse_contact_from_email

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_STAFF

#: An enquiry is answered within this time.
ANSWER_WITHIN = timedelta(days=1)
#: What is still to be done about it.
OPEN_STATES = ('new', 'contacted', 'converted')
#: Of a day that is wished for, when the appointment form begins.
PERIOD_STARTS = {'morning': time(9), 'afternoon': time(14), 'evening': time(18)}
#: One run of the nightly job reminds of as many in one transaction.
BATCH = 500


class HealthcareEnquiry(models.Model):
    """Somebody asks the clinic something, and may become a patient.

    What they write may be about their health, so all of it is for those who work at the desk; the
    letters of the thread follow the same access. Nothing is tracked.
    """

    _name = 'healthcare.enquiry'
    _description = "Enquiry"
    _inherit = ['mail.thread', 'mail.activity.mixin', 'healthcare.own.clinic', 'healthcare.sealed']
    _owned_by = ('company_id', 'patient_id')
    _order = 'date desc, id desc'

    # who
    name = fields.Char(groups=GROUP_STAFF, copy=False)
    phone = fields.Char(groups=GROUP_STAFF, copy=False)
    email = fields.Char(string="E-mail", groups=GROUP_STAFF, copy=False)
    email_normalized = fields.Char(
        compute='_compute_email_normalized',
        store=True,
        index='btree_not_null',
        groups=GROUP_STAFF,
        copy=False,
    )
    lang = fields.Selection(
        selection=lambda self: self.env['res.lang'].get_installed(),
        string="Language",
        groups=GROUP_STAFF,
    )
    birth_date = fields.Date(groups=GROUP_STAFF, copy=False)

    # asked first
    returning = fields.Selection(
        [
            ('new', "New here"),
            ('returning', "Has been here before"),
            ('unknown', "Not asked yet"),
        ],
        string="New or Returning",
        required=True,
        default='unknown',
        groups=GROUP_STAFF,
    )
    insured = fields.Selection(
        [('yes', "Insured"), ('no', "Pays themselves"), ('unknown', "Not asked yet")],
        string="Insurance",
        required=True,
        default='unknown',
        groups=GROUP_STAFF,
    )
    payer_name = fields.Char(string="Insurer", groups=GROUP_STAFF)
    source_id = fields.Many2one(
        'utm.source',
        string="Source",
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_STAFF,
        help="How they found the clinic.",
    )
    service_id = fields.Many2one(
        'healthcare.service',
        string="What For",
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_STAFF,
    )
    purpose = fields.Char(
        string="In Their Words",
        groups=GROUP_STAFF,
        help="What they come for, when no service says it.",
        **sealed('purpose', copy=False),
    )
    purpose_sealed = sealed_column()

    # what they wish
    practitioner_id = fields.Many2one(
        'healthcare.practitioner',
        string="Practitioner Wished",
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_STAFF,
    )
    preferred_date = fields.Date(string="Day Wished", groups=GROUP_STAFF)
    preferred_period = fields.Selection(
        [
            ('any', "Any time"),
            ('morning', "Morning"),
            ('afternoon', "Afternoon"),
            ('evening', "Evening"),
        ],
        string="Time Wished",
        required=True,
        default='any',
        groups=GROUP_STAFF,
    )
    message = fields.Text(groups=GROUP_STAFF, **sealed('message', copy=False))
    message_sealed = sealed_column()
    agrees_to_contact = fields.Boolean(
        string="Agrees to Reminders",
        groups=GROUP_STAFF,
        copy=False,
        help="They ticked it on the clinic's page. It becomes a consent with the patient.",
    )
    agreed_words = fields.Char(
        readonly=True,
        groups=GROUP_STAFF,
        copy=False,
        help="What they agreed to, word by word.",
    )

    # where it stands
    channel = fields.Selection(
        [
            ('phone', "Phone"),
            ('email', "E-mail"),
            ('web', "Web"),
            ('walk_in', "In person"),
        ],
        required=True,
        default='phone',
    )
    state = fields.Selection(
        [
            ('new', "New"),
            ('contacted', "Answered"),
            ('converted', "Patient"),
            ('booked', "Booked"),
            ('lost', "Lost"),
        ],
        required=True,
        default='new',
        readonly=True,
        copy=False,
        group_expand=True,
    )
    lost_reason = fields.Selection(
        [
            ('unreachable', "Not reached"),
            ('elsewhere', "Went elsewhere"),
            ('price', "Price"),
            ('time', "No time that suits"),
            ('not_offered', "We do not offer it"),
            ('spam', "Not an enquiry"),
            ('other', "Other"),
        ],
        copy=False,
    )
    date = fields.Datetime(string="Received", required=True, default=fields.Datetime.now)
    age = fields.Char(compute='_compute_age', string="Waiting")
    is_overdue = fields.Boolean(compute='_compute_is_overdue', search='_search_is_overdue')
    reminded_at = fields.Datetime(readonly=True, copy=False)
    page_id = fields.Many2one(
        'healthcare.enquiry.page',
        string="Came Through",
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
    )
    submission_key = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    user_id = fields.Many2one('res.users', string="Staff", domain=[('share', '=', False)])
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        default=lambda self: self.env.company,
    )
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        domain=[('is_patient', '=', True)],
        index='btree_not_null',
        ondelete='restrict',
        copy=False,
        groups=GROUP_STAFF,
    )
    appointment_ids = fields.One2many(
        'calendar.event',
        'enquiry_id',
        string="Appointments",
        groups=GROUP_STAFF,
    )

    _date_idx = models.Index('(date DESC, id DESC)')
    _new_idx = models.Index("(date, id) WHERE state = 'new'")
    _submission_key_uniq = models.UniqueIndex(
        '(submission_key) WHERE submission_key IS NOT NULL',
        "This form was sent already.",
    )

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends('email')
    def _compute_email_normalized(self):
        for enquiry in self:
            enquiry.email_normalized = email_normalize(enquiry.email or '', strict=False)

    @api.depends('name', 'email', 'phone')
    def _compute_display_name(self):
        for enquiry in self:
            enquiry.display_name = (
                enquiry.name or enquiry.phone or enquiry.email or self.env._("Enquiry")
            )

    @api.depends('date')
    def _compute_age(self):
        now = fields.Datetime.now()
        for enquiry in self:
            minutes = int((now - (enquiry.date or now)).total_seconds() // 60)
            hours, days = minutes // 60, minutes // (24 * 60)
            if days:
                enquiry.age = self.env._("%s d", days)
            elif hours:
                enquiry.age = self.env._("%s h", hours)
            else:
                enquiry.age = self.env._("%s min", max(minutes, 0))

    @api.depends('state', 'date')
    def _compute_is_overdue(self):
        since = fields.Datetime.now() - ANSWER_WITHIN
        for enquiry in self:
            enquiry.is_overdue = enquiry.state == 'new' and bool(
                enquiry.date and enquiry.date < since
            )

    def _search_is_overdue(self, operator, value):
        if operator != 'in':
            return NotImplemented
        overdue = Domain('state', '=', 'new') & Domain(
            'date', '<', fields.Datetime.now() - ANSWER_WITHIN
        )
        return overdue if True in value else ~overdue

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            self._clean(vals)
        # who enters an enquiry is not a follower whom each letter is sent to
        enquiries = super(
            HealthcareEnquiry, self.with_context(mail_create_nosubscribe=True)
        ).create(vals_list)
        enquiries = enquiries.with_env(self.env)
        enquiries._check_patients()
        return enquiries

    def write(self, vals):
        vals = dict(vals)
        self._clean(vals)
        result = super().write(vals)
        if 'patient_id' in vals:
            self._check_patients()
        return result

    @api.model
    def _clean(self, vals):
        """Trim what was typed, and write a phone number as all others are written.

        A number that no country could have stays as it is: what was said is not lost.
        """
        for name in ('name', 'phone', 'email', 'purpose', 'payer_name'):
            if isinstance(vals.get(name), str):
                vals[name] = vals[name].strip()
        if vals.get('phone'):
            company = self.env['res.company'].browse(vals.get('company_id')) or self.env.company
            # sudo: in which country a clinic is, is no secret
            country = company.sudo().country_id
            number = self.env['res.partner']._phone_format_number(vals['phone'], country)
            vals['phone'] = number or vals['phone']

    def _check_patients(self):
        """Let nobody link a patient they may not see: it would tell the name.

        :raise AccessError: there is one
        """
        if not self.env.su:
            self.patient_id.check_access('read')

    @api.ondelete(at_uninstall=False)
    def _unlink_except_patient(self):
        if self.sudo().patient_id:
            raise UserError(
                self.env._(
                    "An enquiry that became a patient is part of the patient's history and cannot "
                    "be deleted."
                )
            )

    # ------------------------------------------------------------
    # Letters
    # ------------------------------------------------------------

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ['patient_id']

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        return [('email_normalized', '=', email_from_normalized)]

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A letter to the address of a clinic becomes an enquiry."""
        values = custom_values or {}
        page = self.env['healthcare.enquiry.page'].browse(values.get('page_id')).exists()
        company = page.company_id or self.env.company
        sender, address = parse_contact_from_email(msg_dict.get('email_from') or '')
        words = values.get('message') or ''
        enquiry = self.with_context(mail_create_nosubscribe=True).create(
            {
                **page._prepare_enquiry(),
                'channel': 'email',
                'company_id': company.id,
                'name': sender if sender != address else False,
                'email': address or msg_dict.get('email_from'),
                'phone': self._find_phone(words, company),
                'message': words,
            }
        )
        enquiry._link_known_sender()
        return enquiry

    @api.model
    def _find_phone(self, words, company):
        """Return the phone number in a letter's words; none unless there is exactly one."""
        found = {
            phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            for match in phonenumbers.PhoneNumberMatcher(words, company.country_id.code)
        }
        return found.pop() if len(found) == 1 else False

    def _link_known_sender(self):
        """Link the enquiries of patients who wrote from the address on file, not where two have
        it; return those that were linked."""
        linked = self.browse()
        for enquiry in self.filtered('email_normalized'):
            clinics = self.env['res.company'].search([('id', 'parent_of', enquiry.company_id.ids)])
            patient = self.env['res.partner'].search(
                Domain('is_patient', '=', True)
                & Domain('email_normalized', '=', enquiry.email_normalized)
                & Domain('company_id', 'in', [False, *clinics.ids]),
                limit=2,
            )
            if len(patient) == 1:
                enquiry.write(
                    {
                        'patient_id': patient.id,
                        'returning': 'returning',
                        'lang': patient.lang,
                        'name': patient.name,
                        'phone': enquiry.phone or patient.phone,
                    }
                )
                linked += enquiry
        return linked

    def message_post(self, **kwargs):
        """Whoever writes back has answered the enquiry."""
        message = super().message_post(**kwargs)
        is_note = message.subtype_id.internal
        if message.message_type == 'comment' and not is_note and self.state == 'new':
            self._answered()
        return message

    # ------------------------------------------------------------
    # Where it stands
    # ------------------------------------------------------------

    def _answered(self):
        new = self.filtered(lambda enquiry: enquiry.state == 'new')
        new.write({'state': 'contacted'})
        for enquiry in new.filtered(lambda enquiry: not enquiry.user_id):
            enquiry.user_id = self.env.user
        self._close_reminders()

    def action_contacted(self):
        """Somebody called or wrote back."""
        self._answered()
        return True

    def action_lose(self):
        """Ask why nothing comes of it."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Why is nothing coming of it?"),
            'res_model': self._name,
            'res_id': self.id,
            'views': [
                (self.env.ref('healthcare_crm.healthcare_enquiry_view_form_lost').id, 'form')
            ],
            'target': 'new',
        }

    def action_lost(self):
        """Nothing comes of it, for the reason that is entered."""
        if not all(self.mapped('lost_reason')):
            raise UserError(self.env._("Say why nothing comes of it: choose a reason."))
        self.write({'state': 'lost'})
        self._close_reminders()
        return {'type': 'ir.actions.act_window_close'}

    def action_reopen(self):
        """It was not lost after all."""
        for enquiry in self:
            enquiry.write(
                {
                    'state': 'converted' if enquiry.patient_id else 'contacted',
                    'lost_reason': False,
                }
            )
        return True

    def action_open_patient(self):
        """Open the patient this became."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'res.partner',
            'res_id': self.patient_id.id,
            'views': [(self.env.ref('healthcare_crm.res_partner_view_form_patient').id, 'form')],
            'context': {'show_patient_identity': True},
        }

    def action_book(self):
        """Open a new appointment, with everything that is known filled in."""
        self.ensure_one()
        action = self.patient_id.action_new_appointment()
        action['context'] |= self._prepare_appointment_context()
        return action

    def _prepare_appointment_context(self):
        """Return the defaults of an appointment of this enquiry."""
        self.ensure_one()
        context = {
            'default_enquiry_id': self.id,
            'default_company_id': self.company_id.id,
        }
        if self.practitioner_id:
            context['default_practitioner_id'] = self.practitioner_id.id
        if self.service_id:
            context['default_service_id'] = self.service_id.id
            context['default_duration'] = self.service_id.duration
        today = fields.Date.context_today(self)
        if self.preferred_date and self.preferred_date >= today:
            # sudo: a clinic's hours are no secret, its calendar may be
            tz = pytz.timezone(self.company_id.sudo().resource_calendar_id.tz or 'UTC')
            starts = PERIOD_STARTS.get(self.preferred_period, PERIOD_STARTS['morning'])
            start = tz.localize(datetime.combine(self.preferred_date, starts))
            start = start.astimezone(pytz.utc).replace(tzinfo=None)
            stop = start + timedelta(hours=self.service_id.duration or 0.5)
            context['default_start'] = fields.Datetime.to_string(start)
            context['default_stop'] = fields.Datetime.to_string(stop)
        return context

    # ------------------------------------------------------------
    # Nobody answers
    # ------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Plan an activity for each enquiry nobody has answered within a day, once."""
        domain = Domain('is_overdue', '=', True) & Domain('reminded_at', '=', False)
        commit = self.env['ir.cron']._commit_progress
        commit(remaining=self.search_count(domain))
        while enquiries := self.search(domain, order='date, id', limit=BATCH):
            enquiries._remind()
            if not commit(len(enquiries)):
                break

    def _remind(self):
        now = fields.Datetime.now()
        for enquiry in self:
            user = enquiry.user_id or enquiry.page_id.user_id
            lang = user.lang or enquiry.company_id.partner_id.lang
            enquiry.with_context(lang=lang)._plan_reminder(user)
        self.write({'reminded_at': now})

    def _plan_reminder(self, user):
        self.activity_schedule(
            'mail.mail_activity_data_todo',
            # never who asked, nor what: the notice goes by e-mail
            summary=self.env._("Answer this enquiry: it came more than a day ago"),
            user_id=user.id,
        )

    def _close_reminders(self):
        # sudo: whose reminder it was, it is no longer needed
        self.sudo().filtered('reminded_at').activity_unlink(['mail.mail_activity_data_todo'])
