from odoo import api, fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_CLINICAL, GROUP_PRIVACY, GROUP_STAFF

#: who reads what becomes of each member of a group
GROUPS = f'{GROUP_STAFF},{GROUP_CLINICAL},{GROUP_PRIVACY}'


class HealthcareWorkflow(models.Model):
    """Workflows for groups that are used without being seen into.

    Counters of workflows are exact, and of one day: of such a group, they would say that somebody
    came or went, and how many there are.
    """

    _inherit = 'healthcare.workflow'

    is_guarded = fields.Boolean(
        string="For a Group That Asks About Health",
        compute='_compute_is_guarded',
        store=True,
        help="How many go through it is for those who look after patients to read.",
    )
    is_opaque = fields.Boolean(
        string="Numbers Not Shown",
        compute='_compute_is_opaque',
        help="You can see this workflow, but not how many go through it.",
    )

    @api.depends('version_ids', 'trigger_ids.kind', 'trigger_ids.segment_id.is_guarded')
    def _compute_is_guarded(self):
        for workflow in self:
            segments = workflow._get_watched_segments()
            workflow.is_guarded = any(segments.mapped('is_guarded'))

    def _get_watched_segments(self):
        """Return the segments whose patients come in, or did by an older version: both count."""
        segments = self.trigger_ids.filtered(lambda one: one.kind == 'segment').segment_id
        published = {one.get('segment') for one in self._get_published_triggers()}
        return segments | segments.browse(published - {None}).exists()

    def _get_published_triggers(self):
        """Return the triggers of all versions, as JSON."""
        return [
            trigger
            for version in self.version_ids
            for trigger in version.graph.get('triggers', {}).values()
        ]

    @api.depends('is_guarded')
    @api.depends_context('uid')
    def _compute_is_opaque(self):
        sees_members = self.env.su or self.env.user.has_groups(GROUPS)
        for workflow in self:
            workflow.is_opaque = not sees_members and workflow.is_guarded

    def _say_opaque(self):
        """Say why no numbers are shown; ``False`` where they are."""
        return self.is_opaque and self.env._(
            "Its patients may be in a group that asks about health: how many go through it is "
            "shown to those who look after patients."
        )

    def _compute_counts(self):
        result = super()._compute_counts()
        for workflow in self.filtered('is_opaque'):
            workflow.waiting_count = workflow.done_count = workflow.incident_count = 0
        return result

    def _compute_older_count(self):
        result = super()._compute_older_count()
        self.filtered('is_opaque').older_count = 0
        return result

    def _get_counts(self):
        return {} if self.is_opaque else super()._get_counts()

    def versions_load(self):
        loaded = super().versions_load()
        if self.is_opaque:
            for version in loaded['versions']:
                version['patients'] = 0
            loaded['has_older'] = False
        return loaded
