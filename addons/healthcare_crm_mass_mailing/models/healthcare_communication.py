from odoo import fields, models


class HealthcareCommunication(models.Model):
    _inherit = 'healthcare.communication'

    mailing_id = fields.Many2one(
        'mailing.mailing',
        string="Mailing",
        readonly=True,
        copy=False,
        index='btree_not_null',
        # who may read a message depends on the mailing
        ondelete='restrict',
    )
    reason = fields.Selection(
        selection_add=[('same_address', "Another patient has this address")],
        ondelete={'same_address': 'set null'},
    )
