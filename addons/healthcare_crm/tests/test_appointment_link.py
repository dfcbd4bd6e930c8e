import re
from datetime import datetime, time, timedelta

import pytz

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from odoo.addons.healthcare_crm import links
from odoo.addons.healthcare_crm.models.calendar_event_link import (
    LINK_PATH,
    LINK_SCOPE,
    SLOT_COUNT,
    iter_free_slots,
)

TAIPEI = pytz.timezone('Asia/Taipei')


@tagged('post_install', '-at_install')
class TestFreeSlots(TransactionCase):
    """The arithmetic of free slots, without a database row."""

    def at(self, hour, minute=0):
        return TAIPEI.localize(datetime(2030, 3, 4, hour, minute))

    def free(self, work, busy=(), minutes=30, earliest=None):
        slots = iter_free_slots(
            work,
            busy,
            timedelta(minutes=minutes),
            earliest or self.at(0),
        )
        return [slot.strftime('%H:%M') for slot in slots]

    def test_grid(self):
        self.assertEqual(self.free([(self.at(9), self.at(10, 30))]), ['09:00', '09:30', '10:00'])

    def test_slot_must_fit(self):
        self.assertEqual(self.free([(self.at(9), self.at(10))], minutes=45), ['09:00'])
        self.assertEqual(self.free([(self.at(9), self.at(9, 20))]), [])

    def test_busy_blocks_what_it_touches(self):
        work = [(self.at(9), self.at(11))]
        busy = [(self.at(9, 30), self.at(10))]
        self.assertEqual(self.free(work, busy), ['09:00', '10:00', '10:30'])
        self.assertEqual(self.free(work, [(self.at(9, 45), self.at(10, 15))]), ['09:00', '10:30'])
        self.assertEqual(self.free(work, [(self.at(8), self.at(12))]), [])

    def test_earliest(self):
        work = [(self.at(9), self.at(10, 30))]
        self.assertEqual(self.free(work, earliest=self.at(9, 10)), ['09:30', '10:00'])

    def test_time_zones_meet(self):
        """Busy times come in UTC, working hours in the clinic's time."""
        busy = [(self.at(9).astimezone(pytz.utc), self.at(9, 30).astimezone(pytz.utc))]
        self.assertEqual(self.free([(self.at(9), self.at(10))], busy), ['09:30'])


class AppointmentLinkCommon:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ('en_US', 'vi_VN', 'zh_TW'):
            cls.env['res.lang']._activate_lang(code)
        calendar = cls.env['resource.calendar'].create(
            {
                'name': "Every day",
                'tz': 'Asia/Taipei',
                'company_id': False,
                'attendance_ids': [Command.clear()]
                + [
                    Command.create(
                        {
                            'name': "Morning",
                            'dayofweek': str(day),
                            'day_period': 'morning',
                            'hour_from': 9,
                            'hour_to': 12,
                        }
                    )
                    for day in range(7)
                ],
            }
        )
        cls.clinic = cls.env['res.company'].create(
            {
                'name': "Lotus Clinic",
                'resource_calendar_id': calendar.id,
                'phone': '+886 2 2555 0199',
                'street': "7 Lotus Street",
            }
        )
        cls.practitioner = cls.env['healthcare.practitioner'].create(
            {
                'name': "Dr. Ho",
                'company_id': cls.clinic.id,
                'resource_calendar_id': calendar.id,
                'tz': 'Asia/Taipei',
            }
        )
        cls.service = cls.env['healthcare.service'].create(
            {
                'name': "Fertility advice",
                'company_id': cls.clinic.id,
                'duration': 0.5,
            }
        )
        cls.patient, cls.neighbour = cls.env['res.partner'].create(
            [
                {'name': "Lê Thị Secret", 'is_patient': True, 'lang': 'vi_VN'},
                {'name': "Chen Neighbour", 'is_patient': True, 'lang': 'en_US'},
            ]
        )
        cls.event = cls.book(cls.patient, day=3, hour=10)

    @classmethod
    def moment(cls, day, hour, minute=0):
        """Return a moment of one of the coming days at the clinic, naive UTC."""
        today = pytz.utc.localize(fields.Datetime.now()).astimezone(TAIPEI).date()
        local = TAIPEI.localize(datetime.combine(today + timedelta(days=day), time(hour, minute)))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    @classmethod
    def book(cls, patient, day, hour, **values):
        start = cls.moment(day, hour)
        return cls.env['calendar.event'].create(
            {
                'is_appointment': True,
                'patient_id': patient.id,
                'practitioner_id': cls.practitioner.id,
                'service_id': cls.service.id,
                'company_id': cls.clinic.id,
                'start': start,
                'stop': start + timedelta(minutes=30),
                **values,
            }
        )

    def ledger(self, event=None):
        return self.env['healthcare.communication'].search(
            [
                ('appointment_id', '=', (event or self.event).id),
            ]
        )


@tagged('post_install', '-at_install')
class TestAppointmentLink(AppointmentLinkCommon, TransactionCase):
    def token(self, event=None, **kwargs):
        return (event or self.event)._get_patient_path(**kwargs).rsplit('/', 1)[1]

    def open(self, token):
        return self.env['calendar.event']._from_patient_token(token)

    # -- the token

    def test_token_opens_its_appointment(self):
        self.assertEqual(self.open(self.token()), self.event)

    def test_url_is_absolute_and_opens_a_question(self):
        url = self.event._get_patient_url('cancel')
        self.assertTrue(url.startswith(self.event.get_base_url() + '/healthcare/appointment/'))
        self.assertTrue(url.endswith('?view=cancel'))

    def test_url_without_rights(self):
        """Whoever writes a reminder needs no right on system parameters to sign its link."""
        reception = new_test_user(
            self.env,
            'link_reception',
            groups='healthcare_crm.group_reception',
            company_id=self.clinic.id,
            company_ids=[Command.set(self.clinic.ids)],
        )
        self.assertEqual(self.open(self.token(self.event.with_user(reception))), self.event)

    def test_any_changed_character_is_refused(self):
        token = self.token()
        # the last character carries unused bits; leave it
        for position in range(len(token) - 1):
            other = 'A' if token[position] != 'A' else 'B'
            self.assertFalse(self.open(token[:position] + other + token[position + 1 :]), position)

    def test_nonsense_is_refused(self):
        token = self.token()
        for wrong in ('', 'x', 'AAAA', '病', '../..', token[:-5], token + 'AAAA', '=' * 50):
            self.assertFalse(self.open(wrong), wrong)

    def test_expired_token_is_refused(self):
        self.assertFalse(self.open(self.token(expires_hours=-1)))

    def test_token_ends_when_the_appointment_begins(self):
        past = self.book(self.patient, day=-1, hour=10)
        self.assertFalse(self.open(self.token(past)))

    def test_token_for_another_purpose_is_refused(self):
        payload = [self.event.id, self.patient.id]
        other = links.sign('healthcare_crm.consent', payload, expiration_hours=1)
        self.assertFalse(self.open(other))

    def test_link_follows_the_patient_not_the_slot(self):
        """A slot handed on to somebody else cannot be opened by who had it before."""
        token = self.token()
        self.event.patient_id = self.neighbour
        self.assertFalse(self.open(token))

    def test_link_survives_a_merge(self):
        twin = self.patient.copy({'is_patient': True})
        token = links.sign(
            LINK_SCOPE,
            [self.event.id, twin.id],
            expiration_hours=1,
        )
        twin.unlink()
        self.assertEqual(self.open(token), self.event)

    def test_meetings_have_no_page(self):
        meeting = self.env['calendar.event'].create(
            {
                'name': "Staff meeting",
                'start': self.moment(1, 10),
                'stop': self.moment(1, 11),
            }
        )
        token = links.sign(LINK_SCOPE, [meeting.id, False], expiration_hours=1)
        self.assertFalse(self.open(token))

    def test_visitor_has_no_right_of_their_own(self):
        """The page works in sudo because a visitor may read nothing: the signature stands in."""
        with self.assertRaises(AccessError):
            self.event.with_user(self.env.ref('base.public_user')).read(['start'])

    # -- free slots

    def test_slots_in_working_hours_of_the_clinic(self):
        slots = self.event._patient_free_slots()
        local = {pytz.utc.localize(slot).astimezone(TAIPEI).strftime('%H:%M') for slot in slots}
        self.assertEqual(local, {'09:00', '09:30', '10:00', '10:30', '11:00', '11:30'})
        self.assertLessEqual(max(slots), self.moment(14, 12))
        self.assertGreater(min(slots), fields.Datetime.now() + timedelta(hours=1))

    def test_taken_slots_are_not_offered(self):
        self.assertNotIn(self.event.start, self.event._patient_free_slots())
        self.assertIn(self.moment(4, 9), self.event._patient_free_slots())
        # the practitioner sees somebody else
        other = self.book(self.neighbour, day=4, hour=9)
        self.assertNotIn(self.moment(4, 9), self.event._patient_free_slots())
        other.appointment_status = 'cancelled'
        self.assertIn(self.moment(4, 9), self.event._patient_free_slots())
        # the patient sees somebody else
        colleague = self.env['healthcare.practitioner'].create(
            {
                'name': "Dr. Ma",
                'company_id': self.clinic.id,
            }
        )
        self.book(self.patient, day=5, hour=9, practitioner_id=colleague.id)
        self.assertNotIn(self.moment(5, 9), self.event._patient_free_slots())

    def test_absence_and_meetings_are_not_offered(self):
        self.env['resource.calendar.leaves'].create(
            {
                'name': "Congress",
                'calendar_id': self.practitioner.resource_calendar_id.id,
                'resource_id': self.practitioner.resource_id.id,
                'date_from': self.moment(4, 0),
                'date_to': self.moment(5, 0),
            }
        )
        user = new_test_user(self.env, 'link_doctor', groups='healthcare_crm.group_practitioner')
        self.practitioner.user_id = user
        self.env['calendar.event'].create(
            [
                {
                    'name': "Board",
                    'start': self.moment(5, 9),
                    'stop': self.moment(5, 10),
                    'partner_ids': [Command.set(user.partner_id.ids)],
                    'show_as': 'busy',
                },
                {
                    'name': "Training",
                    'allday': True,
                    'partner_ids': [Command.set(user.partner_id.ids)],
                    'start_date': self.moment(6, 12).date(),
                    'stop_date': self.moment(6, 12).date(),
                    'start': self.moment(6, 12),
                    'stop': self.moment(6, 12),
                    'show_as': 'busy',
                },
            ]
        )
        free = self.event._patient_free_slots()
        days = {pytz.utc.localize(slot).astimezone(TAIPEI).date() for slot in free}
        today = pytz.utc.localize(fields.Datetime.now()).astimezone(TAIPEI).date()
        self.assertNotIn(today + timedelta(days=4), days)
        self.assertNotIn(self.moment(5, 9, 30), free)
        self.assertIn(self.moment(5, 10), free)
        self.assertNotIn(today + timedelta(days=6), days)
        self.assertIn(today + timedelta(days=7), days)

    def test_a_choice_of_days_is_offered(self):
        offered = self.event._patient_offered_slots()
        self.assertTrue(SLOT_COUNT <= len(offered) < SLOT_COUNT + 3)
        self.assertEqual(offered, sorted(offered))
        self.assertGreaterEqual(len({slot.date() for slot in offered}), 3)
        self.assertLessEqual(set(offered), set(self.event._patient_free_slots()))

    def test_no_slots_without_practitioner_or_hour(self):
        self.practitioner.active = False
        self.assertFalse(self.event._patient_free_slots())
        self.practitioner.active = True
        self.event.practitioner_id = False
        self.assertFalse(self.event._patient_free_slots())


@tagged('post_install', '-at_install')
class TestAppointmentPage(AppointmentLinkCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.path = self.event._get_patient_path()

    def get(self, path=None, **params):
        return self.url_open(path or self.path, params=params)

    def post(self, path=None, **data):
        return self.url_open(path or self.path, data={'lang': 'en_US', **data})

    def state(self, event=None):
        event = event or self.event
        event.invalidate_recordset()
        return event.read(
            [
                'start',
                'stop',
                'appointment_status',
                'patient_response',
                'response_channel',
                'cancellation_reason',
                'active',
                'write_date',
            ]
        )

    # -- GET shows

    def test_opening_decides_nothing(self):
        before = self.state()
        for method in ('GET', 'HEAD'):
            for params in (
                {},
                {'view': 'confirm'},
                {'view': 'cancel'},
                {'view': 'reschedule'},
                {'action': 'confirm'},
                {'action': 'cancel'},
            ):
                response = self.url_open(
                    self.path + '?' + '&'.join(f'{key}={value}' for key, value in params.items()),
                    method=method,
                )
                self.assertEqual(response.status_code, 200, (method, params))
        for method in ('OPTIONS', 'PUT', 'DELETE', 'PATCH'):
            response = self.url_open(self.path + '?action=cancel', method=method)
            self.assertIn(response.status_code, (200, 405), method)
        self.url_open(self.path + '?action=cancel', method='POST')  # not from the form
        self.assertEqual(self.state(), before)
        self.assertFalse(self.ledger())

    def test_page_says_when_where_and_with_whom_only(self):
        page = self.get(lang='en_US').text
        for text in ("Lotus Clinic", "7 Lotus Street", "+886 2 2555 0199", "Dr. Ho", "10:00"):
            self.assertIn(text, page)
        for text in ("Secret", "Fertility", self.patient.patient_number):
            self.assertNotIn(text, page)

    def test_page_is_light_private_and_without_script(self):
        for view in ('', 'cancel', 'reschedule'):
            response = self.get(view=view)
            self.assertLess(len(response.content), 100_000)
            for heavy in ('<script', '<link', '<img', 'src=', '@import', 'url('):
                self.assertNotIn(heavy, response.text)
            self.assertEqual(response.headers['Cache-Control'], 'no-store')
            self.assertEqual(response.headers['Referrer-Policy'], 'no-referrer')
            self.assertEqual(response.headers['X-Frame-Options'], 'DENY')
            self.assertIn("default-src 'none'", response.headers['Content-Security-Policy'])
            self.assertNotIn('Set-Cookie', response.headers)

    def test_language(self):
        page = self.get().text
        self.assertIn('<html lang="vi-VN">', page)
        self.assertIn('tháng', page)
        page = self.get(lang='zh_TW').text
        self.assertIn('<html lang="zh-TW">', page)
        self.assertIn('星期', page)
        self.assertIn('?lang=vi_VN', page)  # the way back
        # not a language of this clinic
        self.assertIn('<html lang="vi-VN">', self.get(lang='fr_FR').text)
        self.assertIn('<html lang="vi-VN">', self.get(lang='"><b>').text)

    def test_language_stays_after_an_answer(self):
        page = self.url_open(self.path, data={'action': 'confirm', 'lang': 'zh_TW'})
        self.assertIn('<html lang="zh-TW">', page.text)

    def test_all_day_appointment_shows_no_hour(self):
        day = self.moment(3, 12)
        event = self.book(
            self.patient,
            day=3,
            hour=12,
            allday=True,
            start=day,
            stop=day,
            start_date=day.date(),
            stop_date=day.date(),
        )
        page = self.get(event._get_patient_path(), lang='en_US').text
        self.assertIn(f'{day.date():%B} {day.day}, {day.year}', page)
        self.assertNotRegex(page, r'\d{1,2}:\d{2}\s?(AM|PM)')
        self.assertNotIn('view=reschedule', page)
        self.assertIn("To change the time, please call us.", page)
        self.post(event._get_patient_path(), action='confirm')
        event.invalidate_recordset()
        self.assertEqual(event.patient_response, 'accepted')

    def test_contrast(self):
        """WCAG 2.2 AA: 4.5:1 for text, 3:1 for the outline of a control, light and dark."""

        def luminance(colour):
            channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            red, green, blue = (
                c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
            )
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue

        def contrast(one, two):
            light, dark = sorted((luminance(one), luminance(two)), reverse=True)
            return (light + 0.05) / (dark + 0.05)

        palettes = re.findall(r':root \{(.*?)\}', self.get().text, re.DOTALL)
        self.assertEqual(len(palettes), 2)
        for palette in palettes:
            colour = dict(re.findall(r'--([\w-]+): (#\w{6})', palette))
            pairs = [('on-main', 'main')]
            pairs += [(text, 'paper') for text in ('ink', 'soft', 'main', 'good', 'bad')]
            pairs += [(text, 'ground') for text in ('ink', 'soft', 'main')]
            for text, ground in pairs:
                self.assertGreaterEqual(contrast(colour[text], colour[ground]), 4.5, (text, ground))
            self.assertGreaterEqual(contrast(colour['line'], colour['paper']), 3)

    # -- POST decides

    def test_confirm(self):
        self.event.appointment_status = 'pending'
        response = self.post(action='confirm')
        self.assertEqual(response.history[0].status_code, 303)
        self.assertIn("We look forward to seeing you", response.text)
        self.assertNotIn('value="confirm"', response.text)
        self.assertRecordValues(
            self.event,
            [
                {
                    'patient_response': 'accepted',
                    'response_channel': 'link',
                    'appointment_status': 'booked',
                }
            ],
        )
        self.assertTrue(self.event.response_date)
        ledger = self.ledger()
        self.assertRecordValues(
            ledger,
            [
                {
                    'patient_id': self.patient.id,
                    'direction': 'in',
                    'channel': 'link',
                    'status': 'received',
                    'answer': 'confirmed',
                }
            ],
        )
        self.assertEqual(ledger.summary, "Appointment confirmed by the patient through the link")

    def test_confirm_twice(self):
        self.post(action='confirm')
        before = self.state()
        self.post(action='confirm')
        self.assertEqual(self.state(), before)
        self.assertEqual(len(self.ledger()), 1)

    def test_cancel(self):
        question = self.get(view='cancel', lang='en_US').text
        self.assertIn("Cancel this appointment?", question)
        for _twice in range(2):
            response = self.post(action='cancel')
            self.assertIn("This appointment is cancelled", response.text)
            self.assertNotIn('<form', response.text)
        self.assertRecordValues(
            self.event,
            [
                {
                    'appointment_status': 'cancelled',
                    'cancellation_reason': 'patient',
                    'patient_response': 'declined',
                    'response_channel': 'link',
                    'show_as': 'free',
                }
            ],
        )
        self.assertEqual(self.ledger().mapped('answer'), ['cancelled'])

    def test_cancelled_stays_cancelled(self):
        self.post(action='cancel')
        response = self.post(action='confirm')
        self.assertIn("Nothing was changed", response.text)
        self.assertEqual(self.event.appointment_status, 'cancelled')

    def test_begun_or_over_shows_state_only(self):
        for status in ('arrived', 'checked-in', 'fulfilled', 'noshow'):
            self.event.appointment_status = status
            before = self.state()
            page = self.get(lang='en_US').text
            self.assertNotIn('<form', page)
            self.assertIn("No longer open", page)
            for action in ('confirm', 'cancel', 'reschedule'):
                self.post(action=action, slot=self.moment(4, 9).isoformat(timespec='minutes'))
            self.assertEqual(self.state(), before)
        self.assertFalse(self.ledger())

    def test_past_appointment_with_a_long_link_shows_state_only(self):
        past = self.book(self.patient, day=-1, hour=10)
        path = past._get_patient_path(expires_hours=48)
        self.assertNotIn('<form', self.get(path).text)
        self.post(path, action='cancel')
        past.invalidate_recordset()
        self.assertEqual(past.appointment_status, 'booked')

    def test_reschedule(self):
        page = self.get(view='reschedule', lang='en_US').text
        slot = self.event._patient_offered_slots()[-1]
        value = slot.isoformat(timespec='minutes')
        self.assertIn(f'value="{value}"', page)
        response = self.post(action='reschedule', slot=value)
        self.assertIn("This is your new time", response.text)
        self.assertRecordValues(
            self.event,
            [
                {
                    'start': slot,
                    'stop': slot + timedelta(minutes=30),
                    'appointment_status': 'booked',
                    'patient_response': 'accepted',
                }
            ],
        )
        self.assertEqual(self.ledger().mapped('answer'), ['moved'])
        # the page it leads to lives until the new time
        self.assertNotEqual(response.url.split('?')[0], self.base_url() + self.path)
        # said twice
        self.post(action='reschedule', slot=value)
        self.assertEqual(len(self.ledger()), 1)

    def test_one_slot_for_two_patients(self):
        other = self.book(self.neighbour, day=3, hour=11)
        slot = other._patient_offered_slots()[-1]
        value = slot.isoformat(timespec='minutes')
        for event in (self.event, other):  # both see it
            page = self.get(event._get_patient_path(), view='reschedule')
            self.assertIn(f'value="{value}"', page.text)
        self.post(action='reschedule', slot=value)
        response = self.post(other._get_patient_path(), action='reschedule', slot=value)
        self.assertIn("This time has just been taken", response.text)
        self.assertNotIn(f'value="{value}"', response.text)
        other.invalidate_recordset()
        self.assertEqual(self.event.start, slot)
        self.assertEqual(other.start, self.moment(3, 11))
        self.assertFalse(self.ledger(other))

    def test_only_free_slots_can_be_chosen(self):
        before = self.state()
        for slot in (
            self.moment(4, 3),  # at night
            self.moment(4, 9, 10),  # between slots
            self.moment(-1, 9),  # yesterday
            self.moment(40, 9),  # too far
        ):
            response = self.post(action='reschedule', slot=slot.isoformat(timespec='minutes'))
            self.assertIn("This time has just been taken", response.text)
        for slot in ('', 'tomorrow', '2030-13-01T09:00', '9' * 500, "1'; DROP TABLE"):
            response = self.post(action='reschedule', slot=slot)
            self.assertIn("Please choose a time first", response.text)
        self.post(action='reschedule')
        self.post(action='delete')
        self.post()
        self.assertEqual(self.state(), before)
        self.assertFalse(self.ledger())

    # -- links that do not work

    def test_invalid_links_all_look_the_same(self):
        expired = self.event._get_patient_path(expires_hours=-1)
        tampered = self.path[:-20] + ('A' if self.path[-20] != 'A' else 'B') + self.path[-19:]
        invented = LINK_PATH % 'AAAA'
        before = self.state()
        pages = set()
        for path in (expired, tampered, invented):
            for response in (
                self.get(path, lang='en_US'),
                self.post(path, action='cancel'),
            ):
                self.assertEqual(response.status_code, 404)
                self.assertIn("This link is no longer valid", response.text)
                pages.add(response.text)
        self.assertEqual(len(pages), 1, "nothing tells a forged link from an expired one")
        page = pages.pop()
        for text in ("Dr. Ho", "Lotus Clinic", "Secret"):
            self.assertNotIn(text, page)
        self.assertEqual(self.state(), before)

    def test_invalid_link_speaks_the_browsers_language(self):
        response = self.url_open(LINK_PATH % 'AAAA', headers={'Accept-Language': 'vi-VN,vi;q=0.9'})
        self.assertIn('<html lang="vi-VN">', response.text)
