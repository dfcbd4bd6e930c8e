from datetime import time, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime, format_time

from ..engine import clock
from .healthcare_care_task_worklist import MOST_COUNTED

#: code -> block, in the order of the page; see :func:`block`
BLOCKS = {}


class Block(NamedTuple):
    """One block of the page: for whom, and the method that fills it."""

    roles: tuple
    method: str


def block(code, *roles):
    """Decorator: the method fills the block ``code`` of everybody who has one of ``roles``.

    It returns what the page draws: ``title``, and of ``rows``, ``figures``, ``table`` and ``bars``
    those it has; ``empty`` is said instead where there is nothing, ``more`` leads further.
    """

    def register(method):
        BLOCKS[code] = Block(roles, method.__name__)
        return method

    return register


class HealthcareMyDay(models.AbstractModel):
    """The home page of each role. Every block loads on its own, as the user: what somebody may not
    read is not on their page."""

    _name = 'healthcare.my.day'
    _description = "My Day"

    # ------------------------------------------------------------ what the page asks

    @api.model
    def my_day_load(self):
        """Return whose day it is and which blocks it has: ``{name, date, clinic, blocks}``."""
        self._check_user()
        now = fields.Datetime.now()
        day = clock.to_local(now, self._tz()).date()
        return {
            'name': self.env.user.name,
            'date': format_date(self.env, day, date_format='full'),
            'clinic': self.env.company.name,
            'blocks': [
                code for code, one in self._get_blocks().items() if self._has_role(one.roles)
            ],
        }

    @api.model
    def _get_blocks(self):
        """Return ``{code: Block}`` in the order of the page; add-ons add theirs."""
        return BLOCKS

    @api.model
    def my_day_block(self, code):
        """Return what one block shows.

        :param str code: one of the ``blocks`` of :meth:`my_day_load`
        :raise AccessError: it is no block of this user's
        """
        self._check_user()
        one = self._get_blocks().get(code)
        if not one or not self._has_role(one.roles):
            raise AccessError(self.env._("This is not part of your day."))
        return getattr(self, one.method)()

    @api.model
    def _check_user(self):
        if not self.env.user.has_group('healthcare_crm.group_healthcare_user'):
            raise AccessError(self.env._("My day is for the clinic's people."))

    @api.model
    def _has_role(self, roles):
        return any(self.env.user.has_group(f'healthcare_crm.group_{role}') for role in roles)

    # ------------------------------------------------------------ the clinic's time

    @api.model
    def _tz(self):
        return self.env['res.partner']._get_clinic_tz(self.env.company.id) or 'UTC'

    @api.model
    def _day_domain(self, offset=0):
        """Return the domain of the appointments of today, or ``offset`` days from it."""
        tz = self._tz()
        day = clock.to_local(fields.Datetime.now(), tz).date() + timedelta(days=offset)
        return (
            Domain('is_appointment', '=', True)
            & Domain('start', '>=', clock.moment_of(day, time(), tz))
            & Domain('start', '<', clock.moment_of(day + timedelta(days=1), time(), tz))
        )

    @api.model
    def _midnight(self, days_ago=0):
        """Return the moment this day began at the clinic, or one some days ago."""
        tz = self._tz()
        day = clock.to_local(fields.Datetime.now(), tz).date() - timedelta(days=days_ago)
        return clock.moment_of(day, time(), tz)

    @api.model
    def _time(self, moment):
        return format_time(self.env, moment, tz=self._tz(), time_format='short')

    @api.model
    def _moment(self, moment):
        """Return the time of a moment of today, else day and time."""
        tz = self._tz()
        today = clock.to_local(fields.Datetime.now(), tz).date()
        if clock.to_local(moment, tz).date() == today:
            return self._time(moment)
        return format_datetime(self.env, moment, tz=tz, dt_format='short')

    # ------------------------------------------------------------ parts of blocks

    @api.model
    def _patient(self, patient):
        """Return a patient's name with age and number."""
        self.env['healthcare.audit']._record_shown(patient, 'my day')
        return patient.with_context(show_patient_identity=True).display_name

    @api.model
    def _open_record(self, record, view=None):
        """Return the action that opens ``record``."""
        # not env.ref, which looks for each row whether the view is still there
        view_id = self.env['ir.model.data']._xmlid_to_res_id(view) if view else False
        return {
            'type': 'ir.actions.act_window',
            'res_model': record._name,
            'res_id': record.id,
            'views': [[view_id, 'form']],
        }

    @api.model
    def _open_visit(self, appointment):
        return self._open_record(appointment, 'healthcare_crm.calendar_event_view_form_appointment')

    @api.model
    def _open_patient(self, patient):
        return self._open_record(patient, 'healthcare_crm.res_partner_view_form_patient')

    @api.model
    def _open_list(self, name, model, domain):
        """Return the action that lists what a number counts."""
        return {
            'type': 'ir.actions.act_window',
            'name': name,
            'res_model': model,
            'domain': list(domain),
            'views': [[False, 'list'], [False, 'form']],
        }

    @api.model
    def _open_worklist(self, **params):
        return {
            'type': 'ir.actions.client',
            'tag': 'healthcare_worklist',
            'name': self.env._("Worklist"),
            'path': 'worklist',
            'params': params,
        }

    @api.model
    def _badge(self, text, icon='fa-circle-o', tone='secondary'):
        """Return a word with an icon and a colour, never the colour alone."""
        return {'text': text, 'icon': icon, 'tone': tone}

    @api.model
    def _button(self, label, records, method, icon, primary=False):
        """Return a button of a row: it calls ``method`` on the records, as the user."""
        return {
            'label': label,
            'model': records._name,
            'ids': records.ids,
            'method': method,
            'icon': icon,
            'primary': primary,
        }

    @api.model
    def _count(self, records, domain):
        """Return how many of ``records`` there are; no more than :func:`count_word` tells."""
        return records.search_count(domain, limit=MOST_COUNTED + 1)

    @api.model
    def _figure(self, label, value, icon, tone='secondary', action=None):
        return {'label': label, 'value': value, 'icon': icon, 'tone': tone, 'action': action}

    @api.model
    def _empty(self, text, button=None, action=None):
        """Return what is said instead of nothing: a sentence, and what to do."""
        return {'text': text, 'button': button, 'action': action}
