"""A clinic made up for the benchmarks: its patients and appointments, and workflows as JSON.

Whatever depends on the form of a workflow definition is in :func:`definition` and
:func:`publish`.
"""

from datetime import datetime, timedelta

from odoo.tools import SQL

from odoo.addons.healthcare_crm_followup.engine import enroll, graph

#: A Monday morning in Taipei; the first moment of every run.
NOW = datetime(2030, 1, 7, 1, 0)
DAY = timedelta(days=1)
#: Appointments are booked this long ahead; workflows start a day before them.
AHEAD = timedelta(days=30)
DUE = NOW + AHEAD - DAY

# ---------------------------------------------------------------- people


def patients(env, count):
    """Insert ``count`` patients with what they agreed to; return their ids as (first, last).

    Of a hundred, 70 read traditional Chinese, 15 Vietnamese; 94 want reminders by e-mail, 2 refuse
    them, 4 were never asked; one has died.
    """
    if 'autopost_bills' in env['res.partner']._fields:
        # of Odoo's invoicing, where that is installed; it must be something
        env.cr.execute("ALTER TABLE res_partner ALTER autopost_bills SET DEFAULT 'ask'")
    inserted = env.execute_query(
        SQL(
            """
            WITH numbered AS (
                SELECT nextval('res_partner_id_seq') AS id, n FROM generate_series(1, %s) AS n
            )
            INSERT INTO res_partner (
                id, commercial_partner_id, name, complete_name, type, active, is_company,
                is_patient, patient_number, lang, email, email_normalized, phone, phone_sanitized,
                birth_date, preferred_channel, lifecycle_stage, deceased, create_uid, create_date,
                write_date)
            SELECT id, id, name, name, 'contact', TRUE, FALSE, TRUE,
                   'B' || lpad(n::text, 7, '0'),
                   (ARRAY['vi_VN', 'vi_VN', 'vi_VN', 'en_US', 'en_US', 'zh_CN', 'zh_TW', 'zh_TW',
                          'zh_TW', 'zh_TW'])[n %% 20 + 1],
                   email, email, phone, phone, date '1940-01-01' + n %% 26000,
                   CASE n %% 4 WHEN 0 THEN 'sms' WHEN 1 THEN 'email' END, 'active', n %% 100 = 99,
                   1, %s, %s
              FROM numbered,
                   LATERAL (SELECT (ARRAY['陳怡君', '林志明', 'Nguyễn Văn An', 'Trần Thị Bình',
                                          'Maria Santos', '王淑芬', '張家豪'])[n %% 7 + 1]
                                   || ' ' || n AS name,
                                   'patient.' || n || '@example.org' AS email,
                                   '+8869' || lpad(n::text, 8, '0') AS phone) AS person
            RETURNING id
            """,
            count,
            NOW,
            NOW,
        )
    )
    first, last = inserted[0][0], inserted[-1][0]
    env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_consent (
                patient_id, purpose_id, channel, decision, method, date, create_uid)
            SELECT id, %s, channel,
                   CASE WHEN id %% 50 = 0 THEN 'deny' ELSE 'permit' END, 'form', %s, 1
              FROM generate_series(%s, %s) AS id, unnest(ARRAY['email', 'sms']) AS channel
             WHERE id %% 25 != 1
            """,
            env.ref('healthcare_crm.consent_purpose_reminder').id,
            NOW - 90 * DAY,
            first,
            last,
        )
    )
    return first, last


def appointments(env, people, count, start=NOW + AHEAD, spread=timedelta()):
    """Insert ``count`` booked appointments for the first ``people``; return (first id, last id).

    :param people: (first, last) patient id
    :param start: when the first begins; the last begins ``spread`` later
    """
    first, last = people
    inserted = env.execute_query(
        SQL(
            """
            INSERT INTO calendar_event (
                name, patient_id, practitioner_id, company_id, is_appointment, appointment_status,
                patient_response, reminder_channel, start, stop, duration, allday, active, privacy,
                show_as, booked_at, res_id, create_uid, create_date, write_date)
            SELECT patient.patient_number, patient.id, %s, %s, TRUE, 'booked',
                   CASE n %% 3 WHEN 0 THEN 'accepted' ELSE 'needs-action' END, 'none',
                   moment, moment + interval '30 minutes', 0.5, FALSE, TRUE, 'private',
                   'busy', %s, 0, 1, %s, %s
              FROM generate_series(0, %s - 1) AS n
              JOIN res_partner AS patient ON patient.id = %s + n %% %s,
                   LATERAL (SELECT date_trunc('second', %s + %s * n / %s) AS moment) AS at
             ORDER BY n
            RETURNING id
            """,
            env['healthcare.practitioner'].search([], limit=1).id,
            env.company.id,
            NOW,
            NOW,
            NOW,
            count,
            first,
            last - first + 1,
            start,
            spread,
            count,
        )
    )
    return inserted[0][0], inserted[-1][0]


def analyze(env, *tables):
    """Do at once what autovacuum does in its time after so many new rows."""
    env.cr.commit()
    autocommit, connection = env.cr._cnx.autocommit, env.cr._cnx
    connection.autocommit = True
    try:
        for table in tables:
            env.cr.execute(SQL('VACUUM ANALYZE %s', SQL.identifier(table)))
    finally:
        connection.autocommit = autocommit


# ---------------------------------------------------------------- workflows


def definition(env, subjects, steps, entry=()):
    """Return the workflow on the appointments ``subjects``, a day before they start.

    :param subjects: (first, last) appointment id
    :param steps: {key: step}, beginning with ``s1``
    """
    day_before = {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}
    first, last = subjects
    return {
        'schema': graph.SCHEMA,
        'subject': 'calendar.event',
        'tz': 'Asia/Taipei',
        'triggers': {'t1': day_before},
        'entry': [['id', '>=', first], ['id', '<=', last], *entry],
        # what is measured by the real clock must not depend on the hour
        'guards': {'quiet': None},
        'start': 's1',
        'steps': steps,
    }


def message(env, key='reminder', **following):
    """Return a message step: by e-mail, in the words of the template that comes with the addon."""
    template = env.ref('healthcare_crm_followup.message_template_reminder_email')
    languages = [code for code, _name in env['res.lang'].get_installed()]
    texts = {
        part: {code: template.with_context(lang=code)[part] for code in languages}
        for part in ('subject', 'body')
    }
    return {
        'kind': 'message',
        'name': "Remind by e-mail",
        'purpose': env.ref(f'healthcare_crm.consent_purpose_{key}').id,
        'channels': ['email'],
        'templates': {'email': {'id': template.id, **texts}},
        'late': {'policy': 'send', 'minutes': 7 * 24 * 60},
        'next': following,
    }


def care_task(**following):
    """Return a step that gives reception a call to make within two hours."""
    return {
        'kind': 'care_task',
        'name': "Call",
        'type': 'call',
        'role': 'reception',
        'instruction': {'en_US': "Remind them of the appointment and note the answer."},
        'hours': 2,
        'priority': '1',
        'next': following,
    }


def wait(amount, unit, following):
    """Return a wait of ``amount`` ``unit``."""
    return {
        'kind': 'wait',
        'name': f"Wait {amount} {unit}",
        'amount': amount,
        'unit': unit,
        'next': {'done': following},
    }


def has_confirmed(yes, otherwise):
    """Return the branch on whether the patient confirmed the appointment."""
    return {
        'kind': 'branch',
        'name': "Confirmed?",
        'ways': [
            {
                'outcome': 'way1',
                'name': "Yes",
                'domain': [['patient_response', '=', 'accepted']],
            }
        ],
        'next': {'way1': yes, 'otherwise': otherwise},
    }


def end(meaning='neutral'):
    """Return the end of a path."""
    return {'kind': 'end', 'name': "End", 'as': meaning}


def light_steps():
    """Return five steps that send nothing: two branches, two waits, an end."""
    return {
        's1': has_confirmed('s2', 's2'),
        's2': wait(1, 'days', 's3'),
        's3': has_confirmed('s4', 's4'),
        's4': wait(2, 'days', 's5'),
        's5': end(),
    }


def publish(env, document, now=NOW):
    """Publish a hand-written definition and enroll; return its workflow."""
    workflow = env['healthcare.workflow'].create({'name': "Benchmark"})
    workflow.version_id = env['healthcare.workflow.version'].create(
        {
            'workflow_id': workflow.id,
            'number': 1,
            'graph': document,
            'checksum': graph.checksum(document),
            'publisher_id': env.uid,
            'date': now,
        }
    )
    workflow.state = 'published'
    env.flush_all()
    enroll.reconcile(env, workflow.version_id, now)
    env.cr.commit()
    env.invalidate_all()
    return workflow


def silence(env):
    """Put away the workflows of the demo clinic: what they do is not what is measured."""
    env['healthcare.workflow'].search([]).action_archive()
    env.cr.commit()
