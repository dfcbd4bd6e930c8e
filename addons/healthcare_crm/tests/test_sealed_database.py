# Part of Healthcare CRM for Odoo. License LGPL-3.
"""What the database and the disk hold of what was entered: nothing."""

import base64
import time
from pathlib import Path

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, config

from ..crypto import keyring
from ..matching import Person

MARKER = 'ZQMARKERZQ7731'


def spellings(marker):
    """Return a marker as a dump may hold it: as text, and in base64 wherever it begins."""
    forms = [marker]
    for before in range(3):
        coded = base64.b64encode(b'x' * before + marker.encode() + b'x' * 3).decode()
        # what the neighbours have a part in is left out
        forms.append(coded[4 if before else 0 : -8])
    return forms


class SealedDatabaseCase(TransactionCase):
    def find_in_tables(self, marker=MARKER):
        """Return ``{table: columns}`` that hold a marker, of all tables of the database."""
        self.env.flush_all()
        self.env.cr.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {}
        for (table,) in self.env.cr.fetchall():
            condition = SQL(' OR ').join(
                SQL('whole.row LIKE %s', f'%{form}%') for form in spellings(marker)
            )
            self.env.cr.execute(
                SQL(
                    'SELECT whole.row FROM (SELECT to_jsonb(this)::text AS row FROM %s AS this) '
                    'AS whole WHERE %s LIMIT 1',
                    SQL.identifier(table),
                    condition,
                )
            )
            if row := self.env.cr.fetchone():
                found[table] = row[0][:300]
        return found

    def find_on_disk(self, since, marker=MARKER):
        """Return the files of the filestore, written since a moment, that hold a marker."""
        folder = Path(config.filestore(self.env.cr.dbname))
        needles = [form.encode() for form in spellings(marker)]
        return [
            path
            for path in folder.rglob('*')
            if path.is_file()
            and path.stat().st_mtime >= since
            and any(needle in path.read_bytes() for needle in needles)
        ]


@tagged('post_install', '-at_install')
class TestSealedDatabase(SealedDatabaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.since = time.time() - 2
        cls.patient = cls.env['res.partner'].create({'name': "Lin Yi-Chun", 'is_patient': True})

    def _get_record(self, model):
        """Return a record of a model with sealed fields, made where there is none."""
        Model = self.env[model].sudo().with_context(active_test=False)
        if record := Model.search([], limit=1, order='id desc'):
            return record
        patient = {'patient_id': self.patient.id}
        vals = {
            'healthcare.procedure': patient | {'name': "Spirometry", 'status': 'preparation'},
            'healthcare.family.history': patient | {'relationship': 'FTH', 'name': "Stroke"},
            'healthcare.lifestyle': patient,
            'healthcare.document': patient | {'name': "Letter"},
            'healthcare.erasure': patient,
            'healthcare.referrer.thanks': {'referrer_id': self.patient.id},
            'healthcare.export': {'reason': "Moving house"},
            'healthcare.quality.finding': patient
            | {
                'rule_id': self.env['healthcare.quality.rule'].search([], limit=1).id,
                'found_at': '2026-01-01',
            },
        }
        if model == 'healthcare.export.part':
            export = self._get_record('healthcare.export')
            return Model.create({'export_id': export.id})
        if model == 'healthcare.import.column':
            whole = self._get_record('healthcare.import')
            return Model.create({'import_id': whole.id, 'header': "Passport"})
        if model == 'healthcare.import.problem':
            whole = self._get_record('healthcare.import')
            return Model.create({'import_id': whole.id, 'code': 'bad_date'})
        if model == 'healthcare.referral.response':
            referral = self._get_record('healthcare.referral')
            return Model.create({'referral_id': referral.id, 'kind': 'question'})
        return Model.create(vals.get(model, {}))

    def _plant(self):
        """Write the marker into every sealed field; return how many there are."""
        fields = [
            (model, name, is_file)
            for model, name, is_file in self.env['healthcare.key.rotation']._get_columns()
        ]
        for model, name, is_file in fields:
            with self.subTest(model=model, field=name):
                record = self._get_record(model)
                content = f'A page with {MARKER} on it'
                value = base64.b64encode(content.encode()) if is_file else MARKER
                if model == 'healthcare.patient.identifier':
                    record.system_id = self.env['healthcare.identifier.system'].create(
                        {'name': "Other", 'code': 'urn:test:sealed'}
                    )
                record[name] = value
                record.flush_recordset()
                record.invalidate_recordset()
                self.assertEqual(record[name], value)
        self.env.flush_all()
        return len(fields)

    def test_no_table_and_no_file_holds_what_was_entered(self):
        self.assertGreater(self._plant(), 30)
        self.assertEqual(self.find_in_tables(), {})
        self.assertEqual(self.find_on_disk(self.since), [])

    def test_the_search_finds_a_marker_that_is_there(self):
        self.patient.comment = MARKER
        coded = base64.b64encode(f'x{MARKER}yz'.encode()).decode()
        self.env['ir.config_parameter'].set_param('test.sealed', coded)
        self.env['ir.attachment'].create({'name': "x", 'raw': f'see {MARKER}'.encode() + b'\n' * 9})
        self.assertEqual(
            set(self.find_in_tables()), {'res_partner', 'ir_config_parameter', 'ir_attachment'}
        )
        self.assertTrue(self.find_on_disk(self.since))

    def test_numbers_are_compared_without_being_stored(self):
        number = 'ZZ9998887'
        self.env['healthcare.patient.identifier'].create(
            {
                'patient_id': self.patient.id,
                'system_id': self.env.ref('healthcare_crm.identifier_system_passport').id,
                'value': number,
            }
        )
        self.env.flush_all()
        row = (
            self.env['healthcare.patient.matching']
            .sudo()
            .search([('patient_id', '=', self.patient.id)])
        )
        self.assertTrue(row.key_identifier)
        self.assertEqual(self.find_in_tables(number), {})
        self.assertEqual(self.find_in_tables(number.lower()), {})
        person = Person(id=None, name="Lin Yi-Chun", identifiers=(('passport', number, False),))
        (found,) = self.env['res.partner']._match_people([person])
        self.assertIn(self.patient.id, [id_ for id_, _match in found])


@tagged('post_install', '-at_install')
class TestNumbersOnTheirWay(SealedDatabaseCase):
    """What is done with numbers of documents leaves none behind."""

    def test_merging(self):
        Partner = self.env['res.partner']
        patients = Partner.create(
            [{'name': "Lin Yi-Chun", 'is_patient': True, 'phone': '+886912000111'}] * 2
        )
        system = self.env.ref('healthcare_crm.identifier_system_passport')
        numbers = ['ZZ9998887', 'ZZ9998888']
        self.env['healthcare.patient.identifier'].create(
            [
                {'patient_id': patient.id, 'system_id': system.id, 'value': number}
                for patient, number in zip(patients, numbers, strict=True)
            ]
        )
        merge = patients[1]._merge_into(patients[0])
        self.env.flush_all()
        for number in numbers:
            self.assertEqual(self.find_in_tables(number), {})
        self.assertTrue(merge)

    def test_journals_of_older_merges_are_sealed(self):
        """What a merge of an older version noted in clear goes the way of the fields."""
        one, other = self.env['res.partner'].create(
            [{'name': name, 'is_patient': True} for name in ("Kept", "Merged")]
        )
        merge = other._merge_into(one)
        clear = [
            {
                'kind': 'values',
                'table': 'healthcare_condition',
                'rows': {'7': {'note': [MARKER, f'{MARKER} too']}},
            },
            {
                'kind': 'deleted',
                'table': 'healthcare_alert',
                'rows': [{'id': 8, 'note': MARKER, 'kind': 'anxiety'}],
            },
            {
                'kind': 'values',
                'table': 'healthcare_patient_matching',
                'rows': {'9': {'key_identifier': MARKER}},
            },
        ]
        merge.journal = clear
        self.assertIn('healthcare_patient_merge', self.find_in_tables())
        commits = []
        self.env['healthcare.patient.merge']._seal_journals(lambda: commits.append(1))
        self.assertEqual(self.find_in_tables(), {})
        self.assertEqual(len(commits), 1)
        merge.invalidate_recordset()
        condition, alert, matching = merge.journal
        before, after = condition['rows']['7'].pop('note_sealed')
        ring = keyring.get()
        context = 'healthcare.condition|note|7'
        self.assertEqual(ring.unseal(before, context).decode(), MARKER)
        self.assertEqual(ring.unseal(after, context).decode(), f'{MARKER} too')
        sealed = alert['rows'][0].pop('note_sealed')
        self.assertEqual(ring.unseal(sealed, 'healthcare.alert|note|8').decode(), MARKER)
        self.assertEqual(alert['rows'], [{'id': 8, 'kind': 'anxiety'}])
        self.assertEqual((condition['rows'], matching['rows']), ({'7': {}}, {'9': {}}))
        self.env['healthcare.patient.merge']._seal_journals(lambda: commits.append(1))
        self.assertEqual(len(commits), 1, "there is nothing left to do")

    def test_importing(self):
        since = time.time() - 2
        number = 'ZZ9998887'
        text = (
            f"PatientId,Name,Passport,BirthDate\n"
            f"1,Lin Mei,{number},1954-03-27\n"
            f"2,Lin Mei Er,{number},1955-03-27\n"
            f"3,Lin Mei San,{number}-{number},1955-03-27\n"
        )
        record = self.env['healthcare.import'].create(
            {
                'file': base64.b64encode(text.encode()),
                'file_name': 'file.csv',
                'system_id': self.env['healthcare.identifier.system']
                .create({'name': "Former system", 'code': 'former'})
                .id,
            }
        )
        record.action_read()
        record.action_check()
        record.action_import()
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm.ir_cron_healthcare_import').method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(record.state, 'done', record.failure)
        found = self.env['healthcare.patient.identifier'].search([('value', '=', number)])
        self.assertEqual(found.value, number)
        self.assertIn(number, ' '.join(record.problem_ids.mapped('reason')))
        self.assertEqual(self.find_in_tables(number), {})
        self.assertEqual(self.find_on_disk(since, number), [])


@tagged('post_install', '-at_install')
class TestSealingOldColumns(SealedDatabaseCase):
    """What a database of the version before holds in clear."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.since = time.time() - 2
        cls.patient = cls.env['res.partner'].create({'name': "Lin Yi-Chun", 'is_patient': True})
        cls.condition = cls.env['healthcare.condition'].create(
            {'patient_id': cls.patient.id, 'name': "Asthma"}
        )
        cls.identifier = cls.env['healthcare.patient.identifier'].create(
            {
                'patient_id': cls.patient.id,
                'system_id': cls.env['healthcare.identifier.system']
                .create({'name': "Other", 'code': 'urn:test:sealed'})
                .id,
                'value': 'something',
            }
        )
        cls.document = cls.env['healthcare.document'].create(
            {'patient_id': cls.patient.id, 'name': "Letter"}
        )
        cls.env.flush_all()
        cr = cls.env.cr
        cr.execute('ALTER TABLE healthcare_condition ADD COLUMN note text')
        cr.execute(
            'UPDATE healthcare_condition SET note = %s WHERE id = %s', [MARKER, cls.condition.id]
        )
        cr.execute("ALTER TABLE healthcare_patient_identifier ADD COLUMN value varchar")
        cr.execute(
            'UPDATE healthcare_patient_identifier SET value = %s, value_sealed = NULL, '
            'value_index = NULL WHERE id = %s',
            [MARKER, cls.identifier.id],
        )
        cr.execute('UPDATE healthcare_patient_identifier SET value = id::text WHERE value IS NULL')
        cr.execute('ALTER TABLE healthcare_patient_identifier ALTER COLUMN value SET NOT NULL')
        cls.attachment = cls.env['ir.attachment'].create(
            {
                'name': 'file',
                'res_model': 'healthcare.document',
                'res_field': 'file',
                'res_id': cls.document.id,
                'mimetype': 'text/plain',
                'raw': f'Dear colleague, {MARKER}'.encode(),
            }
        )
        cls.env.invalidate_all()

    def _seal_all(self, commit):
        for model in ('healthcare.condition', 'healthcare.patient.identifier'):
            self.env[model]._seal_clear(commit)
        self.env['healthcare.document']._seal_clear(commit)

    def test_nothing_stays_in_clear_and_everything_is_read(self):
        commits = []
        self._seal_all(lambda: commits.append(1))
        self.env.invalidate_all()
        self.assertEqual(self.condition.note, MARKER)
        self.assertEqual(self.identifier.value, MARKER)
        self.assertIn(MARKER.encode(), base64.b64decode(self.document.file))
        self.assertEqual(
            self.env['healthcare.patient.identifier'].search([('value', '=', MARKER)]),
            self.identifier,
        )
        self.assertEqual(self.find_in_tables(), {})
        self.assertGreater(len(commits), 3)
        attachment = self.attachment
        self.assertFalse(attachment.index_content)
        self.assertNotIn(MARKER.encode(), attachment.raw)

    def test_begun_again_it_goes_on(self):
        class Killed(Exception):
            pass

        def die():
            raise Killed

        with self.assertRaises(Killed):
            self.env['healthcare.condition']._seal_clear(die)
        self.env['healthcare.condition']._seal_clear(lambda: None)
        self.env['healthcare.condition']._seal_clear(lambda: None)
        self.env.invalidate_all()
        self.assertEqual(self.condition.note, MARKER)
