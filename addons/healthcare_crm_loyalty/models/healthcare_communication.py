from odoo import fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class HealthcareCommunication(models.Model):
    _inherit = 'healthcare.communication'

    campaign_id = fields.Many2one(
        'healthcare.campaign',
        string="Campaign",
        readonly=True,
        copy=False,
        index='btree_not_null',
        # without its campaign, everybody would read it who reads the ledger
        ondelete='restrict',
        # whom a campaign addresses may tell what it is about
        groups=GROUP_STAFF,
    )
    print_id = fields.Many2one(
        'healthcare.campaign.print',
        string="Print Run",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        groups=GROUP_STAFF,
    )
