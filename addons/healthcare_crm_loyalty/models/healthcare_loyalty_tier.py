from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: What entering and keeping a tier is measured by.
BASES = [
    ('points', "Points earned"),
    ('visits', "Visits"),
    ('spend', "Money spent"),
    ('invitation', "Invitation only"),
]


class HealthcareLoyaltyTier(models.Model):
    """A level of a membership: who enters it, who keeps it, and what it brings."""

    _name = 'healthcare.loyalty.tier'
    _description = "Membership Tier"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('program_id',)
    _order = 'program_id, rank, id'

    name = fields.Char(required=True, translate=True)
    program_id = fields.Many2one(
        'loyalty.program',
        string="Membership",
        required=True,
        index=True,
        ondelete='cascade',
    )
    company_id = fields.Many2one(related='program_id.company_id', store=True)
    rank = fields.Integer(
        required=True,
        default=1,
        help="A tier with a higher rank is a better one.",
    )
    basis = fields.Selection(BASES, required=True, default='points')
    entry_value = fields.Float(
        string="To Enter",
        help="Points, visits or money within the months below.",
    )
    upkeep_value = fields.Float(
        string="To Keep",
        help="Points, visits or money within the months below, asked when the time in the tier is "
        "over; 0: who is in the tier stays in it.",
    )
    months = fields.Integer(string="Within Months", required=True, default=12)
    valid_months = fields.Integer(
        string="Valid For",
        required=True,
        default=12,
        help="Months for which a member stays in the tier, whatever happens.",
    )
    grace_days = fields.Integer(
        string="Grace",
        default=30,
        help="Days after the time in the tier is over in which members can still keep it.",
    )
    benefits = fields.Text(translate=True, help="One in each line.")
    color = fields.Integer()

    _rank_uniq = models.Constraint(
        'UNIQUE (program_id, rank)',
        "Two tiers of a membership cannot have the same rank.",
    )
    _values_positive = models.Constraint(
        'CHECK (entry_value >= 0 AND upkeep_value >= 0 AND months > 0 AND valid_months > 0 '
        'AND grace_days >= 0)',
        "What a tier asks for cannot be negative, and its months are at least one.",
    )

    @api.constrains('basis', 'program_id')
    def _check_currency(self):
        """Refuse to add up money of several currencies."""
        if self.filtered(lambda tier: tier.basis == 'spend' and not tier.program_id.company_id):
            # sudo: in which currency a clinic counts is no secret
            groups = self.env['res.company'].sudo()._read_group([], ['currency_id'])
            if len(groups) > 1:
                raise ValidationError(
                    self.env._(
                        "Your clinics count in different currencies (%(currencies)s). A tier by "
                        "money spent needs a membership of one clinic.",
                        currencies=', '.join(currency.name for (currency,) in groups),
                    )
                )

    def action_invite(self):
        """Ask which members are invited into this tier."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Invite"),
            'res_model': 'healthcare.loyalty.invite',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_tier_id': self.id},
        }
