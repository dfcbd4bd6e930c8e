from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

#: What members earn points by. Bridges add theirs, see ``_get_sources`` of the causes.
EVENTS = [
    ('visit', "A visit"),
    ('on_time', "Arriving on time"),
    ('checkup', "A check-up"),
    ('purchase', "A paid invoice"),
    ('joining', "Becoming a member"),
    ('birthday', "Birthday"),
]


class HealthcareLoyaltyEarning(models.Model):
    """How many points something earns, and how often."""

    _name = 'healthcare.loyalty.earning'
    _description = "Way to Earn Points"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('program_id',)
    _order = 'program_id, sequence, id'

    name = fields.Char(required=True, translate=True, help="What members read beside the points.")
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    program_id = fields.Many2one(
        'loyalty.program',
        string="Membership",
        required=True,
        index=True,
        ondelete='cascade',
    )
    company_id = fields.Many2one(related='program_id.company_id', store=True)
    event = fields.Selection(EVENTS, required=True, default='visit')
    points = fields.Float(required=True, default=10)
    currency_id = fields.Many2one(
        'res.currency',
        compute='_compute_currency_id',
    )
    per_amount = fields.Monetary(
        string="For Each",
        help="Give the points for each time that this amount was paid, in the currency of the "
        "clinic; 0 to give them once, whatever was paid.",
    )
    service_ids = fields.Many2many(
        'healthcare.service',
        string="Services",
        help="Only visits for these services; none for all.",
    )
    # what was given before stays given, whatever the visit was for
    services_since = fields.Datetime(readonly=True, copy=False)
    cap = fields.Float(
        string="At Most",
        help="Points that a member can earn this way within the period; 0 for no limit.",
    )
    cap_period = fields.Selection(
        [('day', "a day"), ('month', "a month"), ('year', "a year"), ('ever', "ever")],
        required=True,
        default='year',
    )
    date_from = fields.Date(
        string="From",
        default=lambda self: self.env.company._get_local_today(),
        help="What was done before earns nothing this way; empty for whatever members did since "
        "they joined.",
    )
    date_to = fields.Date(string="Until", help="The last day, included.")

    _points_positive = models.Constraint(
        'CHECK (points > 0 AND cap >= 0)',
        "What is done earns at least some points, and limits cannot be negative.",
    )
    _per_amount_positive = models.Constraint(
        'CHECK (per_amount >= 0)',
        "Points are given for an amount that was paid: it cannot be negative.",
    )
    _two_decimals = models.Constraint(
        'CHECK (points = ROUND(points::numeric, 2) AND cap = ROUND(cap::numeric, 2))',
        "Points have two decimals at most.",
    )

    @api.depends('program_id.company_id')
    def _compute_currency_id(self):
        for earning in self:
            # sudo: in which currency a clinic counts is no secret
            company = earning.sudo().program_id.company_id or self.env.company
            earning.currency_id = company.currency_id

    @api.constrains('event', 'per_amount')
    def _check_amount(self):
        paid = self.env['healthcare.loyalty.cause']._get_paid_events()
        if any(earning.per_amount and earning.event not in paid for earning in self):
            raise ValidationError(
                self.env._("Nothing is paid for this, so it cannot earn points by the amount.")
            )

    def write(self, vals):
        # what an add-on that goes was for stays as its own
        if 'event' in vals and not self.env.context.get(MODULE_UNINSTALL_FLAG):
            self._check_nothing_given(vals['event'])
        if 'service_ids' in vals:
            vals = {**vals, 'services_since': fields.Datetime.now()}
        return super().write(vals)

    def _check_nothing_given(self, event):
        """Refuse to give points for something else: what was given would be taken back.

        :raise UserError: a line has given points
        """
        # sudo: who changes a line need not read who earned by it
        History = self.env['loyalty.history'].sudo()
        changed = self.filtered(lambda one: one.event != event)
        given = History.search([('earning_id', 'in', changed.ids)], limit=1).earning_id
        if given:
            raise UserError(
                self.env._(
                    "“%(line)s” has given points, so it stays for what it was made for. Say until "
                    "when it earns them, and add another line.",
                    line=given.name,
                )
            )

    @api.constrains('points', 'cap', 'program_id', 'active')
    def _check_whole(self):
        for earning in self.filtered('active'):
            if earning.program_id.whole_points and (earning.points % 1 or earning.cap % 1):
                raise ValidationError(
                    self.env._(
                        "“%(membership)s” gives whole points only: say how many without a "
                        "fraction.",
                        membership=earning.program_id.name,
                    )
                )
