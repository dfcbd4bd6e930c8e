from datetime import timedelta

from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL, format_datetime

from ..guarded import GuardedOne2many
from ..sensitive import GROUP_STAFF, GROUP_USER
from .healthcare_communication import CHANNELS

# FHIR AppointmentStatus, as a clinic says it.
APPOINTMENT_STATUSES = [
    ('proposed', "Proposed"),
    ('pending', "Pending"),
    ('booked', "Booked"),
    ('waitlist', "Waiting list"),
    ('arrived', "Arrived"),
    ('checked-in', "Checked in"),
    ('fulfilled', "Done"),
    ('noshow', "No-show"),
    ('cancelled', "Cancelled"),
    ('entered-in-error', "Entered in error"),
]
# Statuses of an appointment to which the patient came.
VISITED_STATUSES = ('arrived', 'checked-in', 'fulfilled')
# Appointments to which the patient came, in SQL.
VISITS = (
    f'WHERE is_appointment IS TRUE AND active IS TRUE AND appointment_status IN {VISITED_STATUSES}'
)
# Statuses that leave the time of the practitioner free.
FREE_STATUSES = ('cancelled', 'entered-in-error', 'noshow', 'waitlist')
STATUS_COLORS = {  # indexes of the colours of tags
    'confirmed': 8,  # blue
    'arrived': 7,  # teal
    'checked-in': 7,
    'fulfilled': 10,  # green
    'noshow': 1,  # red
}
# What everybody may read on a private event of somebody else but search must not reveal.
_UNSEARCHABLE = {'name', 'location', 'description', 'notes', 'videocall_location'}
# Appointments are no meetings: nobody is invited, reminded by the calendar or made a follower.
_QUIET_CREATE = {
    # nor is an activity planned on the patient's page it was booked from
    'active_id': False,
    'active_model': False,
    'dont_notify': True,
    'mail_create_nolog': True,
    'mail_create_nosubscribe': True,
    'no_mail_to_attendees': True,
    'skip_contact_description': True,
    'tracking_disable': True,
}
_QUIET_WRITE = {
    'dont_notify': True,
    'mail_auto_subscribe_no_notify': True,
    'no_mail_to_attendees': True,
    'skip_attendee_notification': True,
}


class CalendarEvent(models.Model):
    """A meeting that may be an appointment of a patient (FHIR Appointment).

    Every employee can read every event, so an appointment says nothing about the patient to those
    without a healthcare role: it is private, its title is the patient's number, our fields are for
    healthcare users, and no clinical text belongs here.
    """

    _inherit = 'calendar.event'

    is_appointment = fields.Boolean(string="Appointment", groups=GROUP_USER)
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        domain=[('is_patient', '=', True)],
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_USER,
    )
    patient_phone = fields.Char(compute='_compute_patient_phone', groups=GROUP_USER)
    practitioner_id = fields.Many2one(
        'healthcare.practitioner',
        string="Practitioner",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_USER,
    )
    service_id = fields.Many2one(
        'healthcare.service',
        string="Service",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_USER,
    )
    preparation = fields.Text(
        related='service_id.preparation',
        related_sudo=False,
        groups=GROUP_USER,
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        index='btree_not_null',
        groups=GROUP_USER,
    )
    appointment_status = fields.Selection(
        APPOINTMENT_STATUSES,
        string="Status",
        copy=False,
        index='btree_not_null',
        groups=GROUP_USER,
    )
    status_badge = fields.Selection(
        [*APPOINTMENT_STATUSES, ('confirmed', "Confirmed")],
        string="Current Status",
        compute='_compute_status_badge',
        groups=GROUP_USER,
    )
    status_color = fields.Integer(compute='_compute_status_badge', groups=GROUP_USER)
    patient_response = fields.Selection(
        [
            ('needs-action', "Not confirmed"),
            ('accepted', "Confirmed"),
            ('declined', "Declined"),
            ('tentative', "Perhaps"),
        ],
        copy=False,
        groups=GROUP_USER,
    )
    response_date = fields.Datetime(string="Answered On", copy=False, groups=GROUP_USER)
    response_channel = fields.Selection(
        [*CHANNELS, ('link', "Link in a message")],
        string="Answered By",
        copy=False,
        groups=GROUP_USER,
    )
    booked_at = fields.Datetime(string="Booked On", copy=False, groups=GROUP_USER)
    cancellation_reason = fields.Selection(
        [
            ('patient', "Patient"),
            ('practitioner', "Practitioner"),
            ('clinic', "Clinic"),
            ('weather', "Weather"),
            ('other', "Other"),
        ],
        copy=False,
        groups=GROUP_USER,
        help="Who or what the appointment was cancelled for. Never the medical reason.",
    )
    identifier_system_id = fields.Many2one(
        'healthcare.identifier.system',
        string="Identifier System",
        copy=False,
        ondelete='restrict',
        groups=GROUP_USER,
    )
    identifier_value = fields.Char(
        string="Identifier",
        copy=False,
        groups=GROUP_USER,
        help="The number of this appointment in the other system.",
    )
    referral_ids = GuardedOne2many(
        'healthcare.referral',
        'appointment_id',
        string="Referrals",
        groups=GROUP_STAFF,
        help="The referrals that led to this visit.",
    )
    communication_ids = GuardedOne2many(
        'healthcare.communication',
        'appointment_id',
        string="Contacts",
        groups=GROUP_USER,
    )
    reminder_channel = fields.Selection(
        [*CHANNELS, ('none', "No reminder")],
        string="Reminder",
        copy=False,
        default='none',
        groups=GROUP_USER,
        help="The channel through which the first reminder of this appointment went out.",
    )
    noshow_rate = fields.Float(
        string="No-show %",
        compute='_compute_noshow_rate',
        digits=(16, 1),
        aggregator='avg',
        groups=GROUP_USER,
        help="Patients who did not come, of those who came or did not come. Appointments that "
        "were cancelled or are still to come do not count.",
    )

    _identifier_uniq = models.UniqueIndex(
        '(identifier_system_id, identifier_value) WHERE identifier_value IS NOT NULL',
        "Another appointment has this number in this system.",
    )
    _appointment_start_idx = models.Index('(start, appointment_status) WHERE is_appointment')
    # who came, by time and by patient: what segments ask, answered from the index alone
    _visit_start_idx = models.Index(f'(start, patient_id) INCLUDE (company_id) {VISITS}')
    _visit_patient_idx = models.Index(f'(patient_id, start) INCLUDE (company_id) {VISITS}')

    # ------------------------------------------------------------
    # Defaults and computes
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Start an appointment with its own defaults, and without those of a meeting."""
        values = super().default_get(fields)
        if self.env.context.get('default_is_appointment'):
            defaults = {
                **self._get_appointment_defaults(),
                'name': self.env._("Appointment"),
                'partner_ids': [Command.clear()],
                'user_id': False,
                'res_id': False,
                'res_model_id': False,
                'res_model': False,
            }
            for name, value in defaults.items():
                if name in fields and f'default_{name}' not in self.env.context:
                    values[name] = value
        return values

    @api.model
    def _get_appointment_defaults(self):
        """Return the values of an appointment nothing else was said about."""
        return {
            'appointment_status': 'booked',
            'booked_at': fields.Datetime.now(),
            'company_id': self.env.company.id,
            'patient_response': 'needs-action',
            'privacy': 'private',
        }

    @api.depends('patient_id.phone', 'patient_id.birth_date', 'patient_id.guardian_id.phone')
    def _compute_patient_phone(self):
        for event in self:
            event.patient_phone = event.patient_id._get_phone_to_call()

    @api.depends('appointment_status', 'patient_response')
    def _compute_status_badge(self):
        for event in self:
            badge = event.appointment_status
            if badge == 'booked' and event.patient_response == 'accepted':
                badge = 'confirmed'
            event.status_badge = badge
            event.status_color = STATUS_COLORS.get(badge, 0)

    @api.depends('appointment_status')
    def _compute_noshow_rate(self):
        for event in self:
            event.noshow_rate = 100.0 if event.appointment_status == 'noshow' else 0.0

    @api.depends('is_appointment', 'patient_id')
    @api.depends_context('show_patient_identity', 'uid')
    def _compute_display_name(self):
        """Name the patient to healthcare users where the screen asks for it."""
        result = super()._compute_display_name()
        if self.env.context.get('show_patient_identity') and self._reads_appointments():
            for event in self.filtered('patient_id'):
                event.display_name = event.patient_id.display_name
        return result

    @api.onchange('service_id')
    def _onchange_service_id(self):
        if self.service_id:
            self.duration = self.service_id.duration

    @api.onchange('patient_id')
    def _onchange_patient_id(self):
        if self.is_appointment and self.patient_id.practitioner_id and not self.practitioner_id:
            self.practitioner_id = self.patient_id.practitioner_id

    @api.constrains('is_appointment', 'patient_id')
    def _check_appointment_patient(self):
        if any(event.is_appointment and not event.patient_id for event in self.sudo()):
            raise ValidationError(self.env._("An appointment needs a patient."))

    @api.constrains('start', 'stop', 'start_date', 'stop_date')
    def _check_closing_date(self):
        """Say whose appointment ends too early, and when, in the clinic's time."""
        appointments = self.sudo().filtered('is_appointment')
        for event in appointments:
            if not event.allday and event.start and event.stop and event.stop <= event.start:
                tz = event._clinic_tz()
                raise ValidationError(
                    self.env._(
                        "The appointment of patient %(patient)s must end after it starts: it "
                        "starts "
                        "at %(start)s and would end at %(stop)s.",
                        patient=event.patient_id.patient_number or '',
                        start=format_datetime(self.env, event.start, tz=tz, dt_format='short'),
                        stop=format_datetime(self.env, event.stop, tz=tz, dt_format='short'),
                    )
                )
        return super()._check_closing_date()

    def _clinic_tz(self):
        """Return the name of the time zone in which this appointment takes place."""
        self.ensure_one()
        company = self.sudo().company_id or self.env.company
        return company.resource_calendar_id.tz or 'UTC'

    # ------------------------------------------------------------
    # Who sees appointments
    # ------------------------------------------------------------

    @api.model
    def _reads_appointments(self):
        """Return whether the user has a healthcare role, also when running in sudo."""
        return self.env.user.has_group(GROUP_USER)

    @api.model
    def get_view(self, view_id=None, view_type='form', **options):
        """Offer no button to those who only read appointments: any colleague may make events."""
        result = super().get_view(view_id, view_type, **options)
        if view_type == 'search' or self.env.user.has_group(GROUP_STAFF):
            return result
        arch = etree.fromstring(result['arch'])
        if arch.find('.//field[@name="patient_id"]') is not None:
            for right in ('create', 'edit', 'delete'):
                arch.set(right, '0')
            result['arch'] = etree.tostring(arch, encoding='unicode')
        return result

    @api.model
    def _get_appointment_fields(self):
        """Return the names of the fields this addon adds, which other events do not have."""
        return {name for name, field in self._fields.items() if field.groups == GROUP_USER}

    @api.model
    def _get_public_fields(self):
        """Never mask our fields to those who may read them: other events have none of them."""
        public = super()._get_public_fields()
        return public | self._get_appointment_fields() if self._reads_appointments() else public

    def _check_private_event_conditions(self):
        """Appointments are private, but not to healthcare users."""
        if self._reads_appointments() and self.is_appointment:
            return False
        return super()._check_private_event_conditions()

    def _fetch_query(self, query, fields):
        # The check above needs is_appointment for every record: read it along, not one by one.
        if not self.env.su and self._reads_appointments():
            fields = [*fields, self._fields['is_appointment']]
        return super()._fetch_query(query, fields)

    def _get_default_privacy_domain(self):
        """Let healthcare users group appointments; the calendar leaves private events out."""
        domain = super()._get_default_privacy_domain()
        if self._reads_appointments():
            domain = Domain(domain) | Domain('is_appointment', '=', True)
        return domain

    def _field_to_sql(self, alias, field_expr, query=None):
        """Do not let others find an appointment by what they cannot read.

        The calendar masks the title of a private event when reading, not when searching, ordering
        or grouping by it.
        """
        sql = super()._field_to_sql(alias, field_expr, query)
        if field_expr in _UNSEARCHABLE and not self.env.su and not self._reads_appointments():
            return SQL(
                "CASE WHEN %s IS TRUE THEN NULL ELSE %s END",
                SQL.identifier(alias, 'is_appointment'),
                sql,
            )
        return sql

    def _read_group_select(self, aggregate_spec, query):
        """Count as no-show rate only the appointments that took place or should have."""
        if aggregate_spec == 'noshow_rate:avg':
            self._check_field_access(self._fields['noshow_rate'], 'read')
            status = self._field_to_sql(self._table, 'appointment_status', query)
            return SQL(
                "AVG(CASE %s WHEN 'noshow' THEN 100.0 WHEN 'fulfilled' THEN 0.0 END)",
                status,
            )
        return super()._read_group_select(aggregate_spec, query)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get('default_is_appointment', False)
        flags = [bool(vals.get('is_appointment', default)) for vals in vals_list]
        if not any(flags):
            return super().create(vals_list)
        wanted = [vals for vals, flag in zip(vals_list, flags, strict=True) if flag]
        appointments = (
            super(CalendarEvent, self.with_context(**_QUIET_CREATE))
            .create(
                self._prepare_appointments_values(wanted),
            )
            .with_env(self.env)
        )
        if all(flags):
            return appointments
        others = super().create(
            [vals for vals, flag in zip(vals_list, flags, strict=True) if not flag],
        )
        appointment_ids, other_ids = iter(appointments.ids), iter(others.ids)
        return self.browse([next(appointment_ids if flag else other_ids) for flag in flags])

    def write(self, vals):
        # Without the other fields: they would be put unmasked into the cache.
        appointments = (
            self.sudo()
            .with_context(prefetch_fields=False)
            .filtered(
                lambda event: event.is_appointment,
            )
            .with_env(self.env)
        )
        if vals.get('is_appointment'):
            appointments = self
        others = self - appointments
        if appointments:
            appointments._write_appointments(dict(vals))
        return super(CalendarEvent, others).write(vals) if others else True

    def _write_appointments(self, vals):
        """Write values and keep everything that follows from them in step."""
        appointments = self.with_context(**_QUIET_WRITE)
        vals['privacy'] = 'private'
        if status := vals.get('appointment_status'):
            vals['show_as'] = 'free' if status in FREE_STATUSES else 'busy'
        if 'patient_response' in vals and 'response_date' not in vals:
            vals['response_date'] = fields.Datetime.now()
        if 'practitioner_id' in vals:
            user = (
                self.env['healthcare.practitioner']
                .sudo()
                .browse(
                    vals['practitioner_id'],
                )
                .user_id
            )
            vals['user_id'] = user.id
            vals['partner_ids'] = [Command.set(user.partner_id.ids)]
        else:
            # the patient is never invited
            vals.pop('partner_ids', None)
            vals.pop('user_id', None)
        vals.pop('name', None)
        if vals.get('patient_id'):
            vals['name'] = self._get_appointment_names([vals['patient_id']])[vals['patient_id']]
        return super(CalendarEvent, appointments).write(vals)

    @api.model
    def _prepare_appointments_values(self, vals_list):
        """Complete the values of new appointments, with a handful of queries for any number."""
        context_defaults = {
            name.removeprefix('default_'): value
            for name, value in self.env.context.items()
            if name.startswith('default_') and name.removeprefix('default_') in self._fields
        }
        defaults = {**self._get_appointment_defaults(), **context_defaults}
        vals_list = [{**defaults, **vals} for vals in vals_list]

        Practitioner = self.env['healthcare.practitioner'].sudo()
        Service = self.env['healthcare.service'].sudo()
        practitioners = {
            practitioner.id: (practitioner.user_id, practitioner.company_id)
            for practitioner in Practitioner.browse(
                {vals['practitioner_id'] for vals in vals_list if vals.get('practitioner_id')},
            )
        }
        durations = {
            service.id: service.duration
            for service in Service.browse(
                {vals['service_id'] for vals in vals_list if vals.get('service_id')},
            )
        }
        names = self._get_appointment_names(
            {vals['patient_id'] for vals in vals_list if vals.get('patient_id')},
        )
        for vals in vals_list:
            user, company = practitioners.get(
                vals.get('practitioner_id'),
                (self.env['res.users'], self.env['res.company']),
            )
            partner = user.partner_id
            vals.update(
                is_appointment=True,
                name=names.get(vals.get('patient_id')) or self.env._("Appointment"),
                privacy='private',
                user_id=user.id,
                partner_ids=[Command.set(partner.ids)],
                attendee_ids=[
                    Command.create({'partner_id': partner.id, 'state': 'accepted'}),
                ]
                if partner
                else [],
            )
            if company and not any('company_id' in values for values in (context_defaults,)):
                vals['company_id'] = company.id
            if vals['appointment_status'] in FREE_STATUSES:
                vals.setdefault('show_as', 'free')
            if vals.get('patient_response') not in (False, None, 'needs-action'):
                vals.setdefault('response_date', fields.Datetime.now())
            start = fields.Datetime.to_datetime(vals.get('start'))
            if start and not vals.get('stop') and not vals.get('allday'):
                hours = vals.get('duration') or durations.get(vals.get('service_id')) or 0.5
                vals['stop'] = start + timedelta(minutes=round(hours * 60))
        return vals_list

    @api.model
    def _get_appointment_names(self, patient_ids):
        """Return the title of an appointment of each patient: what a wall screen may show.

        :rtype: dict[int, str]
        """
        patients = self.env['res.partner'].sudo().browse(patient_ids)
        patients.fetch(['patient_number'])
        return {
            patient.id: patient.patient_number or self.env._("Appointment") for patient in patients
        }

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_confirm(self):
        """The patient said that they will come."""
        proposed = self.filtered(lambda e: e.appointment_status in ('proposed', 'pending'))
        proposed.appointment_status = 'booked'
        self.write({'patient_response': 'accepted', 'response_date': fields.Datetime.now()})
        return True

    def action_arrive(self):
        """The patient is in the clinic."""
        self.write({'appointment_status': 'arrived'})
        return True

    def action_fulfil(self):
        """The patient was seen."""
        self.write({'appointment_status': 'fulfilled'})
        return True

    def action_noshow(self):
        """The patient did not come."""
        self.write({'appointment_status': 'noshow'})
        return True

    def action_cancel(self):
        """Cancel the appointment; the reason can be given in the context."""
        self.write(
            {
                'appointment_status': 'cancelled',
                'cancellation_reason': self.env.context.get('cancellation_reason', False),
            }
        )
        return True

    def action_rebook(self):
        """Take back a cancellation or a no-show made by mistake."""
        self.write({'appointment_status': 'booked', 'cancellation_reason': False})
        return True
