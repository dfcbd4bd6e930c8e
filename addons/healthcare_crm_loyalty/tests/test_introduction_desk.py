from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_introductions import IntroductionCase


@tagged('post_install', '-at_install')
class TestIntroductionDesk(IntroductionCase):
    """The code of an introducer, scanned at the desk."""

    def setUp(self):
        super().setUp()
        self.desk = self.env['healthcare.loyalty.desk'].with_user(self.make_user('reception'))
        self.newcomer = self.make_newcomer()
        self.new_card = self.make_card(self.newcomer)

    def test_whom_they_brought_is_recorded(self):
        answer = self.desk.desk_scan(self.introducer.url, self.new_card.id)
        [offer] = answer['scanned']
        self.assertIn("Thường Kiệt", offer['title'])
        done = getattr(self.desk, offer['method'])(*offer['args'])
        self.assertIn("First visit to come", str(done))
        self.assertState(self.introducer.introduction_ids, 'waiting')

    def test_pressed_again_after_a_lost_answer(self):
        for _time in range(2):
            done = self.desk.desk_introduce(self.new_card.id, self.introducer.id)
            self.assertEqual(done['notice']['tone'], 'success')
            self.assertIn("First visit to come", done['notice']['text'])
        self.assertState(self.introducer.introduction_ids, 'waiting')

    def test_what_does_not_count_is_no_success(self):
        other = self.make_member(name="Trần Thị Bình", phone='+84912000009')
        friend = self.env['healthcare.introducer']._get_for(other.partner_id)
        self.desk.desk_introduce(self.new_card.id, self.introducer.id)
        for _time in range(2):
            done = self.desk.desk_introduce(self.new_card.id, friend.id)
            self.assertEqual(done['notice']['tone'], 'warning')
            self.assertIn("somebody else before", done['notice']['text'])
        self.assertState(friend.introduction_ids, 'refused', 'earlier')

    def test_without_the_card_of_who_was_brought(self):
        for opened in (False, self.card.id):
            answer = self.desk.desk_scan(self.introducer.code.lower(), opened)
            self.assertIn("Open the card", str(answer))
        with self.assertRaises(AccessError):
            self.env['healthcare.loyalty.desk'].with_user(
                self.make_user('marketing')
            ).desk_introduce(self.new_card.id, self.introducer.id)
