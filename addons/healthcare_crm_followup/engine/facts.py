"""What the steps need to know about a batch of patients, read in a handful of queries."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from . import clock, conditions
from .subjects import moment_sql, subject_of, working_moment_sql


@dataclass(frozen=True)
class Person:
    """A patient as the gates see them; addresses and language are the guardian's for a minor with
    one."""

    id: int
    preferred_channel: str | None = None
    deceased: bool = False
    blocked: bool = False
    archived: bool = False
    lang: str | None = None
    #: of the contact, else of the patient's clinic
    tz: str | None = None
    #: ISO code of the country the contact lives in
    country: str | None = None
    #: a minor with no guardian on file to be contacted instead
    is_minor_alone: bool = False
    #: channel -> address; a channel without one is absent
    addresses: dict = None
    #: (purpose id, channel) -> (decision, consent id)
    consents: dict = None
    #: ids of the consents among these that somebody else than the patient gave
    vouched_consents: frozenset = frozenset()
    #: ids of the consents among these that a minor gave without a guardian
    unvouched_consents: frozenset = frozenset()


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
    #: the appointment this is about, or that it offers
    appointment_id: int | None = None
    person: Person | None = None


@dataclass(frozen=True)
class Scene:
    """What steps and triggers may look at: the graph, the clock, and reads over a batch.

    :param workflow_id: of the version that runs, or the draft that is tried out; ``None`` where
        that is of no workflow
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
        workdays = self.workdays if unit == 'working_days' else None
        return clock.shift(moment, amount, unit, self.graph.tz, workdays)

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
        """Return the date the row's workflow counts down to, ``None`` if it does not.

        A step whose moment comes after that date, as a word of thanks, has no such date any more.
        """
        trigger = self.graph.triggers.get(row.trigger)
        counts_down = trigger and trigger.is_before and row.anchor_at and row.due_at < row.anchor_at
        return row.anchor_at if counts_down else None

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

    They are the weekdays of its working hours without the public holidays, of the country its
    settings name or else its own, and the days its calendar is closed on.
    """
    calendar = company.resource_calendar_id
    country = company.healthcare_holiday_country_id or company.country_id
    off = set()
    for year in range(today.year - 1, today.year + 4):
        off |= clock.public_holidays(country.code or '', year)
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
    """Return {patient id: :class:`Person`} for ``patient_ids``, in three queries.

    Blacklisted addresses (Odoo's own mail and phone blacklists) count as no address at all.
    """
    if not patient_ids:
        return {}
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT patient.id, patient.preferred_channel, patient.deceased, patient.contact_blocked,
                   patient.active IS NOT TRUE,
                   contact.lang, COALESCE(contact.tz, patient.tz, calendar.tz), country.code,
                   %(minor)s AND patient.guardian_id IS NULL,
                   CASE WHEN %(reachable)s
                         AND NOT EXISTS (SELECT FROM mail_blacklist AS black
                                          WHERE black.active AND black.email =
                                              contact.email_normalized)
                        THEN contact.email_normalized END,
                   CASE WHEN %(reachable)s
                         AND NOT EXISTS (SELECT FROM phone_blacklist AS black
                                          WHERE black.active AND black.number =
                                              contact.phone_sanitized)
                        THEN contact.phone_sanitized END,
                   CASE WHEN %(reachable)s AND contact.street != ''
                        THEN concat_ws(', ', contact.street, NULLIF(contact.street2, ''),
                                       NULLIF(concat_ws(' ', contact.zip, contact.city), '')) END
              FROM res_partner AS patient
              JOIN res_partner AS contact
                ON contact.id = CASE WHEN %(minor)s THEN
                    COALESCE(patient.guardian_id, patient.id)
                                     ELSE patient.id END
              LEFT JOIN res_country AS country ON country.id = contact.country_id
              LEFT JOIN res_company AS company ON company.id = patient.company_id
              LEFT JOIN resource_calendar AS calendar
                ON calendar.id = company.resource_calendar_id
             WHERE patient.id IN %(ids)s
            """,
            # a minor's guardian on file is contacted instead of the patient
            minor=env['res.partner']._sql_is_minor(SQL('patient'), today),
            ids=tuple(patient_ids),
            # a guardian who died, is not to be contacted or is put away has no address; staff find
            # another way
            reachable=SQL(
                """(contact.id = patient.id
                    OR contact.active AND contact.deceased IS NOT TRUE
                       AND contact.contact_blocked IS NOT TRUE)"""
            ),
        )
    )
    consents, vouched, unvouched = _read_consents(env, patient_ids, today)
    erased = env['healthcare.erasure']._get_blocked({one for row in rows for one in row[-3:-1]})
    people = {}
    for one, preferred, deceased, blocked, archived, lang, tz, country, alone, *where in rows:
        email, phone, street = where
        addresses = {'email': email, 'sms': phone, 'call': phone, 'letter': street}
        people[one] = Person(
            id=one,
            preferred_channel=preferred,
            deceased=bool(deceased),
            blocked=bool(blocked),
            archived=archived,
            lang=lang,
            tz=tz,
            country=country,
            is_minor_alone=bool(alone),
            addresses={
                channel: address
                for channel, address in addresses.items()
                if address and address not in erased
            },
            consents=consents.get(one, {}),
            vouched_consents=vouched,
            unvouched_consents=unvouched,
        )
    return people


def _read_consents(env, patient_ids, today):
    """Return the decisions in force, {patient id: {(purpose id, channel): (decision, consent id)}},
    the ids of those that somebody else than the patient gave, and of those that a minor gave
    alone."""
    consent = env['healthcare.consent']
    alias, among = SQL('consent'), SQL('= ANY(%s)', list(patient_ids))
    rows = env.execute_query(
        SQL(
            """
            SELECT patient_id, purpose_id, channel, decision, id, given_by_id != patient_id,
                   decision = 'permit' AND NOT %s
              FROM (SELECT DISTINCT ON (patient_id, purpose_id, channel)
                           patient_id, purpose_id, channel, id, decision, expires_on,
                           form_version_id, given_by_id
                      FROM healthcare_consent
                     WHERE patient_id = ANY(%s)
                     ORDER BY patient_id, purpose_id, channel, date DESC, id DESC) AS consent
             WHERE decision = 'deny' OR (%s)
            """,
            consent._sql_is_vouched(alias, among, today),
            list(patient_ids),
            consent._sql_is_current(alias, today),
        )
    )
    consents = {}
    for patient_id, purpose_id, channel, decision, consent_id, *_said in rows:
        consents.setdefault(patient_id, {})[purpose_id, channel] = decision, consent_id
    return (
        consents,
        frozenset(row[4] for row in rows if row[5]),
        frozenset(row[4] for row in rows if row[6]),
    )
