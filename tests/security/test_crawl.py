"""No answer holds what the register keeps from whoever asks, and a leak would be found."""

from functools import partial

from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.tests.common import let_identity_be_shown

from .crawl import Crawl
from .crawl_web import WebCrawl
from .plants import PLANTS, WEB_PLANTS, find, find_without
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


@tagged('post_install', '-at_install')
class TestWebCrawl(HttpCase):
    """The same over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        let_identity_be_shown(cls)
        cls.world = World(cls.env)

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger('odoo.http'))

    def test_nothing_leaks(self):
        crawl = WebCrawl(self, self.world).run()
        self.assertFalse(sorted(crawl.leaks))
        self.assertEqual(
            set(WebCrawl.ways), {way for one in WEB_PLANTS.values() for way in one.ways}
        )

    def test_planted_leaks_are_found(self):
        for name, plant in WEB_PLANTS.items():
            with self.subTest(name):
                crawl = partial(WebCrawl, self)
                self.assertTrue(find(self.world, plant, crawl))
                self.assertFalse(find_without(self.world, plant, crawl))
