from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_campaign import CampaignCase


@tagged('post_install', '-at_install')
class TestCampaignPrivacy(CampaignCase):
    """Marketing uses a group of patients again and again, and tries to find out who is in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic.minimum_group = 10
        cls.env['healthcare.segment.condition'].create(
            {'segment_id': cls.segment.id, 'kind': 'illness', 'text': 'E11'}
        )

    def fall_ill(self, patients):
        self.env['healthcare.condition'].create(
            [{'patient_id': one.id, 'code': 'E11.9', 'name': "Diabetes"} for one in patients]
        )
        self.segment._refresh()

    def ask(self, count, name='addressed_count', **values):
        """Start campaigns, and return what they tell."""
        told = []
        for _number in range(count):
            campaign = self.make_campaign(**values)
            campaign.action_start()
            told.append(campaign[name])
            campaign.action_cancel()
        return told

    def test_the_average_of_many_campaigns(self):
        patients = self.make_agreed(27)
        self.fall_ill(patients[:24])
        others = self.env['healthcare.segment'].create(
            {'name': "Others", 'company_id': self.clinic.id, 'domain': [('id', '=', 0)]}
        )
        others._refresh()
        variants = (
            {},
            {'holdout_percent': 30},
            {'excluded_segment_ids': [Command.set(others.ids)]},
            {'window_days': 5, 'goal': 'response'},
        )
        first = [self.ask(4, **values) for values in variants]
        for values in first:
            self.assertEqual(len(set(values)), 1)
        # by the share that is kept out, whatever the lot made of it
        self.assertEqual(first[1][0], round(first[0][0] * 0.7))
        self.assertEqual(first[2], first[0])
        self.assertEqual(first[3], first[0])
        self.fall_ill(patients[24:])
        self.assertEqual([self.ask(4, **values) for values in variants], first)

    def test_those_who_are_kept_out_are_the_same(self):
        """Drawn anew for each campaign, what they do would tell on average how many they are."""
        self.fall_ill(self.make_agreed(40))
        held = []
        for _number in range(3):
            campaign = self.make_campaign(holdout_percent=30)
            parts = self.start(campaign)
            held.append(parts.filtered(lambda one: one.arm == 'held').patient_id)
        self.assertTrue(held[0])
        self.assertEqual(held[0], held[1])
        self.assertEqual(held[0], held[2])

    def test_the_groups_of_campaigns_tell_what_the_campaigns_tell(self):
        self.fall_ill(self.make_agreed(24))
        sizes, salts = set(), set()
        for _number in range(8):
            campaign = self.make_campaign()
            self.start(campaign)
            group = self.env['healthcare.segment'].browse(campaign.action_make_segment()['res_id'])
            group = group.with_user(self.marketing)
            sizes.add(group.patient_count)
            self.assertEqual(group.patient_count, campaign.addressed_count)
            salts.add(group._get_origins()._get_salt('sent'))
        self.assertEqual((len(sizes), len(salts)), (1, 1))

    def test_starting_tells_of_nobody(self):
        """Whether a campaign may begin does not turn on one patient."""
        patients = self.make_agreed(30)
        patients[9:29].email = False
        self.fall_ill(patients[:29])
        campaign = self.make_campaign()
        for late in (patients[:0], patients[29:]):
            self.fall_ill(late)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                campaign.action_start()
        # another campaign for the same knows it, too
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.make_campaign().action_start()

    def test_starting_with_half_of_them_tells_of_nobody(self):
        """What the lot makes of each draft is not what decides."""
        patients = self.make_agreed(21)
        self.fall_ill(patients[:20])
        drafts = [self.make_campaign(holdout_percent=50) for _number in range(20)]

        def count():
            begun = 0
            for draft in drafts:
                try:
                    with self.env.cr.savepoint() as savepoint:
                        draft.action_start()
                        begun += 1
                        savepoint.rollback()
                except UserError:
                    continue
            self.env.invalidate_all()
            return begun

        before = count()
        self.assertIn(before, (0, 20))
        self.fall_ill(patients[20:])
        self.assertEqual(count(), before)

    def test_coupons_of_a_group(self):
        """The average of what many coupons say is not how many patients there are."""
        patients = self.make_agreed(27)
        self.fall_ill(patients[:24])

        def ask():
            told = set()
            for _number in range(8):
                batch = self.env['healthcare.coupon.batch'].with_user(self.marketing)
                batch = batch.create(
                    {
                        'name': "For you",
                        'company_id': self.clinic.id,
                        'segment_id': self.segment.id,
                        'value': 10,
                    }
                )
                batch.action_give_out()
                self.env.invalidate_all()
                told.add((batch.given_count, batch.unused_count))
                batch.action_withdraw()
            return told

        first = ask()
        self.assertEqual(len(first), 1)
        self.fall_ill(patients[24:])
        self.assertEqual(ask(), first)

    def test_who_answered_is_not_read_from_where_they_come_from(self):
        """A code with a source of its own would name everybody who used it."""
        self.fall_ill(self.make_agreed(12))
        sources = self.env['utm.source'].create([{'name': "Only here"}, {'name': "Poster"}])
        guarded = self.make_campaign()
        public = self.make_campaign(segment_ids=[], channel='public')
        codes = self.env['healthcare.campaign.code'].with_user(self.marketing)
        codes = codes.create(
            [
                {'campaign_id': campaign.id, 'code': f'ONLY-{source.id}', 'source_id': source.id}
                for campaign, source in zip(guarded | public, sources, strict=True)
            ]
        )
        for code in codes:
            code.action_make_page()
        guarded.action_start()
        hidden, seen, by_link = self.make_agreed(3, source_id=False)
        enquiries = self.env['healthcare.enquiry'].create(
            [
                {**code.sudo().page_id._prepare_enquiry(), 'name': "A", 'patient_id': one.id}
                for code, one in zip(codes, hidden | seen, strict=True)
            ]
            + [
                {
                    'name': "B",
                    'patient_id': by_link.id,
                    'company_id': self.clinic.id,
                    'source_id': sources[0].id,
                    'utm_campaign_id': guarded.utm_campaign_id.id,
                }
            ]
        )
        for enquiry in enquiries:
            enquiry.with_user(self.reception).action_make_patient()
        patients = self.Partner.with_user(self.marketing)
        self.assertFalse(patients.search([('source_id', '=', sources[0].id)]))
        self.assertEqual(patients.search([('source_id', '=', sources[1].id)]), seen)
        self.env.flush_all()
        report = self.env['healthcare.enquiry.report'].with_user(self.marketing)
        self.assertFalse(report.search([('source_id', '=', sources[0].id)]))
        # who may see into the group sees by what they came
        self.assertEqual(enquiries[0].with_user(self.reception).campaign_code_id.id, codes[0].id)
        # the desk adds a code: what the patient said before stays
        enquiries[1].with_user(self.reception).campaign_code_id = codes[0].id
        self.assertEqual(enquiries[1].source_id, sources[1])
