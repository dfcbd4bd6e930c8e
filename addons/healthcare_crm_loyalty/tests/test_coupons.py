from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable, UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from ..models.healthcare_coupon_batch import PREFIX
from ..points import codes
from .common import LoyaltyCase

#: Of a press of a button.
TOKEN, OTHER = '0123456789abcdef', 'fedcba9876543210'


class CouponCase(LoyaltyCase):
    """A clinic with a desk, and patients."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env['res.company'].create({'name': "Clinic of Coupons"})
        cls.here = {'company_id': cls.clinic.id, 'company_ids': [Command.set(cls.clinic.ids)]}
        cls.desk = cls.make_user('reception', **cls.here)
        cls.tag = cls.env['res.partner.category'].create({'name': "Drinks tea"})
        cls.hoa, cls.lan, cls.an = (
            cls.make_patient(name, company_id=cls.clinic.id, category_id=[Command.set(cls.tag.ids)])
            for name in ("Hoa", "Lan", "An")
        )
        cls.segment = cls.env['healthcare.segment'].create(
            {
                'name': "Tea drinkers",
                'company_id': cls.clinic.id,
                'domain': f"[('category_id', 'in', {cls.tag.ids})]",
            }
        )
        cls.segment._refresh()
        cls.Card = cls.env['loyalty.card']

    def make_batch(self, kind='segment', give=True, **values):
        """Give out coupons: 20 % off for the tea drinkers, when not told otherwise."""
        batch = self.env['healthcare.coupon.batch'].create(
            {
                'name': "Tea time",
                'company_id': self.clinic.id,
                'kind': kind,
                'value': 20,
                'segment_id': kind == 'segment' and self.segment.id,
                'number': 3,
                **values,
            }
        )
        if give:
            batch.action_give_out()
        return batch

    def take(self, card, patient=None, amount=0):
        """Take a coupon at the desk."""
        patient = patient and patient.with_user(self.desk)
        return card.with_user(self.desk)._redeem_coupon(patient, amount)

    def assertLedger(self, batch):
        """What is left of each coupon is what its movements say."""
        self.env.invalidate_all()
        for card in batch.with_context(active_test=False).card_ids:
            moves = card.history_ids
            moved = sum(moves.mapped('issued')) - sum(moves.mapped('used'))
            self.assertEqual(card.points, moved)
            self.assertEqual(card.points, sum(moves.mapped('remaining')))


@tagged('post_install', '-at_install')
class TestCoupons(CouponCase):
    def test_each_patient_of_a_segment_gets_one(self):
        batch = self.make_batch()
        self.assertEqual(batch.card_ids.partner_id, self.hoa | self.lan | self.an)
        self.assertTrue(all(codes.read(code) for code in batch.card_ids.mapped('code')))
        self.assertEqual((batch.given_count, batch.used_count, batch.unused_count), (3, 0, 3))
        self.assertLedger(batch)

    def announce(self, batch, after=0):
        """Do what the daily job does; return whose coupons were announced."""
        today = batch._get_today() + timedelta(days=after)
        told = self.Card.browse()

        def tell(cards, happening):
            nonlocal told
            self.assertEqual(happening, 'coupon_expiring')
            told |= cards

        with (
            patch.object(type(batch), '_get_today', lambda _batch: today),
            patch.object(type(self.Card), '_tell', tell),
        ):
            while self.Card._announce_coupons(batch):
                pass
        return told.partner_id

    def test_unused_coupons_are_announced_once_before_they_expire(self):
        batch = self.make_batch(date_to=fields.Date.today() + timedelta(days=20))
        hoa, lan = (
            batch.card_ids.filtered(lambda card, one=one: card.partner_id == one)
            for one in (self.hoa, self.lan)
        )
        self.take(hoa)
        self.assertFalse(self.announce(batch, after=5))
        self.assertEqual(self.announce(batch, after=15), self.lan | self.an)
        self.assertEqual(lan.expiry_told_on, batch._get_today() + timedelta(days=15))
        self.assertFalse(self.announce(batch, after=16))

    def test_what_nobody_can_use_is_not_announced(self):
        soon = fields.Date.today() + timedelta(days=3)
        withdrawn = self.make_batch(date_to=soon)
        withdrawn.action_withdraw()
        taken = self.make_batch(date_to=soon, limit_total=1)
        self.take(taken.card_ids[0])
        codes_only = self.make_batch('codes', date_to=soon)
        for batch in (withdrawn, taken, codes_only):
            self.assertFalse(self.announce(batch))
        self.assertFalse(self.announce(self.make_batch(date_to=soon), after=9))

    def test_the_daily_job_announces_coupons(self):
        batch = self.make_batch(date_to=fields.Date.today() + timedelta(days=3))
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm_loyalty.ir_cron_loyalty_daily').method_direct_trigger()
        self.assertTrue(all(batch.card_ids.mapped('expiry_told_on')))

    def test_nobody_gets_two_however_often_it_is_done(self):
        batch = self.make_batch()
        batch.action_give_out()
        binh = self.make_patient("Binh", company_id=self.clinic.id, category_id=self.tag.ids)
        self.segment._refresh()
        batch.action_give_out()
        self.assertEqual(len(batch.card_ids), 4)
        self.assertEqual(len(batch.card_ids.filtered(lambda card: card.partner_id == binh)), 1)

    def test_not_who_must_be_left_alone(self):
        self.hoa.deceased = True
        self.lan.active = False
        batch = self.make_batch()
        self.assertEqual(batch.card_ids.partner_id, self.an)

    def test_a_hundred_thousand_take_no_query_each(self):
        batch = self.make_batch('codes', give=False, number=2000)
        batch._begin()
        with self.assertQueryCount(3):
            batch._insert([None] * 2000, codes.make_many(PREFIX, 2000), uses=1)
            self.env.flush_all()

    def test_used_once(self):
        batch = self.make_batch()
        card = batch.card_ids.filtered(lambda one: one.partner_id == self.hoa)
        used = self.take(card, amount=300)
        self.assertEqual((used.patient_id, used.discount, used.user_id), (self.hoa, 60, self.desk))
        self.assertEqual(card.coupon_state, 'used')
        with self.assertRaisesRegex(UserError, "used already: on .* at Clinic of Coupons"):
            self.take(card)
        self.assertEqual((batch.used_count, batch.unused_count), (1, 2))
        self.assertLedger(batch)

    def test_taken_back_once(self):
        batch = self.make_batch()
        card = batch.card_ids[0]
        used = self.take(card)
        used.with_user(self.desk).action_undo()
        self.assertEqual((card.coupon_state, batch.used_count), ('unused', 0))
        with self.assertRaisesRegex(UserError, "already"):
            used.with_user(self.desk).action_undo()
        self.take(card)
        self.assertLedger(batch)

    def test_the_coupon_of_another_patient(self):
        card = self.make_batch().card_ids.filtered(lambda one: one.partner_id == self.hoa)
        with self.assertRaisesRegex(UserError, "coupon of Hoa"):
            self.take(card, self.lan)

    def test_days(self):
        today = fields.Date.context_today(self.env['res.partner'])
        early = self.make_batch('codes', date_from=today + timedelta(days=2), limit_person=0)
        late = self.make_batch('codes', date_to=today - timedelta(days=2), limit_person=0)
        with self.assertRaisesRegex(UserError, "valid from"):
            self.take(early.card_ids[0], self.hoa)
        with self.assertRaisesRegex(UserError, "valid until"):
            self.take(late.card_ids[0], self.hoa)
        self.assertEqual(late.card_ids[0].coupon_state, 'expired')
        late.date_to = today + timedelta(days=9)
        self.take(late.card_ids[0], self.hoa)

    def test_minimum_and_amounts(self):
        batch = self.make_batch('codes', benefit_kind='amount', value=50, minimum_spend=100)
        card = batch.card_ids[0]
        for amount in (0, -5, 99.99):
            with self.subTest(amount=amount), self.assertRaisesRegex(UserError, "from .*100"):
                self.take(card, self.hoa, amount)
        self.assertEqual(self.take(card, self.hoa, 100).discount, 50)
        free = self.make_batch('codes', benefit_kind='amount', value=50, stacking='free')
        self.assertEqual(free.card_ids[0]._get_coupon_discount(30), 30, "never more than it costs")

    def test_times_a_patient(self):
        batch = self.make_batch('codes', limit_person=2)
        for card in batch.card_ids[:2]:
            self.take(card, self.hoa)
        with self.assertRaisesRegex(UserError, "Hoa has used"):
            self.take(batch.card_ids[2], self.hoa)
        with self.assertRaisesRegex(UserError, "Choose the patient"):
            self.take(batch.card_ids[2])
        self.take(batch.card_ids[2], self.lan)

    def test_times_in_all(self):
        batch = self.make_batch('codes', limit_total=1)
        self.take(batch.card_ids[0], self.hoa)
        with self.assertRaisesRegex(UserError, "as often as"):
            self.take(batch.card_ids[1], self.lan)
        self.env['healthcare.coupon.redemption'].search([('batch_id', '=', batch.id)]).action_undo()
        self.take(batch.card_ids[1], self.lan)

    def test_one_code_for_everybody(self):
        batch = self.make_batch('single', code=' tea-2026 ', limit_total=2)
        card = self.Card.with_user(self.desk)._find_coupon('Tea2026')
        self.assertEqual(card, batch.card_ids)
        self.take(card, self.hoa)
        with self.assertRaisesRegex(UserError, "Hoa has used"):
            self.take(card, self.hoa)
        self.take(card, self.lan)
        for take in (
            lambda: self.take(card, self.an),
            lambda: card.with_user(self.desk)._check_coupon(self.an, 0),
        ):
            with self.assertRaisesRegex(UserError, "as often as"):
                take()
        batch.limit_total = 3
        self.take(card, self.an)
        self.assertLedger(batch)
        with self.assertRaisesRegex(UserError, "taken"):
            self.make_batch('single', code='TEA2026')

    def test_together_with_others(self):
        free = self.make_batch('codes', name="Free", stacking='free')
        dental = {'stacking': 'group', 'stack_group': "dental"}
        one, two = (self.make_batch('codes', name=name, **dental) for name in ("One", "Two"))
        eyes = self.make_batch('codes', name="Eyes", stacking='group', stack_group="eyes")
        alone = self.make_batch('codes', name="Alone", stacking='alone')
        self.take(one.card_ids[0], self.hoa)
        self.take(free.card_ids[0], self.hoa)
        self.take(eyes.card_ids[0], self.hoa)
        for batch in (two, alone):
            with self.subTest(batch=batch.name), self.assertRaisesRegex(UserError, "together with"):
                self.take(batch.card_ids[0], self.hoa)
        self.take(alone.card_ids[0], self.lan)
        with self.assertRaisesRegex(UserError, "together with “Alone”"):
            self.take(free.card_ids[1], self.lan)

    def test_two_desks_at_once(self):
        """The second one waits for the patient, begins again and sees what the first one took."""
        names = ('coupon_autumn', 'coupon_neighbours')
        batches = [self.env.ref(f'healthcare_crm_loyalty.{name}', False) for name in names]
        # two real transactions need coupons that both see
        if not all(batches):
            self.skipTest("There is no demo data")
        with (
            db_connect(self.env.cr.dbname).cursor() as one,
            db_connect(self.env.cr.dbname).cursor() as other,
        ):
            one.execute(
                """SELECT id FROM res_partner WHERE is_patient AND active AND id NOT IN (
                          SELECT patient_id FROM healthcare_coupon_redemption
                           WHERE patient_id IS NOT NULL) ORDER BY id LIMIT 1"""
            )
            [[patient_id]] = one.fetchall()
            taken = []
            for cursor, batch in zip((one, other), batches, strict=True):
                env = self.env(cr=cursor, context={})
                card = env['loyalty.card'].search([('batch_id', '=', batch.id)], limit=1)
                taken.append((card, env['res.partner'].browse(patient_id)))
            (first, patient), (second, same) = taken
            self.assertTrue(first._redeem_coupon(patient, 100))
            other.execute("SET LOCAL lock_timeout = '300ms'")
            with self.assertRaises(LockNotAvailable):
                second._redeem_coupon(same, 100)
            one.rollback()
            other.rollback()

    def test_orders_take_none(self):
        """On an order nobody would look at limits and owners; Odoo takes no code without reward."""
        for batch in (self.make_batch(), self.make_batch('codes', benefit_kind='gift', gift="Tea")):
            self.assertFalse(batch.program_id.reward_ids)
            batch.name = "Tea for two"
            self.assertEqual(batch.program_id.name, "Tea for two")

    def test_the_report(self):
        today = fields.Date.context_today(self.env['res.partner'])
        percent = self.make_batch()
        self.take(percent.card_ids[0], amount=300)
        self.take(percent.card_ids[1], amount=100).action_undo()
        ended = self.make_batch('codes', benefit_kind='amount', value=50, stacking='free')
        self.take(ended.card_ids[0], self.lan)
        ended.card_ids.expiration_date = today - timedelta(days=2)
        worth = self.make_batch('codes', benefit_kind='amount', value=50, number=2)
        limited, unlimited = (
            self.make_batch('single', code=code, limit_total=limit, stacking='free')
            for code, limit in (('TEA1', 5), ('TEA2', 0))
        )
        for batch in limited | unlimited:
            self.take(batch.card_ids, self.an, 10)
        withdrawn = self.make_batch(name="Withdrawn", stacking='free')
        self.take(withdrawn.card_ids[1])
        withdrawn.action_withdraw()
        names = ['given', 'used', 'unused', 'expired', 'withdrawn', 'discount', 'worth']
        rows = self.env['healthcare.coupon.report'].with_user(self.desk)
        rows = rows._read_group(
            [('company_id', '=', self.clinic.id)], ['batch_id'], [f'{name}:sum' for name in names]
        )
        told = {batch.id: tuple(one or 0 for one in figures) for batch, *figures in rows}
        self.assertEqual(
            told,
            {
                percent.id: (3, 1, 2, 0, 0, 60, 0),
                ended.id: (3, 1, 0, 2, 0, 0, 0),
                worth.id: (2, 0, 2, 0, 0, 0, 100),
                limited.id: (5, 1, 4, 0, 0, 2, 0),
                unlimited.id: (1, 1, 0, 0, 0, 2, 0),
                withdrawn.id: (3, 1, 0, 0, 2, 0, 0),
            },
        )

    def test_what_the_erased_used_stays_used_by_nobody(self):
        figures = {'benefit_kind': 'amount', 'value': 50, 'stacking': 'free'}
        codes_ = self.make_batch('codes', **figures)
        own = self.make_batch(**figures)
        lost = self.make_batch(**figures)
        self.take(codes_.card_ids[0], self.lan, amount=80)
        self.take(own.card_ids.filtered(lambda one: one.partner_id == self.lan), amount=30)
        before = self.env['healthcare.coupon.redemption'].search([('patient_id', '=', self.lan.id)])
        erasure = self.env['healthcare.erasure'].create({'patient_id': self.lan.id})
        erasure._start()
        erasure._run(lambda *_args, **_kwargs: None)
        self.env.invalidate_all()
        self.assertEqual(erasure.state, 'done', erasure.failure)
        self.assertEqual(erasure.residue_count, 0, erasure.residue)
        self.assertEqual(len(before.exists()), 2)
        self.assertFalse(before.patient_id | before.card_id.partner_id)
        for batch, told in (
            (codes_, (3, 1, 2, 50, 100)),
            (own, (3, 1, 2, 30, 100)),
            (lost, (2, 0, 2, 0, 100)),
        ):
            report = self.env['healthcare.coupon.report'].search([('batch_id', '=', batch.id)])
            self.assertEqual(
                (report.given, report.used, report.unused, report.discount, report.worth), told
            )
            self.assertEqual((batch.given_count, batch.used_count, batch.unused_count), told[:3])
            self.assertLedger(batch)

    def test_what_nobody_can_use_any_more_is_not_offered_nor_counted(self):
        batch = self.make_batch(limit_total=2, benefit_kind='amount', value=50, stacking='free')
        Report = self.env['healthcare.coupon.report']

        def told():
            self.env.invalidate_all()
            report = Report.search([('batch_id', '=', batch.id)])
            return report.unused, report.worth, batch.unused_count, len(self.an._get_coupons())

        self.assertEqual(told(), (2, 100, 2, 1))
        self.take(batch.card_ids[0])
        self.assertEqual(told(), (1, 50, 1, 1))
        used = self.take(batch.card_ids[1])
        self.assertEqual(batch.card_ids[2].partner_id, self.an)
        self.assertEqual(told(), (0, 0, 0, 0))
        used.action_undo()
        self.assertEqual(told(), (1, 50, 1, 1))
        batch.limit_total = 0
        self.assertEqual(told(), (2, 100, 2, 1))

    def test_a_code_is_of_a_coupon_or_of_a_campaign(self):
        campaign = self.env['healthcare.campaign'].create(
            {'title': "Spring", 'company_id': self.clinic.id}
        )
        codes = self.env['healthcare.campaign.code']
        codes.create({'code': 'SPRING-26', 'campaign_id': campaign.id})
        with self.assertRaisesRegex(UserError, "taken"):
            self.make_batch('single', code='SPRING-26')
        self.make_batch('single', code='TEA-26')
        with self.assertRaisesRegex(ValidationError, "coupon"):
            codes.create({'code': 'TEA-26', 'campaign_id': campaign.id})

    def test_codes_with_a_slip(self):
        self.make_batch('codes')
        cards = self.Card.with_user(self.desk)
        code = next(one for one in codes.make_many(PREFIX, 50) if any(map(str.isdigit, one)))
        with self.assertRaisesRegex(UserError, "no coupon with the code"):
            cards._find_coupon(code)
        wrong = code[:-1] + ('2' if code[-1] != '2' else '3')
        with self.assertRaisesRegex(UserError, "a letter is wrong"):
            cards._find_coupon(wrong)
        for text in ('', False, "' OR 1=1", '%'):
            with self.subTest(text=text), self.assertRaises(UserError):
                cards._find_coupon(text)

    def test_withdrawn(self):
        batch = self.make_batch()
        first, second, _third = batch.card_ids
        used = self.take(first)
        batch.action_withdraw()
        with self.assertRaisesRegex(UserError, "withdrawn"):
            self.take(second)
        with self.assertRaisesRegex(UserError, "withdrawn"):
            batch.action_give_out()
        used.action_undo()
        with self.assertRaisesRegex(UserError, "withdrawn"):
            self.take(first)
        self.assertEqual(batch.unused_count, 0)
        self.assertLedger(batch)

    def test_only_the_desk_takes_coupons(self):
        card = self.make_batch().card_ids[0]
        for role in ('marketing', 'quality', 'privacy_officer', None):
            user = self.make_user(role, f'coupon-{role}', **self.here)
            with self.subTest(role=role), self.assertRaises(AccessError):
                card.with_user(user)._redeem_coupon()
        with self.assertRaises(AccessError):
            self.env['healthcare.coupon.redemption'].with_user(self.desk).create({})
        with self.assertRaises(AccessError):
            card.with_user(self.desk).write({'points': 9})

    def test_not_of_another_clinic(self):
        card = self.make_batch('codes').card_ids[0]
        elsewhere = self.make_user('reception', 'coupon-elsewhere')
        with self.assertRaises(UserError):
            self.Card.with_user(elsewhere)._find_coupon(card.code)
        with self.assertRaises(AccessError):
            card.with_user(elsewhere)._redeem_coupon()

    def test_what_was_given_out_stays_as_it_is(self):
        batch = self.make_batch(gift="A cup", limit_person=2, limit_total=5, date_to='2099-12-31')
        for values in (
            {'value': 50},
            {'kind': 'codes'},
            {'segment_id': False},
            {'gift': "A spoon"},
            {'minimum_spend': 9},
            {'stacking': 'free'},
            {'stack_group': "tea"},
            {'limit_person': 1},
            {'limit_total': 4},
            {'date_to': '2099-12-30'},
            {'date_from': '2026-01-01'},
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "were given out"):
                batch.write(values)
        batch.write({'limit_person': 0, 'limit_total': 6, 'date_to': False})
        with self.assertRaisesRegex(UserError, "not less"):
            batch.limit_person = 9
        batch.update_field_translations('gift', {'vi_VN': "Một cái cốc"})
        self.assertEqual(batch.with_context(lang='vi_VN').gift, "Một cái cốc")
        self.assertEqual(batch.gift, "A cup")
        with self.assertRaises(UserError):
            batch.unlink()
        batch.name = "Cake time"
        self.assertEqual(batch.program_id.name, "Cake time")

    def test_what_cannot_be(self):
        for values in (
            {'value': 0},
            {'value': 101},
            {'benefit_kind': 'gift'},
            {'kind': 'codes', 'number': 0},
            {'kind': 'codes', 'number': 10_000_000},
            {'segment_id': False},
            {'stacking': 'group'},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.make_batch(give=False, **values)

    def test_the_wizard_of_the_desk(self):
        card = self.make_batch('codes').card_ids[0]
        uses = self.env['healthcare.coupon.use'].with_user(self.desk)
        use = uses.create({'text': codes.show(card.code).lower(), 'amount': 100})
        self.assertEqual(use.discount, 20)
        self.assertIn("Choose the patient", use.obstacle)
        use.patient_id = self.hoa
        self.assertFalse(use.obstacle)
        use.action_use()
        self.assertEqual(card.coupon_state, 'used')
        self.assertIn("used already", uses.create({'text': card.code}).obstacle)

    def test_the_wizard_takes_a_coupon_once(self):
        card = self.make_batch('single', code='TWICE', limit_person=0).card_ids[0]
        uses = self.env['healthcare.coupon.use'].with_user(self.desk)
        use = uses.create({'text': card.code, 'amount': 100, 'patient_id': self.hoa.id})
        use.action_use()
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation), self.cr.savepoint():
            use.action_use()
        self.assertEqual(card.batch_id.used, 1)
        uses.create({'text': card.code, 'amount': 100, 'patient_id': self.hoa.id}).action_use()
        self.assertEqual(card.batch_id.used, 2)

    def test_scanned_at_the_desk(self):
        program = self.make_membership(company_id=self.clinic.id)
        member = program._join(self.hoa)
        batch = self.make_batch()
        coupon = batch.card_ids.filtered(lambda one: one.partner_id == self.hoa)
        desk = self.env['healthcare.loyalty.desk'].with_user(self.desk)
        screen = desk.desk_scan(codes.show(coupon.code))
        self.assertEqual(screen['card']['id'], member.id)
        (offer,) = screen['scanned']
        self.assertEqual((offer['title'], offer['amount']), ("Tea time", "20 % off"))
        self.assertTrue(offer['has_amount'])
        for amount in ('9', None, float('nan'), float('inf'), 10**400, -1):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                getattr(desk, offer['method'])(*offer['args'], TOKEN, amount)
        done = getattr(desk, offer['method'])(*offer['args'], TOKEN, 300)
        self.assertIn("60.00", done['notice']['text'])
        self.assertRecordValues(batch.redemption_ids, [{'amount': 300, 'discount': 60}])
        self.assertEqual(coupon.coupon_state, 'used')
        with self.assertRaisesRegex(UserError, "used already"):
            getattr(desk, offer['method'])(*offer['args'], OTHER)
        (again,) = desk.desk_scan(coupon.code)['scanned']
        self.assertIn("used already", again['problem'])
        method, args = done['undo']
        getattr(desk, method)(*args)
        self.assertEqual(coupon.coupon_state, 'unused')
        self.assertIn(
            f'coupon-{coupon.id}',
            [
                one['key']
                for part in desk.desk_open(member.id)['card']['sections']
                for one in part['offers']
            ],
        )

    def test_a_code_for_everybody_is_for_whose_card_is_open(self):
        member = self.make_membership(company_id=self.clinic.id)._join(self.hoa)
        self.make_batch('single', code='TEA2026')
        desk = self.env['healthcare.loyalty.desk'].with_user(self.desk)
        self.assertIn("open the patient's card first", desk.desk_scan('TEA2026')['notice']['text'])
        screen = desk.desk_scan('tea-2026', member.id)
        self.assertEqual(screen['card']['id'], member.id)
        [offer] = screen['scanned']
        getattr(desk, offer['method'])(*offer['args'], TOKEN, 50)
        [again] = desk.desk_scan('TEA2026', member.id)['scanned']
        self.assertIn("Hoa has used", again['problem'])

    def test_one_press_takes_a_coupon_once(self):
        member = self.make_membership(company_id=self.clinic.id)._join(self.hoa)
        batch = self.make_batch('single', code='TEA2026', limit_person=0, stacking='free')
        desk = self.env['healthcare.loyalty.desk'].with_user(self.desk)
        [offer] = desk.desk_scan('TEA2026', member.id)['scanned']
        self.assertTrue(offer['has_token'])

        def press(token):
            return getattr(desk, offer['method'])(*offer['args'], token, 50)

        # the answer was lost, and it is pressed again
        first, again = press(TOKEN), press(TOKEN)
        self.assertEqual(first['undo'], again['undo'])
        self.assertEqual(len(batch.redemption_ids), 1)
        press(OTHER)
        self.assertEqual(len(batch.redemption_ids), 2)
        for token in (None, 3, '', 'x' * 16, TOKEN * 4):
            with self.subTest(token=token), self.assertRaisesRegex(UserError, "too old"):
                press(token)
        # what was given back since is not taken by the press of before
        method, args = first['undo']
        getattr(desk, method)(*args)
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation):
            press(TOKEN)
        with self.assertRaises(AccessError):
            batch.redemption_ids.with_user(self.desk).read(['token'])

    def test_what_was_not_asked_is_not_made_up(self):
        self.make_membership(company_id=self.clinic.id)._join(self.hoa)
        coupons = {
            batch.name: batch.card_ids.filtered(lambda one: one.partner_id == self.hoa)
            for batch in (
                self.make_batch(name="Percent", stacking='free'),
                self.make_batch(name="Minimum", stacking='free', minimum_spend=50),
                self.make_batch(name="Gift", stacking='free', benefit_kind='gift', gift="Tea"),
            )
        }
        desk = self.env['healthcare.loyalty.desk'].with_user(self.desk)
        asked = {
            name: desk.desk_scan(one.code)['scanned'][0]['has_amount']
            for name, one in coupons.items()
        }
        self.assertEqual(asked, {'Percent': True, 'Minimum': True, 'Gift': False})
        desk.desk_coupon(coupons['Percent'].id, self.hoa.id, TOKEN, False)
        with self.assertRaisesRegex(UserError, "from .*50.00 on"):
            desk.desk_coupon(coupons['Minimum'].id, self.hoa.id, OTHER, False)
        desk.desk_coupon(coupons['Minimum'].id, self.hoa.id, OTHER, 80)
        desk.desk_coupon(coupons['Gift'].id, self.hoa.id, TOKEN[1:])
        redemptions = self.env['healthcare.coupon.redemption'].search(
            [('patient_id', '=', self.hoa.id)], order='id'
        )
        self.assertEqual(
            redemptions.mapped(lambda one: (one.amount, one.discount)), [(0, 0), (80, 16), (0, 0)]
        )

    def test_two_patients_become_one(self):
        batch = self.make_batch()
        used = self.take(batch.card_ids.filtered(lambda one: one.partner_id == self.hoa))
        self.env['base.partner.merge.automatic.wizard']._merge(
            (self.hoa | self.lan).ids, self.lan, extra_checks=False
        )
        self.env.invalidate_all()
        self.assertEqual(used.patient_id, self.lan)
        self.assertEqual(sum(batch.card_ids.mapped('points')), 2)
        batch.action_give_out()
        self.assertEqual(len(batch.card_ids), 3)


@tagged('post_install', '-at_install')
class TestCouponPage(CouponCase, HttpCase):
    def test_a_patient_sees_what_can_still_be_used(self):
        batch = self.make_batch(date_to='2099-12-31', minimum_spend=10)
        card = batch.card_ids.filtered(lambda one: one.partner_id == self.hoa)
        page = self.url_open(self.hoa._get_benefits_path())
        self.assertIn("Tea time", page.text)
        self.assertIn("20 % off", page.text)
        self.assertIn(codes.show(card.code), page.text)
        self.assertLess(len(page.content), 100_000)
        self.take(card, amount=10)
        self.env.cr.execute(SQL('SELECT 1'))
        self.assertNotIn("Tea time", self.url_open(self.hoa._get_benefits_path()).text)
