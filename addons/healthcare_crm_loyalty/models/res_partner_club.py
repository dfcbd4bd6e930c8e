from odoo import models

from odoo.addons.healthcare_crm.guarded import GuardedOne2many
from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class ResPartner(models.Model):
    _inherit = 'res.partner'

    # What somebody writes as a condition is looked up with every right, and would tell.
    segment_member_ids = GuardedOne2many(
        domain=[('segment_id.tells_club', '=', False)], groups=GROUP_STAFF
    )
