from odoo import api, models
from odoo.tools import format_date

from odoo.addons.healthcare_crm_followup.models.healthcare_my_day import Block
from odoo.addons.healthcare_crm_followup.models.healthcare_my_day_desk import SHOWN

#: state of a campaign -> icon and colour of its badge
ICONS = {'draft': ('fa-pencil',), 'running': ('fa-play-circle', 'success')}


class HealthcareMyDay(models.AbstractModel):
    """Marketing's day begins with its campaigns."""

    _inherit = 'healthcare.my.day'

    @api.model
    def _get_blocks(self):
        mine = {'campaigns': Block(('marketing',), '_block_campaigns')}
        return mine | super()._get_blocks()

    @api.model
    def _block_campaigns(self):
        """What runs and what comes: how many, not who."""
        campaigns = self.env['healthcare.campaign'].search(
            [('state', 'in', list(ICONS))], order='state desc, date_to, id', limit=SHOWN
        )
        states = dict(campaigns._fields['state']._description_selection(self.env))
        action = 'healthcare_crm_loyalty.healthcare_campaign_action'
        return {
            'title': self.env._("Campaigns"),
            'icon': 'fa-flag-o',
            'rows': [
                {
                    'id': one.id,
                    'title': one.title,
                    'text': self._campaign_words(one),
                    'badges': [self._badge(states[one.state], *ICONS[one.state])],
                    'action': self._open_record(one),
                }
                for one in campaigns
            ],
            'empty': self._empty(
                self.env._("No campaign runs or is planned."), self.env._("Campaigns"), action
            ),
            'more': {'name': self.env._("All"), 'action': action},
        }

    @api.model
    def _campaign_words(self, campaign):
        if campaign.state == 'draft':
            return self.env._("From %s", format_date(self.env, campaign.date_from))
        day = format_date(self.env, campaign.date_to)
        if not campaign.counted_at:
            return self.env._("Until %s; counted every night", day)
        numbers = {
            'day': day,
            'converted': campaign.conversion_count,
            'all': campaign.participant_count,
        }
        if campaign.is_blurred:
            return self.env._(
                "Until %(day)s: about %(converted)s of %(all)s reached the goal", **numbers
            )
        return self.env._("Until %(day)s: %(converted)s of %(all)s reached the goal", **numbers)
