"""Where the entries of a timeline come from. One statement reads a page of all of them."""

from dataclasses import dataclass

from odoo.fields import Domain
from odoo.tools import SQL

#: Of a patient's messages, those that have not left yet are among what is planned.
WAITING_STATUSES = ('queued', 'held', 'sending')
#: Of what is to come, the next so many of each kind: nobody reads more.
COMING = 50
#: An appointment in one of these is still to come.
COMING_STATUSES = ('proposed', 'pending', 'booked', 'waitlist')


@dataclass(frozen=True)
class Found:
    """One line of a timeline as the database has it."""

    date: object
    source: str
    id: int
    data: dict

    @property
    def cursor(self):
        """Where the next page goes on."""
        return [self.date.isoformat(), self.source, self.id]


@dataclass(frozen=True)
class Source:
    """One table of which every row of a patient is an entry.

    The texts are SQL over ``row``, a row of the table; ``%(lang)s`` and ``%(now)s`` may be used.

    :param model: whose record rules say which rows the reader sees
    :param where: which rows are past
    :param planned: which rows are to come; empty for none
    :param is_told: whoever sees the patient is told of these rows, though not what is in them
    """

    kind: str
    model: str
    date: str
    data: str
    joins: str = ''
    where: str = 'TRUE'
    planned: str = ''
    planned_date: str = ''
    patient: str = 'patient_id'
    is_told: bool = False


_WORKFLOW = """
    LEFT JOIN healthcare_workflow_enrollment AS enrollment ON enrollment.id = row.enrollment_id
    LEFT JOIN healthcare_workflow_version AS version ON version.id = enrollment.version_id
    LEFT JOIN healthcare_workflow AS workflow ON workflow.id = version.workflow_id
"""


def _translated(column):
    return f"COALESCE({column}->>%(lang)s, {column}->>'en_US')"


_WORKFLOW_NAME = _translated('workflow.name')
_STEP_NAME = "version.graph->'steps'->row.step_key->>'name'"
_IS_COMING = f'row.start > %(now)s AND row.active AND row.appointment_status IN {COMING_STATUSES}'

SOURCES = {
    'message': Source(
        kind='message',
        model='healthcare.communication',
        date='row.date',
        data=f"""'workflow', {_WORKFLOW_NAME}, 'step', {_STEP_NAME},
                 'has_words', row.body_sealed IS NOT NULL
                              OR row.subject_sealed IS NOT NULL""",
        joins=_WORKFLOW,
        where=f"(row.direction = 'in' OR row.status NOT IN {WAITING_STATUSES})",
        planned=f"row.direction = 'out' AND row.status IN {WAITING_STATUSES}",
        planned_date='row.due_at',
    ),
    'task': Source(
        kind='task',
        model='healthcare.care.task',
        date='COALESCE(row.completed_at, row.write_date)',
        data=f"""'workflow', {_WORKFLOW_NAME}, 'name', row.name, 'type', row.task_type,
                 'state', row.state, 'outcome', row.outcome, 'own_outcome', row.own_outcome,
                 'own_outcomes', row.own_outcomes, 'role', row.role, 'due', row.window_end,
                 'who', person.name, 'has_words', row.note_sealed IS NOT NULL""",
        joins=_WORKFLOW
        + """
            LEFT JOIN res_users AS staff ON staff.id = COALESCE(row.completed_by_id, row.user_id)
            LEFT JOIN res_partner AS person ON person.id = staff.partner_id
        """,
        where="row.state NOT IN ('requested', 'in-progress')",
        planned="row.state IN ('requested', 'in-progress')",
        planned_date='row.window_end',
    ),
    'appointment': Source(
        kind='appointment',
        model='calendar.event',
        # what was cancelled long before is told when it was
        date="""LEAST(row.start, CASE WHEN row.start > %(now)s
                                      THEN COALESCE(row.response_date, row.write_date) END)""",
        data=f"""'status', row.appointment_status, 'response', row.patient_response,
                 'response_date', row.response_date, 'response_channel', row.response_channel,
                 'reason', row.cancellation_reason, 'practitioner', practitioner.name,
                 'service', {_translated('service.name')}, 'start', row.start,
                 'allday', row.allday, 'active', row.active""",
        joins="""
            LEFT JOIN healthcare_practitioner AS practitioner
              ON practitioner.id = row.practitioner_id
            LEFT JOIN healthcare_service AS service ON service.id = row.service_id
        """,
        where=f'row.is_appointment AND NOT ({_IS_COMING})',
        planned=f'row.is_appointment AND {_IS_COMING}',
        planned_date='row.start',
    ),
    'consent': Source(
        kind='consent',
        model='healthcare.consent',
        date='row.date',
        data=f"""'decision', row.decision, 'channel', row.channel, 'method', row.method,
                 'purpose', {_translated('purpose.name')}, 'given_by', giver.name,
                 'who', person.name""",
        joins="""
            JOIN healthcare_consent_purpose AS purpose ON purpose.id = row.purpose_id
            LEFT JOIN res_partner AS giver ON giver.id = row.given_by_id
            LEFT JOIN res_users AS staff ON staff.id = row.create_uid
            LEFT JOIN res_partner AS person ON person.id = staff.partner_id
        """,
    ),
    'survey': Source(
        kind='survey',
        model='survey.user_input',
        date='COALESCE(row.end_datetime, row.write_date)',
        data=f"""'title', {_translated('survey.title')}, 'scored', survey.scoring_type,
                 'score', row.scoring_percentage, 'is_red_flag', row.is_red_flag""",
        joins='JOIN survey_survey AS survey ON survey.id = row.survey_id',
        where="row.state = 'done' AND row.test_entry IS NOT TRUE",
        patient='partner_id',
        is_told=True,
    ),
    'enrolled': Source(
        kind='workflow',
        model='healthcare.workflow.enrollment',
        date='row.date_start',
        data=f"""'workflow', {_WORKFLOW_NAME},
                 'trigger', version.graph->'triggers'->row.trigger->>'kind',
                 'is_called', row.parent_id IS NOT NULL""",
        joins="""
            JOIN healthcare_workflow_version AS version ON version.id = row.version_id
            JOIN healthcare_workflow AS workflow ON workflow.id = row.workflow_id
        """,
    ),
    'left': Source(
        kind='workflow',
        model='healthcare.workflow.enrollment',
        date='row.date_end',
        data=f"""'workflow', {_WORKFLOW_NAME}, 'state', row.state, 'reason', row.exit_reason,
                 'rule', row.exit_detail""",
        joins='JOIN healthcare_workflow AS workflow ON workflow.id = row.workflow_id',
        where='row.date_end IS NOT NULL',
    ),
}
#: What a reader may ask for, in the order of the filters.
KINDS = tuple(dict.fromkeys(source.kind for source in SOURCES.values()))


def readable(env, kinds=None):
    """Return {code: :class:`Source`} of what the user may read, of some kinds or all."""
    return {
        code: source
        for code, source in SOURCES.items()
        if (not kinds or source.kind in kinds)
        and (source.is_told or env[source.model].has_access('read'))
    }


def read_page(env, patient, now, limit, before=None, kinds=None):
    """Return two lists of :class:`Found`: up to ``limit`` of what is past, newest first, and on the
    first page what is to come, the next first. In one query.

    :param before: the cursor of the last one known
    """
    sources = readable(env, kinds)
    parts = [_past(env, patient, now, limit, before, sources)]
    if not before:
        parts.append(_coming(env, patient, now, sources))
    env.flush_all()
    rows = env.execute_query(SQL(' UNION ALL ').join(part for part in parts if part))
    found = [(is_coming, Found(*row)) for is_coming, *row in rows]
    past = sorted((one for is_coming, one in found if not is_coming), key=_place, reverse=True)
    return past, [one for is_coming, one in found if is_coming]


def _past(env, patient, now, limit, before, sources):
    """Return the SQL of what is past."""
    parts = []
    has_tasks = env['healthcare.care.task'].has_access('read')
    for code, source in sources.items():
        date, where = _text(env, source.date, now), _text(env, source.where, now)
        if code == 'message' and has_tasks:
            # a call that came of a task is told by the task
            where = SQL("%s AND COALESCE(row.idempotency_key, '') NOT LIKE 'task:%%'", where)
        if before:
            where = SQL(
                '%s AND (%s, %s, row.id) < (%s::timestamp, %s, %s)', where, date, code, *before
            )
        parts.append(_select(env, patient, now, code, date, where, limit, SQL('DESC')))
    return SQL(
        '(SELECT FALSE, past.* FROM (%s) AS past '
        'ORDER BY date DESC, source DESC, id DESC LIMIT %s)',
        SQL(' UNION ALL ').join(parts),
        limit,
    )


def _coming(env, patient, now, sources):
    """Return the SQL of what is to come, ``None`` where nothing can be."""
    parts = [
        _select(
            env,
            patient,
            now,
            code,
            _text(env, source.planned_date, now),
            _text(env, source.planned, now),
            COMING,
            SQL('ASC'),
        )
        for code, source in sources.items()
        if source.planned
    ]
    return parts and SQL(
        '(SELECT TRUE, coming.* FROM (%s) AS coming)', SQL(' UNION ALL ').join(parts)
    )


def _place(found):
    return found.date, found.source, found.id


def visible(env, model, patient, field='patient_id'):
    """Return the SQL of the ids of a patient's records that the user may see."""
    query = env[model].with_context(active_test=False)._search(Domain(field, '=', patient.id))
    query.order = None
    return query.subselect()


def _select(env, patient, now, code, date, where, limit, direction):
    """Return the SQL of the first ``limit`` rows of one source; what it takes to tell of them is
    looked up for these only."""
    source = SOURCES[code]
    table = SQL.identifier(env[source.model]._table)
    rules = SQL()
    if not source.is_told:
        rules = SQL('AND row.id IN %s', visible(env, source.model, patient, source.patient))
    return SQL(
        """
        (SELECT page.date AS date, %(code)s::text AS source, row.id AS id,
                jsonb_build_object(%(data)s) AS data
           FROM (SELECT row.id, %(date)s AS date FROM %(table)s AS row
                  WHERE row.%(column)s = %(patient)s AND %(where)s %(rules)s
                  ORDER BY 2 %(direction)s, 1 %(direction)s LIMIT %(limit)s) AS page
           JOIN %(table)s AS row ON row.id = page.id %(joins)s)
        """,
        code=code,
        data=_text(env, source.data, now),
        date=date,
        table=table,
        column=SQL.identifier(source.patient),
        patient=patient.id,
        where=where,
        rules=rules,
        direction=direction,
        limit=limit,
        joins=SQL(source.joins),
    )


def _text(env, text, now):
    """Return the SQL of one of a source's texts."""
    used = {'lang': env.lang or 'en_US', 'now': now}
    return SQL(text, **{name: value for name, value in used.items() if f'%({name})s' in text})
