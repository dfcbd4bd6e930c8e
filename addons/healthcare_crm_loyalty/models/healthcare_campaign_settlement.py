from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date


class HealthcareCampaignSettlement(models.Model):
    """What a partner organisation is owed for those who came by its code, without their names.

    It is what there is up to its day, less what was settled before: who reaches the goal, or pays,
    after they were counted as having come is paid for by the next one, and nobody twice. What was
    undone since is taken off. Whom the campaign addressed, or kept out, did not come by the code
    alone: nothing is owed for them.
    """

    _name = 'healthcare.campaign.settlement'
    _description = "Settlement with a Partner Organisation"
    _inherit = ['healthcare.campaign.counted', 'healthcare.own.clinic']
    _owned_by = ('code_id',)
    _order = 'date_to desc, id desc'

    code_id = fields.Many2one(
        'healthcare.campaign.code', required=True, index=True, ondelete='restrict'
    )
    campaign_id = fields.Many2one(related='code_id.campaign_id', store=True)
    partner_id = fields.Many2one(related='code_id.partner_id', store=True, index='btree_not_null')
    company_id = fields.Many2one(related='code_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    date_to = fields.Date(
        string="Up To",
        required=True,
        default=lambda self: self.env.company._get_local_today(),
        help="What happens later belongs to the next settlement.",
    )
    state = fields.Selection(
        [('draft', "To check"), ('confirmed', "Confirmed"), ('cancelled', "Cancelled")],
        required=True,
        readonly=True,
        default='draft',
        copy=False,
    )
    participant_count = fields.Integer(
        string="Patients Who Came",
        readonly=True,
        copy=False,
        help="By the code alone: whom the campaign addresses, or keeps out, is not counted.",
    )
    conversion_count = fields.Integer(string="Reached the Goal", readonly=True, copy=False)
    revenue = fields.Monetary(readonly=True, copy=False)
    fee_basis = fields.Selection(related='code_id.fee_basis')
    fee = fields.Float(related='code_id.fee')
    amount = fields.Monetary(string="To Pay", readonly=True, copy=False)

    @api.depends('code_id', 'date_to')
    def _compute_display_name(self):
        for settlement in self:
            settlement.display_name = f'{settlement.code_id.code or ""} · {settlement.date_to}'

    @api.model_create_multi
    def create(self, vals_list):
        settlements = super().create(vals_list)
        settlements._count()
        return settlements

    def write(self, vals):
        if not {'code_id', 'date_to'}.isdisjoint(vals) and any(
            one.state != 'draft' for one in self
        ):
            raise UserError(self.env._("A confirmed settlement stays as it is. Cancel it first."))
        result = super().write(vals)
        if not {'code_id', 'date_to'}.isdisjoint(vals):
            self._count()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        if any(settlement.state == 'confirmed' for settlement in self):
            raise UserError(
                self.env._("A confirmed settlement cannot be deleted. Cancel it first.")
            )

    @api.constrains('code_id', 'date_to')
    def _check_date(self):
        for settlement in self:
            last = max(settlement._get_settled().mapped('date_to'), default=None)
            if last and settlement.date_to < last:
                raise ValidationError(
                    self.env._(
                        "“%(code)s” is settled up to %(date)s already.",
                        code=settlement.code_id.code,
                        date=format_date(self.env, last),
                    )
                )

    def action_confirm(self):
        """Settle what is counted, once and for all."""
        self.check_access('write')
        for settlement in self:
            if settlement.state != 'draft':
                raise UserError(self.env._("This settlement was confirmed or cancelled already."))
            if not settlement.partner_id:
                raise UserError(
                    self.env._(
                        "There is no organisation to settle “%s” with.", settlement.code_id.code
                    )
                )
            # written, not only locked: who confirms another at once begins anew
            self.env.cr.execute(
                SQL(
                    'UPDATE healthcare_campaign_code SET write_date = %s WHERE id = %s',
                    fields.Datetime.now(),
                    settlement.code_id.id,
                )
            )
            settlement._check_date()
            settlement._count()
            # sudo: where it stands is written by these actions alone
            settlement.sudo().state = 'confirmed'
        return True

    def action_cancel(self):
        """Let what was settled be settled anew."""
        self.check_access('write')
        self.sudo().state = 'cancelled'
        return True

    def _get_settled(self):
        """Return what was settled of the code before."""
        others = self.code_id.settlement_ids - self
        return others.filtered(lambda one: one.state == 'confirmed')

    def _count(self):
        self.env.flush_all()
        # sudo: how many, not who
        for settlement in self.sudo():
            [(count, converted, revenue)] = self.env.execute_query(
                SQL(
                    """
                    SELECT COUNT(*), COUNT(*) FILTER (WHERE converted_at < %(end)s),
                           COALESCE(SUM(revenue), 0)
                      FROM healthcare_campaign_participant
                     WHERE code_id = %(code)s AND arm = 'came' AND since < %(end)s
                    """,
                    code=settlement.code_id.id,
                    end=settlement.company_id._get_midnight(
                        fields.Date.add(settlement.date_to, days=1)
                    ),
                )
            )
            settled = settlement._get_settled()
            converted -= sum(settled.mapped('conversion_count'))
            revenue = float(revenue) - sum(settled.mapped('revenue'))
            settlement.write(
                {
                    'participant_count': count - sum(settled.mapped('participant_count')),
                    'conversion_count': converted,
                    'revenue': revenue,
                    'amount': settlement._get_amount(
                        converted, revenue, sum(settled.mapped('amount'))
                    ),
                }
            )

    def _get_amount(self, converted, revenue, paid):
        match self.fee_basis:
            case 'fixed':
                return max(0.0, self.fee - paid)
            case 'converted':
                return self.fee * converted
            case 'revenue':
                return self.currency_id.round(revenue * self.fee / 100)
        return 0.0
