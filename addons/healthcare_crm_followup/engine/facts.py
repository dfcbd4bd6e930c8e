"""What the steps need to know about a batch of patients, read in a handful of queries."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from . import clock, conditions
from .subjects import SUBJECTS, moment_sql, subject_of, working_moment_sql

CONSENT_CHANNELS = ('email', 'sms', 'call')
#: Below this age the guardian on file is contacted instead of the patient.
ADULT_AGE = 18


@dataclass(frozen=True)
class Person:
    """A patient as the gates see them; addresses and language are the guardian's for a minor with
    one."""

    id: int
    preferred_channel: str | None = None
    deceased: bool = False
    blocked: bool = False
    lang: str | None = None
    #: channel -> address; a channel without one is absent
    addresses: dict = None
    #: (purpose id, channel) -> (decision, consent id)
    consents: dict = None


@dataclass(frozen=True)
class Row:
    """One token of a batch, with the enrollment it belongs to.

    ``woken`` is ``None`` on arrival at the step, ``due`` when the time it waited for has come, else
    the code of the answer. ``anchor_at`` is the date the workflow hangs on, if it hangs on one.
    """

    token_id: int
    enrollment_id: int
    version_id: int
    step_key: str
    visit: int
    attempt: int
    due_at: object
    woken: str | None
    patient_id: int
    subject_model: str
    subject_id: int
    company_id: int | None
    trigger: str | None = None
    anchor_at: object = None
    live: int = 1
    loops: dict | None = None
    depth: int = 0
    person: Person | None = None

    @property
    def appointment_id(self):
        """The appointment this is about, if the subject is one."""
        subject = SUBJECTS.get(self.subject_model)
        return self.subject_id if subject and subject.is_appointment else None


@dataclass(frozen=True)
class Scene:
    """What steps and triggers may look at: the graph, the clock, and reads over a batch.

    :param workflow_id: of the version that runs; ``None`` where a draft is tried out
    """

    env: object
    graph: object
    now: object
    workflow_id: int | None = None

    def later(self, **delta):
        """Return the moment ``delta`` (as for :class:`datetime.timedelta`) from now."""
        return self.now + timedelta(**delta)

    @cached_property
    def subject(self):
        """How the subjects are read, a :class:`~.subjects.Subject`."""
        return subject_of(self.env, self.graph.subject)

    @cached_property
    def workdays(self):
        """The working days of the clinic, a :class:`.clock.Workdays`."""
        workflow = self.env['healthcare.workflow'].browse(self.workflow_id or ())
        return read_workdays(workflow.company_id or self.env.company, self.now.date())

    def shift(self, moment, amount, unit):
        """Return ``moment`` moved by ``amount`` ``unit`` on the clinic's calendar."""
        if unit == 'working_days':
            return clock.shift(moment, amount, unit, self.graph.tz, self.workdays)
        return clock.shift(moment, amount, unit, self.graph.tz)

    def anchor_sql(self, field):
        """Return the SQL of the date ``field`` of ``subject`` as a UTC timestamp."""
        return self.subject.anchor_sql(field, self.graph.tz)

    def moment_sql(self, anchor, amount, unit):
        """Return the SQL of :meth:`shift`."""
        if unit == 'working_days':
            today = self.now.date()
            return working_moment_sql(anchor, amount, self.graph.tz, self.workdays, today)
        return moment_sql(anchor, amount, unit, self.graph.tz)

    def matching(self, subject_ids, domain):
        """Return the ids among ``subject_ids`` whose records meet ``domain``, in one search."""
        model = self.env[self.graph.subject].with_context(active_test=False)
        ids_domain = Domain('id', 'in', list(subject_ids))
        return set(model._search(ids_domain & self.condition(domain)).get_result_ids())

    def condition(self, domain):
        """Return an administrator's ``domain`` over the subjects, its relative dates from now."""
        return conditions.at(self.env, self.graph.subject, domain, self.now, self.graph.tz)

    def deadline(self, row):
        """Return the date the row's workflow counts down to, while it is at its first step."""
        trigger = self.graph.triggers.get(row.trigger)
        return row.anchor_at if trigger and trigger.is_before and row.visit == 1 else None

    def anchors(self, subject_ids, field):
        """Return {subject id: moment of its date ``field``, or ``None``}, in one query."""
        return dict(
            self.env.execute_query(
                SQL(
                    'SELECT id, %s FROM %s AS subject WHERE id IN %s',
                    self.anchor_sql(field),
                    SQL.identifier(self.subject.table),
                    tuple(subject_ids),
                )
            )
        )


def read_workdays(company, today):
    """Return the :class:`.clock.Workdays` of a clinic, for about three years around ``today``.

    They are the weekdays of its working hours without the public holidays of its country and the
    days its calendar is closed on.
    """
    calendar = company.resource_calendar_id
    off = set()
    for year in range(today.year - 1, today.year + 4):
        off |= clock.public_holidays(company.country_id.code or '', year)
    for leave in calendar.leave_ids.filtered(lambda leave: not leave.resource_id):
        first = clock.to_local(leave.date_from, calendar.tz).date()
        last = clock.to_local(leave.date_to, calendar.tz).date()
        off.update(first + timedelta(days=number) for number in range((last - first).days + 1))
    weekdays = {int(attendance.dayofweek) for attendance in calendar.attendance_ids}
    return clock.Workdays(frozenset(weekdays), frozenset(off))


def with_people(env, rows, now):
    """Return ``rows`` with their persons, read at once."""
    people = read_people(env, {row.patient_id for row in rows}, now.date())
    return [replace(row, person=people[row.patient_id]) for row in rows]


def read_people(env, patient_ids, today):
    """Return {patient id: :class:`Person`} for ``patient_ids``.

    Blacklisted addresses (Odoo's own mail and phone blacklists) count as no address at all.
    """
    if not patient_ids:
        return {}
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT patient.id, patient.preferred_channel, patient.deceased, patient.contact_blocked,
                   contact.lang,
                   CASE WHEN %(reachable)s
                         AND NOT EXISTS (SELECT FROM mail_blacklist AS black
                                          WHERE black.active AND black.email =
                                              contact.email_normalized)
                        THEN contact.email_normalized END,
                   CASE WHEN %(reachable)s
                         AND NOT EXISTS (SELECT FROM phone_blacklist AS black
                                          WHERE black.active AND black.number =
                                              contact.phone_sanitized)
                        THEN contact.phone_sanitized END
              FROM res_partner AS patient
              JOIN res_partner AS contact
                ON contact.id = CASE WHEN patient.birth_date > %(adult)s THEN
                    COALESCE(patient.guardian_id, patient.id)
                                     ELSE patient.id END
             WHERE patient.id IN %(ids)s
            """,
            adult=clock.years_before(today, ADULT_AGE),
            ids=tuple(patient_ids),
            # a guardian who died or is not to be contacted has no address; staff find another way
            reachable=SQL(
                """(contact.id = patient.id
                    OR contact.deceased IS NOT TRUE AND contact.contact_blocked IS NOT TRUE)"""
            ),
        )
    )
    purposes = env['healthcare.consent.purpose'].with_context(active_test=False).search([])
    decisions = env['healthcare.consent']._decisions(
        list(patient_ids), purposes.ids, CONSENT_CHANNELS
    )
    consents = {}
    for (patient_id, purpose_id, channel), decision in decisions.items():
        consents.setdefault(patient_id, {})[purpose_id, channel] = decision
    people = {}
    for patient_id, preferred, deceased, blocked, lang, email, phone in rows:
        addresses = {'email': email, 'sms': phone, 'call': phone}
        people[patient_id] = Person(
            id=patient_id,
            preferred_channel=preferred,
            deceased=bool(deceased),
            blocked=bool(blocked),
            lang=lang,
            addresses={channel: address for channel, address in addresses.items() if address},
            consents=consents.get(patient_id, {}),
        )
    return people
