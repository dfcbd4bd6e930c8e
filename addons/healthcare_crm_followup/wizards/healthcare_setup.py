from uuid import uuid4

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import LazyTranslate

from .. import gallery
from ..channels import CHANNEL_ADAPTERS
from ..channels.registry import Message

_lt = LazyTranslate(__name__)

ADMINISTRATOR = 'healthcare_crm.group_clinic_administrator'
#: What is set up, in this order.
STEPS = {
    'clinic': _lt("Clinic"),
    'hours': _lt("Opening hours"),
    'languages': _lt("Languages"),
    'channels': _lt("Channels"),
    'workflows': _lt("First workflows"),
    'test': _lt("Test message"),
}
#: What the assistant may write on the clinic, by step; ``country`` and ``time_zone`` apart.
ADDRESS = ('name', 'street', 'street2', 'zip', 'city', 'phone', 'email')
QUIET = ('healthcare_quiet_from', 'healthcare_quiet_to', 'healthcare_quiet_holidays')
LANGUAGES = ('zh_TW', 'zh_CN', 'vi_VN', 'en_US')
#: Workflows of the gallery that nearly every clinic begins with.
RECOMMENDED = ('reminder_24h', 'noshow_recovery', 'satisfaction_survey')
#: The sessions of a clinic's day, and the hour at which one is the next one's.
SESSIONS = ((_lt("Morning"), 12), (_lt("Afternoon"), 17.5), (_lt("Evening"), 24))


class HealthcareSetup(models.AbstractModel):
    """The first steps of a clinic, one after the other, in the order in which they are needed.

    Kept is only how far the clinic came (``res.company.healthcare_setup``): every step reads and
    writes the settings themselves, so it is also where they are looked up later.
    """

    _name = 'healthcare.setup'
    _description = "Setup Assistant"

    # ------------------------------------------------------------ what the page calls

    @api.model
    def load(self):
        """Return all that the page shows, and note that it has been seen."""
        company = self._company()
        self._note(seen=True)
        states = self._states(company)
        return {
            'steps': [
                {
                    'id': step,
                    'label': self.env._(STEPS[step]),
                    'state': state,
                    'said': getattr(self, f'_say_{step}')(company) if state == 'done' else '',
                }
                for step, state in states.items()
            ],
            'values': {step: getattr(self, f'_read_{step}')(company) for step in STEPS},
        }

    @api.model
    def save(self, step, values):
        """Write what was filled in and tick off ``step``; return the page anew."""
        company = self._company()
        if step not in STEPS:
            raise UserError(self.env._("There is no such step."))
        getattr(self, f'_write_{step}')(company, values)
        self._note(**{step: 'done'})
        return self.load()

    @api.model
    def skip(self, step):
        """Leave ``step`` for later, unless it was done before; return the page anew."""
        if self._states(self._company()).get(step) == 'open':
            self._note(**{step: 'skipped'})
        return self.load()

    @api.model
    def finish(self):
        """Note that the clinic needs the assistant no more."""
        self._company()
        self._note(over=True)

    @api.model
    def progress(self):
        """Return how far the clinic came.

        :return: {"steps": [(name, whether it is done), …], "over": whether nobody need be reminded}
        """
        company = self._company()
        states = self._states(company)
        is_over = bool((company.healthcare_setup or {}).get('over'))
        return {
            'steps': [(self.env._(STEPS[step]), state == 'done') for step, state in states.items()],
            'over': is_over or set(states.values()) == {'done'},
        }

    @api.model
    def add_language(self, code):
        """Activate one of :data:`LANGUAGES` and load its words."""
        self._company()
        if code not in LANGUAGES:
            raise UserError(self.env._("The assistant does not offer this language."))
        # sudo: languages are the system administrator's; the assistant adds these four alone, and
        # loads what the add-ons themselves bring
        env = self.sudo().env
        env['res.lang']._activate_lang(code)
        modules = env['ir.module.module'].search([('state', '=', 'installed')])
        modules._update_translations([code])

    @api.model
    def check_mail(self):
        """Knock at the outgoing mail server, sending nothing; return how it went, in words."""
        company = self._company()
        with CHANNEL_ADAPTERS['email'](self.env) as channel:
            answer = channel.check(company)
        if answer.status == 'sent':
            return self._result(True, self.env._("The mail server answers."))
        return self._result(
            False, self.env._("The mail server cannot be used: %s", answer.detail or '')
        )

    @api.model
    def send_test(self, channel, address):
        """Send a message to the user, the way patients get theirs; return how it went, in words.

        :param address: the user's own e-mail address or telephone number, kept as theirs
        """
        company = self._company()
        field = {'email': 'email', 'sms': 'phone'}.get(channel)
        if not field or not (address or '').strip():
            raise UserError(self.env._("Fill in where the test message should go."))
        # counted in the database, for all workers: nobody floods a telephone in their own name
        if not self.env['healthcare.enquiry.limit']._is_allowed(f'send_test:{self.env.uid}'):
            return self._result(
                False, self.env._("You have sent many test messages. Try again in an hour.")
            )
        # not env.user, which may do anything
        user = self.env['res.users'].browse(self.env.uid)
        if user[field] != address.strip():
            user.write({field: address.strip()})
        to = user.email_normalized if channel == 'email' else self._number_of(user, company)
        if not to:
            return self._result(False, self.env._("%s is not a usable address.", address))
        # the channel commits to nothing, but a provider may take a while
        self.env.flush_all()
        with CHANNEL_ADAPTERS[channel](self.env) as adapter:
            answer = adapter.deliver(self._test_message(company, user, to))
        if answer.status == 'sent':
            return self._result(True, self.env._("Sent to %s. Please look whether it came.", to))
        return self._result(
            False, self.env._("It could not be sent to %(to)s: %(why)s", to=to, why=answer.detail)
        )

    # ------------------------------------------------------------ where the clinic stands

    @api.model
    def _is_wanted(self):
        """Say whether the page should open by itself: nobody has seen it and nothing runs yet."""
        company = self.env.company
        return (
            self.env.user.has_group(ADMINISTRATOR)
            and not company.parent_id
            and not (company.healthcare_setup or {}).get('seen')
            and not self.env['healthcare.workflow'].search_count(
                [('state', '!=', 'draft')], limit=1
            )
        )

    def _company(self):
        """Return the clinic, where the user may set it up.

        :raise AccessError: somebody other than a clinic administrator
        """
        if not self.env.user.has_group(ADMINISTRATOR):
            raise AccessError(self.env._("Only clinic administrators set up the clinic."))
        return self.env.company

    def _states(self, company):
        noted = company.healthcare_setup or {}
        return {step: noted.get(step, 'open') for step in STEPS}

    def _note(self, **news):
        noted = self.env.company.healthcare_setup or {}
        if noted | news != noted:
            # sudo: a clinic administrator may not write companies; this is only the assistant's
            # own note
            self.env.company.sudo().healthcare_setup = noted | news

    def _result(self, is_ok, text):
        return {'ok': is_ok, 'text': text}

    # ------------------------------------------------------------ 1 the clinic

    def _read_clinic(self, company):
        zone = company.resource_calendar_id.tz
        countries = self.env['res.country'].search([('code', '!=', False)])
        zones = pytz.country_timezones
        return {
            **{name: company[name] or '' for name in ADDRESS},
            'country': company.country_id.id,
            'time_zone': zone or 'UTC',
            'countries': [
                {
                    'value': country.id,
                    'label': country.name,
                    'time_zone': (zones.get(country.code) or [False])[0],
                }
                for country in countries
            ],
            'time_zones': [
                {'value': name, 'label': name.replace('_', ' ')} for name in pytz.common_timezones
            ],
        }

    def _write_clinic(self, company, values):
        if not (values.get('name') or '').strip():
            raise UserError(self.env._("Patients need the clinic's name: every message says it."))
        known = pytz.common_timezones_set
        if values.get('time_zone') not in known:
            raise UserError(self.env._("Choose the clinic's time zone."))
        # sudo: companies are the system administrator's; the assistant writes name, address and
        # country of the clinic the user works in, and nothing else
        company.sudo().write(
            {name: (values.get(name) or '').strip() or False for name in ADDRESS}
            | {'country_id': values.get('country') or False}
        )
        calendar = company.resource_calendar_id
        if calendar.tz != values['time_zone']:
            self._check_own_hours(calendar)
            calendar.tz = values['time_zone']

    def _check_own_hours(self, calendar):
        """Refuse to change hours that a clinic keeps where the user does not work.

        :raise UserError: one does
        """
        calendar.check_access('write')
        # sudo: whether there is such a clinic, not which one
        others = self.env['res.company'].sudo()
        if others.search_count(
            [
                ('resource_calendar_id', '=', calendar.id),
                ('id', 'not in', self.env.user.company_ids.ids),
            ],
            limit=1,
        ):
            raise UserError(
                self.env._(
                    "Another clinic keeps the same working hours. Ask your system administrator "
                    "for working hours of your own."
                )
            )

    def _say_clinic(self, company):
        return ', '.join(filter(None, (company.name, company.city, company.country_id.name)))

    # ------------------------------------------------------------ 2 hours

    def _read_hours(self, company):
        calendar = company.resource_calendar_id
        days = [self._sessions_of(calendar, day) for day in range(7)]
        others = self.env['res.company'].search(
            [('resource_calendar_id', '=', calendar.id), ('id', '!=', company.id)]
        )
        return {
            'days': days,
            # what the grid cannot show it must not write
            'editable': bool(calendar)
            and not calendar.two_weeks_calendar
            and not calendar.flexible_hours
            and None not in days,
            'calendar': calendar.id,
            'shared_with': ', '.join(others.mapped('name')),
            'sessions': [str(self.env._(name)) for name, _end in SESSIONS],
            'quiet_from': company.healthcare_quiet_from,
            'quiet_to': company.healthcare_quiet_to,
            'quiet_holidays': company.healthcare_quiet_holidays,
            'holiday_country': company.healthcare_holiday_country_id.id,
        }

    def _sessions_of(self, calendar, day):
        """Return from when to when the clinic is open in each session of a weekday.

        :return: one pair of hours, or ``False``, for each of :data:`SESSIONS`; ``None`` for what
            does not fit into those
        """
        lines = calendar.attendance_ids.filtered(
            lambda line: int(line.dayofweek) == day and line.day_period != 'lunch'
        ).sorted('hour_from')
        sessions, free = [False] * len(SESSIONS), 0
        for index, line in enumerate(lines):
            usual = next(n for n, (_name, end) in enumerate(SESSIONS) if line.hour_from < end)
            # earlier than usual where those after it would find no place
            place = max(free, min(usual, len(SESSIONS) - (len(lines) - index)))
            if place == len(SESSIONS):
                return None
            sessions[place] = [line.hour_from, line.hour_to]
            free = place + 1
        return sessions

    def _write_hours(self, company, values):
        before = self._read_hours(company)
        if before['editable']:
            for day, sessions in enumerate(values['days']):
                if sessions != before['days'][day]:
                    self._open_on(company.resource_calendar_id, day, sessions)
        country = values.get('holiday_country') or False
        # sudo: companies are the system administrator's; these are the clinic's own quiet hours
        company.sudo().write(
            {name: values[name.removeprefix('healthcare_')] for name in QUIET}
            | {'healthcare_holiday_country_id': country}
        )

    def _open_on(self, calendar, day, sessions):
        """Make ``sessions`` the hours of one weekday."""
        self._check_own_hours(calendar)
        label = dict(calendar.attendance_ids._fields['dayofweek']._description_selection(self.env))
        given = [(index, *session) for index, session in enumerate(sessions) if session]
        closed = 0
        for _index, start, end in given:
            # half a session is False, which counts as 0
            is_whole = start is not False and end is not False
            if not is_whole or not closed <= start < end <= 24:
                raise UserError(
                    self.env._(
                        "%s: each session ends after it begins, and before the next one.",
                        label[str(day)],
                    )
                )
            closed = end
        calendar.attendance_ids.filtered(lambda line: line.dayofweek == str(day)).unlink()
        calendar.write(
            {
                'attendance_ids': [
                    fields.Command.create(
                        {
                            'name': f'{label[str(day)]} {self.env._(SESSIONS[index][0])}',
                            'dayofweek': str(day),
                            'hour_from': start,
                            'hour_to': end,
                            'day_period': 'morning' if index == 0 else 'afternoon',
                        }
                    )
                    for index, start, end in given
                ]
            }
        )

    def _say_hours(self, company):
        days = set(company.resource_calendar_id.attendance_ids.mapped('dayofweek'))
        return self.env._("Open %s days a week", len(days))

    # ------------------------------------------------------------ 3 languages

    def _read_languages(self, company):
        languages = self.env['res.lang'].with_context(active_test=False)
        found = languages.search([('code', 'in', LANGUAGES)]).grouped('code')
        return {
            'languages': [
                {'code': code, 'name': found[code].name, 'active': found[code].active}
                for code in LANGUAGES
                if code in found
            ],
            'clinic': company.partner_id.lang,
        }

    def _write_languages(self, company, values):
        if values.get('clinic') not in dict(self.env['res.lang'].get_installed()):
            raise UserError(self.env._("The clinic's language has to be one it uses."))
        # the clinic's own address card, which reception may write too
        company.partner_id.lang = values['clinic']

    def _say_languages(self, _company):
        return ', '.join(name for _code, name in self.env['res.lang'].get_installed())

    # ------------------------------------------------------------ 4 channels

    def _read_channels(self, company):
        return {'email': company.email or '', 'sms': self._sms_state(company)}

    def _sms_state(self, company):
        """Return whether text messages can go out, and what is missing, in words."""
        # sudo: the account is the system administrator's; only whether there is one leaves here
        clinic = company.sudo()
        if clinic.sms_provider == 'twilio':
            if not (clinic.sms_twilio_account_sid and clinic.sms_twilio_auth_token):
                return self._result(False, self.env._("Twilio is chosen, its account is missing."))
            if not clinic.sms_twilio_number_ids:
                return self._result(
                    False, self.env._("Twilio is set up, a number to send from is missing.")
                )
            return self._result(True, self.env._("Set up: text messages go out through Twilio."))
        accounts = clinic.env['iap.account'].search(
            [('service_name', '=', 'sms'), ('state', '=', 'registered')]
        )
        if accounts.filtered(lambda one: not one.company_ids or company in one.company_ids):
            return self._result(
                True, self.env._("Set up: text messages go out through Odoo's own service.")
            )
        return self._result(False, self.env._("No account for text messages yet."))

    def _write_channels(self, company, values):
        # sudo: as for the address
        company.sudo().email = (values.get('email') or '').strip() or False

    def _say_channels(self, company):
        said = [self.env._("E-mail from %s", company.email)] if company.email else []
        if self._sms_state(company)['ok']:
            said.append(self.env._("text messages"))
        return ', '.join([*said, self.env._("calls and letters")])

    # ------------------------------------------------------------ 5 workflows

    @api.model
    def reach(self, code):
        """Return in words how many patients the gallery's workflow ``code`` would reach.

        It is drafted for the look, and taken back.
        """
        self._company()
        savepoint = self.env.cr.savepoint()
        try:
            workflow = self.env['healthcare.workflow']._install_from_gallery(code)
            return self._say_reach(workflow)
        except UserError as error:
            return str(error)
        finally:
            savepoint.close(rollback=True)

    def _say_reach(self, workflow):
        found = workflow._preview(fields.Datetime.now())
        if found['reached']:
            return self.env._("Patients it would reach in the next 30 days: %s", found['reached'])
        if found['expected']:
            return self.env._(
                "Times it would have begun in the last 30 days: %s", found['expected']
            )
        return self.env._("Reaches nobody yet: it begins when there is a reason")

    def _read_workflows(self, company):
        lang = self.env.lang or 'en_US'
        workflows = self.env['healthcare.workflow'].search(
            [('gallery_code', '!=', False), ('company_id', '=', company.id)]
        )
        states = {workflow.gallery_code: workflow.state for workflow in workflows}
        return {
            'items': [
                {
                    'code': code,
                    'icon': item['icon'],
                    'name': gallery.said(item['name'], lang),
                    'summary': gallery.said(item['summary'], lang),
                    'before': gallery.said(item.get('before') or '', lang),
                    'recommended': code in RECOMMENDED,
                    'running': states.get(code) == 'published',
                    'chosen': code in RECOMMENDED and not states,
                }
                for code, item in self.env['healthcare.workflow']._get_gallery_items().items()
            ]
        }

    def _write_workflows(self, company, values):
        """Install and publish what was chosen; a draft of the gallery's that is here is taken."""
        workflows = self.env['healthcare.workflow']
        for item in values['items']:
            if not item.get('chosen') or item.get('running'):
                continue
            workflow = workflows.search(
                [('gallery_code', '=', item['code']), ('company_id', '=', company.id)], limit=1
            )
            workflow = workflow or workflows._install_from_gallery(item['code'])
            if workflow.state != 'published':
                workflow.action_publish()

    def _say_workflows(self, _company):
        running = self.env['healthcare.workflow'].search_count([('state', '=', 'published')])
        return self.env._("Running: %s", running)

    # ------------------------------------------------------------ 6 a test message

    def _read_test(self, company):
        user = self.env.user
        return {
            'email': user.email or '',
            'phone': user.phone or '',
            'sms': self._sms_state(company)['ok'],
        }

    def _write_test(self, _company, _values):
        """Nothing to write: that it arrived is what the user says."""

    def _say_test(self, _company):
        return self.env._("A test message arrived")

    def _number_of(self, user, company):
        return user.partner_id._phone_format(
            number=user.phone, country=company.country_id, force_format='E164'
        )

    def _test_message(self, company, user, to):
        return Message(
            to=to,
            subject=self.env._("Test message from %s", company.name),
            body=self.env._(
                "%s: this is a test. Messages to patients come the same way.", company.name
            ),
            lang=user.lang or 'en_US',
            company=company,
            key=f'setup-{uuid4().hex}',
        )
