"""Erasure of patients: what is left of them, and whether something left would be found."""

import base64
import sys
import time
from pathlib import Path
from unittest.mock import patch

from odoo.tools import SQL, config

from tests.bench import environment, figure

BENCH = 'security'
PATIENTS = 10
#: in a table that no add-on knows
PLANTED = 'bench_planted_note'


def measure(_options):
    """Erase the demo's busiest patients, with and without a medical record to be kept."""
    from odoo.addons.healthcare_crm_loyalty.tests import everything

    with environment() as env:
        patients = _get_busiest(env)
        left = seconds = 0
        for number, patient in enumerate(patients):
            # what the demo's patients have is little: these have something of everything
            clinic = patient.with_company(patient.company_id or env.company).env
            everything.join(clinic, patient, patient.copy({'name': "Somebody Else"}))
            held = number % 2 == 0
            start = time.perf_counter()
            erasure = _erase(env, patient, held)
            left += erasure.residue_count
            for row in erasure.residue or ():
                print(f"{patient.id}, held {held}: {row['table']} {row['key']}", file=sys.stderr)
            seconds += time.perf_counter() - start
        figure(BENCH, 'erasure_patients', len(patients), 'patients')
        figure(BENCH, 'erasure_residue', left, 'rows')
        figure(BENCH, 'erasure_seconds', seconds / len(patients), 's')
        figure(BENCH, 'erasure_planted_found', _erase_planted(env), 'of 4')


def _get_busiest(env):
    rows = env.execute_query(
        SQL(
            """
            SELECT partner.id FROM res_partner AS partner
              JOIN healthcare_communication AS message ON message.patient_id = partner.id
             WHERE partner.is_patient AND partner.active
               AND NOT EXISTS (SELECT FROM res_users WHERE partner_id = partner.id)
          GROUP BY partner.id ORDER BY count(*) DESC, partner.id LIMIT %s
            """,
            PATIENTS,
        )
    )
    return env['res.partner'].browse([id_ for (id_,) in rows])


def _erase(env, patient, held):
    Erasure = env.registry['healthcare.erasure']
    original = Erasure._get_hold

    def get_hold(erasure):
        return original(erasure) if held else None

    with patch.object(Erasure, '_get_hold', get_hold):
        erasure = env['healthcare.erasure'].create({'patient_id': patient.id})
        erasure._start()
        erasure._run(lambda *_args, **_kwargs: env.cr.commit())
    return erasure


def _erase_planted(env):
    """Return how many places that no erasure reaches are found: a table that nobody knows, bytes
    in it, an encrypted file that is not imported yet, and a file that no attachment has.
    """
    patient = env['res.partner'].create(
        {'name': "Planted Quixotesen", 'is_patient': True, 'email': 'planted.q@example.org'}
    )
    table = SQL.identifier(PLANTED)
    env.cr.execute(SQL('CREATE TABLE %s (id serial PRIMARY KEY, note text, raw bytea)', table))
    env.cr.execute(SQL('INSERT INTO %s (note) VALUES (%s)', table, f'ask {patient.email}'))
    coded = base64.b64encode(patient.name.encode())
    env.cr.execute(SQL('INSERT INTO %s (raw) VALUES (%s)', table, coded))
    csv = base64.b64encode(f'name\n{patient.name}'.encode())
    env['healthcare.import'].create({'file': csv, 'file_name': 'waiting.csv'})
    lost = Path(config.filestore(env.cr.dbname), 'bench-planted')
    lost.parent.mkdir(parents=True, exist_ok=True)
    lost.write_text(patient.name)
    return _erase(env, patient, held=False).residue_count
