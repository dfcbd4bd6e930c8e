"""What a template may say about a message's patient and appointment: the list, and the values.

A placeholder is one decorated function; the value of one that does not apply is empty.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property

from babel.dates import format_skeleton

from odoo import fields
from odoo.tools import LazyTranslate
from odoo.tools.misc import babel_locale_parse, format_date, format_time

from .clock import to_local

_lt = LazyTranslate(__name__)

#: So far ahead patients are told that the clinic is closed.
CLOSED_AHEAD = timedelta(days=21)
#: placeholder -> what it stands for, as the template editor lists it. Nothing clinical: the
#: service is not among them, because a subject line or an SMS can be read by anyone who holds the
#: phone.
PLACEHOLDERS = {}
_VALUES = {}
#: placeholder -> what a preview shows, for those that are empty without a record
_SAMPLES = {}
#: placeholder -> the model without which it is not offered
_NEEDS = {}


#: Country → the number for an ambulance.
EMERGENCY_NUMBERS = {
    'AU': '000',
    'CA': '911',
    'CN': '120',
    'GB': '999',
    'HK': '999',
    'JP': '119',
    'KR': '119',
    'MO': '999',
    'MY': '999',
    'NZ': '111',
    'PH': '911',
    'SG': '995',
    'TH': '1669',
    'TW': '119',
    'US': '911',
    'VN': '115',
}
#: The number of the European Union, which mobile networks nearly everywhere understand.
EMERGENCY = '112'


@dataclass(frozen=True)
class About:
    """Whom and what a message is about: records, empty where there is none."""

    env: object
    patient: object
    appointment: object
    lang: str
    #: the ledger row of the message, ``None`` in a preview
    communication: object = None

    @cached_property
    def company(self):
        """The clinic that writes: that of the appointment, else the workflow's."""
        return (
            self.appointment.company_id
            or self.enrollment.company_id
            or self.patient.company_id
            or self.enrollment.workflow_id.company_id
            or self.env.company
        )

    @cached_property
    def enrollment(self):
        """The patient's course of a workflow that the message belongs to; empty for none."""
        # sudo: a clinic's name and a date go into the message, whoever looks at it
        enrollments = self.env['healthcare.workflow.enrollment'].sudo()
        return self.communication.sudo().enrollment_id if self.communication else enrollments

    @cached_property
    def tz(self):
        """The clinic's time zone."""
        return self.company.sudo().resource_calendar_id.tz or 'UTC'


def placeholder(name, label, sample=None, needs=None):
    """Decorator: templates may use ``{name}``; ``function(about)`` returns its text.

    :param sample: text or translatable text for a preview; a ``date`` is written as in a message
    :param needs: the model it is about, where that is of an add-on that may not be there
    """

    def register(function):
        PLACEHOLDERS[name] = label
        _VALUES[name] = function
        if sample:
            _SAMPLES[name] = sample
        if needs:
            _NEEDS[name] = needs
        return function

    return register


def offered(env):
    """Return {placeholder: what it stands for} of those that this database fills."""
    return {
        name: label
        for name, label in PLACEHOLDERS.items()
        if _NEEDS.get(name, 'res.partner') in env
    }


def values(env, patient, appointment, lang, used, communication=None):
    """Return {placeholder: text} for those in ``used``, written in ``lang``.

    :param patient: a ``res.partner``
    :param appointment: a ``calendar.event``, or an empty one where the message is about no
        appointment
    :param communication: the ledger row of the message, where there is one
    """
    about = About(env, patient, appointment, lang, communication)
    known = offered(env)
    return {name: _VALUES[name](about) for name in used if name in known}


def samples(env, lang):
    """Return {placeholder: text} for a preview, written in ``lang``: a patient who does not exist,
    and the clinic of ``env``."""
    env = env(context=dict(env.context, lang=lang))
    nobody = env['res.partner']
    day = date(2030, 3, 5)
    url = f'{nobody.get_base_url()}/a/x7Kp2Q9f'
    of_clinic = values(env, nobody, env['calendar.event'], lang, offered(env))
    return {name: ' '.join((value or '').split()) for name, value in of_clinic.items()} | {
        'patient_name': env._("Chen Yi-Ling"),
        'practitioner': env._("Dr. Lin"),
        'appointment_date': format_date(env, day, lang_code=lang, date_format='full'),
        'appointment_time': format_time(env, time(9, 30), time_format='short', lang_code=lang),
        'due_date': format_date(env, day, lang_code=lang, date_format='full'),
        'closed_days': of_clinic['closed_days']
        or format_date(env, day, lang_code=lang, date_format='full'),
        **{name: url for name in of_clinic if name.endswith('_link')},
        **{name: _sample(env, lang, _SAMPLES[name]) for name in of_clinic if name in _SAMPLES},
    }


def _sample(env, lang, sample):
    if isinstance(sample, date):
        return format_date(env, sample, lang_code=lang)
    return sample if isinstance(sample, str) else env._(sample)


@placeholder('patient_name', _lt("The patient's name"))
def _patient_name(about):
    return about.patient.name


@placeholder('appointment_date', _lt("Day of the appointment"))
def _appointment_date(about):
    """The day at the clinic, with the weekday."""
    appointment = about.appointment
    if not appointment:
        return ''
    day = (
        appointment.start_date
        if appointment.allday
        else to_local(appointment.start, about.tz).date()
    )
    return format_date(about.env, day, lang_code=about.lang, date_format='full')


@placeholder('appointment_time', _lt("Time of the appointment"))
def _appointment_time(about):
    appointment = about.appointment
    if not appointment or appointment.allday:
        return ''
    return format_time(
        about.env, appointment.start, tz=about.tz, time_format='short', lang_code=about.lang
    )


@placeholder('due_date', _lt("Day on which the workflow hangs, such as the end of a supply"))
def _due_date(about):
    """The day with the weekday; nothing where the workflow hangs on no date."""
    moment = about.enrollment.anchor_at
    if not moment:
        return ''
    day = to_local(moment, about.tz).date()
    return format_date(about.env, day, lang_code=about.lang, date_format='full')


@placeholder('practitioner', _lt("The practitioner"))
def _practitioner(about):
    """The one of the appointment, else the one who usually sees the patient."""
    return (about.appointment or about.patient).practitioner_id.name


@placeholder('clinic', _lt("The clinic's name"))
def _clinic(about):
    return about.company.name


@placeholder('clinic_phone', _lt("The clinic's telephone number"))
def _clinic_phone(about):
    return about.company.phone


@placeholder('clinic_address', _lt("The clinic's address"))
def _clinic_address(about):
    """The address on one line, its parts divided by commas."""
    lines = about.company.partner_id._display_address(without_company=True).split('\n')
    return ', '.join(line.strip() for line in lines if line.strip())


@placeholder('emergency_number', _lt("Emergency number of the clinic's country"))
def _emergency_number(about):
    """The ambulance where the clinic is, whatever the patient's language: a Vietnamese in Taipei
    has to call 119."""
    return EMERGENCY_NUMBERS.get(about.company.country_id.code, EMERGENCY)


@placeholder('closed_days', _lt("When the clinic is closed in the next three weeks"))
def _closed_days(about):
    """The days off that are entered for the clinic's working hours, as a sentence of their own."""
    now = about.communication.due_at if about.communication else None
    now = now or fields.Datetime.now()
    company = about.company
    # sudo: patients may know when the clinic is closed; who writes need not see anybody's leave
    leaves = (
        about.env['resource.calendar.leaves']
        .sudo()
        .search(
            [
                ('resource_id', '=', False),
                ('calendar_id', 'in', [company.resource_calendar_id.id, False]),
                ('company_id', 'in', [company.id, False]),
                ('date_to', '>', now),
                ('date_from', '<', now + CLOSED_AHEAD),
            ],
            order='date_from',
        )
    )
    _ = about.env['res.lang'].with_context(lang=about.lang).env._
    if not leaves:
        return _("We are open as usual.")
    days = (
        [to_local(moment, about.tz).date() for moment in (leave.date_from, leave.date_to)]
        for leave in leaves
    )
    return _("Closed: %s.", ', '.join(_day_range(*ends, about.lang) for ends in days))


def _day_range(first, last, lang):
    """Return the days from ``first`` to ``last`` as they are written in ``lang``, without year."""
    locale = babel_locale_parse(lang)
    return ' – '.join(
        format_skeleton('MMMMd', day, locale=locale) for day in dict.fromkeys((first, last))
    )


@placeholder('appointment_link', _lt("Link to confirm, change or cancel"))
def _appointment_link(about):
    return _page_url(about)


@placeholder('confirm_link', _lt("Link to confirm"))
def _confirm_link(about):
    return _page_url(about, 'confirm')


@placeholder('reschedule_link', _lt("Link to choose another time"))
def _reschedule_link(about):
    return _page_url(about, 'reschedule')


@placeholder('cancel_link', _lt("Link to cancel"))
def _cancel_link(about):
    return _page_url(about, 'cancel')


@placeholder('survey_link', _lt("Link to the questionnaire"))
def _survey_link(about):
    message = about.communication
    if not message or 'survey_input_id' not in message._fields or not message.survey_input_id:
        return ''
    invitation = message.survey_input_id
    return invitation.survey_id.get_base_url() + invitation.get_start_url()


@placeholder('consent_link', _lt("Link to choose what we may send"))
def _consent_link(about):
    """The patient's own page; only in a message that goes out, because it decides for them."""
    if not (about.communication and about.patient):
        return ''
    return f'{about.patient._get_consent_url()}?lang={about.lang}'


def _page_url(about, action=None):
    """Return the address of the patient's page, in the message's language also where a guardian
    reads another one."""
    appointment = about.appointment
    if not appointment:
        return ''
    url = appointment._get_patient_url(action=action)
    if about.lang == appointment.patient_id.lang:
        return url
    return f'{url}{"&" if "?" in url else "?"}lang={about.lang}'
