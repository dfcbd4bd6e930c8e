from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..happenings import HAPPENINGS


class HealthcareWorkflow(models.Model):
    """A workflow by which a campaign reaches patients: only those whom it addresses."""

    _inherit = 'healthcare.workflow'

    campaign_id = fields.Many2one(
        'healthcare.campaign',
        string="Campaign",
        index='btree_not_null',
        # without its campaign, it would take in everybody, and everybody would read its messages
        ondelete='restrict',
        copy=False,
        help="Only patients whom the campaign addresses come in, nobody whom it keeps out. What "
        "they get here counts for the campaign.",
    )

    @api.model
    def _selection_event(self):
        """Listen to what happens to members, too."""
        ours = [(code, self.env._(label)) for code, label in HAPPENINGS.items()]
        return super()._selection_event() + ours

    @api.constrains('campaign_id', 'company_id')
    def _check_campaign(self):
        if any(one.campaign_id and one.campaign_id.company_id != one.company_id for one in self):
            raise ValidationError(
                self.env._("Choose a campaign of the clinic whose workflow it is.")
            )

    @api.depends(
        'trigger_ids.event',
        'campaign_id.segment_ids.is_guarded',
        'campaign_id.excluded_segment_ids.is_guarded',
    )
    def _compute_is_guarded(self):
        """Its numbers are those of the campaign, which tells about how many; or those of coupons,
        which may be a group's."""
        result = super()._compute_is_guarded()
        for workflow in self:
            events = {one.get('event') for one in workflow._get_published_triggers()}
            workflow.is_guarded |= workflow.campaign_id.is_blurred or 'coupon_expiring' in (
                events | set(workflow.trigger_ids.mapped('event'))
            )
        return result

    def _get_audience(self, subject):
        audience = super()._get_audience(subject)
        # sudo: whoever edits workflows need not read campaigns
        campaign = self.sudo().campaign_id
        return audience & campaign._get_audience(subject.patient) if campaign else audience
