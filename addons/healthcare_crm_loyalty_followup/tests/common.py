from odoo.fields import Command

from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase


class LoyaltyFollowupCase(FollowupCase):
    """A membership, and workflows about its members."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.env['loyalty.program'].create(
            {
                'name': "Club",
                'program_type': 'loyalty',
                'is_membership': True,
                'earning_ids': [
                    Command.create({'name': "Thank you", 'event': 'workflow', 'points': 30})
                ],
                'tier_ids': [
                    Command.create({'name': "Silver", 'rank': 1, 'entry_value': 100}),
                    Command.create(
                        {'name': "Gold", 'rank': 2, 'entry_value': 200, 'upkeep_value': 200}
                    ),
                ],
            }
        )
        cls.earning = cls.program.earning_ids
