"""Attacks by everybody on everything, each by name. None may succeed.

``script/bench security --only attacks`` counts them.
"""

import os
import re
from contextlib import nullcontext
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from unittest.mock import patch

from odoo import http
from odoo.api import SUPERUSER_ID, Environment
from odoo.fields import Domain
from odoo.modules.registry import Registry
from odoo.tests import HttpCase, get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.models.base_links import Base

from tests.security.attacks import asking, book, clinics, loyalty, methods, pointing, rights, web

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

    def csrf_token(self):
        return http.Request.csrf_token(self)

    def run_attack(self, one):
        """Return how an attack succeeded, by whom; nothing when it did not."""
        with mute_logger(*NOISE):
            outcomes = [book.run(self, one, role) for role in one.who]
        return [outcome for outcome in outcomes if outcome]


@tagged('post_install', '-at_install')
class TestAttacks(AttackCase):
    """Every attack of the book, those of one group in one test: each is undone before the next."""

    def run_group(self, attacks):
        """Run attacks, and note the outcome of each where the benchmark asks for it."""
        succeeded = {}
        for one in attacks:
            try:
                outcome = self.run_attack(one)
            except Exception as error:  # noqa: BLE001 - one that cannot be tried shows nothing
                outcome = [f"could not be tried: {error!r}"]
            if outcome:
                succeeded[one.name] = outcome
            if log := os.environ.get('ATTACKS_LOG'):
                with Path(log).open('a', encoding='utf-8') as file:
                    file.write(f'{"FAILED" if outcome else "PASSED"} {one.name}\n')
        self.assertFalse(succeeded, '\n'.join(f'{name}: {how}' for name, how in succeeded.items()))


#: protection that is taken away -> the attacks of which one at least must then succeed
FAULTS = {
    'the rules of clinics': (
        lambda case: patch.object(
            case.registry['ir.rule'], '_compute_domain', lambda *_a, **_k: Domain.TRUE
        ),
        (
            'calling res.partner.read about the other clinic',
            'calling healthcare.consent.signature.desk_load about the other clinic',
            'a context of the clinic',
        ),
    ),
    'what a record may lead to': (
        lambda _case: patch.object(Base, '_check_links', lambda *_a: None),
        (
            'pointing calendar.event.patient_id at the other clinic',
            'pointing healthcare.referral.partner_id at the other clinic',
        ),
    ),
    'the groups of fields': (
        lambda case: patch.object(
            case.registry['res.partner'], '_has_field_access', lambda *_a: True
        ),
        ('searching what is hidden in res.partner', 'sorting by what is hidden in res.partner'),
    ),
    'the access rights': (
        lambda case: patch.object(
            case.registry['ir.model.access'], 'check', lambda *_a, **_k: True
        ),
        ('parameters and keys of the system', 'taking the group base.group_system'),
    ),
    'asking who is there': (
        lambda case: patch('odoo.addons.healthcare_crm.step_up.is_shown', lambda _env: True),
        ('with a key: healthcare.step.up.confirm',),
    ),
    'the roles that exclude each other': (
        lambda case: patch.object(
            case.registry['res.groups'], '_check_exclusive', lambda *_a, **_k: None
        ),
        ('two roles that exclude each other',),
    ),
    'who treats a patient': (
        lambda case: patch.object(
            case.registry['res.users'], '_guard_care', lambda *_a: nullcontext()
        ),
        ("treating a patient by one's own word",),
    ),
    'signing up by invitation': (
        lambda case: patch.object(
            case.registry['res.users'], '_get_signup_invitation_scope', lambda *_a: 'b2c'
        ),
        ('making oneself an account',),
    ),
    'whose notes those on a patient are': (
        lambda case: patch.object(
            case.registry['res.partner'],
            '_mail_get_operation_for_mail_message_operation',
            lambda records, _operation: dict.fromkeys(records, 'read'),
        ),
        ('discussions by /mail/thread/messages',),
    ),
    'whose file it is': (
        lambda case: patch.object(
            case.registry['ir.attachment'], '_check_access', lambda *_a, **_k: None
        ),
        ('a file moved to another record',),
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


def _test_of(attacks):
    def test(self):
        self.run_group(attacks)

    test.__doc__ = f"{len(attacks)} attacks, from {attacks[0].name} to {attacks[-1].name}."
    return test


def enter():
    """Enter what follows from the registry, and make a test of every group of attacks."""
    registry = Registry(get_db_name())
    with registry.cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        pointing.enter(registry)
        methods.enter(registry, env)
    attacks = sorted(book.BOOK.values(), key=attrgetter('group'))
    for group, members in groupby(attacks, attrgetter('group')):
        setattr(TestAttacks, 'test_' + re.sub(r'\W+', '_', group), _test_of(list(members)))
    for fault in FAULTS:
        setattr(TestPlanted, 'test_without_' + re.sub(r'\W+', '_', fault), _planted(fault))


assert asking and loyalty and rights and web  # they enter their own
enter()
