# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Numbers of documents: covered, found by the whole of them, shown for a reason."""

from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..crypto import keyring
from ..models.healthcare_patient_identifier import INDEXED
from ..step_up import StepUpNeeded
from .common import HealthcareCase

NUMBER = 'A123456789'
CLEAR = ('reception', 'nurse', 'practitioner', 'privacy_officer')
REVEAL = ('call_desk', 'clinic_administrator', 'quality')
COVERED = (*REVEAL, 'marketing')


class NumbersCase(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient(company_id=cls.company.id)
        cls.system = cls.env.ref('healthcare_crm.identifier_system_tw_national')
        cls.identifier = cls.env['healthcare.patient.identifier'].create(
            {'patient_id': cls.patient.id, 'system_id': cls.system.id, 'value': NUMBER}
        )
        cls.env.flush_all()
        cls.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestCoveredNumbers(NumbersCase):
    def test_some_roles_read_it_and_the_others_its_mask(self):
        for role in (*CLEAR, *COVERED):
            user = self.make_user(role)
            identifier = self.identifier.with_user(user)
            self.env.invalidate_all()
            with self.subTest(role=role):
                self.assertEqual(identifier.read(['value_masked'])[0]['value_masked'], 'A12****789')
                self.assertNotIn(NUMBER, identifier.display_name)
                self.assertIn('A12****789', identifier.display_name)
                if role in CLEAR:
                    self.assertEqual(identifier.value, NUMBER)
                else:
                    with self.assertRaises(AccessError):
                        identifier.read(['value'])
                    with self.assertRaises(AccessError):
                        identifier.search([('value', '=', NUMBER)])

    def test_the_mask_is_not_searched(self):
        field = self.identifier._fields['value_masked']
        self.assertFalse(field.store or field.search)

    def test_a_number_is_found_by_the_whole_of_it(self):
        Identifier = self.env['healthcare.patient.identifier'].with_user(self.make_user('nurse'))
        mine = [('id', '=', self.identifier.id)]
        for typed in (NUMBER, ' a123456789 ', 'A123-456-789'):
            self.assertEqual(Identifier.search([('value', '=', typed), *mine]), self.identifier)
        self.assertFalse(Identifier.search([('value', 'in', ['A123456788']), *mine]))
        self.assertFalse(Identifier.search([('value', '!=', NUMBER), *mine]))
        for operator in ('ilike', '=like', '>', 'like'):
            with self.assertRaisesRegex(UserError, "encrypted"):
                Identifier.search([('value', operator, 'A12')])

    def test_staff_find_a_patient_by_the_whole_number(self):
        for role in ('call_desk', 'reception'):
            Partner = self.env['res.partner'].with_user(self.make_user(role))
            with self.subTest(role=role):
                self.assertIn(self.patient.id, dict(Partner.name_search('a123456789')))
                self.assertNotIn(self.patient.id, dict(Partner.name_search('A12345678')))
                found = Partner.search([('identifier_number', '=', NUMBER)])
                self.assertEqual(found.id, self.patient.id)
        for role in ('marketing', 'quality'):
            Partner = self.env['res.partner'].with_user(self.make_user(role))
            with self.subTest(role=role):
                self.assertNotIn(self.patient.id, dict(Partner.name_search(NUMBER)))
                with self.assertRaises(AccessError):
                    Partner.search([('identifier_number', '=', NUMBER)])

    def test_a_number_of_another_clinics_patient_finds_nobody(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self.make_user(
            'call_desk', 'stranger', company_id=elsewhere.id, company_ids=elsewhere.ids
        )
        Partner = self.env['res.partner'].with_user(stranger)
        self.assertFalse(Partner.name_search(NUMBER))
        self.assertFalse(Partner.search([('identifier_number', '=', NUMBER)]))

    def test_who_reads_no_number_may_enter_one(self):
        desk = self.make_user('call_desk')
        with Form(
            self.patient.with_user(desk), 'healthcare_crm.res_partner_view_form_patient'
        ) as form:
            with form.identifier_ids.new() as row:
                row.system_id = self.env.ref('healthcare_crm.identifier_system_passport')
                row.value_masked = 'zz 9998887'
        self.env.flush_all()
        self.env.invalidate_all()
        added = self.patient.identifier_ids - self.identifier
        self.assertEqual(added.value, 'ZZ9998887')
        self.assertEqual(added.value_masked, 'Z******87')

    def test_a_covered_number_is_not_taken_for_a_new_one(self):
        with self.assertRaisesRegex(ValidationError, "whole number"):
            self.identifier.value_masked = 'A12****788'
        with self.assertRaisesRegex(ValidationError, "Enter the number"):
            self.env['healthcare.patient.identifier'].create(
                {
                    'patient_id': self.patient.id,
                    'system_id': self.env['healthcare.identifier.system']
                    .create({'name': "Other", 'code': 'urn:test:other'})
                    .id,
                }
            )

    @mute_logger('odoo.sql_db')
    def test_a_number_belongs_to_one_patient_also_in_the_database(self):
        other = self.make_patient('Somebody Else', company_id=self.company.id)
        with self.assertRaises(ValidationError):
            self.env['healthcare.patient.identifier'].create(
                {'patient_id': other.id, 'system_id': self.system.id, 'value': NUMBER}
            )
        twin = self.env['healthcare.patient.identifier'].create(
            {'patient_id': other.id, 'system_id': self.system.id, 'value': 'B123456780'}
        )
        self.env.flush_all()
        with self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self.env['healthcare.patient.identifier']._seal_rows('value', {twin.id: NUMBER})

    def test_a_number_under_a_former_key_is_still_taken_and_found(self):
        ring = keyring.get()
        former = keyring.KeyRing('former', {'former': bytes(range(3, 35))}, bytes(range(4, 36)))
        with patch.object(keyring, 'get', return_value=former):
            self.env['healthcare.patient.identifier']._seal_rows(
                'value', {self.identifier.id: NUMBER}
            )
        both = keyring.KeyRing(
            'new', {'former': bytes(range(3, 35)), 'new': bytes(range(6, 38))}, bytes(range(4, 36))
        )
        Identifier = self.env['healthcare.patient.identifier']
        with patch.object(keyring, 'get', return_value=both):
            self.assertIn(self.identifier, Identifier.search([('value', '=', NUMBER)]))
            self.assertEqual(
                Identifier._find_numbers([(self.system.id, NUMBER)]),
                {(self.system.id, NUMBER): self.identifier},
            )
            self.assertEqual(self.identifier.value, NUMBER)
        self.assertNotIn(ring.index(NUMBER, INDEXED), both.indexes(NUMBER, INDEXED))

    def test_the_review_of_duplicates_shows_masks(self):
        self.assertEqual(self.patient._get_shown('identifier'), 'A12****789')


@tagged('post_install', '-at_install')
class TestShownNumbers(NumbersCase):
    def setUp(self):
        super().setUp()
        self.recorded = []

        def record(_self, action, model, **details):
            self.recorded.append((action, model, details))

        self.patch(type(self.env['healthcare.audit']), '_record', record)

    def _ask(self, role):
        user = self.make_user(role)
        action = self.identifier.with_user(user).action_show()
        return self.env[action['res_model']].with_user(user).browse(action['res_id'])

    def test_who_reads_numbers_sees_it_at_once_and_it_is_recorded(self):
        wizard = self._ask('reception')
        self.assertEqual(wizard.read(['number'])[0]['number'], NUMBER)
        ((action, model, details),) = [one for one in self.recorded if one[0] == 'reveal']
        self.assertEqual((action, model), ('reveal', 'healthcare.patient.identifier'))
        self.assertEqual(details['patient_ids'], self.patient.ids)
        self.assertEqual(details['fields'], ['value'])

    def test_others_give_a_reason(self):
        for role in REVEAL:
            self.recorded.clear()
            wizard = self._ask(role)
            with self.subTest(role=role):
                self.assertFalse(wizard.read(['number'])[0]['number'])
                self.assertFalse(self.recorded)
                with self.assertRaisesRegex(UserError, "needed for"):
                    wizard._reveal()
                wizard.reason = "The insurer asks"
                wizard._reveal()
                self.assertEqual(wizard.read(['number'])[0]['number'], NUMBER)
                self.assertEqual(self.recorded[-1][2]['purpose'], "The insurer asks")

    def test_showing_it_asks_again_who_is_there(self):
        self.assertTrue(
            getattr(type(self.env['healthcare.number.reveal']).action_reveal, '__wrapped__', None)
        )
        wizard = self._ask('quality')
        wizard.reason = "The insurer asks"
        # nothing was shown before, which our cases otherwise take for granted
        with (
            patch('odoo.addons.healthcare_crm.step_up.is_shown', lambda env: False),
            self.assertRaises(StepUpNeeded),
        ):
            wizard.action_reveal()
        self.assertFalse(wizard.number)

    def test_it_cannot_be_had_without_asking(self):
        wizard = self._ask('call_desk')
        for vals in ({'revealed': str(self.identifier)}, {'number': 'x', 'revealed': 'x'}):
            with self.assertRaises(AccessError):
                wizard.write(vals)
        self.assertFalse(wizard.read(['number'])[0]['number'])

    def test_one_reason_is_for_one_number(self):
        other = self.identifier.create(
            {
                'patient_id': self.patient.id,
                'system_id': self.env.ref('healthcare_crm.identifier_system_passport').id,
                'value': 'ZZ9998887',
            }
        )
        wizard = self._ask('call_desk')
        wizard.reason = "The insurer asks"
        wizard._reveal()
        wizard.identifier_id = other
        self.assertFalse(wizard.read(['number'])[0]['number'])

    def test_somebody_elses_wizard_shows_nothing(self):
        wizard = self._ask('call_desk')
        wizard.reason = "The insurer asks"
        wizard._reveal()
        other = wizard.with_user(self.make_user('quality'))
        self.assertFalse(other.read(['number'])[0]['number'])

    def test_marketing_has_no_such_button(self):
        with self.assertRaises(AccessError):
            self.identifier.with_user(self.make_user('marketing')).action_show()

    def test_insurance_numbers_too(self):
        coverage = self.env['healthcare.coverage'].create(
            {'patient_id': self.patient.id, 'member_number_masked': '000123456789'}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(coverage.member_number, '000123456789')
        desk = self.make_user('call_desk')
        mine = coverage.with_user(desk)
        self.assertEqual(mine.member_number_masked, '000******789')
        with self.assertRaises(AccessError):
            mine.read(['member_number'])
        mine.member_number_masked = '000123456700'
        self.assertEqual(coverage.member_number, '000123456700')
        with self.assertRaisesRegex(ValidationError, "whole number"):
            mine.member_number_masked = '000******700'
        action = mine.action_show()
        wizard = self.env[action['res_model']].with_user(desk).browse(action['res_id'])
        wizard.reason = "The insurer asks"
        wizard._reveal()
        self.assertEqual(wizard.number, '000123456700')
