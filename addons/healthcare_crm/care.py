"""Who treats whom: what that follows from, once, for the list of it and for the record rules."""

from typing import NamedTuple

from odoo.tools import SQL

#: A visit or a referral makes somebody the one who treats a patient for so many months.
MONTHS = 24
#: field of a user's own practitioner, and what leads from other fields to a department
OWN = 'practitioner_id'

_APPOINTMENT = (
    "source.is_appointment AND source.active "
    "AND source.appointment_status NOT IN ('cancelled', 'entered-in-error')"
)
_ENCOUNTER = "source.status NOT IN ('cancelled', 'entered-in-error')"
_REFERRAL = "source.status NOT IN ('draft', 'revoked', 'entered-in-error')"


class Source(NamedTuple):
    """A table whose rows say that somebody treats a patient.

    :param reason: a value of ``reason`` of ``healthcare.care.relation``
    :param table: of the database
    :param by: the column that names a practitioner, a service or a department; ``user_id`` for the
        user
    :param is_own: whether it must name the user's own practitioner, not one of the department
    :param since: the column with its time; None where it does not pass
    :param until: the column with its end, where that is written down
    :param where: what else has to be true, as SQL over ``source``
    :param patient: the column with the patient
    """

    reason: str
    table: str
    by: str
    is_own: bool = True
    since: str | None = None
    until: str | None = None
    where: str = 'TRUE'
    patient: str = 'patient_id'


def _of_department(*sources):
    return [one._replace(reason='department', is_own=False) for one in sources]


_PRACTITIONER = Source('practitioner', 'res_partner', OWN, where='source.is_patient', patient='id')
_VISITED = Source('appointment', 'calendar_event', OWN, since='start', where=_APPOINTMENT)
_TREATED = Source('encounter', 'healthcare_encounter', OWN, since='start', where=_ENCOUNTER)
_REFERRED = Source('referral', 'healthcare_referral', OWN, since='create_date', where=_REFERRAL)

#: The order is part of the ids of ``healthcare.care.relation``.
SOURCES = [
    _PRACTITIONER,
    _VISITED,
    _TREATED,
    _REFERRED,
    *_of_department(_PRACTITIONER, _VISITED, _TREATED, _REFERRED),
    *_of_department(
        _VISITED._replace(by='service_id'),
        _TREATED._replace(by='department_id'),
        _REFERRED._replace(by='department_id'),
    ),
    Source('break_glass', 'healthcare_break_glass', 'user_id', until='expires_at'),
]
#: What the relations follow from: model -> fields.
READ = {
    'res.partner': ['is_patient', 'practitioner_id', 'company_id'],
    'calendar.event': [
        'is_appointment',
        'active',
        'appointment_status',
        'patient_id',
        'practitioner_id',
        'service_id',
        'start',
    ],
    'healthcare.encounter': [
        'status',
        'patient_id',
        'practitioner_id',
        'department_id',
        'start',
    ],
    'healthcare.referral': ['status', 'patient_id', 'practitioner_id', 'department_id'],
    'healthcare.break.glass': ['user_id', 'patient_id', 'expires_at'],
}


class Carer(NamedTuple):
    """Whom the columns of the sources may name for one user.

    :param user: id
    :param own: ids of the user's practitioners
    :param departments: ids of the user's departments
    :param colleagues: ids of the practitioners of these departments
    :param services: ids of their services
    :param open_clinics: ids of the clinics in which everybody who treats patients reads all
    :param is_home_open: whether that is so for patients of no clinic in particular
    """

    user: int
    own: list
    departments: list
    colleagues: list
    services: list
    open_clinics: list
    is_home_open: bool

    @classmethod
    def of(cls, user, open_clinics):
        """Return it of one user.

        By fields alone, which the ORM remembers for as long as they are true: every rule asks.

        :param res.users user: in sudo
        :param open_clinics: ids of companies
        """
        user = user.with_context(active_test=False)
        departments = user.healthcare_department_ids
        return cls(
            user.id,
            user.practitioner_ids.filtered('active').ids,
            departments.ids,
            departments.practitioner_ids.ids,
            departments.service_ids.ids,
            open_clinics,
            user.company_id.id in open_clinics,
        )

    def _named(self, source):
        """Return the ids by which a source names this user."""
        if source.by == 'user_id':
            return [self.user]
        if source.is_own:
            return self.own
        return {
            'practitioner_id': self.colleagues,
            'department_id': self.departments,
            'service_id': self.services,
        }[source.by]

    def condition(self, alias):
        """Return the SQL that a patient is in this user's care.

        Each part of it asks one table about one patient. So PostgreSQL may look up a few patients
        in each of them, or fetch all of somebody's once, whichever is less.

        :param str alias: of ``res_partner``
        """
        parts = [
            self._ask(source, named, alias) for source in SOURCES if (named := self._named(source))
        ]
        if self.open_clinics:
            parts.append(
                SQL("%s IN %s", SQL.identifier(alias, 'company_id'), tuple(self.open_clinics))
            )
        if self.is_home_open:
            parts.append(SQL("%s IS NULL", SQL.identifier(alias, 'company_id')))
        return SQL("(%s)", SQL(" OR ").join(parts)) if parts else SQL("FALSE")

    def _ask(self, source, named, alias):
        if source.table == 'res_partner':
            return SQL("%s IN %s", SQL.identifier(alias, source.by), tuple(named))
        return SQL(
            "EXISTS (SELECT FROM %s AS source WHERE source.%s = %s AND source.%s IN %s "
            "AND %s AND %s)",
            SQL.identifier(source.table),
            SQL.identifier(source.patient),
            SQL.identifier(alias, 'id'),
            SQL.identifier(source.by),
            tuple(named),
            _lasting(source),
            SQL(source.where),
        )

    def among(self, env, patient_ids):
        """Return which of these patients are in this user's care.

        :param set patient_ids: ids
        """
        flush(env)
        rows = env.execute_query(
            SQL(
                "SELECT id FROM res_partner WHERE id IN %s AND %s",
                tuple(patient_ids),
                self.condition('res_partner'),
            )
        )
        return {one for (one,) in rows}


def flush(env):
    """Have the database know what the relations follow from."""
    for model, names in READ.items():
        env[model].flush_model(names)


def relations():
    """Return the query of all relations of all users: id, user_id, patient_id, reason, until.

    For one user or one patient every part of it goes by an index. ``id`` is made of the other
    three numbers, see :func:`parts_of`.
    """
    return SQL(" UNION ALL ").join(
        SQL(
            """
            SELECT (source.id::bigint * 16 + %(number)s) * 1048576 + %(user)s AS id,
                   source.id AS source_id, %(user)s AS user_id, source.%(patient)s AS patient_id,
                   %(reason)s AS reason, %(until)s AS until
              FROM %(table)s AS source %(joins)s
             WHERE %(lasting)s AND %(where)s
            """,
            number=number,
            user=SQL('source.user_id' if source.by == 'user_id' else 'link.user_id'),
            patient=SQL.identifier(source.patient),
            reason=source.reason,
            until=_until(source),
            table=SQL.identifier(source.table),
            joins=_joins(source),
            lasting=_lasting(source),
            where=SQL(source.where),
        )
        for number, source in enumerate(SOURCES)
    )


def parts_of(relation_id):
    """Return the ids of the row and of the user that the id of a relation is made of.

    >>> parts_of((7 * 16 + 2) * 1048576 + 5)
    (7, 5)
    """
    rest, user_id = divmod(relation_id, 1048576)
    return rest // 16, user_id


def of_parts(alias, source_ids, user_ids):
    """Return the condition that relations are made of these ids; see :func:`parts_of`."""
    if not source_ids:
        return SQL("FALSE")
    return SQL(
        "%s IN %s AND %s IN %s",
        SQL.identifier(alias, 'source_id'),
        tuple(set(source_ids)),
        SQL.identifier(alias, 'user_id'),
        tuple(set(user_ids)),
    )


def _joins(source):
    """Return what leads from a row of a source to the user as ``link``, if it must be led to."""
    if source.by == 'user_id':
        return SQL()
    if source.is_own:
        return SQL(
            "JOIN healthcare_practitioner AS link ON link.id = source.practitioner_id "
            "AND link.active AND link.user_id IS NOT NULL"
        )
    members = "JOIN healthcare_department_res_users_rel AS link ON link.department_id = "
    if source.by == 'department_id':
        return SQL(members + "source.department_id")
    between = {
        'practitioner_id': "JOIN healthcare_practitioner AS person "
        "ON person.id = source.practitioner_id ",
        'service_id': "JOIN healthcare_service AS person ON person.id = source.service_id ",
    }[source.by]
    return SQL(between + members + "person.department_id")


def _lasting(source):
    """Return the condition that a row still counts."""
    if source.until:
        return SQL("source.%s > now() AT TIME ZONE 'UTC'", SQL.identifier(source.until))
    if source.since:
        return SQL(
            "source.%s > now() AT TIME ZONE 'UTC' - interval %s",
            SQL.identifier(source.since),
            f"{MONTHS} months",
        )
    return SQL("TRUE")


def _until(source):
    if source.until:
        return SQL("source.%s", SQL.identifier(source.until))
    if source.since:
        return SQL("source.%s + interval %s", SQL.identifier(source.since), f"{MONTHS} months")
    return SQL("NULL::timestamp")
