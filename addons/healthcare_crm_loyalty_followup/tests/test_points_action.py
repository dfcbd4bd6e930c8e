from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.healthcare_crm_followup.tests.common import NOW

from .common import LoyaltyFollowupCase


class TestPointsAction(LoyaltyFollowupCase):
    def setUp(self):
        super().setUp()
        self.action = self.earning.action_ids
        self.patients = self.patient("First") | self.patient("Second")
        self.cards = self.program._join(self.patients)

    def run_on(self, patients):
        self.action.with_context(
            active_model='res.partner', active_ids=patients.ids, active_id=patients[:1].id
        ).run()
        self.env.invalidate_all()

    def test_each_way_has_one_action_of_its_name(self):
        self.assertEqual(self.action.name, "Give 30 points: Thank you")
        self.assertEqual(self.action.model_id.model, 'res.partner')
        self.earning.points = 45
        self.assertEqual(self.earning.action_ids, self.action)
        self.assertEqual(self.action.name, "Give 45 points: Thank you")
        self.earning.unlink()
        self.assertFalse(self.action.exists())

    def test_members_get_points_and_others_none(self):
        stranger = self.patient("Stranger")
        self.run_on(self.patients | stranger)
        self.assertEqual(self.cards.mapped('points'), [30, 30])
        self.assertEqual(self.cards.history_ids.mapped('description'), ["Thank you"] * 2)
        self.assertFalse(stranger.loyalty_card_count)

    def test_again_and_limits(self):
        self.earning.write({'cap': 50, 'cap_period': 'ever'})
        for points in (30, 50, 50):
            self.run_on(self.patients)
            self.assertEqual(self.cards.mapped('points'), [points] * 2)

    def test_a_clinic_administrator_publishes_it_and_a_receptionist_may_not_run_it(self):
        desk = new_test_user(self.env, 'points_desk', groups='healthcare_crm.group_reception')
        with self.assertRaises(AccessError):
            self.action.with_user(desk).with_context(
                active_model='res.partner', active_ids=self.patients.ids
            ).run()

    def test_looked_at_again_it_gives_nothing_more(self):
        self.run_on(self.patients)
        Cause = self.env['healthcare.loyalty.cause']
        Cause._note('workflow', self.patients.ids)
        while Cause._process():
            pass
        self.assertEqual(self.cards.mapped('points'), [30, 30])

    def test_only_patients_are_given_points(self):
        with self.assertRaises(ValidationError):
            self.action.copy({'model_id': self.env['ir.model']._get_id('calendar.event')})

    def test_a_step_gives_them(self):
        workflow = self.publish(
            {
                'schema': 1,
                'subject': 'res.partner',
                'triggers': {'start': {'kind': 'event', 'event': 'hook'}},
                'start': 'give',
                'steps': {
                    'give': {
                        'kind': 'action',
                        'name': "Give points",
                        'action': self.action.id,
                        'next': {},
                    },
                },
            }
        )
        workflow.subject_model = 'res.partner'
        workflow._enroll(self.patients, 'test')
        self.go(NOW)
        self.assertEqual(self.cards.mapped('points'), [30, 30])
        self.go(NOW)
        self.assertEqual(self.cards.mapped('points'), [30, 30])
