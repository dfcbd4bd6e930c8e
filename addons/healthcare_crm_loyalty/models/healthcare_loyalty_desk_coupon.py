from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..points import codes
from .healthcare_coupon_batch import LENGTH, PREFIX

#: Nobody spends as much at once.
MOST = 10**12


class HealthcareLoyaltyDesk(models.AbstractModel):
    """Coupons at the desk: scanned, or among what a member has."""

    _inherit = 'healthcare.loyalty.desk'

    @api.model
    def _scan(self, code):
        found = super()._scan(code)
        if found and not (found.get('problem') and not found.get('card')):
            return found
        try:
            # sudo: whether this user may see it, is looked at below
            coupon = self.env['loyalty.card'].sudo()._find_coupon(code)
        except UserError as refused:
            is_meant = codes.looks_like(code, PREFIX, LENGTH)
            return found or ({'problem': str(refused)} if is_meant else None)
        if not self._is_readable(coupon):
            return {'problem': self._get_elsewhere()}
        card = self._get_cards(coupon.partner_id).sudo()[:1]
        opened = self.env.context.get('desk_card_id')
        if not coupon.partner_id and opened:
            card = self._get_card(opened)
            return {'card': card, 'offers': [self._offer_coupon(coupon, card.partner_id)]}
        if not coupon.partner_id:
            return {
                'problem': self.env._(
                    "“%(coupon)s”, %(benefit)s: open the patient's card first, or choose Take a "
                    "Coupon in the menu.",
                    coupon=coupon.batch_id.name,
                    benefit=coupon.batch_id.benefit,
                )
            }
        return {'card': card, 'offers': [self._offer_coupon(coupon, coupon.partner_id)]}

    @api.model
    def _get_sections(self, card):
        sections = super()._get_sections(card)
        coupons = card.partner_id._get_coupons()
        sections.insert(
            1,
            {
                'key': 'coupons',
                'title': self.env._("Coupons"),
                'icon': 'fa-ticket',
                'offers': [self._offer_coupon(one, card.partner_id) for one in coupons],
            },
        )
        return sections

    @api.model
    def desk_coupon(self, coupon_id, patient_id, token, amount=False):
        """Take a coupon of a patient, once for each token.

        :param float amount: what the patient pays before it, where that was typed in
        """
        self._check_desk()
        coupon = self._get_one('loyalty.card', coupon_id)
        patient = self._get_one('res.partner', patient_id)
        if type(amount) not in (int, float, bool) or not -MOST < amount < MOST:
            raise UserError(self.env._("Say as a number what the patient spends."))
        self._check_token(token)
        used = self._find_used(coupon, patient, token)
        used = used or coupon._redeem_coupon(patient, float(amount), token=token)
        if used.discount:
            text = self.env._(
                "“%(coupon)s” is used now: take %(discount)s off.",
                coupon=coupon.batch_id.name,
                discount=used.currency_id.format(used.discount),
            )
        else:
            text = self.env._(
                "“%(coupon)s” is used now: %(benefit)s.",
                coupon=coupon.batch_id.name,
                benefit=coupon.batch_id.benefit,
            )
        return self._done(
            self._get_cards(patient)[:1],
            text,
            undo=['desk_return_coupon', [used.id]],
        )

    @api.model
    def desk_return_coupon(self, redemption_id):
        """Give a coupon back that was taken by mistake."""
        used = self._get_one('healthcare.coupon.redemption', redemption_id)
        used.action_undo()
        card = self._get_cards(used.patient_id)[:1]
        return self._done(card, self.env._("The coupon can be used again."))

    def _find_used(self, coupon, patient, token):
        # sudo: nobody reads tokens; that it was this coupon and this patient, is asked as well
        redemptions = self.env['healthcare.coupon.redemption'].sudo()
        return redemptions.search(
            [
                ('token', '=', token),
                ('card_id', '=', coupon.id),
                ('patient_id', '=', patient.id),
                ('state', '=', 'done'),
            ]
        )

    def _offer_coupon(self, coupon, patient):
        batch = coupon.batch_id
        minimum = batch.minimum_spend
        try:
            coupon._check_coupon(patient, minimum)
            problem = ''
        except UserError as refused:
            problem = str(refused)
        # a gift is a sentence, what is taken off a number
        is_gift = batch.benefit_kind == 'gift'
        terms = batch._say_terms()
        if minimum:
            amount = formatLang(self.env, minimum, currency_obj=batch.currency_id)
            terms = [self.env._("Only if at least %s is paid today", amount), *terms]
        return self._offer(
            f'coupon-{coupon.id}',
            batch.name,
            'desk_coupon',
            [coupon.id, patient.id],
            action=self.env._("Use"),
            icon='fa-ticket',
            text=' · '.join([batch.benefit, *terms] if is_gift else terms),
            amount='' if is_gift else batch.benefit,
            problem=problem,
            has_token=True,
            has_amount=not is_gift or bool(minimum),
        )
