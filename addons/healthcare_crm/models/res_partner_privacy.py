from odoo import fields, models

from ..sensitive import GROUP_USER


class ResPartner(models.Model):
    """Patients whose data is kept, but left alone."""

    _inherit = 'res.partner'

    processing_restricted = fields.Boolean(
        string="Use Restricted",
        readonly=True,
        copy=False,
        groups=GROUP_USER,
        help="At the patient's request: nothing is sent, and no segment, campaign or workflow "
        "takes the patient up.",
    )

    def _restrict_processing(self):
        """Stop whatever uses the data of these patients for other ends than their care."""
        self.write({'processing_restricted': True, 'contact_blocked': True})
        self.segment_member_ids.unlink()
