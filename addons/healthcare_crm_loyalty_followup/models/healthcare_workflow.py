from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.healthcare_crm_followup.engine import graph

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
        # sudo: versions are the engine's
        for workflow in self.sudo().filtered(lambda one: one.state != 'draft'):
            for problem in workflow._get_purpose_problems(workflow.version_id.graph):
                raise ValidationError(workflow._describe(problem))

    def _get_definition_fields(self):
        return [*super()._get_definition_fields(), 'campaign_id']

    def _get_record_problems(self, definition):
        yield from super()._get_record_problems(definition)
        yield from self._get_purpose_problems(definition)

    def _get_purpose_problems(self, definition):
        """Yield the steps for which patients agreed to something else than for the campaign."""
        # sudo: whoever edits workflows need not read campaigns
        if purpose := self.sudo().campaign_id.purpose_id:
            for key, step in definition['steps'].items():
                if step.get('purpose') not in (purpose.id, None, False):
                    yield graph.Problem(f'steps/{key}/purpose', 'campaign_purpose', purpose.name)

    @api.model
    def _get_sentence(self, problem):
        if problem.code == 'campaign_purpose':
            return self.env._(
                "The campaign addresses only patients who agreed to “%s”. Choose that as its "
                "purpose here, too.",
                problem.detail,
            )
        return super()._get_sentence(problem)

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
