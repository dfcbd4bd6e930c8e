from datetime import timedelta

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..overview import badge, latest_of_each, row

#: rows of a block; the rest is one click away
SHOWN = 5
#: values of the trend of one observation, and how many observations have one
TREND, CHARTS = 12, 8
#: Conditions that the patient has, beside those that are over.
CURRENT = ('active', 'recurrence', 'relapse')
#: A medicine runs out soon within so many days.
SOON = 14
_COURSE_TONES = {'active': 'info', 'recurrence': 'warning', 'relapse': 'warning'}


class ResPartner(models.Model):
    """The blocks of the 360° view for those who treat the patient."""

    _inherit = 'res.partner'

    # ------------------------------------------------------------ conditions

    def _overview_conditions(self):
        found = self._overview_current_first(
            'healthcare.condition', Domain('clinical_status', 'in', CURRENT)
        )
        return {
            'rows': [self._overview_condition(condition) for condition in found],
            'empty': self.env._("No conditions on file."),
            'add': self._overview_add(self.env._("Add Condition"), 'healthcare.condition'),
            'more': self._overview_all(self.env._("Conditions"), 'healthcare.condition'),
        }

    def _overview_condition(self, condition):
        status = condition.clinical_status
        current = status in CURRENT
        return row(
            condition,
            condition.name,
            ' · '.join(filter(None, [condition.code, condition.stage])),
            self._overview_day(condition.onset_date),
            [
                badge(
                    self._overview_label(condition, 'clinical_status'),
                    'fa-dot-circle-o' if current else 'fa-check-circle-o',
                    _COURSE_TONES.get(status, 'secondary'),
                )
            ],
            self._overview_open(condition),
            muted=not current,
        )

    def _overview_current_first(self, model, current, kept=Domain.TRUE):
        """Return the first records of this patient: what is now, then what was."""
        mine = Domain('patient_id', '=', self.id) & kept
        found = self.env[model].search(mine & current, limit=SHOWN)
        if len(found) < SHOWN:
            found |= self.env[model].search(mine & ~current, limit=SHOWN - len(found))
        return found

    # ------------------------------------------------------------ medication

    def _overview_medication(self):
        found = self._overview_current_first(
            'healthcare.medication',
            Domain('status', 'in', ('active', 'on-hold')),
            Domain('status', '!=', 'entered-in-error'),
        )
        today = self._overview_today()
        return {
            'rows': [self._overview_medicine(medicine, today) for medicine in found],
            'empty': self.env._("No medication on file."),
            'add': self._overview_add(self.env._("Add Medication"), 'healthcare.medication'),
            'more': self._overview_all(self.env._("Medication"), 'healthcare.medication'),
        }

    def _overview_medicine(self, medicine, today):
        return row(
            medicine,
            medicine.name,
            medicine.dose,
            self._overview_day(medicine.start_date),
            [self._overview_supply(medicine, today)],
            self._overview_open(medicine),
            muted=medicine.status not in ('active', 'on-hold'),
        )

    def _overview_supply(self, medicine, today):
        """Return until when the supply lasts, in a word; what is not taken any more says that."""
        end = medicine.supply_end_date
        if medicine.status != 'active':
            return badge(self._overview_label(medicine, 'status'), 'fa-stop-circle-o')
        if not end:
            return badge(self._overview_label(medicine, 'status'), 'fa-dot-circle-o', 'info')
        day = self._overview_day(end)
        if medicine.is_renewed:
            return badge(self.env._("Renewed"), 'fa-refresh', 'success')
        if end <= today:
            return badge(self.env._("Ran out on %s", day), 'fa-hourglass-end', 'danger')
        if end <= today + timedelta(days=SOON):
            return badge(self.env._("Runs out on %s", day), 'fa-hourglass-half', 'warning')
        return badge(self.env._("Lasts until %s", day), 'fa-hourglass-start', 'success')

    # ------------------------------------------------------------ treatments

    def _overview_treatments(self):
        procedures = self.env['healthcare.procedure'].search(
            Domain('patient_id', '=', self.id) & Domain('status', '!=', 'entered-in-error'),
            limit=SHOWN,
        )
        return {
            'rows': [self._overview_treatment(procedure) for procedure in procedures],
            'empty': self.env._("No treatments on file."),
            'add': self._overview_add(self.env._("Add Procedure"), 'healthcare.procedure'),
            'more': self._overview_all(self.env._("Procedures"), 'healthcare.procedure'),
        }

    def _overview_treatment(self, procedure):
        done = procedure.status == 'completed'
        return row(
            procedure,
            procedure.name,
            procedure.outcome or procedure.practitioner_id.display_name,
            self._overview_day(procedure.performed_at and procedure.performed_at.date()),
            [
                badge(
                    self._overview_label(procedure, 'status'),
                    'fa-check-circle' if done else 'fa-circle-o',
                    'success' if done else 'secondary',
                )
            ],
            self._overview_open(procedure),
        )

    # ------------------------------------------------------------ observations

    def _overview_observations(self):
        trends = latest_of_each(
            self.env['healthcare.observation'],
            Domain('patient_id', '=', self.id)
            & Domain('status', 'in', ('preliminary', 'final', 'amended')),
            SQL('COALESCE(healthcare_observation.code, healthcare_observation.name)'),
            SQL.identifier('healthcare_observation', 'date'),
            TREND,
            CHARTS,
        )
        return {
            'charts': [self._overview_trend(values) for values in trends.values()],
            'empty': self.env._("No observations on file."),
            'add': self._overview_add(self.env._("Add Observation"), 'healthcare.observation'),
            'more': self._overview_all(self.env._("Observations"), 'healthcare.observation'),
        }

    def _overview_trend(self, values):
        """Return the latest value of one observation with those before it, oldest first."""
        latest = values[0]
        return {
            'id': latest.id,
            'name': latest.name,
            'value': latest.value,
            'unit': latest.unit or '',
            'when': self._overview_day(latest.date.date()),
            'points': [
                {'value': one.value, 'when': self._overview_day(one.date.date())}
                for one in reversed(values)
            ],
            'action': self._overview_open(latest),
        }

    # ------------------------------------------------------------ vaccinations

    def _overview_vaccinations(self):
        given = self.env['healthcare.immunization'].search(
            Domain('patient_id', '=', self.id) & Domain('status', '=', 'completed'),
            limit=SHOWN,
        )
        today = self._overview_today()
        return {
            'rows': [
                row(
                    one,
                    one.name,
                    '',
                    self._overview_day(one.date),
                    [self._overview_next_dose(one, today)],
                    self._overview_open(one),
                )
                for one in given
            ],
            'empty': self.env._("No vaccinations on file."),
            'add': self._overview_add(self.env._("Add Vaccination"), 'healthcare.immunization'),
            'more': self._overview_all(self.env._("Vaccinations"), 'healthcare.immunization'),
        }

    def _overview_next_dose(self, vaccination, today):
        due = vaccination.next_due_date
        if not due:
            return None
        day = self._overview_day(due)
        if due <= today:
            return badge(self.env._("Was due on %s", day), 'fa-exclamation-triangle', 'warning')
        return badge(self.env._("Due on %s", day), 'fa-calendar-o', 'info')
