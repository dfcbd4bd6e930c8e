"""Segments of a large clinic: how long counting and looking up their patients takes.

script/bench segment
script/bench segment --patients 100000     to try something out

Each patient has, on average, two visits in the last three years, half a condition, two thirds of a
vaccination and of a test. Counted as at the form, before anything is saved; the median of five
takes, with warm caches as a clinic that works has them.
"""

import argparse
import statistics
import time

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

from tests.bench import _clinic as clinic
from tests.bench import environment, figure

BENCH = 'segment'
TAKES = 5
YEAR = 365

#: name -> three conditions
MIXES = {
    'flu': (
        {'kind': 'age', 'number_from': 25, 'number_to': 40},
        {'kind': 'language', 'options': ['zh_TW']},
        {
            'kind': 'vaccination',
            'text': 'influenza',
            'negative': True,
            'timeframe': 'yearly',
            'date': '2020-10-01',
        },
    ),
    'diabetes': (
        {'kind': 'illness', 'text': 'E11'},
        {'kind': 'age', 'number_from': 40},
        {
            'kind': 'observation',
            'text': '4548-4',
            'negative': True,
            'timeframe': 'last',
            'period': 6,
            'period_unit': 'month',
        },
    ),
    'lapsed': (
        {
            'kind': 'visit',
            'negative': True,
            'timeframe': 'last',
            'period': 12,
            'period_unit': 'month',
        },
        {'kind': 'frequency', 'number_from': 2},
        {'kind': 'reachable', 'options': ['email']},
    ),
    'consented': (
        {'kind': 'last_visit', 'number_from': 3, 'number_to': 9, 'period_unit': 'month'},
        {'kind': 'consent', 'options': ['email']},
        {'kind': 'age', 'number_to': 60},
    ),
}


def population(env, count):
    """Insert ``count`` patients with visits, conditions, vaccinations and tests.

    :return: (first, last) patient id
    """
    first, last = clinic.patients(env, count)
    now = fields.Datetime.now()
    values = {'first': first, 'count': count, 'now': now, 'company': env.company.id}
    for statement in (
        # a third of the patients is not seen any more
        """
        INSERT INTO calendar_event (
            name, patient_id, company_id, is_appointment, appointment_status, start, stop,
            duration, allday, active, privacy, show_as, res_id, create_uid, create_date,
            write_date)
        SELECT 'B', %(first)s + (n * 7919::bigint) %% (%(count)s * 2 / 3), %(company)s, TRUE,
               CASE n %% 20 WHEN 0 THEN 'noshow' ELSE 'fulfilled' END, moment,
               moment + interval '30 minutes', 0.5, FALSE, TRUE, 'private', 'busy', 0, 1,
               moment, moment
          FROM generate_series(1, %(count)s * 2) AS n,
               LATERAL (SELECT %(now)s - interval '1 day' * (n %% 1095 + 1) AS moment) AS at
        """,
        """
        INSERT INTO healthcare_condition (
            patient_id, code, name, clinical_status, verification_status, onset_date)
        SELECT %(first)s + n * 2 - 2,
               (ARRAY['E11.9', 'I10', 'J45.0', 'L20.9', 'M17.1', 'K21.0', 'F32.1', 'J30.1', 'I10',
                      'E78.5'])[n %% 10 + 1],
               (ARRAY['Type 2 diabetes', 'High blood pressure', 'Asthma', 'Dermatitis',
                      'Arthrosis', 'Reflux', 'Depression', 'Hay fever', 'High blood pressure',
                      'High cholesterol'])[n %% 10 + 1],
               CASE n %% 9 WHEN 0 THEN 'resolved' ELSE 'active' END, 'confirmed',
               date '2015-01-01' + n %% 3000
          FROM generate_series(1, %(count)s / 2) AS n
        """,
        """
        INSERT INTO healthcare_immunization (patient_id, vaccine_code, name, date, status)
        SELECT %(first)s + (n * 7::bigint) %% %(count)s,
               CASE n %% 3 WHEN 0 THEN 'tetanus' ELSE 'influenza' END, 'Vaccine',
               (%(now)s - interval '1 day' * (n %% 900))::date, 'completed'
          FROM generate_series(1, %(count)s * 2 / 3) AS n
        """,
        """
        INSERT INTO healthcare_observation (
            patient_id, code, name, value, unit, date, status)
        SELECT %(first)s + (n * 11::bigint) %% %(count)s,
               (ARRAY['4548-4', '2345-7', '8480-6'])[n %% 3 + 1],
               (ARRAY['HbA1c', 'Glucose', 'Blood pressure'])[n %% 3 + 1], n %% 90 / 10.0, '%%',
               %(now)s - interval '1 day' * (n %% 700), 'final'
          FROM generate_series(1, %(count)s * 2 / 3) AS n
        """,
    ):
        env.cr.execute(SQL(statement, **values))
    # the scheduled job, within a quarter of an hour
    env['healthcare.visit.tally']._count()
    clinic.analyze(
        env,
        'calendar_event',
        'healthcare_condition',
        'healthcare_consent',
        'healthcare_immunization',
        'healthcare_observation',
        'healthcare_visit_tally',
        'res_partner',
    )
    return first, last


def changes(env, conditions):
    """Return a new segment as its form would have it."""
    reminder = env.ref('healthcare_crm.consent_purpose_reminder').id
    return {
        'name': "Benchmark",
        'company_id': env.company.id,
        'domain': '[]',
        'condition_ids': [
            Command.create(
                {'purpose_id': reminder, **one} if one['kind'] == 'consent' else dict(one)
            )
            for one in conditions
        ],
    }


def measure(env, bench=BENCH):
    """Report what counting each mix takes, and the slowest, in milliseconds."""
    medians = {}
    for name, conditions in MIXES.items():
        values, times = changes(env, conditions), []
        for _take in range(TAKES):
            start = time.monotonic()
            answer = env['healthcare.segment'].count_now(False, values)
            times.append((time.monotonic() - start) * 1000)
        assert 'count' in answer, answer
        medians[name] = statistics.median(times)
        figure(bench, f'segment_count_ms_{name}', medians[name], 'ms')
        figure(bench, f'segment_patients_{name}', answer['count'], 'patients')
    figure(bench, 'segment_count_ms', max(medians.values()), 'ms')


def measure_refresh(env, bench=BENCH):
    """Report what looking up the patients takes: the first time, and when nobody moved."""
    for name in ('flu', 'lapsed'):
        segment = env['healthcare.segment'].create(changes(env, MIXES[name]))
        for moment in ('first', 'again'):
            start = time.monotonic()
            segment._refresh()
            env.cr.commit()
            figure(
                bench,
                f'segment_refresh_{moment}_ms_{name}',
                (time.monotonic() - start) * 1000,
                'ms',
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--patients', type=int, default=1_000_000)
    options = parser.parse_args()
    with environment() as env:
        population(env, options.patients)
        measure(env)
        measure_refresh(env)


if __name__ == '__main__':
    main()
