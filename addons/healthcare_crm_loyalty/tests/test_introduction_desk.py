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

    def test_without_the_card_of_who_was_brought(self):
        for opened in (False, self.card.id):
            answer = self.desk.desk_scan(self.introducer.code.lower(), opened)
            self.assertIn("Open the card", str(answer))
        with self.assertRaises(AccessError):
            self.env['healthcare.loyalty.desk'].with_user(
                self.make_user('marketing')
            ).desk_introduce(self.new_card.id, self.introducer.id)
