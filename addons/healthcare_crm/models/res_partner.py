import re
from datetime import timedelta

import phonenumbers
from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.modules.db import FunctionStatus
from odoo.tools import SQL, single_email_re

from ..guarded import GuardedOne2many
from ..sensitive import GROUP_CLINICAL, GROUP_STAFF, GROUP_USER
from .healthcare_communication import CHANNELS

OLDEST_AGE = 130
# What somebody types who looks for a phone number, and how much of it tells people apart.
PHONE_LIKE = re.compile(r'[\d\s()+./-]+')
MIN_PHONE_DIGITS = 4
#: a shorter text is nobody's whole number
MIN_NUMBER = 5
# An error about a whole batch names this many patients, not twenty thousand.
MAX_NAMED = 10
# Who and what a patient is linked to.
LINKED = frozenset({'guardian_id', 'referrer_id', 'household_id'})
# Whoever has one of these stays on file.
HISTORY_MODELS = (
    'calendar.event',
    'healthcare.communication',
    'healthcare.consent',
    'healthcare.consent.signature',
    'healthcare.condition',
    'healthcare.medication',
    'healthcare.procedure',
    'healthcare.observation',
    'healthcare.immunization',
    'healthcare.allergy',
    'healthcare.family.history',
    'healthcare.lifestyle',
    'healthcare.alert',
    'healthcare.coverage',
    'healthcare.document',
    'healthcare.encounter',
    'healthcare.referral',
    'healthcare.waitlist.entry',
    'healthcare.enquiry',
)


def _index_name_parts(registry):
    """Return the index for searches in names; none where the database has not got what it takes."""
    if not registry.has_trigram or registry.has_unaccent == FunctionStatus.PRESENT:
        return ''
    name = registry.unaccent(SQL('complete_name')).code
    return f'USING gin (({name}) gin_trgm_ops) WHERE is_patient IS TRUE'


class ResPartner(models.Model):
    """A contact that may be a patient (FHIR Patient).

    That a contact is a patient is health data in itself: every field here, ``is_patient`` first,
    is for healthcare users only, and none is tracked, because followers receive tracked values.
    """

    _inherit = 'res.partner'

    is_patient = fields.Boolean(string="Patient", index=True, groups=GROUP_USER)
    patient_number = fields.Char(
        copy=False,
        groups=GROUP_USER,
        help="Given by the clinic when the contact becomes a patient.",
    )
    birth_date = fields.Date(copy=False, groups=GROUP_USER)
    age = fields.Integer(compute='_compute_age', groups=GROUP_USER, help="Age in whole years.")
    gender = fields.Selection(
        [('male', "Male"), ('female', "Female"), ('other', "Other"), ('unknown', "Unknown")],
        copy=False,
        groups=GROUP_USER,
    )
    preferred_channel = fields.Selection(
        CHANNELS,
        copy=False,
        groups=GROUP_USER,
        help="How the patient likes to be reached, when they have agreed to it.",
    )
    practitioner_id = fields.Many2one(
        'healthcare.practitioner',
        string="Practitioner",
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_USER,
        help="The practitioner who usually sees this patient.",
    )
    source_id = fields.Many2one(
        'utm.source',
        string="Source",
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_USER,
        help="How the patient found the clinic.",
    )
    referrer_id = fields.Many2one(
        'res.partner',
        string="Referrer",
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_USER,
        help="Who recommended the clinic to this patient.",
    )
    guardian_id = fields.Many2one(
        'res.partner',
        string="Guardian",
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_USER,
        help="Who decides for this patient: a parent, or a legal guardian.",
    )
    lifecycle_stage = fields.Selection(
        [
            ('prospect', "Prospect"),
            ('new', "New patient"),
            ('active', "Active patient"),
            ('dormant', "Dormant"),
            ('former', "Former"),
        ],
        copy=False,
        groups=GROUP_USER,
        help="Prospect: has enquired. New: not seen yet. Active: comes. Dormant: has not come "
        "for a long time. Former: has left.",
    )
    deceased = fields.Boolean(copy=False, groups=GROUP_USER)
    deceased_date = fields.Date(string="Date of Death", copy=False, groups=GROUP_USER)
    contact_blocked = fields.Boolean(
        string="Do Not Contact",
        copy=False,
        groups=GROUP_USER,
        help="Nothing is sent to this patient, whatever they agreed to.",
    )
    identifier_ids = fields.One2many(
        'healthcare.patient.identifier',
        'patient_id',
        string="Identifiers",
        groups=GROUP_USER,
    )
    identifier_number = fields.Char(
        string="Number of a Document",
        compute='_compute_identifier_number',
        search='_search_identifier_number',
        groups=GROUP_STAFF,
        help="To find a patient by the whole number of a document.",
    )
    consent_ids = fields.One2many(
        'healthcare.consent',
        'patient_id',
        string="Consents",
        groups=GROUP_USER,
    )
    consent_overview = fields.Html(
        compute='_compute_consent_overview',
        sanitize=False,
        groups=GROUP_USER,
    )
    communication_ids = GuardedOne2many(
        'healthcare.communication',
        'patient_id',
        string="Contact Timeline",
        groups=GROUP_USER,
    )
    communication_count = fields.Integer(
        compute='_compute_communication_count',
        groups=GROUP_USER,
    )
    segment_member_ids = GuardedOne2many(
        'healthcare.segment.member',
        'patient_id',
        string="Segments",
        groups=GROUP_STAFF,
    )
    condition_ids = GuardedOne2many(
        'healthcare.condition',
        'patient_id',
        string="Conditions",
        groups=GROUP_CLINICAL,
    )
    medication_ids = GuardedOne2many(
        'healthcare.medication',
        'patient_id',
        string="Medication",
        groups=GROUP_CLINICAL,
    )
    procedure_ids = GuardedOne2many(
        'healthcare.procedure',
        'patient_id',
        string="Procedures",
        groups=GROUP_CLINICAL,
    )
    observation_ids = GuardedOne2many(
        'healthcare.observation',
        'patient_id',
        string="Observations",
        groups=GROUP_CLINICAL,
    )
    immunization_ids = GuardedOne2many(
        'healthcare.immunization',
        'patient_id',
        string="Vaccinations",
        groups=GROUP_CLINICAL,
    )
    referral_ids = GuardedOne2many(
        'healthcare.referral',
        'patient_id',
        string="Referrals",
        groups=GROUP_STAFF,
    )
    waitlist_entry_ids = fields.One2many(
        'healthcare.waitlist.entry',
        'patient_id',
        string="Waiting List",
        groups=GROUP_STAFF,
    )
    appointment_ids = fields.One2many(
        'calendar.event',
        'patient_id',
        string="Appointments",
        domain=[('is_appointment', '=', True)],
        groups=GROUP_USER,
    )
    appointment_count = fields.Integer(compute='_compute_appointments', groups=GROUP_USER)
    last_appointment = fields.Datetime(
        compute='_compute_appointments',
        string="Last Visit",
        groups=GROUP_USER,
    )
    next_appointment = fields.Datetime(compute='_compute_appointments', groups=GROUP_USER)

    _patient_number_uniq = models.UniqueIndex(
        '(patient_number) WHERE patient_number IS NOT NULL',
        "Another patient has this patient number.",
    )
    # what segments ask of every patient, without reading the patients themselves
    _segment_idx = models.Index(
        '(birth_date) INCLUDE (id, company_id, gender, lang, lifecycle_stage, deceased, '
        'contact_blocked, processing_restricted, email, phone) '
        'WHERE is_patient IS TRUE AND active IS TRUE'
    )
    # parts of names of patients; of at least three characters, shorter ones no index knows
    _name_part_idx = models.Index(_index_name_parts)

    # ------------------------------------------------------------
    # Computes
    # ------------------------------------------------------------

    @api.depends('birth_date', 'deceased', 'deceased_date')
    def _compute_age(self):
        today = fields.Date.context_today(self)
        for partner in self:
            if not partner.birth_date:
                partner.age = 0
                continue
            until = (partner.deceased and partner.deceased_date) or today
            partner.age = max(relativedelta(until, partner.birth_date).years, 0)

    @api.depends('communication_ids')
    def _compute_communication_count(self):
        counts = dict(
            self.env['healthcare.communication']._read_group(
                [('patient_id', 'in', self.ids)],
                ['patient_id'],
                ['__count'],
            )
        )
        for partner in self:
            partner.communication_count = counts.get(partner._origin, 0)

    @api.depends('appointment_ids.start', 'appointment_ids.appointment_status')
    def _compute_appointments(self):
        Event = self.env['calendar.event']
        mine = Domain('is_appointment', '=', True) & Domain('patient_id', 'in', self.ids)
        now = fields.Datetime.now()
        counts = dict(Event._read_group(mine, ['patient_id'], ['__count']))
        last = dict(
            Event._read_group(
                mine
                & Domain('appointment_status', 'in', ('arrived', 'checked-in', 'fulfilled'))
                & Domain('start', '<=', now),
                ['patient_id'],
                ['start:max'],
            )
        )
        coming = dict(
            Event._read_group(
                mine
                & Domain('appointment_status', 'in', ('proposed', 'pending', 'booked'))
                & Domain('start', '>', now),
                ['patient_id'],
                ['start:min'],
            )
        )
        for partner in self:
            patient = partner._origin
            partner.appointment_count = counts.get(patient, 0)
            partner.last_appointment = last.get(patient, False)
            partner.next_appointment = coming.get(patient, False)

    @api.depends('consent_ids')
    @api.depends_context('lang')
    def _compute_consent_overview(self):
        """Draw what the patient agreed to: one row per purpose, one column per channel."""
        Consent = self.env['healthcare.consent']
        purposes = self.env['healthcare.consent.purpose'].search([('active', '=', True)])
        channels = Consent._fields['channel']._description_selection(self.env)
        codes = [code for code, _label in channels]
        decisions = Consent._decisions(self.ids, purposes.ids, codes)
        words = {
            'permit': ('fa-check text-success', self.env._("Agreed")),
            'deny': ('fa-times text-danger', self.env._("Refused")),
            None: ('fa-minus text-muted', self.env._("Never asked")),
        }
        head = Markup('').join(
            Markup('<th class="text-center">%s</th>') % label for _code, label in channels
        )
        for partner in self:
            rows = Markup('')
            for purpose in purposes:
                cells = Markup('')
                for code in codes:
                    decision, _id = decisions.get(
                        (partner._origin.id, purpose.id, code),
                        (None, None),
                    )
                    cells += (
                        Markup(
                            '<td class="text-center">'
                            '<i class="fa %s me-1" aria-hidden="true"></i>%s'
                            '</td>',
                        )
                        % words[decision]
                    )
                rows += Markup('<tr><th class="fw-normal">%s</th>%s</tr>') % (purpose.name, cells)
            partner.consent_overview = Markup(
                '<table class="table table-sm mb-0"><thead><tr><th></th>%s</tr></thead>'
                '<tbody>%s</tbody></table>',
            ) % (head, rows)

    @api.depends(
        'is_patient', 'birth_date', 'patient_number', 'deceased', 'deceased_date', 'company_id'
    )
    @api.depends_context('show_patient_identity', 'uid', 'allowed_company_ids')
    def _compute_display_name(self):
        """Add age and number to the name of a patient, where staff must not mix patients up."""
        super()._compute_display_name()
        self._hide_names()
        if not self.env.context.get('show_patient_identity') or not self._reads_patients():
            return
        for partner in self:
            if not partner.is_patient:
                continue
            details = [str(partner.age)] if partner.birth_date else []
            if partner.patient_number:
                details.append(partner.patient_number)
            if details:
                partner.display_name = f'{partner.display_name or ""} ({", ".join(details)})'

    def _hide_names(self):
        """Tell staff no name of a patient whom they may not read.

        Odoo reads the name of whatever a record leads to as the superuser: a notification, a guest
        of a meeting or a line of a wizard would name the patients of every clinic.
        """
        if not self.env.su or self.env.uid == SUPERUSER_ID or not self.env.user._is_internal():
            return
        patients = self.filtered('is_patient')._origin
        hidden = patients - patients.sudo(False)._filtered_access('read')
        if hidden:
            self.filtered(lambda partner: partner._origin in hidden).display_name = False

    def _compute_phone_sanitized(self):
        """Patients' numbers are stored in E.164 already: do not parse each of them again.

        The result is the same either way. So it does not depend on ``is_patient``: a field of
        another module that did would be deleted along with ours when this addon is uninstalled.
        """
        known = self.browse()
        for partner in self.filtered('is_patient'):
            phone = partner.phone
            if phone and phone[0] == '+' and phone[1:].isdigit():
                partner.phone_sanitized = phone
                known += partner
        return super(ResPartner, self - known)._compute_phone_sanitized()

    # ------------------------------------------------------------
    # Search
    # ------------------------------------------------------------

    @api.model
    def _reads_patients(self):
        """Return whether the user may know who is a patient, also when running in sudo."""
        return self.env.user.has_group(GROUP_USER)

    @api.model
    def _search_display_name(self, operator, value):
        """Find a patient by number or phone as well, in whatever spelling."""
        domain = super()._search_display_name(operator, value)
        if (
            domain is NotImplemented
            or operator not in ('ilike', 'like', '=ilike', '=like')
            or not isinstance(value, str)
            or not value.strip('% ')
            or not self._reads_patients()
        ):
            return domain
        domain = Domain(domain) | self._get_patient_search_domain(value)
        if len(value.strip('% ')) >= MIN_NUMBER and self.env.user.has_group(GROUP_STAFF):
            domain |= Domain('id', 'in', self._find_by_number([value.strip('% ')]))
        return domain

    def _compute_identifier_number(self):
        self.identifier_number = False

    def _search_identifier_number(self, operator, value):
        """Find patients by the whole number of a document, in whatever system."""
        # a search method is not asked for the groups of its field
        self._check_field_access(self._fields['identifier_number'], 'read')
        if operator in ('ilike', '='):
            value = [value]
        elif operator != 'in':
            return NotImplemented
        return [('id', 'in', self._find_by_number(value))]

    @api.model
    def _find_by_number(self, numbers):
        """Return the ids of the few patients who have one of some numbers."""
        Identifier = self.env['healthcare.patient.identifier']
        # sudo: the rules of patients apply to what is found
        found = Identifier.sudo().browse(Identifier._search_number(numbers))
        return found.patient_id._follow_merges().ids

    @api.model
    def _get_patient_search_domain(self, value):
        """Return the domain of patients known by this number or phone.

        :param str value: what somebody typed in a search box
        """
        value = value.strip('% ')
        domain = Domain('patient_number', '=ilike', f'{value}%')
        if not PHONE_LIKE.fullmatch(value):
            return domain
        # a national prefix is not part of the international number
        digits = re.sub(r'\D', '', value).lstrip('0')
        if len(digits) >= MIN_PHONE_DIGITS:
            domain |= Domain('phone_sanitized', 'like', digits)
            if number := self._phone_format(number=value):
                domain |= Domain('phone_sanitized', '=', number)
        return domain

    # ------------------------------------------------------------
    # Constraints
    # ------------------------------------------------------------

    @api.constrains('email', 'is_patient')
    def _check_patient_email(self):
        wrong = self.sudo().filtered(
            lambda p: p.is_patient
            and p.email
            # one plain address: a name or a second address in the field would be mailed, too
            and not single_email_re.match(p.email.strip())
        )
        self._raise_for(
            wrong,
            lambda p: self.env._(
                "The e-mail address “%(value)s” of patient %(patient)s is not valid. "
                "Write it like name@example.com, or leave it empty.",
                value=p.email,
                patient=p.name,
            ),
        )

    @api.constrains('birth_date')
    def _check_birth_date(self):
        # Somebody born today in Auckland is born tomorrow in Honolulu.
        latest = fields.Date.today() + timedelta(days=1)
        oldest = latest - relativedelta(years=OLDEST_AGE)
        patients = self.sudo().filtered('birth_date')
        self._raise_for(
            patients.filtered(lambda p: p.birth_date > latest),
            lambda p: self.env._(
                "The birth date %(value)s of patient %(patient)s is in the future.",
                value=fields.Date.to_string(p.birth_date),
                patient=p.name,
            ),
        )
        self._raise_for(
            patients.filtered(lambda p: p.birth_date < oldest),
            lambda p: self.env._(
                "The birth date %(value)s of patient %(patient)s is more than %(years)s years ago. "
                "Check the year.",
                value=fields.Date.to_string(p.birth_date),
                patient=p.name,
                years=OLDEST_AGE,
            ),
        )

    @api.constrains('birth_date', 'deceased_date')
    def _check_deceased_date(self):
        latest = fields.Date.today() + timedelta(days=1)
        patients = self.sudo().filtered('deceased_date')
        self._raise_for(
            patients.filtered(lambda p: p.birth_date and p.deceased_date < p.birth_date),
            lambda p: self.env._(
                "Patient %(patient)s cannot have died on %(death)s, before the birth date "
                "%(birth)s.",
                patient=p.name,
                death=fields.Date.to_string(p.deceased_date),
                birth=fields.Date.to_string(p.birth_date),
            ),
        )
        self._raise_for(
            patients.filtered(lambda p: p.deceased_date > latest),
            lambda p: self.env._(
                "The date of death %(value)s of patient %(patient)s is in the future.",
                value=fields.Date.to_string(p.deceased_date),
                patient=p.name,
            ),
        )

    @api.constrains('guardian_id', 'referrer_id')
    def _check_guardian_referrer(self):
        patients = self.sudo()
        self._raise_for(
            patients.filtered(lambda p: p.guardian_id == p),
            lambda p: self.env._("%(patient)s cannot be their own guardian.", patient=p.name),
        )
        self._raise_for(
            patients.filtered(lambda p: p.referrer_id == p),
            lambda p: self.env._("%(patient)s cannot be their own referrer.", patient=p.name),
        )
        guarded = patients.filtered('guardian_id')
        if guarded and guarded._has_cycle('guardian_id'):
            raise ValidationError(
                self.env._(
                    "Two patients cannot be each other's guardian: %(patients)s",
                    patients=', '.join(guarded[:MAX_NAMED].mapped('name')),
                )
            )

    def _raise_for(self, wrong, message):
        """Raise one error that names the first wrong records.

        :param wrong: the records that are not valid
        :param message: function that returns the sentence for one record
        """
        if wrong:
            raise ValidationError('\n'.join(message(record) for record in wrong[:MAX_NAMED]))

    # ------------------------------------------------------------
    # Phone numbers
    # ------------------------------------------------------------

    @api.model
    def _format_patient_phones(self, phones):
        """Return the E.164 form of phone numbers; each distinct number is parsed once.

        :param phones: list of ``(patient name, number as typed, country record)``
        :return: list of numbers in the same order
        :raise ValidationError: naming the patients whose number no country could have
        """
        known = {}
        result = []
        wrong = []
        for name, phone, country in phones:
            key = (phone, country.id)
            if key not in known:
                known[key] = self._phone_format_number(phone, country) or False
            if not known[key]:
                wrong.append((name, phone, country))
            result.append(known[key])
        if wrong:
            raise ValidationError(
                '\n'.join(
                    self.env._(
                        "The phone number “%(value)s” of patient %(patient)s is not valid. Write "
                        "it "
                        "with the country code, for example %(example)s.",
                        value=phone,
                        patient=name or '',
                        example=self._get_example_phone(country),
                    )
                    for name, phone, country in wrong[:MAX_NAMED]
                )
            )
        return result

    @api.model
    def _get_example_phone(self, country):
        """Return a made-up but valid number of a country, to show how one is written."""
        example = phonenumbers.example_number_for_type(
            country.code or 'US',
            phonenumbers.PhoneNumberType.MOBILE,
        ) or phonenumbers.example_number('US')
        return phonenumbers.format_number(
            example,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        )

    @api.model
    def _format_new_patients_phones(self, vals_list):
        Country = self.env['res.country']
        company_country = self.env.company.country_id
        with_phone = [vals for vals in vals_list if (vals.get('phone') or '').strip()]
        numbers = self._format_patient_phones(
            [
                (
                    vals.get('name'),
                    vals['phone'].strip(),
                    Country.browse(vals.get('country_id')) or company_country,
                )
                for vals in with_phone
            ]
        )
        for vals, number in zip(with_phone, numbers, strict=True):
            vals['phone'] = number

    def _format_stored_patients_phones(self):
        patients = self.filtered('phone')
        numbers = self._format_patient_phones(
            [
                (
                    p.name,
                    p.phone,
                    p.country_id or p.company_id.country_id or p.env.company.country_id,
                )
                for p in patients
            ]
        )
        for patient, number in zip(patients, numbers, strict=True):
            if patient.phone != number:
                patient.phone = number

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get('default_is_patient', False)
        vals_list = [dict(vals) for vals in vals_list]
        patients = [vals for vals in vals_list if vals.get('is_patient', default)]
        if patients:
            unnumbered = [vals for vals in patients if not vals.get('patient_number')]
            numbers = self._next_patient_numbers(len(unnumbered))
            for vals, number in zip(unnumbered, numbers, strict=True):
                vals['patient_number'] = number
            for vals in patients:
                vals.setdefault(
                    'lifecycle_stage',
                    self.env.context.get('default_lifecycle_stage', 'new'),
                )
                # not that of whoever files the patient, which Odoo would take
                vals.setdefault('tz', self._get_clinic_tz(vals.get('company_id')))
            self._format_new_patients_phones(patients)
        partners = super().create(vals_list)
        partners._check_linked(LINKED)
        return partners

    def write(self, vals):
        # Anybody who may write a contact may write a patient's phone, without knowing that it is
        # a patient: hence sudo to look.
        becoming = self.browse()
        if vals.get('is_patient'):
            becoming = self.sudo().filtered(lambda p: not p.is_patient).sudo(self.env.su)
        result = super().write(vals)
        self._check_linked(LINKED & vals.keys())
        if becoming:
            unnumbered = becoming.filtered(lambda p: not p.patient_number)
            numbers = self._next_patient_numbers(len(unnumbered))
            for partner, number in zip(unnumbered, numbers, strict=True):
                partner.patient_number = number
            becoming.filtered(lambda p: not p.lifecycle_stage).lifecycle_stage = 'new'
        if 'phone' in vals or becoming:
            patients = self.sudo().filtered('is_patient')
            (patients if 'phone' in vals else becoming.sudo())._format_stored_patients_phones()
        return result

    def _check_linked(self, names):
        """Let nobody link somebody they may not see: it would tell the name, and more.

        :param names: of fields, of :data:`LINKED`
        :raise AccessError: there is one
        """
        if self.env.su:
            return
        for name in names:
            # sudo: to look whom; who may write a contact need not read all of it
            if linked := self.sudo()[name]:
                linked.sudo(False).check_access('read')

    @api.model
    def _get_clinic_tz(self, company_id):
        """Return the time zone of a clinic's working hours, of the user's clinic if none is
        named."""
        company = self.env['res.company'].browse(company_id) or self.env.company
        # sudo: a clinic's hours are no secret, its calendar may be
        return company.sudo().resource_calendar_id.tz or self.env.context.get('tz')

    @api.model
    def _next_patient_numbers(self, count):
        """Draw patient numbers, all in one query.

        :rtype: list[str]
        """
        if not count:
            return []
        sequence = (
            self.env['ir.sequence']
            .sudo()
            .search(
                [
                    ('code', '=', 'healthcare.patient'),
                    ('company_id', 'in', [self.env.company.id, False]),
                ],
                order='company_id',
                limit=1,
            )
        )
        if not sequence:
            raise UserError(
                self.env._(
                    "There is no sequence for patient numbers. Create one with the code "
                    "“healthcare.patient” in Settings > Technical > Sequences.",
                )
            )
        return sequence._next_batch(count)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_patient_history(self):
        """Keep patients who have a history: what happened to them stays on record."""
        patients = self.sudo().with_context(active_test=False)
        kept = self.browse()
        for model in HISTORY_MODELS:
            groups = (
                self.env[model]
                .sudo()
                .with_context(active_test=False)
                ._read_group(
                    [('patient_id', 'in', patients.ids)],
                    ['patient_id'],
                )
            )
            kept |= self.browse([patient.id for (patient,) in groups])
        kept |= (
            self.env['healthcare.consent']
            .sudo()
            .search(
                [('given_by_id', 'in', patients.ids)],
            )
            .given_by_id.sudo(self.env.su)
        )
        if not kept:
            return
        if not self._reads_patients():
            # not a word about patients to somebody who may not know who is one
            raise AccessError(
                self.env._(
                    "You are not allowed to delete these contacts. Archive them instead.",
                )
            )
        raise UserError(
            self.env._(
                "%(patients)s cannot be deleted: appointments, messages, consents or health "
                "records are on file. Archive the patient instead.",
                patients=', '.join(kept[:MAX_NAMED].sudo().mapped('name')),
            )
        )

    def _get_phone_to_call(self):
        """Return the number under which this patient is reached: a minor's is the guardian's."""
        guardian = self.guardian_id if self and self._is_minor() else self.browse()
        if guardian.contact_blocked or guardian.deceased:
            return self.phone
        return guardian.phone or self.phone

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_view_appointments(self):
        """Open the appointments of this patient."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.calendar_event_action_appointment',
        )
        action['domain'] = [('is_appointment', '=', True), ('patient_id', '=', self.id)]
        action['context'] = {
            'default_is_appointment': True,
            'default_patient_id': self.id,
            'default_practitioner_id': self.practitioner_id.id,
            'show_patient_identity': True,
        }
        return action

    def action_new_appointment(self):
        """Open an empty appointment of this patient."""
        self.ensure_one()
        return {
            'name': self.env._("New Appointment"),
            'type': 'ir.actions.act_window',
            'res_model': 'calendar.event',
            'view_mode': 'form',
            'views': [
                (
                    self.env.ref('healthcare_crm.calendar_event_view_form_appointment').id,
                    'form',
                )
            ],
            'context': {
                'default_is_appointment': True,
                'default_patient_id': self.id,
                'default_practitioner_id': self.practitioner_id.id,
                'show_patient_identity': True,
            },
        }

    def action_view_communications(self):
        """Open the contacts with this patient."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.healthcare_communication_action',
        )
        action['domain'] = [('patient_id', '=', self.id)]
        action['context'] = {'default_patient_id': self.id}
        return action

    def action_log_call(self):
        """Open an empty row of the ledger for a call somebody just made or took."""
        self.ensure_one()
        return {
            'name': self.env._("Log a Call"),
            'type': 'ir.actions.act_window',
            'res_model': 'healthcare.communication',
            'view_mode': 'form',
            'target': 'new',
            'context': {
                'default_patient_id': self.id,
                'default_channel': 'call',
                'default_status': 'delivered',
                'default_user_id': self.env.uid,
                'show_patient_identity': True,
            },
        }

    def action_record_consent(self):
        """Open the form that records what the patient agrees to or withdraws."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.healthcare_consent_wizard_action',
        )
        action['context'] = {
            'default_patient_id': self.id,
            'default_decision': self.env.context.get('consent_decision', 'permit'),
        }
        return action
