from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged('post_install', '-at_install')
class TestTiers(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tiers = [
            {'rank': 1, 'name': "Silver", 'entry_value': 0},
            {'rank': 2, 'name': "Gold", 'entry_value': 100, 'upkeep_value': 50},
            {'rank': 3, 'name': "Jade", 'basis': 'visits', 'entry_value': 2, 'upkeep_value': 1},
            {'rank': 4, 'name': "Guest", 'basis': 'invitation'},
        ]
        cls.program.tier_ids = [Command.create(values) for values in tiers]
        cls.silver, cls.gold, cls.jade, cls.guest = cls.program.tier_ids.sorted('rank')
        cls.card = cls.make_member()
        cls.today = cls.program._get_today()

    def recompute(self):
        changed = self.Card._recompute_tiers(self.program)
        self.card.invalidate_recordset()
        return changed

    def earn(self, points, ago=1):
        self.card._give(points, 'earn', description="Visit", date=self.today - timedelta(days=ago))

    def test_everybody_begins_somewhere(self):
        self.assertEqual(self.recompute(), 1)
        self.assertEqual(self.card.tier_id, self.silver)
        self.assertEqual(self.recompute(), 0)

    def test_rise_at_once_and_stay_for_the_time(self):
        self.recompute()
        self.earn(100)
        self.assertEqual(self.recompute(), 1)
        self.assertEqual(self.card.tier_id, self.gold)
        self.assertEqual(self.card.tier_until, fields.Date.add(self.today, months=12))
        self.card.history_ids.date = '2020-01-01'
        self.recompute()
        self.assertEqual(self.card.tier_id, self.gold)

    def lapse(self):
        self.card.tier_until = self.today - timedelta(days=self.card.tier_id.grace_days + 1)
        self.recompute()

    def test_kept_by_less_than_what_it_took_to_enter(self):
        self.earn(100)
        self.recompute()
        self.card.history_ids.date = '2020-01-01'
        self.earn(50)
        self.lapse()
        self.assertEqual(self.card.tier_id, self.gold)
        self.assertGreater(self.card.tier_until, self.today)

    def test_fall_when_the_time_is_over(self):
        self.earn(100)
        self.recompute()
        self.card.history_ids.date = '2020-01-01'
        self.earn(49)
        self.lapse()
        self.assertEqual(self.card.tier_id, self.silver)
        changes = self.env['healthcare.loyalty.tier.change'].search(
            [('card_id', '=', self.card.id)], order='id'
        )
        self.assertEqual(changes.mapped('tier_id'), self.gold | self.silver)
        self.assertEqual(changes[-1].previous_id, self.gold)

    def test_a_grace_after_the_time_is_over(self):
        self.earn(100)
        self.recompute()
        self.card.history_ids.date = '2020-01-01'
        self.card.tier_until = self.today - timedelta(days=1)
        until = self.card.tier_until
        self.assertEqual(self.recompute(), 0)
        self.assertEqual(self.card.tier_id, self.gold)
        self.assertEqual(self.card.tier_until, until)
        self.earn(50)
        self.recompute()
        self.assertGreater(self.card.tier_until, self.today)

    def test_what_was_taken_back_or_given_does_not_count(self):
        self.earn(100)
        self.Card._claw_back(self.card.history_ids.ids)
        self.card._give(500, description="Sorry")
        self.recompute()
        self.assertEqual(self.card.tier_id, self.silver)

    def test_by_visits(self):
        for day in (10, 20):
            self.Event.create(
                {
                    'is_appointment': True,
                    'patient_id': self.card.partner_id.id,
                    'start': fields.Datetime.now() - timedelta(days=day),
                    'appointment_status': 'fulfilled',
                    'company_id': self.company.id,
                }
            )
        self.recompute()
        self.assertEqual(self.card.tier_id, self.jade)

    def test_by_invitation_until_it_is_over(self):
        self.card._invite(self.guest)
        self.recompute()
        self.assertEqual(self.card.tier_id, self.guest)
        self.lapse()
        self.assertEqual(self.card.tier_id, self.silver)

    def test_invited_again_is_no_change(self):
        self.card._invite(self.guest)
        self.card.tier_until = self.today
        self.card._invite(self.guest)
        self.assertGreater(self.card.tier_until, self.today)
        self.assertEqual(len(self.card.change_ids), 1)

    def test_other_programs_are_left_alone(self):
        other = self.make_member(program=self.make_membership(name="Other"))
        self.recompute()
        self.assertFalse(other.tier_id)
