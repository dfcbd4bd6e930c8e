"""What a template may say about an appointment and its patient: the fixed list, and its values."""

from odoo.tools import LazyTranslate
from odoo.tools.misc import format_date, format_time

from .clock import to_local

_lt = LazyTranslate(__name__)

#: placeholder -> what it stands for, as the template editor lists it. Nothing clinical: the
#: service is
#: not among them, because a subject line or an SMS can be read by anyone who holds the phone.
PLACEHOLDERS = {
    'patient_name': _lt("The patient's name"),
    'appointment_date': _lt("Day of the appointment"),
    'appointment_time': _lt("Time of the appointment"),
    'practitioner': _lt("The practitioner"),
    'clinic': _lt("The clinic's name"),
    'clinic_phone': _lt("The clinic's telephone number"),
    'clinic_address': _lt("The clinic's address"),
    'appointment_link': _lt("Link to confirm, change or cancel"),
    'confirm_link': _lt("Link to confirm"),
    'reschedule_link': _lt("Link to choose another time"),
    'cancel_link': _lt("Link to cancel"),
}


def values(env, patient, appointment, lang, used):
    """Return {placeholder: text} for those in ``used``, written in ``lang``.

    :param patient: a ``res.partner``
    :param appointment: a ``calendar.event``, or an empty one where the message is about no
        appointment
    """
    company = appointment.company_id or patient.company_id or env.company
    found = {
        'patient_name': patient.name,
        'clinic': company.name,
        'clinic_phone': company.phone,
        'clinic_address': _one_line(company.partner_id) if 'clinic_address' in used else '',
    }
    if not appointment:
        return found
    tz = appointment._clinic_tz()
    found |= {
        'practitioner': appointment.practitioner_id.name,
        'appointment_date': _day(env, appointment, tz, lang),
        'appointment_time': ''
        if appointment.allday
        else format_time(env, appointment.start, tz=tz, time_format='short', lang_code=lang),
    }
    for name, action in (
        ('appointment_link', None),
        ('confirm_link', 'confirm'),
        ('reschedule_link', 'reschedule'),
        ('cancel_link', 'cancel'),
    ):
        if name in used:
            found[name] = _page_url(appointment, action, lang)
    return found


def _one_line(partner):
    """Return a partner's address on one line, its parts divided by commas."""
    lines = partner._display_address(without_company=True).split('\n')
    return ', '.join(line.strip() for line in lines if line.strip())


def _page_url(appointment, action, lang):
    """Return the address of the patient's page, in ``lang`` also where a guardian reads another
    one."""
    url = appointment._get_patient_url(action=action)
    if lang == appointment.patient_id.lang:
        return url
    return f'{url}{"&" if "?" in url else "?"}lang={lang}'


def _day(env, appointment, tz, lang):
    """Return the day of the appointment at the clinic, with the weekday, in ``lang``."""
    day = appointment.start_date if appointment.allday else to_local(appointment.start, tz).date()
    return format_date(env, day, lang_code=lang, date_format='full')
