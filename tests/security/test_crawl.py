"""No answer holds what the register keeps from whoever asks, and a leak would be found."""

from odoo.tests import TransactionCase, tagged

from odoo.addons.healthcare_crm.tests.common import let_identity_be_shown

from .crawl import Crawl
from .plants import PLANTS, find, find_without
from .world import World

CALLS = 25_000


@tagged('post_install', '-at_install')
class TestCrawl(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        let_identity_be_shown(cls)
        cls.world = World(cls.env)

    def test_nothing_leaks(self):
        crawl = Crawl(self.world).run()
        self.assertFalse(sorted(crawl.leaks))
        self.assertGreaterEqual(crawl.calls, CALLS)

    def test_planted_leaks_are_found(self):
        self.assertEqual(len(PLANTS), 10)
        for name, plant in PLANTS.items():
            with self.subTest(name):
                self.assertTrue(find(self.world, plant))
                self.assertFalse(find_without(self.world, plant))
