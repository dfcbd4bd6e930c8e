from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..overview import badge, fact, latest_of_each, row
from ..sensitive import GROUP_CLINICAL, GROUP_STAFF
from .healthcare_allergy import NO_KNOWN_ALLERGY

#: rows of a block; the rest is one click away
SHOWN = 5
#: values of the trend of one observation, and how many observations have one
TREND, CHARTS = 12, 8
#: Conditions that the patient has, beside those that are over.
CURRENT = ('active', 'recurrence', 'relapse')
#: A medicine runs out soon within so many days.
SOON = 14
#: Events are told for so many months.
RECENT_MONTHS = 12
_ALERT_ICONS = {
    'interpreter': 'fa-language',
    'mobility': 'fa-wheelchair',
    'hearing': 'fa-deaf',
    'vision': 'fa-low-vision',
    'infection': 'fa-shield',
}
_RISKS = {
    'high': ('fa-exclamation-triangle', 'danger'),
    'low': ('fa-exclamation-circle', 'warning'),
}
_EFFECTS = {
    'none': ('fa-times-circle', 'danger'),
    'some': ('fa-adjust', 'warning'),
    'good': ('fa-thumbs-o-up', 'success'),
    'excellent': ('fa-thumbs-up', 'success'),
}
_INTERPRETATIONS = {
    'N': ('fa-check', 'success'),
    'L': ('fa-arrow-down', 'warning'),
    'H': ('fa-arrow-up', 'warning'),
    'LL': ('fa-arrow-circle-down', 'danger'),
    'HH': ('fa-arrow-circle-up', 'danger'),
}
_EVENT_ICONS = {
    'inpatient': ('fa-bed', 'warning'),
    'emergency': ('fa-ambulance', 'danger'),
}
_COURSE_TONES = {'active': 'info', 'recurrence': 'warning', 'relapse': 'warning'}


class ResPartner(models.Model):
    """The blocks of the 360° view for those who treat the patient."""

    _inherit = 'res.partner'

    # ------------------------------------------------------------ alerts and allergies

    def _overview_alerts(self):
        """Return what everybody must know before anything else.

        ``allergies`` is None for who may not read them, which is not the same as having none.
        """
        is_clinical = self.env.user.has_group(GROUP_CLINICAL) and self.is_in_care
        return {
            'alerts': self._overview_alert_chips() if self.env.user.has_group(GROUP_STAFF) else [],
            'allergies': self._overview_allergy_chips() if is_clinical else None,
            'allergy_status': is_clinical and self.allergy_status,
            'add_alert': self._overview_add(self.env._("Add Alert"), 'healthcare.alert'),
            'add_allergy': is_clinical
            and self._overview_add(self.env._("Add Allergy"), 'healthcare.allergy'),
        }

    def _overview_alert_chips(self):
        alerts = self.env['healthcare.alert'].search_fetch(
            Domain('patient_id', '=', self.id)
            & Domain(self.env['healthcare.alert']._active_domain())
        )
        return [
            row(
                alert,
                alert.display_name,
                badges=[badge('', _ALERT_ICONS.get(alert.kind, 'fa-bell-o'), 'warning')],
                action=self._overview_open(alert),
            )
            for alert in alerts
        ]

    def _overview_allergy_chips(self):
        allergies = self.env['healthcare.allergy'].search_fetch(
            Domain('patient_id', '=', self.id)
            & Domain(self.env['healthcare.allergy']._counting())
            & Domain('code', '!=', NO_KNOWN_ALLERGY)
        )
        return [
            row(
                allergy,
                allergy.name,
                allergy.reaction,
                badges=[self._overview_risk(allergy)],
                action=self._overview_open(allergy),
            )
            for allergy in allergies
        ]

    def _overview_risk(self, allergy):
        icon, tone = _RISKS.get(allergy.criticality, ('fa-exclamation-circle', 'warning'))
        # how bad it was tells what is to be feared where nobody judged that
        word = self._overview_label(
            allergy, 'criticality' if allergy.criticality in _RISKS else 'severity'
        )
        if allergy.severity == 'severe':
            icon, tone = _RISKS['high']
        return badge(word, icon, tone)

    # ------------------------------------------------------------ conditions

    def _overview_conditions(self, limit=SHOWN):
        found = self._overview_current_first(
            'healthcare.condition',
            Domain('clinical_status', 'in', CURRENT),
            Domain('verification_status', 'in', ('provisional', 'confirmed')),
            limit,
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
        said = [
            condition.code,
            self._overview_label(condition, 'course'),
            self._overview_label(condition, 'severity'),
            condition.stage,
        ]
        badges = [
            badge(
                self._overview_label(condition, 'clinical_status'),
                'fa-dot-circle-o' if current else 'fa-check-circle-o',
                _COURSE_TONES.get(status, 'secondary'),
            )
        ]
        if condition.verification_status == 'provisional':
            word = self._overview_label(condition, 'verification_status')
            badges.insert(0, badge(word, 'fa-question-circle-o'))
        return row(
            condition,
            condition.name,
            ' · '.join(filter(None, said)),
            self._overview_day(condition.onset_date),
            badges,
            self._overview_open(condition),
            muted=not current,
        )

    def _overview_current_first(self, model, current, kept, limit):
        """Return the first records of this patient: what is now, then what was.

        :param limit: how many of those that are now; None for all of them
        """
        mine = Domain('patient_id', '=', self.id) & kept
        found = self.env[model].search_fetch(mine & current, limit=limit)
        if len(found) < SHOWN:
            found |= self.env[model].search_fetch(mine & ~current, limit=SHOWN - len(found))
        return found

    # ------------------------------------------------------------ medication

    def _overview_medication(self, limit=SHOWN):
        found = self._overview_current_first(
            'healthcare.medication',
            Domain('status', 'in', ('active', 'on-hold')),
            Domain('status', '!=', 'entered-in-error'),
            limit,
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
            [self._overview_effect(medicine, 'effect'), self._overview_supply(medicine, today)],
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
        procedures = self.env['healthcare.procedure'].search_fetch(
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
        said = [procedure.condition_id.name, procedure.outcome, procedure.side_effects]
        badges = [
            self._overview_effect(procedure, 'effectiveness'),
            badge(
                self._overview_label(procedure, 'outcome_status')
                or self._overview_label(procedure, 'status'),
                'fa-check-circle' if done else 'fa-circle-o',
                'success' if done and procedure.outcome_status != 'unsuccessful' else 'secondary',
            ),
        ]
        return row(
            procedure,
            procedure.name,
            ' · '.join(filter(None, said)),
            self._overview_day(procedure.performed_at),
            badges,
            self._overview_open(procedure),
        ) | {'advice': procedure.next_step and self.env._("To try next: %s", procedure.next_step)}

    def _overview_effect(self, treatment, name):
        """Return what a treatment did, none where nobody said."""
        effect = treatment[name]
        return effect and badge(self._overview_label(treatment, name), *_EFFECTS[effect])

    # ------------------------------------------------------------ recent events

    def _overview_events(self):
        since = datetime.combine(
            self._overview_today() - relativedelta(months=RECENT_MONTHS), time()
        )
        visits = self.env['healthcare.encounter'].search_fetch(
            Domain('patient_id', '=', self.id)
            & Domain('start', '>=', since)
            & Domain('status', 'not in', ('cancelled', 'entered-in-error'))
            & (
                Domain('encounter_class', 'in', tuple(_EVENT_ICONS))
                | Domain('organization_id', '!=', False)
                | Domain('severity', '=', 'critical')
            ),
            limit=SHOWN,
        )
        operations = self.env['healthcare.procedure'].search_fetch(
            Domain('patient_id', '=', self.id)
            & Domain('performed_at', '>=', since)
            & Domain('status', '=', 'completed'),
            limit=SHOWN,
        )
        events = [(visit.start, self._overview_event(visit)) for visit in visits]
        events += [(one.performed_at, self._overview_operation(one)) for one in operations]
        events.sort(key=lambda event: event[0], reverse=True)
        return {
            'rows': [event for _date, event in events[:SHOWN]],
            'empty': self.env._("No operation, hospital stay or visit elsewhere on file."),
            'add': self._overview_add(self.env._("Add Visit"), 'healthcare.encounter'),
            'more': self._overview_all(self.env._("Visits"), 'healthcare.encounter'),
        }

    def _overview_event(self, visit):
        icon, tone = _EVENT_ICONS.get(visit.encounter_class, ('fa-user-md', 'secondary'))
        elsewhere = visit.organization_id.display_name
        kind = self._overview_label(visit, 'encounter_class')
        badges = [badge(kind, icon, tone)]
        if visit.severity == 'critical':
            word = self._overview_label(visit, 'severity')
            badges.append(badge(word, 'fa-exclamation-triangle', 'danger'))
        return row(
            visit,
            visit.reason or elsewhere or kind,
            elsewhere if visit.reason else visit.practitioner_id.display_name,
            self._overview_day(visit.start),
            badges,
            self._overview_open(visit),
        )

    def _overview_operation(self, procedure):
        return row(
            procedure,
            procedure.name,
            procedure.organization_id.display_name or procedure.practitioner_id.display_name,
            self._overview_day(procedure.performed_at),
            [badge(self.env._("Procedure"), 'fa-scissors')],
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
        mark = latest.interpretation
        return {
            'id': latest.id,
            # in the reader's language where it is one of the clinic's own list
            'name': latest.type_id.name or latest.name,
            'text': latest._format(latest.value),
            'unit': latest.unit or '',
            'when': self._overview_day(latest.date),
            'badge': mark
            and badge(
                _word(self._overview_label(latest, 'interpretation')), *_INTERPRETATIONS[mark]
            ),
            'range': {'low': latest.range_low or None, 'high': latest.range_high or None},
            'reference': latest.range_text and self.env._("Usual: %s", latest.range_text),
            'points': [
                {
                    'value': one.value,
                    'text': one._format(one.value),
                    'when': self._overview_day(one.date),
                }
                for one in reversed(values)
            ],
            'action': self._overview_open(latest),
        }

    # ------------------------------------------------------------ vaccinations

    def _overview_vaccinations(self, limit=SHOWN):
        given = self.env['healthcare.immunization'].search_fetch(
            Domain('patient_id', '=', self.id) & Domain('status', '=', 'completed'),
            limit=limit,
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

    # ------------------------------------------------------------ family and lifestyle

    def _overview_family(self):
        relatives = self.env['healthcare.family.history'].search_fetch(
            Domain('patient_id', '=', self.id) & Domain('status', '!=', 'entered-in-error'),
            limit=SHOWN,
        )
        lifestyle = self.env['healthcare.lifestyle'].search_fetch(
            Domain('patient_id', '=', self.id) & Domain('status', '!=', 'entered-in-error'),
            limit=1,
        )
        return {
            'facts': self._overview_lifestyle(lifestyle) if lifestyle else [],
            'rows': [self._overview_relative_history(relative) for relative in relatives],
            'empty': self.env._("Nothing was asked about the family or how the patient lives."),
            'also': self._overview_add(self.env._("Ask About Lifestyle"), 'healthcare.lifestyle'),
            'add': self._overview_add(self.env._("Add Relative"), 'healthcare.family.history'),
        }

    def _overview_lifestyle(self, lifestyle):
        smoking = self._overview_label(lifestyle, 'smoking')
        if lifestyle.smoking == 'current' and lifestyle.cigarettes_per_day:
            smoking = self.env._(
                "%(smokes)s, %(count)s a day", smokes=smoking, count=lifestyle.cigarettes_per_day
            )
        hours = lifestyle.sleep_hours and self.env._("%g hours", lifestyle.sleep_hours)
        facts = [
            fact(self.env._("Smoking"), smoking),
            fact(self.env._("Alcohol"), self._overview_label(lifestyle, 'alcohol')),
            fact(self.env._("Exercise"), self._overview_label(lifestyle, 'exercise')),
            fact(self.env._("Diet"), lifestyle.diet),
            fact(self.env._("Sleep"), hours),
            fact(
                self.env._("Asked on"),
                self._overview_day(lifestyle.date),
                action=self._overview_open(lifestyle),
            ),
        ]
        return [one for one in facts if one['value']]

    def _overview_relative_history(self, relative):
        said = [
            relative.onset_age and self.env._("since the age of %s", relative.onset_age),
            relative.deceased and self.env._("died of it"),
        ]
        return row(
            relative,
            relative.name,
            ' · '.join(filter(None, said)),
            badges=[badge(self._overview_label(relative, 'relationship'), 'fa-users')],
            action=self._overview_open(relative),
        )

    # ------------------------------------------------------------ documents

    def _overview_documents(self):
        documents = self.env['healthcare.document'].search_fetch(
            Domain('patient_id', '=', self.id) & Domain('status', '=', 'current'), limit=SHOWN
        )
        return {
            'rows': [
                row(
                    document,
                    document.name,
                    document.source,
                    self._overview_day(document.date),
                    [badge(self._overview_label(document, 'kind'), 'fa-file-o')],
                    self._overview_open(document),
                )
                for document in documents
            ],
            'empty': self.env._("No documents on file."),
            'add': self._overview_add(self.env._("Add Document"), 'healthcare.document'),
            'more': self._overview_all(self.env._("Documents"), 'healthcare.document'),
        }


def _word(label):
    """Return a label without the sign before it: the page has an icon there."""
    return label.split(' ', 1)[-1]
