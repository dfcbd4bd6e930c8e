from odoo import fields, models

from ..sensitive import GROUP_STAFF

#: what makes an address
ADDRESS = ('street', 'street2', 'city', 'zip', 'state_id', 'country_id')


class HealthcareHousehold(models.Model):
    """People who live together, and so share an address."""

    _name = 'healthcare.household'
    _description = "Household"
    _inherit = ['healthcare.own.clinic']
    _order = 'name, id'

    name = fields.Char(required=True, groups=GROUP_STAFF)
    member_ids = fields.One2many(
        'res.partner', 'household_id', string="Members", groups=GROUP_STAFF
    )
    address_of_id = fields.Many2one(
        'res.partner',
        string="Address Of",
        index='btree_not_null',
        ondelete='set null',
        domain="[('household_id', '=', id)]",
        groups=GROUP_STAFF,
        help="The member whose address is that of everybody.",
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        index=True,
        default=lambda self: self.env.company,
    )

    def action_share_address(self):
        """Give every member the address of the one who is named."""
        for household in self.filtered('address_of_id'):
            source = household.address_of_id
            values = source._convert_to_write({name: source[name] for name in ADDRESS})
            (household.member_ids - source).write(values)
        return True
