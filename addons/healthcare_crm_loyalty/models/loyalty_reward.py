from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

BENEFITS = [
    ('service', "Service"),
    ('good', "Product"),
    ('voucher', "Voucher"),
]


class LoyaltyReward(models.Model):
    """A reward that may be in the catalogue of a membership: what members have for their points.

    What is in the catalogue is given out at the desk, with a code: see the redemptions. Odoo's own
    rewards only change the price of an order, and keep no stock.
    """

    _name = 'loyalty.reward'
    _inherit = ['loyalty.reward', 'healthcare.own.clinic']
    _owned_by = ('program_id',)

    benefit = fields.Selection(
        BENEFITS,
        string="In the Catalogue As",
        index='btree_not_null',
        help="What members have for their points at the desk; empty for rewards on orders only.",
    )
    service_id = fields.Many2one('healthcare.service', string="Service", ondelete='restrict')
    worth = fields.Monetary(help="What the voucher is worth, or what this costs otherwise.")
    image = fields.Image(max_width=512, max_height=512)
    note = fields.Text(
        string="What Members Read",
        translate=True,
        help="What they get, and on which terms.",
    )
    is_limited = fields.Boolean(string="Limited Stock")
    stock = fields.Integer(
        string="In Stock",
        copy=False,
        help="How many can still be had. Each redemption takes one, and gives it back if it is "
        "cancelled.",
    )
    valid_from = fields.Date()
    valid_until = fields.Date(help="The last day, included.")
    tier_id = fields.Many2one(
        'healthcare.loyalty.tier',
        string="From Tier",
        ondelete='restrict',
        help="Only for members of this tier, or a better one.",
    )
    is_reservable = fields.Boolean(
        string="Members Reserve It Themselves",
        default=True,
        help="On the page of their membership. They show the code at the desk.",
    )
    reserve_days = fields.Integer(
        string="Kept For",
        required=True,
        default=14,
        help="Days for which a reservation is kept. Then the points go back to the member.",
    )
    redemption_ids = fields.One2many('healthcare.loyalty.redemption', 'reward_id')
    reserved_count = fields.Integer(string="Reserved", compute='_compute_counts')
    redeemed_count = fields.Integer(string="Given Out", compute='_compute_counts')

    _stock_not_negative = models.Constraint(
        'CHECK (stock >= 0)',
        "There cannot be less than nothing in stock.",
    )
    _reserve_days_positive = models.Constraint(
        'CHECK (reserve_days > 0)',
        "A reservation is kept for one day at least.",
    )
    _worth_not_negative = models.Constraint(
        'CHECK (worth >= 0)',
        "A reward cannot be worth less than nothing.",
    )

    @api.constrains(
        'benefit', 'required_points', 'program_id', 'tier_id', 'valid_from', 'valid_until'
    )
    def _check_catalogue(self):
        for reward in self.filtered('benefit'):
            program = reward.program_id
            if not program.is_membership:
                raise ValidationError(
                    self.env._("Choose the membership whose members have this reward.")
                )
            if program.whole_points and reward.required_points % 1:
                raise ValidationError(
                    self.env._(
                        "“%(membership)s” counts whole points: say without a fraction how many "
                        "“%(reward)s” takes.",
                        membership=program.name,
                        reward=reward.description,
                    )
                )
            if reward.tier_id and reward.tier_id.program_id != program:
                raise ValidationError(
                    self.env._("Choose a tier of “%(membership)s”.", membership=program.name)
                )
            if reward.valid_from and reward.valid_until and reward.valid_until < reward.valid_from:
                raise ValidationError(
                    self.env._("“%(reward)s” ends before it begins.", reward=reward.description)
                )

    def _compute_counts(self):
        counts = {
            (reward.id, state): count
            for reward, state, count in self.env['healthcare.loyalty.redemption']._read_group(
                [('reward_id', 'in', self.ids)], ['reward_id', 'state'], ['__count']
            )
        }
        for reward in self:
            reward.reserved_count = counts.get((reward.id, 'reserved'), 0)
            reward.redeemed_count = counts.get((reward.id, 'redeemed'), 0)

    @api.depends('benefit')
    def _compute_display_name(self):
        catalogue = self.filtered('benefit')
        for reward in catalogue:
            reward.display_name = reward.description or False
        return super(LoyaltyReward, self - catalogue)._compute_display_name()

    @api.model
    def default_get(self, fields_list):
        """Choose the membership for a reward of the catalogue, where there is only one."""
        values = super().default_get(fields_list)
        if values.get('benefit') and 'program_id' in fields_list and not values.get('program_id'):
            programs = self.env['loyalty.program'].search([('is_membership', '=', True)], limit=2)
            if len(programs) == 1:
                values['program_id'] = programs.id
        return values

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        # sudo: Odoo renames the hidden product of a reward as well, and who keeps the catalogue
        # need not be allowed to change products
        self.check_access('write')
        self._check_links([vals])
        result = super(LoyaltyReward, self.sudo()).write(vals)
        self.check_access('write')
        return result

    @api.depends('benefit', 'service_id', 'reward_product_id')
    def _compute_description(self):
        catalogue = self.filtered('benefit')
        for reward in catalogue:
            reward.description = (
                reward.description or reward.service_id.name or reward.reward_product_id.name
            )
        return super(LoyaltyReward, self - catalogue)._compute_description()

    def _create_missing_discount_line_products(self):
        # sudo: who may create rewards need not be allowed to create products
        # nothing is noted of one that nobody sees: every employee reads what products have of that
        rewards = self.sudo().with_context(mail_create_nolog=True)
        return super(LoyaltyReward, rewards)._create_missing_discount_line_products()

    def _get_discount_product_values(self):
        """Let a reward's hidden product be of the reward's clinic."""
        return [
            values | {'company_id': reward.company_id.id}
            for reward, values in zip(self, super()._get_discount_product_values(), strict=True)
        ]

    @api.model
    def _get_active_products_domain(self):
        """Keep the catalogue out of orders: what is given out at the desk is counted there."""
        return ['&', ('benefit', '=', False), *super()._get_active_products_domain()]

    # ------------------------------------------------------------ who can have it

    def _get_problem(self, card):
        """Return why a member cannot have this reward today; nothing if they can.

        :param loyalty.card card: of the member
        """
        self.ensure_one()
        program = self.program_id
        today = program._get_today()
        if not self.active or not self.benefit:
            return self.env._("It is not in the catalogue any more.")
        if card.program_id != program:
            return self.env._("It is for members of “%(club)s” only.", club=program.name)
        if ended := program._get_ended():
            return ended
        if self.valid_from and today < self.valid_from:
            return self.env._("It begins on %(day)s.", day=format_date(self.env, self.valid_from))
        if self.valid_until and today > self.valid_until:
            return self.env._("It ended on %(day)s.", day=format_date(self.env, self.valid_until))
        if not self._is_in_tier(card):
            return self.env._("It is for members from tier %(tier)s on.", tier=self.tier_id.name)
        if self.is_limited and self.stock <= 0:
            return self.env._("There is none left.")
        return ''

    def _is_in_tier(self, card):
        """Return whether the tier of a member is good enough."""
        return not self.tier_id or (bool(card.tier_id) and card.tier_id.rank >= self.tier_id.rank)

    def _is_available(self):
        """Return whether anybody can have this today."""
        self.ensure_one()
        today = self.program_id._get_today()
        return (
            not self.program_id._get_ended()
            and (self.valid_from or today) <= today <= (self.valid_until or today)
            and (not self.is_limited or self.stock > 0)
        )

    def _take_one(self):
        """Take one from the stock, in one statement; return whether there is a stock.

        :raise UserError: there is none left
        """
        if self.is_limited and not self._change_stock(-1):
            raise UserError(self.env._("There is no “%(reward)s” left.", reward=self.description))
        return self.is_limited

    def _change_stock(self, number):
        self.ensure_one()
        self.flush_recordset(['stock', 'is_limited'])
        self.env.cr.execute(
            SQL(
                'UPDATE loyalty_reward SET stock = stock + %(number)s '
                'WHERE id = %(id)s AND stock + %(number)s >= 0',
                number=number,
                id=self.id,
            ),
            log_exceptions=False,
        )
        self.invalidate_recordset(['stock'], flush=False)
        return bool(self.env.cr.rowcount)
