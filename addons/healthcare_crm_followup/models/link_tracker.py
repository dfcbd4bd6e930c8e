from odoo import api, fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_USER


class LinkTracker(models.Model):
    _inherit = 'link.tracker'

    # every employee may read the link itself; whose message it was in is for those who see
    # messages
    communication_id = fields.Many2one(
        'healthcare.communication',
        string="Message",
        ondelete='cascade',
        index='btree_not_null',
        readonly=True,
        copy=False,
        groups=GROUP_USER,
    )

    @api.model
    def _get_title_from_url(self, url):
        with self.env['healthcare.outgoing']._guarded():
            return super()._get_title_from_url(url)
