from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class HealthcareCampaignSettlement(models.Model):
    """What a partner organisation is owed for those who came by its code, without their names.

    Each patient is settled once: by confirming, they are tied to the settlement.
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
        default=fields.Date.context_today,
        help="What happened later belongs to the next settlement.",
    )
    state = fields.Selection(
        [('draft', "To check"), ('confirmed', "Confirmed"), ('cancelled', "Cancelled")],
        required=True,
        readonly=True,
        default='draft',
        copy=False,
    )
    participant_count = fields.Integer(string="Patients Who Came", readonly=True, copy=False)
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

    def action_confirm(self):
        """Settle who is counted, once and for all."""
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
            # one after the other: two settlements never count the same patient
            settlement.code_id.lock_for_update()
            # sudo: counts and ties, by the software
            ids = settlement.sudo()._find_open()
            self.env.cr.execute(
                SQL(
                    'UPDATE healthcare_campaign_participant SET settlement_id = %s '
                    'WHERE id = ANY(%s)',
                    settlement.id,
                    ids,
                )
            )
            settlement._count()
            settlement.sudo().state = 'confirmed'
        return True

    def action_cancel(self):
        """Let what was settled be settled anew."""
        self.check_access('write')
        self.env.cr.execute(
            SQL(
                'UPDATE healthcare_campaign_participant SET settlement_id = NULL '
                'WHERE settlement_id = ANY(%s)',
                self.ids,
            )
        )
        self.sudo().state = 'cancelled'
        return True

    def _find_open(self):
        """Return the ids of the participants that are to be settled now."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM healthcare_campaign_participant
                 WHERE code_id = %s AND since < %s::date + 1
                   AND (settlement_id IS NULL OR settlement_id = %s)
                """,
                self.code_id.id,
                self.date_to,
                self.id,
            )
        )
        return [id_ for (id_,) in rows]

    def _count(self):
        # sudo: how many, not who
        for settlement in self.sudo():
            [(count, converted, revenue)] = self.env.execute_query(
                SQL(
                    """
                    SELECT COUNT(*), COUNT(converted_at), COALESCE(SUM(revenue), 0)
                      FROM healthcare_campaign_participant WHERE id = ANY(%s)
                    """,
                    settlement._find_open(),
                )
            )
            settlement.write(
                {
                    'participant_count': count,
                    'conversion_count': converted,
                    'revenue': revenue,
                    'amount': settlement._get_amount(converted, revenue),
                }
            )

    def _get_amount(self, converted, revenue):
        match self.fee_basis:
            case 'fixed':
                return self.fee
            case 'converted':
                return self.fee * converted
            case 'revenue':
                return self.currency_id.round(float(revenue) * self.fee / 100)
        return 0.0
