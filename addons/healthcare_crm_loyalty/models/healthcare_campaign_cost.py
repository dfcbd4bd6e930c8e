from odoo import fields, models


class HealthcareCampaignCost(models.Model):
    """What a campaign cost, and for which source."""

    _name = 'healthcare.campaign.cost'
    _description = "Cost of a Campaign"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('campaign_id',)
    _order = 'date desc, id desc'

    name = fields.Char(string="What For", required=True)
    campaign_id = fields.Many2one(
        'healthcare.campaign', required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='campaign_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='campaign_id.currency_id')
    date = fields.Date(required=True, default=fields.Date.context_today)
    source_id = fields.Many2one(
        'utm.source',
        string="Source",
        index='btree_not_null',
        ondelete='restrict',
        help="Where patients find the clinic for this money: a newspaper, a search engine.",
    )
    amount = fields.Monetary(required=True)

    _amount_positive = models.Constraint('CHECK (amount >= 0)', "A cost cannot be negative.")
