"""What a workflow can be about: how a subject leads to its patient, its dates, and its end.

Another addon adds its model with ``SUBJECTS['its.model'] = Subject(…)``.
"""

from dataclasses import dataclass

from odoo.fields import Domain
from odoo.tools import SQL

from .clock import CALENDAR_UNITS, DAY_STARTS_AT


@dataclass(frozen=True)
class Subject:
    """How the engine reads one subject model.

    :param patient: column that holds the patient's id
    :param is_gone: SQL that is true of a row ``subject`` that no longer wants any workflow
    :param dates: columns of type date, as opposed to timestamps
    """

    table: str
    patient: str
    domain: tuple
    is_gone: str
    company: str | None = None
    dates: tuple = ()
    is_appointment: bool = False

    def base_domain(self):
        """Return the domain every subject of this kind meets."""
        return Domain.AND([Domain(*leaf) for leaf in self.domain])

    def anchor_sql(self, field, tz):
        """Return the SQL of the date ``field`` of ``subject`` as a UTC timestamp."""
        column = SQL.identifier('subject', field)
        if field in self.dates:
            return SQL(
                "((%s + %s::time) AT TIME ZONE %s AT TIME ZONE 'UTC')", column, DAY_STARTS_AT, tz
            )
        if self.is_appointment:
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


def moment_sql(anchor, amount, unit, tz):
    """Return the SQL of ``anchor`` moved by ``amount`` ``unit``, as :func:`.clock.shift` does
    it."""
    if unit not in CALENDAR_UNITS:
        return SQL('(%s + %s::interval)', anchor, f'{amount} {unit}')
    return SQL(
        """
        ((%s AT TIME ZONE 'UTC' AT TIME ZONE %s + %s::interval)
         AT TIME ZONE %s AT TIME ZONE 'UTC')
        """,
        anchor,
        tz,
        f'{amount} {unit}',
        tz,
    )


SUBJECTS = {
    'calendar.event': Subject(
        table='calendar_event',
        patient='patient_id',
        domain=(('is_appointment', '=', True), ('patient_id', '!=', False)),
        is_gone="""subject.active IS NOT TRUE
            OR subject.appointment_status IN ('cancelled', 'entered-in-error')""",
        company='company_id',
        is_appointment=True,
    ),
    'res.partner': Subject(
        table='res_partner',
        patient='id',
        domain=(('is_patient', '=', True),),
        is_gone='subject.active IS NOT TRUE OR subject.deceased IS TRUE',
        company='company_id',
        dates=('birth_date',),
    ),
}
