from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestHousehold(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mother = cls.make_patient(
            "Mother", street="1 Lane", city="Taipei", country_id=cls.env.ref('base.tw').id
        )
        cls.child = cls.make_patient("Child", street="9 Road", street2="Floor 2")
        cls.household = cls.env['healthcare.household'].create(
            {
                'name': "Family",
                'address_of_id': cls.mother.id,
                'member_ids': [Command.set((cls.mother | cls.child).ids)],
            }
        )

    def test_one_address(self):
        self.household.with_user(self.make_user('reception')).action_share_address()
        self.assertRecordValues(
            self.child,
            [
                {
                    'street': "1 Lane",
                    'street2': False,
                    'city': "Taipei",
                    'country_id': self.env.ref('base.tw').id,
                }
            ],
        )
        self.assertEqual(self.mother.street, "1 Lane")

    def test_who_reads_it(self):
        self.assertEqual(
            self.child.with_user(self.make_user('call_desk')).household_id.name, "Family"
        )
        with self.assertRaises(AccessError):
            self.child.with_user(self.make_user('marketing')).read(['household_id'])
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self.make_user('reception', company_id=elsewhere.id, company_ids=elsewhere.ids)
        self.assertFalse(self.household.with_user(stranger).has_access('read'))
