"""The guard rails of a batch of messages, read in a handful of queries whatever its size.

A clinic's quiet hours and caps are read as they are now, not as they were when a workflow was
published. A workflow's own ``guards`` say which of them hold for it::

    {"quiet": "company" | null | {"from": "21:00", "to": "08:00", "holidays": true},
     "caps": true | false, "priority": 0 | 1 | 2 | 3}

What it does not say is as the clinic has it.
"""

from dataclasses import dataclass, replace
from datetime import time, timedelta

from odoo.tools import SQL

from . import clock, gates
from .facts import read_people
from .subjects import SUBJECTS

#: Statuses of messages that reached the patient, or are about to.
COUNTED_STATUSES = ('queued', 'sending', 'handed', 'sent', 'delivered', 'unknown')


@dataclass(frozen=True)
class Clinic:
    """The guard rails of one clinic, from its settings."""

    tz: str
    country: str | None
    quiet: clock.Quiet
    on_holidays: bool
    holiday_country: str | None
    caps: tuple = ()

    def quiet_for(self, person, guards):
        """Return the :class:`~.clock.Quiet` of a person in a workflow, ``None`` where it has none.

        :param guards: the ``guards`` of the workflow's definition
        """
        own = guards.get('quiet', 'company')
        if own is None:
            return None
        if own == 'company':
            quiet, on_holidays = self.quiet, self.on_holidays
        else:
            quiet = clock.Quiet(time.fromisoformat(own['from']), time.fromisoformat(own['to']))
            on_holidays = own.get('holidays', False)
        if not on_holidays:
            return quiet
        return replace(quiet, country=self.holiday_country or person.country or self.country)


def read_clinics(env, company_ids):
    """Return {company id: :class:`Clinic`}, in two queries."""
    env.flush_all()
    caps = env.execute_query(
        SQL(
            """
            SELECT company_id, channel, purpose_id, "limit", days FROM healthcare_contact_cap
             WHERE active AND (company_id IS NULL OR company_id = ANY(%s))
            """,
            list(company_ids),
        )
    )
    companies = env.execute_query(
        SQL(
            """
            SELECT company.id, COALESCE(calendar.tz, 'UTC'), country.code,
                   company.healthcare_quiet_from, company.healthcare_quiet_to,
                   company.healthcare_quiet_holidays, holiday_country.code
              FROM res_company AS company
              JOIN res_partner AS partner ON partner.id = company.partner_id
              LEFT JOIN resource_calendar AS calendar
                ON calendar.id = company.resource_calendar_id
              LEFT JOIN res_country AS country ON country.id = partner.country_id
              LEFT JOIN res_country AS holiday_country
                ON holiday_country.id = company.healthcare_holiday_country_id
             WHERE company.id = ANY(%s)
            """,
            list(company_ids),
        )
    )
    return {
        one: Clinic(
            tz=tz,
            country=country,
            quiet=clock.Quiet(_time_of(begin), _time_of(end)),
            on_holidays=bool(on_holidays),
            holiday_country=holiday_country,
            caps=tuple(gates.Cap(*cap) for owner, *cap in caps if owner in (None, one)),
        )
        for one, tz, country, begin, end, on_holidays, holiday_country in companies
    }


def _time_of(hours):
    """Return the hours of a float field as a time of the day."""
    minutes = round((hours or 0) * 60)
    return time(minutes // 60 % 24, minutes % 60)


def read_limits(scene, rows, purpose_id):
    """Return {token id: :class:`~.gates.Limits`} of a batch, in three queries at most.

    The rows of one patient share their history: a message added to it counts for the next.

    :param scene: the :class:`~.facts.Scene` the rows are in
    :param rows: :class:`~.facts.Row` with their persons
    :param purpose_id: what the messages are for
    """
    env, now, guards = scene.env, scene.now, scene.graph.guards
    fallback = None
    if not all(row.company_id for row in rows):
        workflow = env['healthcare.workflow'].browse(scene.workflow_id or ())
        fallback = workflow.company_id.id or env.company.id
    companies = {row.token_id: row.company_id or fallback for row in rows}
    clinics = read_clinics(env, set(companies.values()))
    caps = {}
    if guards.get('caps', True) and scene.graph.priority < gates.CRITICAL:
        caps = {
            one: tuple(cap for cap in clinic.caps if cap.purpose_id in (None, purpose_id))
            for one, clinic in clinics.items()
        }
    window = max((cap.days for some in caps.values() for cap in some), default=0)
    past = {row.patient_id: [] for row in rows}
    if window:
        since = now - timedelta(days=window)
        for patient_id, *message in read_history(env, list(past), since, scene.graph.priority):
            past[patient_id].append(tuple(message))
    return {
        row.token_id: gates.Limits(
            now=now,
            tz=row.person.tz or clinics[company_id].tz,
            quiet=clinics[company_id].quiet_for(row.person, guards),
            caps=caps.get(company_id, ()),
            past=past[row.patient_id],
        )
        for row, company_id in zip(rows, companies.values(), strict=True)
    }


def read_history(env, patient_ids, since, priority):
    """Return [(patient id, channel, purpose id, moment)] of the messages the caps count.

    :param since: only what happened, or was decided, after this moment
    :param priority: only messages at least as important: a birthday wish is counted against no
        reminder
    """
    env.flush_all()
    return env.execute_query(
        SQL(
            """
            SELECT patient_id, channel, purpose_id, date FROM healthcare_communication
             WHERE patient_id = ANY(%s) AND date > %s AND direction = 'out'
               AND status IN %s AND priority >= %s
            """,
            patient_ids,
            since,
            COUNTED_STATUSES,
            priority,
        )
    )


def recheck(env, rows, now):
    """Look once more at decided messages in the moment they are sent.

    Consent, address or appointment may have changed since, before the tick heard of it, and the
    queue may have stood until late at night. Frequency caps were counted when the message was
    decided and are not counted again. A message of no workflow is staff's own: its hour is theirs.

    :param rows: ``healthcare.communication`` records that wait to be sent
    :param now: the moment it is, naive UTC
    :return: {ledger id: (:class:`~.gates.Verdict`, moment to wait for or ``None``)}; a verdict that
        allows sending with a moment means: not now, keep it queued until then
    """
    if not rows:
        return {}
    env.flush_all()
    found = env.execute_query(
        SQL(
            """
            SELECT communication.id, communication.patient_id, communication.channel,
                   communication.purpose_id, communication.expires_at,
                   communication.appointment_id IS NOT NULL, enrollment.subject_model,
                   appointment.active AND appointment.patient_id = communication.patient_id
                   AND (appointment.appointment_status NOT IN ('cancelled', 'entered-in-error')
                        OR enrollment.began_gone IS TRUE),
                   COALESCE(enrollment.company_id, workflow.company_id),
                   COALESCE(version.graph -> 'guards', '{}')
              FROM healthcare_communication AS communication
              LEFT JOIN healthcare_workflow_enrollment AS enrollment
                ON enrollment.id = communication.enrollment_id
              LEFT JOIN healthcare_workflow_version AS version
                ON version.id = enrollment.version_id
              LEFT JOIN healthcare_workflow AS workflow ON workflow.id = version.workflow_id
              LEFT JOIN calendar_event AS appointment
                ON appointment.id = communication.appointment_id
             WHERE communication.id IN %s
            """,
            tuple(rows.ids),
        )
    )
    people = read_people(env, {row[1] for row in found}, now.date())
    clinics = read_clinics(env, {row[8] for row in found if row[8]})
    verdicts = {}
    for one, patient_id, channel, purpose_id, expires_at, *about, company_id, guards in found:
        person, clinic = people[patient_id], clinics.get(company_id)
        reason = _reason_not_to_send(person, *about, expires_at, now)
        if reason:
            verdict = gates.Verdict(channel, False, reason)
        else:
            limits = clinic and gates.Limits(
                now=now,
                tz=person.tz or clinic.tz,
                quiet=clinic.quiet_for(person, guards),
                latest=expires_at,
            )
            verdict = gates.channel_verdict(person, channel, purpose_id, limits)
        verdicts[one] = verdict, verdict.wait_until
    return verdicts


def _reason_not_to_send(person, has_appointment, subject_model, stands, expires_at, now):
    """Return why a decided message must not go any more, whatever the consent, else ``None``.

    An appointment that was given to another patient is nothing to tell the first one about: the
    links in the message would open it.
    """
    subject = SUBJECTS.get(subject_model)
    if (has_appointment or (subject and subject.is_appointment)) and not stands:
        return 'subject_cancelled'
    if expires_at and expires_at < now:
        # the server, the provider or the workflow stood still meanwhile
        return 'late'
    return gates.person_reason(person)
