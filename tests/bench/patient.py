"""What a large clinic feels about a patient: looking for doubles, and the 360° view.

script/bench patient
script/bench patient --only view --patients 10000      to try something out

People are those of ``_people.py`` with their keys stored; a form with somebody new, half of them
there already, asks who is alike. The view is a practitioner's, of a patient with a thousand
events: the server's time for all blocks, one after the other, with no record in the cache. The
median of several takes after one that warms up.
"""

import argparse
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.healthcare_crm.models.healthcare_patient_matching import BATCH

from tests.bench import _clinic as clinic
from tests.bench import _people, environment, figure, import_file, segment

BENCH = 'patient'
TAKES = 7
#: Forms of new people, each asked about once.
FORMS = 200
#: Events of the patient who is looked at.
EVENTS = 1000
DAY = timedelta(days=1)


# ---------------------------------------------------------------- looking for doubles


def registered(env, people):
    """Insert people as patients, with their keys; return the first of their ids."""
    ids = [row[0] for row in env.execute_query(_insert_people(people))]
    for start in range(0, len(people), BATCH):
        env['healthcare.patient.matching']._keep(
            person._replace(id=patient, identifiers=())
            for patient, (_number, person) in zip(
                ids[start : start + BATCH], people[start : start + BATCH], strict=True
            )
        )
    clinic.analyze(env, 'healthcare_patient_matching', 'res_partner')
    return ids[0]


def _insert_people(people):
    columns = zip(
        *(
            (
                person.name or f'{person.given_name} {person.family_name}',
                person.birth_date or None,
                person.gender or None,
                person.phone or None,
                person.email or None,
                person.city or None,
            )
            for _number, person in people
        ),
        strict=True,
    )
    return SQL(
        """
        WITH numbered AS (
            SELECT nextval('res_partner_id_seq') AS id, person.*
              FROM unnest(%s::text[], %s::date[], %s::text[], %s::text[], %s::text[], %s::text[])
                   AS person (name, birth_date, gender, phone, email, city)
        )
        INSERT INTO res_partner (
            id, commercial_partner_id, name, complete_name, type, active, is_company, is_patient,
            patient_number, birth_date, gender, phone, email, city, lifecycle_stage, create_uid,
            create_date, write_date)
        SELECT id, id, name, name, 'contact', TRUE, FALSE, TRUE, 'B' || lpad(id::text, 8, '0'),
               birth_date, gender, phone, email, city, 'active', 1, now(), now()
          FROM numbered
        RETURNING id
        """,
        *(list(column) for column in columns),
    )


def measure_candidates(env, options):
    """Report what it takes to say who a new person may be besides."""
    people = _people.people(options.people + FORMS, options.seed)
    registered(env, people[FORMS:])
    desk = env['res.partner'].with_user(_user(env, 'reception')).with_context(lang='en_US')
    times = []
    for _number, person in people[:FORMS]:
        form = {
            name: getattr(person, name)
            for name in ('birth_date', 'gender', 'phone', 'email', 'street', 'city', 'zip')
        }
        form['name'] = person.name or f'{person.given_name} {person.family_name}'
        env.invalidate_all()
        start = time.monotonic()
        desk.match_candidates(form)
        times.append((time.monotonic() - start) * 1000)
    # the first ones warm up
    percentiles = statistics.quantiles(times[TAKES:], n=20)
    figure(BENCH, 'candidates_ms_median', statistics.median(times[TAKES:]), 'ms')
    figure(BENCH, 'candidates_ms_p95', percentiles[-1], 'ms')


# ---------------------------------------------------------------- the 360° view


def busy_patient(env):
    """Return a patient with a thousand events in the last years."""
    patient = env['res.partner'].create(
        {'name': "Busy Patient", 'is_patient': True, 'birth_date': '1950-03-02'}
    )
    now = fields.Datetime.now().replace(microsecond=0)
    doctor = env['healthcare.practitioner'].search([], limit=1)
    days = [now - number * 2 * DAY for number in range(1, EVENTS // 8 + 1)]
    for model, values in (
        ('observation', lambda day: {'name': f"Test {day.day}", 'value': day.day, 'date': day}),
        ('condition', lambda day: {'name': "Cold", 'onset_date': day.date()}),
        ('medication', lambda day: {'name': "Tablets", 'start_date': day.date()}),
        (
            'procedure',
            lambda day: {
                'name': "Massage",
                'status': 'completed',
                'performed_at': day,
                'practitioner_id': doctor.id,
            },
        ),
        ('encounter', lambda day: {'start': day, 'encounter_class': 'emergency'}),
        ('document', lambda day: {'name': "Letter", 'date': day.date()}),
        ('immunization', lambda day: {'name': "Flu", 'vaccine_code': 'flu', 'date': day.date()}),
        ('allergy', lambda day: {'name': f"Dust {day.date()}", 'clinical_status': 'resolved'}),
    ):
        env[f'healthcare.{model}'].create(
            [{'patient_id': patient.id, **values(day)} for day in days]
        )
    env.cr.commit()
    return patient


def measure_view(env, options):
    """Report the blocks a practitioner sees: all of them, and the slowest."""
    clinic.patients(env, options.patients)
    patient = busy_patient(env)
    clinic.analyze(env, 'res_partner', 'healthcare_consent', 'healthcare_observation')
    seen = patient.with_user(_user(env, 'practitioner')).with_context(lang='en_US')
    names = [block['name'] for block in seen.get_overview()['blocks']]
    takes, queries = [], {}
    for _take in range(TAKES + 1):
        times = {}
        for name in names:
            env.invalidate_all()
            before, start = env.cr.sql_log_count, time.monotonic()
            seen.get_overview_block(name)
            times[name] = (time.monotonic() - start) * 1000
            queries[name] = env.cr.sql_log_count - before
        takes.append(times)
    del takes[0]
    slowest = {name: statistics.median(take[name] for take in takes) for name in names}
    for name, took in slowest.items():
        figure(BENCH, f'view_360_ms_{name}', took, 'ms')
    figure(BENCH, 'view_360_ms', statistics.median(sum(take.values()) for take in takes), 'ms')
    figure(BENCH, 'view_360_block_ms', max(slowest.values()), 'ms')
    figure(BENCH, 'view_360_queries', max(queries.values()), 'queries')


def _user(env, role):
    """Return a user of a role, as the benchmark's clinic has none of its own."""
    return env['res.users'].create(
        {
            'name': f"Bench {role}",
            'login': f'bench_{role}',
            'group_ids': [Command.set(env.ref(f'healthcare_crm.group_{role}').ids)],
        }
    )


# ---------------------------------------------------------------- segments and imports


def measure_segment(env, options):
    """Report what counting a segment takes."""
    segment.population(env, options.patients)
    segment.measure(env, BENCH)


def measure_import(env, options):
    """Report how many lines a minute are imported."""
    user = env.ref('base.user_admin')
    env = env(user=user, context={'lang': user.lang})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'patients.csv'
        import_file.write_synthetic(path, options.lines)
        started = time.monotonic()
        import_file.import_file(env, path)
    minutes = (time.monotonic() - started) / 60
    figure(BENCH, 'import_rows_per_minute', options.lines / minutes, 'lines/min')


#: Each begins on what the ones before have left.
PARTS = {
    'candidates': measure_candidates,
    'import': measure_import,
    'view': measure_view,
    'segment': measure_segment,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--patients', type=int, default=1_000_000, help="of view and segment")
    parser.add_argument('--people', type=int, default=100_000, help="of candidates")
    parser.add_argument('--lines', type=int, default=20_000, help="of import")
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--only', action='append', choices=PARTS)
    options = parser.parse_args()
    for name in options.only or PARTS:
        with environment() as env:
            PARTS[name](env, options)
            env.cr.rollback()


if __name__ == '__main__':
    main()
