from odoo import api, models

from .healthcare_introduction import COUNTING


class HealthcareLoyaltyDesk(models.AbstractModel):
    """Scanning the code of somebody who recommends the clinic records whom they brought."""

    _inherit = 'healthcare.loyalty.desk'

    @api.model
    def desk_scan(self, text, card_id=False):
        """Know which card is open: it may be that of who was brought."""
        return super(HealthcareLoyaltyDesk, self.with_context(desk_card_id=card_id)).desk_scan(
            text, card_id
        )

    @api.model
    def desk_introduce(self, card_id, introducer_id):
        """Record who brought a member, now that they name the code."""
        card = self._get_card(card_id)
        introducer = self._get_one('healthcare.introducer', introducer_id)
        introductions = self.env['healthcare.introduction']
        # pressed again after an answer that was lost: it is recorded already
        known = introductions.search(
            [
                ('introducer_id', '=', introducer.id),
                ('patient_id', '=', card.partner_id.id),
                ('state', '!=', 'late'),
            ],
            limit=1,
        )
        introduction = known or introductions.create(
            {'introducer_id': introducer.id, 'patient_id': card.partner_id.id}
        )
        states = dict(introduction._fields['state']._description_selection(self.env))
        reasons = dict(introduction._fields['reason']._description_selection(self.env))
        because = f' ({reasons[introduction.reason]})' if introduction.reason else ''
        return self._done(
            card,
            self.env._(
                "Brought by %(introducer)s: %(state)s",
                introducer=introducer.partner_id.name,
                state=states[introduction.state] + because,
            ),
            tone='success' if introduction.state in COUNTING else 'warning',
        )

    def _scan(self, code):
        found = super()._scan(code)
        introducer = not found and self.env['healthcare.introducer']._find(code)
        if not introducer:
            return found
        opened = self.env.context.get('desk_card_id')
        card = self._get_card(opened) if opened else self.env['loyalty.card']
        own = card.partner_id == introducer.partner_id
        if not card or own or not introducer.sudo(False).has_access('read'):
            return {
                'problem': self.env._(
                    "This is the code of somebody who recommends you. Open the card of who was "
                    "brought, then scan it again."
                )
            }
        return {
            'card': card.sudo(),
            'offers': [
                self._offer(
                    f'introducer-{introducer.id}',
                    self.env._("Brought by %s", introducer.partner_id.name),
                    'desk_introduce',
                    [card.id, introducer.id],
                    action=self.env._("Record"),
                    icon='fa-share-alt',
                )
            ],
        }
