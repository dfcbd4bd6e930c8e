from odoo.fields import Command

from odoo.addons.healthcare_crm.tests.common import HealthcareCase

#: Where Odoo says that a job failed.
JOBS = 'odoo.addons.base.models.ir_cron'


class LoyaltyCase(HealthcareCase):
    """A membership, and members."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # whatever membership the demo clinic has
        cls.env['loyalty.program'].search([('is_membership', '=', True)]).active = False
        cls.program = cls.make_membership()
        cls.Cause = cls.env['healthcare.loyalty.cause']
        cls.Card = cls.env['loyalty.card']

    @classmethod
    def make_membership(cls, **values):
        """Create a membership: ten points a visit, whenever it was."""
        return cls.env['loyalty.program'].create(
            {
                'name': "Club",
                'program_type': 'loyalty',
                'is_membership': True,
                'company_id': cls.company.id,
                'earning_ids': [
                    Command.create(
                        {'name': "Your visit", 'event': 'visit', 'points': 10, 'date_from': False}
                    )
                ],
                **values,
            }
        )

    @classmethod
    def make_member(cls, program=None, **values):
        """Create a patient with a card, a member since the start of time, and return the card."""
        card = (program or cls.program)._join(cls.make_patient(**values))
        card.joined_on = '2020-01-01'
        return card

    def process(self):
        """Give and take back all points that are due."""
        while self.Cause._process():
            pass

    def assertBalance(self, card, points):
        """Balance, movements and lots say the same."""
        card.invalidate_recordset()
        history = card.history_ids
        self.assertEqual(card.points, points)
        moved = sum(history.mapped('issued')) - sum(history.mapped('used'))
        self.assertAlmostEqual(moved, points)
        self.assertAlmostEqual(sum(history.mapped('remaining')), points)
