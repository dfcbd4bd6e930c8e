from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase

#: Nobody writes these but the software.
LEDGER = (
    'loyalty.card',
    'loyalty.history',
    'healthcare.loyalty.allocation',
    'healthcare.loyalty.cause',
    'healthcare.loyalty.cut',
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
                    card.with_user(self.users[role]).points  # noqa: B018 - reading is what is refused
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

    def test_a_branch_changes_nothing_of_its_head(self):
        branch = self.env['res.company'].create({'name': "Branch", 'parent_id': self.company.id})
        there = {'company_id': branch.id, 'company_ids': [Command.set(branch.ids)]}
        administrator = self.make_user('clinic_administrator', 'branch', **there)
        tier = self.env['healthcare.loyalty.tier'].create(
            {'name': "Gold", 'program_id': self.program.id}
        )
        self.program.write(
            {
                'reward_ids': [Command.create({'description': "Soap", 'required_points': 5})],
                'communication_plan_ids': [
                    Command.create(
                        {
                            'trigger': 'points_reach',
                            'points': 5,
                            'mail_template_id': self.env['mail.template']
                            .search([('model', '=', 'loyalty.card')], limit=1)
                            .id,
                        }
                    )
                ],
            }
        )
        everywhere = self.make_membership(
            name="Everywhere", company_id=False, currency_id=self.company.currency_id.id
        )
        own = self.make_membership(name="Theirs", company_id=branch.id)
        heads = (self.program, tier, self.program.earning_ids, self.program.reward_ids)
        for record in (*heads, everywhere, everywhere.earning_ids):
            mine = record[:1].with_user(administrator)
            with self.subTest(record=record):
                self.assertTrue(mine.has_access('read'))
                self.assertFalse(mine.has_access('write'))
                self.assertFalse(mine.has_access('unlink'))
        self.assertFalse(
            self.program.communication_plan_ids.with_user(administrator).has_access('write')
        )
        for values in (
            {'earning_ids': [Command.create({'name': "x", 'event': 'visit', 'points': 9})]},
            {'tier_ids': [Command.create({'name': "x", 'rank': 7})]},
            {'name': "Mine"},
        ):
            with self.assertRaises(AccessError):
                self.program.with_user(administrator).write(values)
        for model, values in (
            ('healthcare.loyalty.earning', {'name': "x", 'event': 'visit', 'points': 9}),
            ('healthcare.loyalty.tier', {'name': "x", 'rank': 8}),
            ('loyalty.reward', {'description': "x"}),
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(administrator).create(
                    {'program_id': self.program.id, **values}
                )
        own.reward_ids = [Command.create({'description': "Soap", 'required_points': 5})]
        for record, name, theirs in (
            (own, 'company_id', self.company),
            (own.earning_ids, 'program_id', self.program),
            (own.reward_ids, 'program_id', self.program),
        ):
            with self.subTest(moved=record), self.assertRaises(AccessError):
                record.with_user(administrator)[name] = theirs
        for record in (own, own.earning_ids):
            record.with_user(administrator).name = "Ours"
        head = self.make_user('clinic_administrator', 'head')
        for record in heads:
            self.assertTrue(record[:1].with_user(head).has_access('write'))
        system = self.env.ref('base.user_admin')
        self.assertTrue(everywhere.with_user(system).has_access('write'))

    def test_points_are_not_moved_from_outside(self):
        for name in dir(type(self.Card)):
            if any(name.startswith(word) for word in ('give', 'spend', 'refund', 'settle')):
                self.fail(name)
