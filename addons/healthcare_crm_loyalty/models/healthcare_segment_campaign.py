from odoo import models


class HealthcareSegment(models.Model):
    """A group of those whom a campaign addresses: each campaign can have one, of the same patients.

    Told each for itself, their numbers would be exact on average.
    """

    _inherit = 'healthcare.segment'

    def _get_told(self):
        """Tell of whom a campaign addresses what the campaign tells."""
        told = super()._get_told()
        for campaign in self._find_addressing():
            group = campaign.addressed_segment_id
            # unless the clinic made another group of it
            if campaign.is_blurred and group.condition_ids.mapped('options') == [['addressed']]:
                told[group.id] = campaign.addressed_count or None
        return told

    def _get_origins(self):
        groups, seen = super()._get_origins(), self.env['healthcare.campaign']
        while found := groups._find_addressing() - seen:
            groups -= found.addressed_segment_id
            groups |= (found.segment_ids | found.excluded_segment_ids).with_env(self.env)
            seen |= found
        return groups

    def _find_addressing(self):
        """Return the campaigns that address those who are in these groups."""
        # sudo: whoever sees the group need not see the campaign
        campaigns = self.env['healthcare.campaign'].sudo().with_context(active_test=False)
        return campaigns.search([('addressed_segment_id', 'in', self._origin.ids)])
