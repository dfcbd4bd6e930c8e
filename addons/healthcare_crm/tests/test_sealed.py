# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..crypto import keyring

NOTE = "Marker of a note"


@tagged('post_install', '-at_install')
class TestSealed(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.env['res.partner'].create({'name': "Lin Yi-Chun", 'is_patient': True})
        cls.other = cls.env['res.partner'].create({'name': "Ho Mei", 'is_patient': True})
        cls.condition = cls.env['healthcare.condition'].create(
            {'patient_id': cls.patient.id, 'name': "Asthma", 'note': NOTE}
        )
        cls.nurse = new_test_user(cls.env, 'sealed_nurse', 'healthcare_crm.group_nurse')
        cls.desk = new_test_user(cls.env, 'sealed_desk', 'healthcare_crm.group_reception')

    def _column(self, record, name='note'):
        record.flush_recordset()
        self.env.cr.execute(f'SELECT {name}_sealed FROM {record._table} WHERE id = %s', [record.id])
        return self.env.cr.fetchone()[0]

    def _set_column(self, record, token):
        self.env.flush_all()
        self.env.cr.execute(
            f'UPDATE {record._table} SET note_sealed = %s WHERE id = %s', [token, record.id]
        )
        record.invalidate_recordset()

    def test_the_database_holds_no_text(self):
        token = self._column(self.condition)
        self.assertNotIn(NOTE, token)
        self.assertTrue(token.startswith(f'v1.{keyring.get().active}.'))
        self.condition.invalidate_recordset()
        self.assertEqual(self.condition.note, NOTE)

    def test_written_again_and_emptied(self):
        self.condition.note = "Another"
        self.condition.flush_recordset()
        self.condition.invalidate_recordset()
        self.assertEqual(self.condition.note, "Another")
        self.condition.note = False
        self.assertFalse(self._column(self.condition))
        self.condition.invalidate_recordset()
        self.assertFalse(self.condition.note)

    def test_who_may_read_the_field_reads_it(self):
        self.assertEqual(self.condition.with_user(self.nurse).note, NOTE)
        self.condition.invalidate_recordset()
        (row,) = self.condition.with_user(self.nurse).read(['note'])
        self.assertEqual(row['note'], NOTE)

    def test_others_read_neither_the_field_nor_its_column(self):
        with self.assertRaises(AccessError):
            self.condition.with_user(self.desk).read(['note'])
        for user in (self.desk, self.nurse):
            self.condition.invalidate_recordset()
            with self.assertRaises(AccessError):
                self.condition.with_user(user).read(['note_sealed'])
            with self.assertRaises(AccessError):
                self.condition.with_user(user).write({'note_sealed': 'v1.a.b'})

    def test_rules_of_records_hold(self):
        self.env['ir.rule'].create(
            {
                'name': "Not this one",
                'model_id': self.env['ir.model']._get_id('healthcare.condition'),
                'domain_force': [('id', '!=', self.condition.id)],
            }
        )
        self.condition.invalidate_recordset()
        with self.assertRaises(AccessError):
            self.condition.with_user(self.nurse).mapped('note')
        other = self.condition.copy({'patient_id': self.other.id})
        self.condition.invalidate_recordset()
        both = (self.condition + other).with_user(self.nurse)
        self.assertEqual(both[1].note, NOTE)

    @mute_logger('odoo.addons.healthcare_crm.models.healthcare_sealed')
    def test_a_text_moved_to_another_record_is_not_read(self):
        other = self.condition.copy({'patient_id': self.other.id})
        self._set_column(other, self._column(self.condition))
        with self.assertRaisesRegex(UserError, "altered"):
            other.read(['note'])

    @mute_logger('odoo.addons.healthcare_crm.models.healthcare_sealed')
    def test_an_altered_text_is_not_read(self):
        token = self._column(self.condition)
        self._set_column(self.condition, token[:-1] + ('A' if token[-1] != 'A' else 'B'))
        with self.assertRaisesRegex(UserError, "altered"):
            self.condition.read(['note'])

    def test_searching_is_refused_in_a_sentence(self):
        Condition = self.env['healthcare.condition'].with_user(self.nurse)
        for operator in ('=', 'ilike', 'in', '!=', 'not ilike', '=like', '>'):
            value = [NOTE] if operator == 'in' else NOTE
            with self.subTest(operator=operator), self.assertRaisesRegex(UserError, "encrypted"):
                Condition.search([('note', operator, value)])
        with self.assertRaises(ValueError):
            Condition.search([], order='note')
        with self.assertRaises(ValueError):
            Condition.formatted_read_group([], ['note'], ['__count'])

    def test_whether_there_is_a_text_can_be_asked_by_those_who_may_read_it(self):
        Condition = self.env['healthcare.condition'].with_user(self.nurse)
        empty = self.condition.copy({'patient_id': self.other.id, 'note': False})
        both = [('id', 'in', [self.condition.id, empty.id])]
        self.assertEqual(Condition.search([('note', '!=', False), *both]), self.condition)
        self.assertEqual(Condition.search([('note', '=', False), *both]), empty)
        with self.assertRaises(AccessError):
            self.env['healthcare.condition'].with_user(self.desk).search([('note', '=', False)])

    def test_views_offer_no_search_by_it(self):
        described = self.env['healthcare.condition'].fields_get(['note', 'name'])
        for ability in ('searchable', 'sortable', 'groupable'):
            self.assertFalse(described['note'].get(ability))
        self.assertTrue(described['name']['searchable'])

    def test_a_form_that_is_not_saved_shows_the_text(self):
        form = self.env['healthcare.condition'].new(origin=self.condition)
        self.assertEqual(form.note, NOTE)
        self.assertFalse(self.env['healthcare.condition'].new({}).note)

    def test_rows_of_the_database_are_sealed_in_one_statement(self):
        other = self.condition.copy({'patient_id': self.other.id})
        Condition = self.env['healthcare.condition']
        self.env.flush_all()
        with self.assertQueryCount(1):
            Condition._seal_rows('note', {self.condition.id: "One", other.id: "Two"})
        Condition.invalidate_model()
        self.assertEqual((self.condition + other).mapped('note'), ["One", "Two"])

    def test_a_thousand_texts_are_read_in_two_queries(self):
        conditions = self.condition + self.condition.copy({'patient_id': self.other.id})
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            conditions.sudo().mapped('note')
