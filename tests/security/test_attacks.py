"""Attacks by everybody on everything, each by name. None may succeed.

``script/bench security --only attacks`` counts them.
"""

import re
from unittest.mock import patch

from odoo.api import SUPERUSER_ID, Environment
from odoo.fields import Domain
from odoo.modules.registry import Registry
from odoo.tests import HttpCase, get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.models.base_links import Base

from tests.security.attacks import book, clinics, methods, pointing

NOISE = ('odoo', 'odoo.sql_db', 'odoo.http')


class AttackCase(HttpCase):
    """Two clinics, and somebody of each role in one of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.there = clinics.Clinic(cls.env, 'THERE', 1)
        cls.here = clinics.Clinic(cls.env, 'HERE', 2)
        cls.users = clinics.make_users(cls.env, cls.here.company)
        cls.there_watch = clinics.Watch(cls.there)
        cls.there_rows = cls.there_watch.look()
        cls.here_watch = clinics.Watch(cls.here)
        cls.here_rows = cls.here_watch.look()

    def run_attack(self, one):
        """Return how an attack succeeded, by whom; nothing when it did not."""
        with mute_logger(*NOISE):
            outcomes = [book.run(self, one, role) for role in one.who]
        return [outcome for outcome in outcomes if outcome]


@tagged('post_install', '-at_install')
class TestAttacks(AttackCase):
    """One test for each attack of the book."""


#: protection that is taken away -> the attacks of which one at least must then succeed
FAULTS = {
    'the rules of clinics': (
        lambda case: patch.object(
            case.registry['ir.rule'], '_compute_domain', lambda *_a, **_k: Domain.TRUE
        ),
        (
            'calling res.partner.read about the other clinic',
            'calling healthcare.consent.signature.desk_load about the other clinic',
        ),
    ),
    'what a record may lead to': (
        lambda _case: patch.object(Base, '_check_links', lambda *_a: None),
        (
            'pointing calendar.event.patient_id at the other clinic',
            'pointing healthcare.referral.partner_id at the other clinic',
        ),
    ),
}


@tagged('post_install', '-at_install')
class TestPlanted(AttackCase):
    """Without what protects, the attacks succeed: the suite can fail."""


def _planted(fault):
    def test(self):
        without, names = FAULTS[fault]
        with without(self):
            succeeded = [name for name in names if self.run_attack(book.BOOK[name])]
        self.assertTrue(succeeded, f"without {fault} none of {names} succeeds")

    test.__doc__ = f"Without {fault}."
    return test


def _test_of(one):
    def test(self):
        self.assertFalse(self.run_attack(one), one.name)

    test.__doc__ = f"{one.name}: {book.LEAKS.get(one.leak, 'no leak of Odoo known')}"
    return test


def enter():
    """Enter what follows from the registry, and make a test of every attack."""
    registry = Registry(get_db_name())
    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        pointing.enter(registry)
        methods.enter(registry, env)
    for one in book.BOOK.values():
        setattr(TestAttacks, 'test_' + re.sub(r'\W+', '_', one.name), _test_of(one))
    for fault in FAULTS:
        setattr(TestPlanted, 'test_without_' + re.sub(r'\W+', '_', fault), _planted(fault))


enter()
