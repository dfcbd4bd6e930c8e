"""What the patient did in a campaign."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from odoo.addons.healthcare_crm.segmenting.registry import Kind, kind
from odoo.addons.healthcare_crm.segmenting.rows import having_any

_lt = LazyTranslate(__name__)

#: choice -> the participants that it means
MEANINGS = {
    'addressed': Domain('arm', '=', 'addressed'),
    'answered': Domain('arm', '=', 'addressed') & Domain('responded_at', '!=', False),
    'silent': Domain('arm', '=', 'addressed') & Domain('responded_at', '=', False),
    'came': Domain('arm', '=', 'came'),
    'converted': Domain('arm', '!=', 'held') & Domain('converted_at', '!=', False),
    'not_converted': Domain('arm', 'in', ('addressed', 'came'))
    & Domain('converted_at', '=', False),
}


@kind
class Campaign(Kind):
    """Was addressed by campaigns, answered or did not, or came by a code."""

    code = 'campaign'
    label = _lt("Campaign")
    group = 'contact'
    # whom a campaign is meant for may be a secret
    access = 'staff'
    needs = {'healthcare.campaign.participant': ('arm', 'responded_at')}
    parameters = ('options', 'campaign_ids')
    single = True
    required = ('campaign_ids', 'options')
    defaults = {'options': ['addressed']}
    words = _lt("In the campaign %(which)s: %(what)s")
    denied = _lt("In the campaign %(which)s: not %(what)s")

    def choices(self, env):
        """What came of being addressed."""
        return [
            ('addressed', env._("addressed")),
            ('answered', env._("answered")),
            ('silent', env._("did not answer")),
            ('came', env._("came by a code")),
            ('converted', env._("reached the goal")),
            ('not_converted', env._("did not reach the goal")),
        ]

    def domain(self, condition, scope):
        """Look among the participants."""
        rows = Domain('campaign_id', 'in', condition.campaign_ids.ids)
        rows &= Domain.OR([MEANINGS[code] for code in condition.options if code in MEANINGS])
        return having_any(scope, 'healthcare.campaign.participant', rows)

    def values(self, condition, env):
        """Name the campaigns."""
        # sudo: a name the author chose; who may read the condition may know it
        names = condition.campaign_ids.sudo().with_env(env(su=True)).mapped('title')
        return {'which': ', '.join(names), 'what': self.chosen(condition, env)}
