"""The canary crawl: how much was asked, what leaked, and which planted leaks were found."""

import sys
from unittest.mock import patch

from tests.bench import environment, figure

BENCH = 'security'


def measure(_options):
    """Ask as each identity, in every way, for what it may not know; then plant leaks."""
    from tests.security.crawl import Crawl
    from tests.security.plants import PLANTS, find
    from tests.security.world import World

    shown = patch('odoo.addons.healthcare_crm.step_up.is_shown', lambda _env: True)
    with environment() as env, shown:
        world = World(env)
        crawl = Crawl(world).run()
        found = [name for name, plant in PLANTS.items() if find(world, plant)]
        env.cr.rollback()
    for leak in sorted(crawl.leaks):
        print(*leak, file=sys.stderr)
    for name in PLANTS.keys() - set(found):
        print('not found:', name, file=sys.stderr)
    figure(BENCH, 'crawl_calls', crawl.calls, 'calls')
    figure(BENCH, 'crawl_leaks', len(crawl.leaks), 'leaks')
    figure(BENCH, 'planted_found', len(found), f'of {len(PLANTS)}')
