from types import SimpleNamespace

from odoo.fields import Command

from odoo.addons.healthcare_crm_followup.tests.common import NOW

from .. import placeholders
from .common import LoyaltyFollowupCase


class TestHappenings(LoyaltyFollowupCase):
    def listen(self, event):
        """Publish a workflow that begins with a happening of a card, and waits a year."""
        return self.publish(
            {
                'schema': 1,
                'subject': 'loyalty.card',
                'triggers': {'start': {'kind': 'event', 'event': event}},
                'start': 'wait',
                'steps': {
                    'wait': {'kind': 'wait', 'amount': 365, 'unit': 'days', 'next': {}},
                },
            }
        )

    def enrolled(self, workflow):
        """Return the ids of the cards it was begun for."""
        self.go(NOW)
        return (
            self.env['healthcare.workflow.enrollment']
            .search([('workflow_id', '=', workflow.id)])
            .mapped('subject_id')
        )

    def test_who_joins(self):
        workflow = self.listen('member_joined')
        card = self.program._join(self.patient())
        self.assertEqual(self.enrolled(workflow), card.ids)

    def test_who_is_no_patient_is_none_of_theirs(self):
        workflow = self.listen('member_joined')
        self.program._join(self.env['res.partner'].create({'name': "Supplier"}))
        self.assertFalse(self.enrolled(workflow))

    def test_tiers(self):
        rose, fell = self.listen('tier_raised'), self.listen('tier_lowered')
        cards = self.program._join(self.patient("Rising") | self.patient("Falling"))
        rising, falling = cards.sorted('id')
        gold = self.program.tier_ids[-1]
        falling.write({'tier_id': gold.id, 'tier_until': '2020-01-01'})
        rising._give(120, kind='earn', description="Visits")
        falling._give(120, kind='earn', description="Visits")
        self.env['loyalty.card']._recompute_tiers(self.program)
        self.assertEqual((rising | falling).mapped("tier_id.name"), ["Silver"])
        self.assertEqual(self.enrolled(rose), rising.ids)
        self.assertEqual(self.enrolled(fell), falling.ids)

    def test_nothing_is_noted_twice_or_for_nobody(self):
        card = self.program._join(self.patient())
        card._give(120, kind='earn', description="Visits")
        self.env['loyalty.card']._recompute_tiers(self.program)
        found = [('kind', 'like', 'tier_')]
        self.assertFalse(self.env['healthcare.workflow.event'].search_count(found))
        self.listen('tier_raised')
        self.env['loyalty.card']._recompute_tiers(self.program)
        self.assertFalse(self.env['healthcare.workflow.event'].search_count(found))

    def test_who_is_invited_to_a_club(self):
        workflow = self.publish(
            {
                'schema': 1,
                'subject': 'healthcare.club.member',
                'triggers': {'start': {'kind': 'event', 'event': 'club_invited'}},
                'start': 'wait',
                'steps': {'wait': {'kind': 'wait', 'amount': 365, 'unit': 'days', 'next': {}}},
            }
        )
        walking, oncology = self.env['healthcare.club'].create(
            [
                {'name': "Walking club", 'is_clinical': False},
                {'name': "Oncology club", 'is_clinical': True},
            ]
        )
        patients = self.patient("By hand") | self.patient("By the segment")
        tag = patients.category_id = self.env['res.partner.category'].create({'name': "Walks"})
        members = self.env['healthcare.club.member']
        invited = members.create({'club_id': walking.id, 'patient_id': patients[0].id})
        clinical = members.create({'club_id': oncology.id, 'patient_id': patients[0].id})
        (walking | oncology).segment_id = self.env['healthcare.segment'].create(
            {
                'name': "Both",
                'condition_ids': [
                    Command.create({'kind': 'tag', 'tag_ids': [Command.set(tag.ids)]})
                ],
            }
        )
        (walking | oncology).segment_id._refresh()
        for club in walking | oncology:
            club._invite()
        invited |= walking.member_ids
        self.assertEqual(len(invited), 2)
        self.assertEqual(sorted(self.enrolled(workflow)), sorted(invited.ids))
        # who is told of another way is not to be read of either
        self.env['healthcare.workflow.event']._happened('club_invited', clinical)
        self.assertEqual(sorted(self.enrolled(workflow)), sorted(invited.ids))

    def test_points_and_coupons_that_expire(self):
        for happening in ('points_expiring', 'coupon_expiring'):
            workflow = self.listen(happening)
            card = self.program._join(self.patient(happening))
            card._tell(happening)
            self.assertEqual(self.enrolled(workflow), card.ids)
            # how many have a coupon left would tell how many are in the group that got it
            self.assertEqual(workflow.is_guarded, happening == 'coupon_expiring')

    def test_family_members_read_the_points_of_the_family(self):
        head, child = self.program._join(self.patient("Head") | self.patient("Child"))
        head._give(50, description="Welcome", expires_on=self.program._get_today())
        child.purse_id = head
        about = SimpleNamespace(
            env=self.env,
            lang='en_US',
            enrollment=SimpleNamespace(subject_model='loyalty.card', subject_id=child.id),
        )
        self.assertEqual(placeholders._points(about), '50')
        self.assertEqual(placeholders._points_expiring(about), '50')
        self.assertTrue(placeholders._points_expire_on(about))
        about.enrollment.subject_model = 'res.partner'
        self.assertEqual(placeholders._points_expiring(about), '0')
        self.assertFalse(placeholders._points_expire_on(about))
