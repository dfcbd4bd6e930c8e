"""What a workflow can be about: how a subject leads to its patient, its dates, and its end.

Any model with a stored many2one ``patient_id`` to ``res.partner`` can be a subject. One that needs
more is registered: ``SUBJECTS['its.model'] = Subject(…)``.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from odoo.fields import Domain
from odoo.tools import SQL

from .clock import CALENDAR_UNITS, DAY_STARTS_AT


@dataclass(frozen=True)
class Subject:
    """How the engine reads one subject model.

    :param patient: column that holds the patient's id
    :param domain: what every subject of this kind meets
    :param is_gone: SQL that is true of a row ``subject`` that no longer wants any workflow
    :param gone_fields: the fields it looks at; entry conditions on one of them decide instead
    :param appointment: column of the appointment that messages about it speak of
    :param dates: columns of type date, as opposed to timestamps
    """

    table: str
    patient: str
    domain: tuple
    is_gone: str
    gone_fields: tuple = ('active',)
    company: str | None = None
    appointment: str | None = None
    dates: frozenset = frozenset()
    is_appointment: bool = False

    def base_domain(self):
        """Return the domain every subject of this kind meets; nobody's whose data is left alone."""
        path = '' if self.patient == 'id' else f'{self.patient}.'
        left_alone = Domain(f'{path}processing_restricted', '!=', True)
        return Domain.AND([Domain(*leaf) for leaf in self.domain]) & left_alone

    def company_sql(self):
        """Return the SQL of the clinic of ``subject``."""
        return SQL.identifier('subject', self.company) if self.company else SQL('NULL::int4')

    def anchor_sql(self, field, tz):
        """Return the SQL of the date ``field`` of ``subject`` as a UTC timestamp."""
        column = SQL.identifier('subject', field)
        if field in self.dates:
            return SQL(
                "((%s + %s::time) AT TIME ZONE %s AT TIME ZONE 'UTC')", column, DAY_STARTS_AT, tz
            )
        if self.is_appointment and field in ('start', 'stop'):
            # an appointment without a time counts from the start of its first or last day at the
            # clinic
            return SQL(
                """(CASE WHEN subject.allday
                    THEN (%s + %s::time) AT TIME ZONE %s AT TIME ZONE 'UTC'
                    ELSE %s END)""",
                SQL.identifier('subject', f'{field}_date'),
                DAY_STARTS_AT,
                tz,
                column,
            )
        return column


def _record(model, is_gone, gone_fields=('status',), **more):
    """Return how records of a patient's health of ``model`` are read."""
    return Subject(
        table=model.replace('.', '_'),
        patient='patient_id',
        domain=(('patient_id', '!=', False),),
        is_gone=is_gone,
        gone_fields=gone_fields,
        **more,
    )


SUBJECTS = {
    'calendar.event': Subject(
        table='calendar_event',
        patient='patient_id',
        domain=(('is_appointment', '=', True), ('patient_id', '!=', False)),
        is_gone="""subject.active IS NOT TRUE OR subject.is_appointment IS NOT TRUE
            OR subject.appointment_status IN ('cancelled', 'entered-in-error')""",
        gone_fields=('active', 'appointment_status'),
        company='company_id',
        appointment='id',
        is_appointment=True,
    ),
    'res.partner': Subject(
        table='res_partner',
        patient='id',
        domain=(('is_patient', '=', True),),
        is_gone='subject.active IS NOT TRUE OR subject.deceased IS TRUE',
        gone_fields=('active', 'deceased'),
        company='company_id',
    ),
    'survey.user_input': Subject(
        table='survey_user_input',
        patient='partner_id',
        domain=(('partner_id.is_patient', '=', True),),
        is_gone='FALSE',
    ),
    'healthcare.condition': _record(
        'healthcare.condition',
        """subject.clinical_status IN ('inactive', 'resolved')
            OR subject.verification_status IN ('refuted', 'entered-in-error')""",
        ('clinical_status', 'verification_status'),
    ),
    'healthcare.allergy': _record(
        'healthcare.allergy',
        """subject.clinical_status IN ('inactive', 'resolved')
            OR subject.verification_status IN ('refuted', 'entered-in-error')""",
        ('clinical_status', 'verification_status'),
    ),
    'healthcare.family.history': _record(
        'healthcare.family.history', "subject.status = 'entered-in-error'"
    ),
    'healthcare.lifestyle': _record('healthcare.lifestyle', "subject.status = 'entered-in-error'"),
    'healthcare.alert': _record(
        'healthcare.alert', "subject.status IN ('inactive', 'entered-in-error')"
    ),
    'healthcare.coverage': _record(
        'healthcare.coverage', "subject.status IN ('cancelled', 'entered-in-error')"
    ),
    'healthcare.document': _record(
        'healthcare.document', "subject.status IN ('superseded', 'entered-in-error')"
    ),
    'healthcare.encounter': _record(
        'healthcare.encounter',
        "subject.status IN ('cancelled', 'entered-in-error')",
        company='company_id',
        appointment='appointment_id',
    ),
    'healthcare.medication': _record(
        'healthcare.medication',
        "subject.status IN ('completed', 'on-hold', 'stopped', 'entered-in-error')",
    ),
    'healthcare.procedure': _record(
        'healthcare.procedure',
        "subject.status IN ('not-done', 'stopped', 'entered-in-error')",
    ),
    'healthcare.observation': _record(
        'healthcare.observation', "subject.status = 'entered-in-error'"
    ),
    'healthcare.immunization': _record(
        'healthcare.immunization', "subject.status IN ('not-done', 'entered-in-error')"
    ),
    'healthcare.referral': _record(
        'healthcare.referral',
        "subject.status IN ('revoked', 'entered-in-error')",
        company='company_id',
    ),
    'healthcare.enquiry': _record(
        'healthcare.enquiry', "subject.state = 'lost'", 'state', company='company_id'
    ),
    'healthcare.waitlist.entry': _record(
        'healthcare.waitlist.entry',
        "subject.status IN ('cancelled', 'expired')",
        company='company_id',
        appointment='appointment_id',
    ),
}


def subject_of(env, model):
    """Return the :class:`Subject` of ``model``.

    :raise KeyError: there is no such model, or no path from it to a patient
    """
    fields = env[model]._fields
    dates = frozenset(
        name for name, field in fields.items() if field.type == 'date' and field.store
    )
    if model in SUBJECTS:
        return replace(SUBJECTS[model], dates=dates)
    if not has_patient(env, model):
        raise KeyError(model)
    return Subject(
        table=env[model]._table,
        patient='patient_id',
        domain=(('patient_id', '!=', False),),
        is_gone='subject.active IS NOT TRUE' if 'active' in fields else 'FALSE',
        company='company_id' if 'company_id' in fields and fields['company_id'].store else None,
        dates=dates,
    )


def appointment_sql():
    """Return the SQL of the appointment that messages of ``enrollment`` speak of, if any."""
    cases = [
        SQL(
            'WHEN %s THEN '
            '(SELECT about.%s FROM %s AS about WHERE about.id = enrollment.subject_id)',
            model,
            SQL.identifier(subject.appointment),
            SQL.identifier(subject.table),
        )
        for model, subject in SUBJECTS.items()
        if subject.appointment
    ]
    return SQL('CASE enrollment.subject_model %s END', SQL(' ').join(cases))


def has_patient(env, model):
    """Say whether ``model`` leads to a patient by a stored field ``patient_id``."""
    field = env[model]._fields.get('patient_id')
    return bool(field and field.store and field.comodel_name == 'res.partner')


def moment_sql(anchor, amount, unit, tz):
    """Return the SQL of ``anchor`` moved by ``amount`` ``unit``, as :func:`.clock.shift` does."""
    if unit not in CALENDAR_UNITS:
        return SQL('(%s + %s::interval)', anchor, f'{amount} {unit}')
    return SQL(
        "((%s + %s::interval) AT TIME ZONE %s AT TIME ZONE 'UTC')",
        local_sql(anchor, tz),
        f'{amount} {unit}',
        tz,
    )


def working_moment_sql(anchor, amount, tz, workdays, today):
    """Return the SQL of ``anchor`` moved by ``amount`` working days.

    The days are looked up in an array, so it is known only for dates from a year before ``today``
    to three years after, and NULL for others.

    :param workdays: a :class:`.clock.Workdays`
    """
    first, last = today - timedelta(days=366), today + timedelta(days=3 * 366)
    local = local_sql(anchor, tz)
    return SQL(
        "(((%s::date[])[%s::date - %s + 1] + %s::time) AT TIME ZONE %s AT TIME ZONE 'UTC')",
        workdays.shifted(first, last, amount),
        local,
        first,
        local,
        tz,
    )


def local_sql(moment, tz):
    """Return the SQL of the UTC timestamp ``moment`` on the wall clock of ``tz``."""
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)", moment, tz)
