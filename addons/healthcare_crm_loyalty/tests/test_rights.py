from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import LoyaltyCase

#: Nobody writes these but the software.
LEDGER = (
    'loyalty.card',
    'loyalty.history',
    'healthcare.loyalty.allocation',
    'healthcare.loyalty.cause',
    'healthcare.loyalty.tier.change',
)
ROLES = (
    'reception',
    'nurse',
    'practitioner',
    'marketing',
    'quality',
    'privacy_officer',
    'clinic_administrator',
)


@tagged('post_install', '-at_install')
class TestRights(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls.make_member()
        cls.card._give(10, description="Visit")
        cls.users = {role: cls.make_user(role) for role in ROLES}

    def of(self, role, model):
        return self.env[model].with_user(self.users[role])

    def test_nobody_writes_the_ledger(self):
        for role in ROLES:
            for model in LEDGER:
                for operation in ('create', 'write', 'unlink'):
                    with self.subTest(role=role, model=model, operation=operation):
                        self.assertFalse(self.of(role, model).has_access(operation))
        card = self.card.with_user(self.users['clinic_administrator'])
        with self.assertRaises(AccessError):
            card.write({'points': 1000})

    def test_the_desk_reads_cards_and_marketing_does_not(self):
        self.assertEqual(self.card.with_user(self.users['reception']).points, 10)
        for model in ('loyalty.card', 'loyalty.history', 'healthcare.loyalty.tier.change'):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.of('marketing', model).search_count([])

    def test_clinics_see_their_own_members_and_rules(self):
        clinic = self.env['res.company'].create({'name': "Other clinic"})
        program = self.make_membership(name="Theirs", company_id=clinic.id)
        card = self.make_member(program=program, name="Theirs", company_id=clinic.id)
        card._give(3, description="Visit")
        for role in ('reception', 'clinic_administrator'):
            with self.subTest(role=role):
                self.assertFalse(self.of(role, 'loyalty.card').search([('id', '=', card.id)]))
                self.assertFalse(
                    self.of(role, 'loyalty.history').search([('card_id', '=', card.id)])
                )
                self.assertFalse(
                    self.of(role, 'healthcare.loyalty.earning').search(
                        [('id', 'in', program.earning_ids.ids)]
                    )
                )
                with self.assertRaises(AccessError):
                    card.with_user(self.users[role]).points  # noqa: B018
        administrator = self.users['clinic_administrator']
        with self.assertRaises(AccessError):
            program.earning_ids.with_user(administrator).points = 1000

    def test_rules_are_the_administrators(self):
        earning = self.program.earning_ids
        for role in ('reception', 'nurse', 'marketing'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                earning.with_user(self.users[role]).points = 1000
        earning.with_user(self.users['clinic_administrator']).points = 20
        self.assertEqual(earning.points, 20)

    def test_points_are_not_moved_from_outside(self):
        for name in dir(type(self.Card)):
            if any(name.startswith(word) for word in ('give', 'spend', 'refund', 'settle')):
                self.fail(name)
