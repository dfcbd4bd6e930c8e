"""What the steps need to know about a batch of patients, read in a handful of queries."""

from dataclasses import dataclass
from datetime import timedelta

from odoo.fields import Domain
from odoo.tools import SQL

from . import clock
from .subjects import SUBJECTS

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
    """One token of a batch, with the person it is about."""

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
    person: Person | None = None

    @property
    def appointment_id(self):
        """The appointment this is about, if the subject is one."""
        return self.subject_id if SUBJECTS[self.subject_model].is_appointment else None


@dataclass(frozen=True)
class Scene:
    """What steps may look at while they run: the graph, the clock, and reads over the batch."""

    env: object
    graph: object
    now: object

    def later(self, **delta):
        """Return the moment ``delta`` (as for :class:`datetime.timedelta`) from now."""
        return self.now + timedelta(**delta)

    def matching(self, subject_ids, domain):
        """Return the ids among ``subject_ids`` whose records meet ``domain``, in one search."""
        ids_domain = Domain('id', 'in', list(subject_ids)) & Domain(domain)
        model = self.env[self.graph.subject].with_context(active_test=False)
        return set(model._search(ids_domain).get_result_ids())

    def anchors(self, subject_ids, field):
        """Return {subject id: moment of its date ``field``, or ``None``}, in one query."""
        subject = SUBJECTS[self.graph.subject]
        return dict(
            self.env.execute_query(
                SQL(
                    'SELECT id, %s FROM %s AS subject WHERE id IN %s',
                    subject.anchor_sql(field, self.graph.tz),
                    SQL.identifier(subject.table),
                    tuple(subject_ids),
                )
            )
        )


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
