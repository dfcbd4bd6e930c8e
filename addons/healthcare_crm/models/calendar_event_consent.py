from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..sensitive import GROUP_STAFF

#: appointments that somebody still has to sign for
OPEN_STATUSES = ('proposed', 'pending', 'booked', 'arrived', 'checked-in')
_ASKED_AGAIN = frozenset({'appointment_status', 'service_id', 'patient_id'})


class CalendarEvent(models.Model):
    """Whether what an appointment's service needs signed is signed."""

    _inherit = 'calendar.event'

    consent_missing = fields.Boolean(
        compute='_compute_consent_missing',
        search='_search_consent_missing',
        groups=GROUP_STAFF,
    )
    consent_missing_form_ids = fields.Many2many(
        'healthcare.consent.form',
        string="To Be Signed",
        compute='_compute_consent_missing',
        groups=GROUP_STAFF,
    )

    @api.depends('patient_id', 'service_id', 'appointment_status')
    def _compute_consent_missing(self):
        # sudo: what a service needs signed, and whether it is, is for all who see the appointment
        events = self.sudo()
        asked = events.service_id.consent_form_ids.filtered('version_id')
        signed = (
            self.env['healthcare.consent.signature']
            .sudo()
            ._in_force(events.patient_id.ids, asked.ids)
        )
        for event, shown in zip(events, self, strict=True):
            missing = asked.browse()
            if event.appointment_status in OPEN_STATUSES:
                missing = (event.service_id.consent_form_ids & asked).filtered(
                    lambda form, event=event: (event.patient_id.id, form.id) not in signed
                )
            shown.consent_missing = bool(missing)
            shown.consent_missing_form_ids = missing.sudo(False)

    def _search_consent_missing(self, operator, value):
        """Find the appointments from today on for which something is not signed."""
        self._check_field_access(self._fields['consent_missing'], 'read')
        if operator != 'in':
            return NotImplemented
        signatures = self.env['healthcare.consent.signature']
        signatures._flush_signatures()
        self.flush_model(['patient_id', 'service_id', 'appointment_status', 'start'])
        missing = SQL(
            """(
            SELECT event.id
              FROM calendar_event AS event
              JOIN healthcare_consent_form_service_rel AS needs
                ON needs.service_id = event.service_id
              JOIN healthcare_consent_form AS form
                ON form.id = needs.form_id AND form.active AND form.version_id IS NOT NULL
              LEFT JOIN LATERAL (
                   SELECT * FROM healthcare_consent_signature AS latest
                    WHERE latest.patient_id = event.patient_id AND latest.form_id = form.id
                    ORDER BY latest.date DESC, latest.id DESC LIMIT 1) AS signed ON TRUE
             WHERE event.is_appointment AND event.active AND event.start >= %(today)s
               AND event.appointment_status IN %(open)s
               AND (signed.id IS NULL OR NOT (%(counts)s)))""",
            today=fields.Date.context_today(self),
            open=OPEN_STATUSES,
            counts=signatures._sql_counts(SQL('signed'), SQL('= event.patient_id')),
        )
        return Domain('id', 'in' if set(value) == {True} else 'not in', missing)

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events._check_consent()
        return events

    def write(self, vals):
        result = super().write(vals)
        if not _ASKED_AGAIN.isdisjoint(vals):
            self._check_consent()
        return result

    def _check_consent(self):
        """Refuse to book what nobody signed for, where the clinic wants that.

        Users only: what the software itself moves, and what is imported, is listed instead.

        :raise UserError: a form is not signed
        """
        if self.env.su or self.env.context.get('import_file'):
            return
        # sudo: the clinic's setting, and what is signed
        for event in self.sudo().filtered(
            lambda event: event.is_appointment
            and event.appointment_status == 'booked'
            and event.company_id.healthcare_booking_consent == 'block'
        ):
            if missing := event.consent_missing_form_ids:
                raise UserError(
                    self.env._(
                        "Not booked: %(forms)s must be signed first. Let the patient sign on the "
                        "screen, or send the link, from the patient's page “Consents”.",
                        forms=', '.join(missing.mapped('name')),
                    )
                )

    def action_sign_consent(self):
        """Open the forms that are not signed, for the patient to sign on this screen."""
        self.ensure_one()
        return self.patient_id.with_context(
            consent_form_ids=self.consent_missing_form_ids.ids
        ).action_sign_consent()
