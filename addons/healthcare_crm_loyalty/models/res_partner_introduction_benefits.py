from odoo import models
from odoo.exceptions import UserError

from ..benefits import Benefit
from ..points import codes
from ..qr import draw
from .healthcare_introducer import LONGEST_NAME


class ResPartner(models.Model):
    """The part of a patient's page by which they recommend the clinic."""

    _inherit = 'res.partner'

    def _get_benefit_blocks(self):
        blocks = super()._get_benefit_blocks()
        introducer = self._find_introducer()
        rewards = self._get_memberships().program_id.earning_ids.filtered(
            lambda earning: earning.event == 'introducing'
        )
        if introducer and not introducer.active:
            # the clinic withdrew it
            return blocks
        if not introducer and not rewards:
            return blocks
        values = {
            'introducer': introducer,
            'longest': LONGEST_NAME,
            'points': not self._is_professional() and max(rewards.mapped('points'), default=0),
        }
        if introducer:
            states = introducer.introduction_ids.mapped('state')
            values |= {
                'url': introducer.url,
                'code': codes.show(introducer.code),
                'qr': draw(introducer.url, introducer.url),
                'came': states.count('came'),
            }
        return [*blocks, Benefit(60, 'healthcare_crm_loyalty.benefits_introduction', values)]

    def _find_introducer(self):
        introducers = self.env['healthcare.introducer'].with_context(active_test=False)
        return introducers.search([('partner_id', '=', self.id)], order='active desc, id', limit=1)

    def _get_benefit_actions(self):
        return super()._get_benefit_actions() | {
            'introduce': ('_introduce_by_link', self.env._("Here is your link: pass it on.")),
            'introduce_name': ('_show_name_by_link', self.env._("Saved.")),
        }

    def _introduce_by_link(self, _form):
        introducer = self._find_introducer()
        if introducer and not introducer.active:
            raise UserError(self._say_no_link())
        self.env['healthcare.introducer']._get_for(self)

    def _show_name_by_link(self, form):
        """Show the name whom the patient writes, or none."""
        name = ' '.join((form.get('shown_name') or '').replace('\0', '').split())
        if len(name) > LONGEST_NAME:
            raise UserError(
                self.env._("This name is too long: %s letters at most, please.", LONGEST_NAME)
            )
        introducer = self._find_introducer()
        if not introducer.active:
            raise UserError(self._say_no_link())
        introducer.shown_name = name

    def _say_no_link(self):
        return self.env._("You have no link any more. Please call us.")
