from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.healthcare_crm.models.calendar_event import FREE_STATUSES


class HealthcareLoyaltyDesk(models.AbstractModel):
    """Scanning the code of a campaign, or of an alliance partner, records who came by it."""

    _inherit = 'healthcare.loyalty.desk'

    @api.model
    def desk_campaign(self, card_id, code_id):
        """Record that a member came by the code of a campaign."""
        card = self._get_card(card_id)
        code = self._get_one('healthcare.campaign.code', code_id)
        visit = self._find_visit(card)
        # pressed again after an answer that was lost: it is there already
        if not visit or visit.campaign_code_id != code:
            if problem := self._tell_named(card, visit, code):
                raise UserError(problem)
            visit.campaign_code_id = code
        return self._done(
            card,
            self.env._(
                "%(patient)s came by %(code)s: this is in the appointment now.",
                patient=card.partner_id.name,
                code=code.code,
            ),
            undo=['desk_campaign_not', [card.id, visit.id]],
        )

    @api.model
    def desk_campaign_not(self, card_id, visit_id):
        """Take back the code of a campaign that was recorded by mistake."""
        card = self._get_card(card_id)
        visit = self._get_one('calendar.event', visit_id)
        if visit.patient_id != card.partner_id:
            raise UserError(self.env._("This is not there any more. Scan it again."))
        visit.campaign_code_id = False
        return self._done(card, self.env._("The code was taken back."))

    def _scan(self, code):
        found = super()._scan(code)
        if found and (found.get('card') or not found.get('problem')):
            return found
        # as the user, who may know of the campaigns of their clinic
        campaign_code = self.env['healthcare.campaign.code']._find(code)
        if not campaign_code:
            return found
        opened = self.env.context.get('desk_card_id')
        if not opened:
            return {
                'problem': self.env._(
                    "This is a code of “%(campaign)s”. Open the card of who names it, then scan it "
                    "again.",
                    campaign=campaign_code.campaign_id.title,
                )
            }
        card = self._get_card(opened)
        return {
            'card': card,
            'offers': [
                self._offer(
                    f'campaign-{campaign_code.id}',
                    self.env._("Came by %s", campaign_code.code),
                    'desk_campaign',
                    [card.id, campaign_code.id],
                    action=self.env._("Record"),
                    icon='fa-bullhorn',
                    text=campaign_code.campaign_id.title,
                    problem=self._tell_named(card, self._find_visit(card), campaign_code),
                )
            ],
        }

    def _find_visit(self, card):
        """Return the appointment of today, or else the next one."""
        program = card.program_id
        clinic = program.company_id or self.env.company
        return self.env['calendar.event'].search(
            [
                ('patient_id', '=', card.partner_id.id),
                ('is_appointment', '=', True),
                ('appointment_status', 'not in', FREE_STATUSES),
                ('stop', '>=', clinic._get_midnight(program._get_today())),
            ],
            order='start',
            limit=1,
        )

    def _tell_named(self, card, visit, code):
        """Return why a code cannot be noted in an appointment; empty if it can."""
        if visit and not visit.campaign_code_id:
            return ''
        if visit and visit.campaign_code_id == code:
            return self.env._(
                "%(patient)s came by %(code)s: this is in the appointment already.",
                patient=card.partner_id.name,
                code=code.code,
            )
        return self.env._(
            "%s has no appointment from today on of which this is not known.",
            card.partner_id.name,
        )
