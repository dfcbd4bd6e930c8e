from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .. import card_numbers
from .common import LoyaltyCase


@tagged('post_install', '-at_install')
class TestMembership(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # others of the demo data are not of this clinic's
        cls.env['loyalty.program'].search([('id', '!=', cls.program.id)]).active = False
        cls.desk = new_test_user(cls.env, 'desk1', groups='healthcare_crm.group_reception')
        cls.patient = cls.make_patient(name="Lin Mei", company_id=cls.company.id)

    def as_desk(self, records):
        return records.with_user(self.desk)

    def join(self, patient=None):
        return self.program._join(patient or self.patient)

    def visit(self, patient):
        visit = self.make_appointment(
            patient,
            fields.Datetime.now(),
            appointment_status='fulfilled',
            company_id=self.company.id,
        )
        self.process()
        return visit

    def test_a_membership_of_all_clinics_says_its_currency(self):
        self.env.user.group_ids |= self.env.ref('base.group_multi_company')
        Program = self.env['loyalty.program'].with_context(
            default_is_membership=True, default_program_type='loyalty'
        )
        form = Form(Program, 'healthcare_crm_loyalty.loyalty_membership_view_form')
        form.name = "All clinics"
        form.company_id = self.env['res.company']
        program = form.save()
        self.assertFalse(program.company_id)
        self.assertEqual(program.currency_id, self.env.company.currency_id)

    # -- joining

    def test_reception_makes_a_member(self):
        action = self.as_desk(self.patient).action_join()
        card = self.Card.browse(action['res_id'])
        self.assertEqual(card.partner_id, self.patient)
        self.assertTrue(card_numbers.is_number(card.code))
        self.assertEqual(card.number.replace(' ', ''), card.code)

    def test_joining_twice_gives_one_card(self):
        card = self.join()
        self.assertEqual(self.join(), card)

    def test_many_join_at_once_without_the_same_number(self):
        made = iter(['0440000000000019', '0440000000000019', '0440000000000027'])
        patients = self.make_patient() | self.make_patient()
        with patch.object(card_numbers, 'make', lambda: next(made)):
            cards = self.join(patients)
        self.assertEqual(len(set(cards.mapped('code'))), 2)

    def test_which_membership_is_asked_where_there_are_several(self):
        other = self.make_membership(name="Other")
        action = self.as_desk(self.patient).action_join()
        self.assertEqual(action['res_model'], 'healthcare.loyalty.join')
        wizard = (
            self.as_desk(self.env['healthcare.loyalty.join'])
            .with_context(**action['context'])
            .create({'program_id': other.id})
        )
        wizard.action_join()
        self.assertEqual(self.patient._get_memberships().program_id, other)

    def test_only_patients_who_live_become_members(self):
        self.patient.deceased = True
        with self.assertRaises(UserError):
            self.patient.action_join()

    def test_marketing_makes_nobody_a_member(self):
        marketing = new_test_user(self.env, 'm1', groups='healthcare_crm.group_marketing')
        with self.assertRaises(AccessError):
            self.patient.with_user(marketing).action_join()
        with self.assertRaises(AccessError):
            self.join().with_user(marketing).action_leave()

    def test_patients_of_other_clinics_are_out_of_reach(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        other = self.make_patient(company_id=elsewhere.id)
        card = self.program._join(other)
        with self.assertRaises(AccessError):
            self.as_desk(other).action_join()
        for button in ('action_leave', 'action_unblock', 'action_end_sharing'):
            with self.assertRaises(AccessError):
                getattr(self.as_desk(card), button)()
        with self.assertRaises(AccessError):
            link = self.as_desk(self.env['healthcare.loyalty.link']).create({'card_id': card.id})
            link.read(['url'])

    def test_found_by_number_as_it_is_read_out(self):
        card = self.join()
        for typed in (card.number, card.code, card.number[:9]):
            self.assertIn(card, self.Card.search([('number', 'ilike', typed)]))
        self.assertEqual(self.Card.search([('number', '=', card.number)]), card)

    def test_the_list_finds_patients_by_what_has_an_index(self):
        card = self.join()
        coupon = self.Card.create(
            {
                'program_id': self.env['loyalty.program'].create({'name': "Gift"}).id,
                'partner_id': self.patient.id,
            }
        )
        self.assertEqual((card | coupon).filtered_domain([('is_membership', '=', True)]), card)
        self.assertEqual((card | coupon).filtered_domain([('is_membership', '=', False)]), coupon)
        found = [('id', 'in', (card | coupon).ids)]
        self.assertEqual(self.Card.search([('is_membership', '=', True), *found]), card)
        self.assertEqual(self.Card.search([('is_membership', '=', False), *found]), coupon)
        self.patient.write({'email': 'Zoltan@quux.example', 'phone': '+886912345678'})
        arch = self.env.ref('healthcare_crm_loyalty.loyalty_member_view_search').arch
        domain = etree.fromstring(arch).find("field[@name='partner_id']").get('filter_domain')
        members = self.as_desk(self.Card)
        for typed in (
            self.patient.name[1:],
            self.patient.patient_number.lower(),
            'ZOLTAN@quux.example',
            self.patient.phone_sanitized,
        ):
            with self.subTest(typed=typed):
                asked = safe_eval(domain, {'self': typed, 'raw_value': typed})
                self.assertIn(card, members.search(asked))
        picked = safe_eval(domain, {'self': "Anybody", 'raw_value': self.patient.id})
        self.assertEqual(members.search(picked), card | coupon)
        self.assertFalse(members.search(safe_eval(domain, {'self': "Zzyzx", 'raw_value': "Zzyzx"})))

    # -- leaving

    def test_who_comes_back_has_the_same_card_and_points(self):
        card = self.join()
        card._give(50, description="Welcome")
        self.as_desk(card).action_leave()
        self.assertFalse(card.active)
        self.assertFalse(self.patient._get_memberships())
        self.assertEqual(self.join(), card)
        self.assertTrue(card.active)
        self.assertFalse(card.left_on)
        self.assertBalance(card, 50)

    def test_who_left_earns_nothing_and_loses_nothing(self):
        card = self.join()
        visit = self.visit(self.patient)
        self.assertBalance(card, 10)
        card._leave()
        self.visit(self.patient)
        visit._note_visits()
        self.process()
        self.assertBalance(card, 10)

    # -- blocking

    def test_a_blocked_card_neither_earns_nor_pays(self):
        card = self.join()
        visit = self.visit(self.patient)
        wizard = self.as_desk(self.env['healthcare.loyalty.block']).create(
            {'card_id': card.id, 'reason': "Card lost"}
        )
        wizard.action_block()
        self.visit(self.patient)
        visit._note_visits()
        self.process()
        self.assertBalance(card, 10)
        with self.assertRaisesRegex(UserError, "Card lost"):
            card._spend(5, description="Soap")
        self.as_desk(card).action_unblock()
        card._spend(5, description="Soap")
        self.assertBalance(card, 5)

    def test_points_of_a_blocked_card_are_taken_back_all_the_same(self):
        card = self.join()
        visit = self.visit(self.patient)
        card._block("Lost")
        visit.appointment_status = 'noshow'
        self.process()
        self.assertBalance(card, 0)

    # -- the form and the 360° view

    def test_the_form_says_tier_and_balance(self):
        patient = self.as_desk(self.patient)
        self.assertTrue(patient.can_join)
        self.assertFalse(patient.membership_card_id)
        self.program.tier_ids = [Command.create({'name': "Silver"})]
        card = self.join()
        card._give(1240, description="Welcome")
        self.Card._recompute_tiers(self.program)
        patient.invalidate_recordset()
        self.assertEqual(patient.membership_card_id, card)
        self.assertEqual(patient.membership_balance, "1,240")
        self.assertEqual(patient.membership_tier, "Silver")
        self.assertFalse(patient.can_join)

    def test_block_of_the_overview(self):
        patient = self.as_desk(self.patient)
        block = patient.get_overview_block('loyalty')
        self.assertEqual(block['add']['method'], 'action_join')
        self.join()._give(30, description="Welcome")
        block = patient.get_overview_block('loyalty')
        self.assertEqual(
            block['facts'][0]['value'], self.patient._get_memberships()._say_points(30)
        )
        self.assertEqual(block['rows'][0]['title'], "Welcome")

    def test_what_the_card_says_of_nothing_yet(self):
        card = self.join()
        self.assertFalse(card.expiring_text)
        self.assertFalse(card.progress_text)
        self.program.tier_ids = [Command.create({'name': "Gold", 'entry_value': 100})]
        card._give(30, 'earn', description="Visit")
        card.invalidate_recordset()
        self.assertIn("70", card.progress_text)
        self.assertIn("30", card.expiring_text)

    # -- invitations

    def test_invited_by_a_clinic_administrator(self):
        self.program.tier_ids = [
            Command.create({'rank': 1, 'name': "Silver"}),
            Command.create({'rank': 2, 'name': "Guest", 'basis': 'invitation'}),
        ]
        silver, guest = self.program.tier_ids.sorted('rank')
        card = self.join()
        lead = new_test_user(self.env, 'lead1', groups='healthcare_crm.group_clinic_administrator')
        invite = self.env['healthcare.loyalty.invite'].with_user(lead)
        stranger = self.make_patient(name="Chen Yu", company_id=self.company.id)
        with self.assertRaisesRegex(UserError, "Chen Yu"):
            invite.create(
                {'tier_id': guest.id, 'patient_ids': [Command.set(stranger.ids)]}
            ).action_invite()
        with self.assertRaises(UserError):
            invite.create({'card_id': card.id, 'tier_id': silver.id}).action_invite()
        self.assertTrue(card.can_be_invited)
        invite.create(
            {'tier_id': guest.id, 'patient_ids': [Command.set(self.patient.ids)]}
        ).action_invite()
        self.assertEqual(card.tier_id, guest)
        self.assertEqual(card.change_ids.direction, 'new')
        with self.assertRaises(AccessError):
            self.as_desk(self.env['healthcare.loyalty.invite']).create(
                {'card_id': card.id, 'tier_id': guest.id}
            ).action_invite()

    # -- on paper

    def test_card_on_paper(self):
        reports = self.env['ir.actions.report'].with_user(self.desk)
        card = self.join()
        html, _kind = reports._render_qweb_html(
            'healthcare_crm_loyalty.loyalty_card_print', card.ids
        )
        self.assertIn(card.number, html.decode())
        self.assertIn(card.code, html.decode())
        card._leave()
        with self.assertRaises(UserError):
            reports._render_qweb_html('healthcare_crm_loyalty.loyalty_card_print', card.ids)
