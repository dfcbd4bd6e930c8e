from contextlib import closing

from psycopg2 import errors

from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.sql_db import db_connect
from odoo.tests import new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from ..auditing import events
from ..auditing.looks import AuditUnavailable
from .audit_case import AuditChecks
from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestAudit(AuditChecks, HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nurse = new_test_user(cls.env, 'audit_nurse', groups='healthcare_crm.group_nurse')
        cls.patient = cls.make_patient(birth_date='1980-02-03')
        cls.other = cls.make_patient(name="Trần Thị Bình")
        cls.condition = cls.env['healthcare.condition'].create(
            {'patient_id': cls.patient.id, 'name': "Asthma"}
        )
        cls.env.flush_all()
        cls.env.invalidate_all()

    def as_nurse(self, records):
        return records.with_user(self.nurse)

    def test_one_row_for_one_look(self):
        patients = self.as_nurse(self.patient | self.other)
        patients.read(['birth_date'])
        (row,) = self.recorded(action='read', model='res.partner')
        self.assertEqual(row['patients'], sorted(patients.ids))
        self.assertEqual(row['field_names'], 'birth_date')
        self.assertEqual((row['login'], row['roles']), ('audit_nurse', 'nurse'))

    def test_names_of_others_are_no_look(self):
        supplier = self.Partner.create({'name': "Paper and Pens", 'is_company': True})
        self.env.flush_all()
        self.env.invalidate_all()
        self.as_nurse(supplier).read(['name'])
        self.assertFalse(self.recorded(user_id=self.nurse.id))

    def test_the_software_itself_is_not_recorded(self):
        self.condition.read(['name'])
        self.assertFalse(self.recorded())

    def test_record_of_another_model_tells_its_patient(self):
        self.as_nurse(self.condition).read(['name'])
        (row,) = self.recorded(action='read', model='healthcare.condition')
        self.assertEqual(row['patients'], self.patient.ids)
        self.assertEqual(row['record_ids'], self.condition.ids)

    def test_every_model_tells_its_patients(self):
        register = self.env['healthcare.sensitive']._get_register()
        for model in register:
            Model = self.env[model]
            if Model._abstract or Model._transient or not Model._auto:
                continue
            with self.subTest(model=model):
                self.env['healthcare.audit']._find_patients(self.env.cr, model, [1, 2])

    def test_look_of_a_savepoint_that_is_rolled_back(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.as_nurse(self.patient).read(['birth_date'])
            raise ZeroDivisionError
        self.assertTrue(self.recorded(action='read', patients=self.patient.ids))

    def test_look_of_a_transaction_that_is_rolled_back(self):
        with closing(Registry(get_db_name()).cursor()) as cr:
            patient = self.env(cr=cr, user=self.env.ref('base.user_admin').id)['res.partner']
            patient = patient.search([('is_patient', '=', True)], limit=1)
            patient.read(['birth_date'])
            cr.rollback()
            row = self.recorded(action='read', model='res.partner')[-1]
        self.assertEqual(row['patients'], patient.ids)

    def test_look_with_a_cursor_that_is_only_closed(self):
        with closing(Registry(get_db_name()).cursor(readonly=True)) as cr:
            patient = self.env(cr=cr, user=self.env.ref('base.user_admin').id)['res.partner']
            patient = patient.search([('is_patient', '=', True)], limit=1)
            patient.read(['birth_date'])
        row = self.recorded(action='read', model='res.partner')[-1]
        self.assertEqual(row['patients'], patient.ids)

    def test_changes(self):
        condition = self.as_nurse(self.env['healthcare.condition']).create(
            {'patient_id': self.patient.id, 'name': "Gout"}
        )
        condition.write({'note': "left foot"})
        for action, names in (('create', 'name,patient_id'), ('update', 'note')):
            with self.subTest(action=action):
                (row,) = self.recorded(action=action, model='healthcare.condition')
                self.assertEqual(row['record_ids'], condition.ids)
                self.assertEqual(row['patients'], self.patient.ids)
                self.assertEqual(row['field_names'], names)

    def test_deletion_tells_whose_it_was(self):
        number = self.env['healthcare.patient.identifier'].create(
            {
                'patient_id': self.patient.id,
                'system_id': self.env['healthcare.identifier.system']
                .create({'name': "Old card", 'code': 'urn:old-card'})
                .id,
                'value': 'A123456789',
            }
        )
        (id_,) = number.ids
        self.as_nurse(number).unlink()
        (row,) = self.recorded(action='delete', model='healthcare.patient.identifier')
        self.assertEqual((row['record_ids'], row['patients']), ([id_], self.patient.ids))

    def test_ten_thousand_patients_are_few_rows(self):
        # the rows stay when the test ends: they must be of no patient that another test makes
        patients = tuple(range(10**9, 10**9 + 25_000))
        event = events.Event(
            self.nurse.id, 'x', '', None, 'export', 'res.partner', 'name', (), patients
        )
        ids = events.write(get_db_name(), [event])
        self.assertEqual(len(ids), 3)
        counts = self.execute(
            "SELECT patient_count FROM healthcare_audit_event WHERE id = ANY(%s) ORDER BY id",
            [ids],
        )
        self.assertEqual(counts, [(10000,), (10000,), (5000,)])

    def test_ids_of_views_are_large(self):
        """Who treats a patient has ids made of two others: no integer of the database."""
        self.env['healthcare.audit'].with_user(self.nurse)._record(
            'read', 'healthcare.care.relation', self.patient.ids, ['reason'], [2**45 + 7]
        )
        (row,) = self.recorded(model='healthcare.care.relation')
        self.assertEqual(row['record_ids'], [2**45 + 7])

    def test_fields_are_told_by_their_labels(self):
        event = self.env['healthcare.audit.event'].new(
            {'model': 'healthcare.condition', 'field_names': 'note,patient_id,since_removed'}
        )
        self.assertEqual(event.field_labels, "Note, Patient, since_removed")

    def test_values_are_never_recorded(self):
        self.as_nurse(self.Partner).search([('birth_date', '=', '1980-02-03')])
        self.as_nurse(self.condition).write({'note': "Zebra-77"})
        self.write_looks()
        rows = self.execute(
            "SELECT e::text FROM healthcare_audit_event e WHERE id > %s", [self.mark]
        )
        text = ' '.join(row for (row,) in rows)
        self.assertIn('birth_date', text)
        self.assertNotIn('1980', text)
        self.assertNotIn('Zebra', text)

    # ------------------------------------------------------------ nobody changes a row

    def test_nobody_changes_rows(self):
        self.as_nurse(self.patient).read(['birth_date'])
        self.write_looks()
        event = self.env['healthcare.audit.event'].browse(self.mark + 1)
        for user in (self.env.user, self.env.ref('base.user_admin'), self.nurse):
            row = event.with_user(user)
            for change in (
                lambda row=row: row.write({'login': 'nobody'}),
                lambda row=row: row.unlink(),
                lambda row=row: row.create({'login': 'nobody'}),
                lambda row=row: row.sudo().write({'login': 'nobody'}),
                lambda row=row: row.sudo().unlink(),
                lambda row=row: row.copy(),
            ):
                with self.assertRaises(UserError):
                    change()

    # ------------------------------------------------------------ no record, no look

    @mute_logger('odoo.addons.healthcare_crm.auditing.looks')
    def test_locked_table_shows_nothing(self):
        with closing(db_connect(get_db_name()).cursor()) as locking:
            locking.execute("LOCK TABLE healthcare_audit_event IN ACCESS EXCLUSIVE MODE")
            self.as_nurse(self.patient).read(['birth_date'])
            with self.assertRaisesRegex(AuditUnavailable, "cannot be written"):
                self.env.cr.flush()

    @mute_logger('odoo.addons.healthcare_crm.auditing.looks')
    def test_explicit_record_fails_at_once(self):
        with closing(db_connect(get_db_name()).cursor()) as locking:
            locking.execute("LOCK TABLE healthcare_audit_event IN ACCESS EXCLUSIVE MODE")
            with self.assertRaises(AuditUnavailable):
                self.env['healthcare.audit']._record('export', 'res.partner', self.patient.ids)

    @mute_logger('odoo.addons.healthcare_crm.auditing.looks')
    def test_closing_gives_the_connection_back(self):
        """However often it fails, the pool has connections left."""
        with closing(db_connect(get_db_name()).cursor()) as locking:
            locking.execute("LOCK TABLE healthcare_audit_event IN ACCESS EXCLUSIVE MODE")
            cr = Registry(get_db_name()).cursor()
            admin = self.env(cr=cr, user=self.env.ref('base.user_admin').id)
            admin['res.partner'].search([('is_patient', '=', True)], limit=1).read(['birth_date'])
            connection = cr._cnx
            with self.assertRaises(AuditUnavailable):
                cr.close()
            self.assertTrue(connection.closed)
            self.assertTrue(cr.closed)

    def test_no_context_key_turns_it_off(self):
        for key in ('audit', 'no_audit', 'tracking_disable', 'mail_notrack', 'install_mode'):
            patient = (
                self.as_nurse(self.patient)
                .with_context(**{key: False})
                .with_context(**{f'{key}_disable': True, 'prefetch_fields': False})
            )
            patient.read(['gender'])
        self.assertTrue(self.recorded(action='read', patients=self.patient.ids))

    def test_own_transaction(self):
        self.as_nurse(self.patient).read(['birth_date'])
        self.write_looks()
        before = self.env['healthcare.audit.event'].search_count([])
        with self.assertRaises(errors.DivisionByZero), mute_logger('odoo.sql_db'):
            with self.env.cr.savepoint():
                self.env.cr.execute("SELECT 1 / 0")
        self.assertTrue(self.recorded(action='read', patients=self.patient.ids))
        self.assertEqual(self.env['healthcare.audit.event'].search_count([]), before)

    def test_messages_and_files_of_patients(self):
        message = self.patient.message_post(body="About the asthma")
        file = self.env['ir.attachment'].create(
            {
                'name': "letter.txt",
                'raw': b'asthma',
                'res_model': 'healthcare.condition',
                'res_id': self.condition.id,
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.as_nurse(message).read(['body'])
        self.as_nurse(file).read(['raw'])
        for model, ids in (('mail.message', message.ids), ('ir.attachment', file.ids)):
            with self.subTest(model=model):
                (row,) = self.recorded(action='read', model=model)
                self.assertEqual((row['record_ids'], row['patients']), (ids, self.patient.ids))

    def test_who_has_another_login_now(self):
        self.as_nurse(self.patient).read(['gender'])
        self.nurse.login = 'audit_renamed'
        self.write_looks()
        vars(self.env.cr)['healthcare_looks'].who.clear()  # as in the next transaction
        self.env.invalidate_all()
        self.as_nurse(self.patient).read(['birth_date'])
        self.assertEqual(self.recorded(action='read')[-1]['login'], 'audit_renamed')
