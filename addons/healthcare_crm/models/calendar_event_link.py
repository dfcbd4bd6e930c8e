import re
from datetime import datetime, time, timedelta

import pytz
from babel.dates import format_date, format_time

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse, get_lang

from .. import links
from .calendar_event import FREE_STATUSES

# The scope keeps a token signed for another page from opening this one.
LINK_SCOPE = 'healthcare_crm.appointment'
LINK_PATH = '/healthcare/appointment/%s'

# Statuses the patient may still answer.
ANSWERABLE_STATUSES = ('proposed', 'pending', 'booked')

# What "change the time" offers.
SLOT_DAYS = 14
SLOT_COUNT = 8  # about: days are not cut in two
SLOT_NOTICE = timedelta(hours=2)


def iter_free_slots(work, busy, duration, earliest):
    """Yield the starts of the free slots of ``duration`` inside the work intervals.

    Slots follow a grid that begins with each work interval, so that they stay regular
    (9:00, 9:30…) whatever was booked before. All datetimes are timezone-aware.

    :param work: ordered iterable of (start, stop)
    :param busy: iterable of (start, stop)
    :param timedelta duration: length of a slot
    :param datetime earliest: no slot starts before
    """
    busy = sorted(busy)
    for work_start, work_stop in work:
        start = work_start
        while start + duration <= work_stop:
            stop = start + duration
            if start >= earliest and not any(b < stop and start < e for b, e in busy):
                yield start
            start = stop


class CalendarEvent(models.Model):
    """The patient's own page of an appointment: a subject of its own, hence a file of its own."""

    _inherit = 'calendar.event'

    # ------------------------------------------------------------
    # The link
    # ------------------------------------------------------------

    def _get_patient_url(self, action=None, expires_hours=None):
        """Return the absolute, signed address of the patient's page of this appointment.

        :param str action: ``confirm``, ``cancel`` or ``reschedule`` opens the page on that
            question; the page never decides by being opened
        :param int expires_hours: instead of the default, until the appointment begins
        """
        self.ensure_one()
        url = self.get_base_url() + self._get_patient_path(expires_hours)
        return f'{url}?view={action}' if action else url

    def _get_patient_path(self, expires_hours=None):
        """Return the path of the page, with a newly signed token."""
        self.ensure_one()
        event = self.sudo()  # what a link says is not for everybody who sends one
        token = links.sign(
            LINK_SCOPE,
            [event.id, event.patient_id.id],
            expiration=None if expires_hours else event._patient_deadline(),
            expiration_hours=expires_hours,
        )
        return LINK_PATH % token

    @api.model
    def _from_patient_token(self, token):
        """Return the appointment a token was signed for, in sudo, or an empty recordset.

        The caller is a visitor without rights: the signature is what allows this one
        appointment, hence the sudo.
        """
        events = self.sudo()
        payload = links.read(events.env, LINK_SCOPE, token)
        if not payload:
            return events.browse()
        event_id, patient_id = payload
        event = events.browse(event_id).exists().filtered('is_appointment')
        # A link given to one patient never opens the appointment of another, should staff
        # hand the slot on. A patient who is gone was merged: the link follows.
        if event.patient_id.id != patient_id and event.patient_id.browse(patient_id).exists():
            return events.browse()
        self.env['healthcare.audit']._record_shown(event.patient_id, 'signed link')
        return event

    def _patient_deadline(self):
        """Return when the patient's answer comes too late, timezone-aware.

        That is the beginning of the appointment, or the end of the day when only the day is known.
        """
        self.ensure_one()
        if self.allday:
            tz = pytz.timezone(self._clinic_tz())
            return tz.localize(datetime.combine(self.start_date, time.max))
        return pytz.utc.localize(self.start)

    def _patient_can_answer(self):
        """Return whether the patient may still confirm, move or cancel the appointment."""
        self.ensure_one()
        return (
            self.active
            and self.appointment_status in ANSWERABLE_STATUSES
            and self._patient_deadline() > pytz.utc.localize(fields.Datetime.now())
        )

    # ------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------

    def _patient_confirm(self):
        """The patient says they will come. Return False when it is too late to say so."""
        self.ensure_one()
        if not self._patient_can_answer():
            return False
        if self.patient_response != 'accepted':
            self.write(
                {
                    'appointment_status': 'booked',
                    **self._prepare_patient_response('accepted'),
                }
            )
            self._log_patient_answer('confirmed')
        return True

    def _patient_cancel(self):
        """The patient will not come. Return False when it is too late to say so."""
        self.ensure_one()
        if self.appointment_status == 'cancelled':
            return True  # said twice
        if not self._patient_can_answer():
            return False
        self.write(
            {
                'appointment_status': 'cancelled',
                'cancellation_reason': 'patient',
                **self._prepare_patient_response('declined'),
            }
        )
        self._log_patient_answer('cancelled')
        return True

    def _patient_reschedule(self, start):
        """Move the appointment to a free slot the patient chose.

        :param datetime start: beginning of the slot, naive UTC
        :return: False when that slot is not, or no longer, free
        """
        self.ensure_one()
        if self.start == start:
            return True  # said twice
        if not self._patient_can_reschedule():
            return False
        # Two patients may choose the same slot at the same moment. A row lock would not do:
        # under REPEATABLE READ the second one would still not see the first one's booking.
        # Changing the practitioner's row makes the second transaction fail and start again,
        # now seeing that the slot is gone.
        # Odoo tries such a request again by itself, so it is no error to log.
        self.env.cr.execute(
            SQL(
                "UPDATE healthcare_practitioner SET write_date = write_date WHERE id = %s",
                self.practitioner_id.id,
            ),
            log_exceptions=False,
        )
        if start not in self._patient_free_slots():
            return False
        self.write(
            {
                'start': start,
                'stop': start + (self.stop - self.start),
                'appointment_status': 'booked',
                # who picks a time says they will come
                **self._prepare_patient_response('accepted'),
            }
        )
        self._log_patient_answer('moved')
        return True

    def _prepare_patient_response(self, response, channel='link'):
        """Return the values of an answer the patient just gave through ``channel``."""
        return {
            'patient_response': response,
            'response_date': fields.Datetime.now(),
            'response_channel': channel,
        }

    def _log_patient_answer(self, answer):
        """Enter the patient's decision in the ledger, so that the timeline tells who changed it."""
        self.ensure_one()
        self.env['healthcare.communication'].create(
            {
                'patient_id': self.patient_id.id,
                'direction': 'in',
                'channel': 'link',
                'status': 'received',
                'answer': answer,
                'appointment_id': self.id,
            }
        )

    # ------------------------------------------------------------
    # Free slots
    # ------------------------------------------------------------

    def _patient_can_reschedule(self):
        """Return whether a new time can be chosen without calling: we must know when the
        practitioner works, and how long the appointment takes."""
        self.ensure_one()
        practitioner = self.practitioner_id
        return (
            self._patient_can_answer()
            and not self.allday
            and self.stop > self.start
            and practitioner.active
            and bool(practitioner.resource_calendar_id)
        )

    def _patient_free_slots(self):
        """Return the starts (naive UTC) of the practitioner's free slots in the coming days."""
        self.ensure_one()
        if not self._patient_can_reschedule():
            return []
        practitioner = self.practitioner_id
        calendar = practitioner.resource_calendar_id
        tz = pytz.timezone(calendar.tz or self._clinic_tz())
        now = pytz.utc.localize(fields.Datetime.now())
        # whole days, so that the grid of slots does not depend on the time of the day
        first = now.astimezone(tz).replace(hour=0, minute=0, second=0, microsecond=0)
        last = first + timedelta(days=SLOT_DAYS + 1)
        resource = practitioner.resource_id
        work = calendar._work_intervals_batch(first, last, resource, tz=tz)[resource.id]
        slots = iter_free_slots(
            [(start, stop) for start, stop, _attendance in work],
            self._patient_busy_intervals(first, last, tz),
            self.stop - self.start,
            now + SLOT_NOTICE,
        )
        return [slot.astimezone(pytz.utc).replace(tzinfo=None) for slot in slots]

    def _patient_busy_intervals(self, first, last, tz):
        """Return when the practitioner or the patient is taken, as (start, stop) pairs.

        The present appointment counts too: its own time is not a new one.
        """
        self.ensure_one()
        taken = (
            Domain('is_appointment', '=', True)
            & Domain('appointment_status', 'not in', FREE_STATUSES)
            # of an all-day appointment only the day is known: it blocks no time
            & Domain('allday', '=', False)
            & (
                Domain('practitioner_id', '=', self.practitioner_id.id)
                | Domain('patient_id', '=', self.patient_id.id)
            )
        )
        colleague = self.practitioner_id.user_id.partner_id
        if colleague:
            # their other meetings in Odoo's calendar
            taken |= (
                Domain('is_appointment', '=', False)
                & Domain('show_as', '=', 'busy')
                & Domain('partner_ids', 'in', colleague.ids)
            )
        # an all-day event says its dates, not its moments: look one day further
        utc_first = first.astimezone(pytz.utc).replace(tzinfo=None) - timedelta(days=1)
        utc_last = last.astimezone(pytz.utc).replace(tzinfo=None) + timedelta(days=1)
        rows = self.search_fetch(
            taken & Domain('start', '<', utc_last) & Domain('stop', '>', utc_first),
            ['start', 'stop', 'allday', 'start_date', 'stop_date'],
        )
        return [row._patient_busy_interval(tz) for row in rows]

    def _patient_busy_interval(self, tz):
        self.ensure_one()
        if self.allday:
            return (
                tz.localize(datetime.combine(self.start_date, time.min)),
                tz.localize(datetime.combine(self.stop_date, time.max)),
            )
        return pytz.utc.localize(self.start), pytz.utc.localize(self.stop)

    def _patient_offered_slots(self):
        """Return a few of the free slots of each of the coming days: early, midway and late."""
        tz = pytz.timezone(self._clinic_tz())
        days = {}
        for slot in self._patient_free_slots():
            days.setdefault(pytz.utc.localize(slot).astimezone(tz).date(), []).append(slot)
        offered = []
        for slots in days.values():
            offered += sorted({slots[0], slots[len(slots) // 2], slots[-1]})
            if len(offered) >= SLOT_COUNT:
                break
        return offered

    # ------------------------------------------------------------
    # The page
    # ------------------------------------------------------------

    def _patient_lang(self, code=None):
        """Return the language of the page: the one asked for, the patient's, the clinic's."""
        self.ensure_one()
        installed = {lang for lang, _name in self.env['res.lang'].get_installed()}
        for lang in (code, self.patient_id.lang, self.company_id.partner_id.lang):
            if lang in installed:
                return lang
        return get_lang(self.env).code

    def _prepare_patient_page(self, lang):
        """Return what the page shows: never the patient's name nor the service, for the link
        may be forwarded and the service may tell the illness."""
        self.ensure_one()
        tz = pytz.timezone(self._clinic_tz())
        if self.allday:
            day, hour = self.start_date, None
        else:
            start = pytz.utc.localize(self.start).astimezone(tz)
            day, hour = start.date(), start.time()
        locale = babel_locale_parse(lang)
        return {
            **self._prepare_patient_clinic(self.company_id or self.env.company),
            'practitioner': self.practitioner_id.name,
            'date': format_date(day, 'full', locale=locale),
            # not 'time', which names Python's module in a template
            'hour': hour and format_time(hour, 'short', locale=locale),
            'state': self._patient_page_state(),
            'can_answer': self._patient_can_answer(),
            'can_reschedule': self._patient_can_reschedule(),
        }

    @api.model
    def _prepare_patient_clinic(self, company):
        """Return how a page says which clinic sent it."""
        address = company.partner_id._display_address(without_company=True)
        return {
            'clinic': company.name,
            'clinic_address': [line.strip() for line in address.splitlines() if line.strip()],
            'clinic_phone': company.phone,
            'clinic_phone_url': company.phone and 'tel:' + re.sub(r'[^+\d]', '', company.phone),
        }

    def _patient_page_state(self):
        """Return the one word that says where the appointment stands."""
        self.ensure_one()
        if self.appointment_status in ('cancelled', 'entered-in-error') or not self.active:
            return 'cancelled'
        if self.appointment_status == 'waitlist':
            return 'waitlist'
        if not self._patient_can_answer():
            return 'past'
        return 'confirmed' if self.patient_response == 'accepted' else 'open'

    def _prepare_patient_slots(self, lang):
        """Return the offered slots by day: [(date in words, [(value, time in words)])]."""
        self.ensure_one()
        tz = pytz.timezone(self._clinic_tz())
        locale = babel_locale_parse(lang)
        days = {}
        for slot in self._patient_offered_slots():
            local = pytz.utc.localize(slot).astimezone(tz)
            label = format_time(local.time(), 'short', locale=locale)
            days.setdefault(local.date(), []).append((slot.isoformat(timespec='minutes'), label))
        return [(format_date(day, 'full', locale=locale), slots) for day, slots in days.items()]
