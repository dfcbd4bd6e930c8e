from datetime import datetime

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_crm.privacy.dossier import make_dossier
from odoo.addons.healthcare_crm.tests.test_erasure import ErasureCase

from . import everything
from .common import LoyaltyCase


@tagged('post_install', '-at_install')
class TestPrivacy(LoyaltyCase):
    """What members are told, and what is left of them."""

    rows = ErasureCase.rows
    run_erasure = ErasureCase.run_erasure

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls.make_member(name="Zebulon Quixotesen", birth_date='1980-03-02')
        cls.patient = cls.card.partner_id
        cls.card._give(10, description="Visit of Zebulon Quixotesen")
        cls.card._spend(4, description="Soap")

    def test_patients_take_their_points_along(self):
        register = self.env['healthcare.sensitive']._get_register()
        dossier = make_dossier(self.env, self.patient, register)
        entries = [entry['resource'] for entry in dossier['entry']]
        [card] = [one for one in entries if one['id'].startswith('loyalty.card,')]
        self.assertEqual((card['points'], card['code']), (6, self.card.code))
        moved = [one for one in entries if one['id'].startswith('loyalty.history,')]
        self.assertEqual([(one['issued'], one['used']) for one in moved], [(10, 0), (0, 4)])
        self.assertEqual(moved[1]['kind'], "Points Used")

    def test_cards_of_the_erased_are_gone(self):
        self.Event.create(
            {
                'is_appointment': True,
                'patient_id': self.patient.id,
                'start': datetime(2026, 3, 2, 5),
                'appointment_status': 'fulfilled',
                'company_id': self.company.id,
            }
        )
        self.process()
        other = self.make_member(name="Trần Thị Bình")
        other._give(5, description="Visit")
        erasure = self.env['healthcare.erasure'].create({'patient_id': self.patient.id})
        erasure._start()
        self.run_erasure(erasure)
        self.assertEqual(erasure.state, 'done', erasure.failure)
        self.assertEqual(erasure.residue_count, 0, erasure.residue)
        self.assertFalse(self.card.exists())
        left = self.rows(
            'SELECT FROM healthcare_loyalty_allocation allocation '
            'LEFT JOIN loyalty_history lot ON lot.id = lot_id WHERE lot.id IS NULL'
        )
        self.assertFalse(left)
        self.assertBalance(other, 5)
        self.Cause._note('birthday', self.patient.ids)
        self.process()

    def test_what_the_erased_earned_for_their_family_is_nobody_elses_merit(self):
        head = self.make_member(name="Trần Thị Bình")
        self.card.purse_id = head
        self.card._give(500, 'earn', description="Visit")
        head._give(20, 'earn', description="Visit")
        erasure = self.env['healthcare.erasure'].create({'patient_id': self.patient.id})
        erasure._start()
        self.run_erasure(erasure)
        self.assertFalse(self.card.exists())
        self.assertBalance(head, 520)
        today = self.program._get_today()
        [(_id, earned)] = self.env.execute_query(
            self.Card._measure(self.program, 'points', 12, today, head)
        )
        self.assertEqual(earned, 20)

    def erase(self, patient=None):
        erasure = self.env['healthcare.erasure'].create(
            {'patient_id': (patient or self.patient).id}
        )
        erasure._start()
        self.run_erasure(erasure)
        self.assertEqual(erasure.state, 'done', erasure.failure)
        self.assertFalse(self.Card._find_doubtful(self.program))

    def make_reward(self):
        return self.env['loyalty.reward'].create(
            {
                'program_id': self.program.id,
                'benefit': 'good',
                'description': "Soap",
                'required_points': 20,
                'is_limited': True,
                'stock': 3,
            }
        )

    def test_what_the_erased_reserved_goes_back(self):
        head = self.make_member(name="Trần Thị Bình")
        head._give(100, description="Visit")
        self.card.purse_id = head
        reward = self.make_reward()
        self.card._reserve(reward)
        self.card._redeem(reward)
        self.erase()
        self.assertBalance(head, 80)
        self.assertEqual(reward.stock, 2)

    def test_what_a_family_brought_to_the_erased_goes_back(self):
        self.program.tier_ids = [Command.create({'name': "Gold", 'entry_value': 20})]
        child, aunt = (self.make_member(name=name) for name in ("Trần Child", "Trần Aunt"))
        child._give(500, description="Welcome")
        for card in (child, aunt):
            card._bring_along(self.card)
            card.purse_id = self.card
        visit = self.make_appointment(
            child.partner_id,
            datetime(2026, 3, 2, 5),
            appointment_status='fulfilled',
            company_id=self.company.id,
        )
        self.process()
        self.assertBalance(self.card, 516)
        reward = self.make_reward()
        given = child._redeem(reward)
        aunt._reserve(reward)
        self.erase()
        self.assertBalance(child, 496)
        self.assertBalance(aunt, 0)
        self.assertFalse((child | aunt).purse_id)
        self.assertEqual(reward.stock, 2)
        self.assertEqual(given.state, 'redeemed')
        visit._note_visits()
        self.process()
        self.assertBalance(child, 496)
        visit.appointment_status = 'noshow'
        self.process()
        self.assertBalance(child, 486)

    def test_nothing_is_left_of_who_was_in_everything(self):
        other = self.make_member(name="Trần Thị Bình").partner_id
        made = everything.join(self.env, self.patient, other)
        erasure = self.env['healthcare.erasure'].create({'patient_id': self.patient.id})
        erasure._start()
        self.run_erasure(erasure)
        self.assertEqual(erasure.state, 'done', erasure.failure)
        self.assertEqual(erasure.residue_count, 0, erasure.residue)
        for model in (
            'loyalty.card',
            'loyalty.history',
            'healthcare.club.attendance',
            'healthcare.club.member',
            'healthcare.club.volunteer',
            'healthcare.introducer',
            'healthcare.introduction',
            'healthcare.loyalty.redemption',
            'healthcare.loyalty.share',
            'healthcare.loyalty.tier.change',
        ):
            with self.subTest(model=model):
                self.assertFalse(made[model].exists())
        for model in ('healthcare.campaign.participant', 'healthcare.coupon.redemption'):
            self.assertFalse(made[model].exists().patient_id)
        self.assertFalse(
            self.Card.with_context(active_test=False).search([('partner_id', '=', self.patient.id)])
        )

    def test_members_who_come_no_more_are_erased_with_their_cards(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2000-01-01' WHERE id = %s", [self.patient.id]
        )
        rule = self.env['healthcare.retention.rule'].create(
            {'data_class': 'record', 'days': 3650, 'company_id': self.company.id}
        )
        self.patient.company_id = self.company
        rule.action_try()
        rule.action_apply()
        erasure = self.env['healthcare.erasure'].search([('patient_id', '=', self.patient.id)])
        self.run_erasure(erasure)
        self.assertFalse(self.card.exists())
