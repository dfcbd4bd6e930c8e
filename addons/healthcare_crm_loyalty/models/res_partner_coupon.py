from base64 import b64encode

from markupsafe import Markup

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

from ..benefits import Benefit
from ..qr import draw


class ResPartner(models.Model):
    _inherit = 'res.partner'

    @api.depends_context('uid')
    def _compute_count_active_cards(self):
        """Count for staff alone: one more after coupons were given to a group tells who is in it.

        Odoo's Sales shows a button by it to its own users, so they may read the field itself.
        """
        if self.env.user.has_group(GROUP_STAFF):
            return super()._compute_count_active_cards()
        self.loyalty_card_count = 0
        return None

    def _get_coupons(self):
        """Return the coupons that these patients can still use, those that end first before."""
        coupons = self.env['loyalty.card'].search(
            Domain('partner_id', 'in', self.ids)
            & Domain('batch_id.state', '=', 'given')
            & Domain('points', '>', 0)
            & (Domain('expiration_date', '=', False) | Domain('expiration_date', '>=', '-1d'))
        )
        return coupons.filtered(
            lambda one: one.coupon_state == 'unused' and one.batch_id._get_left() != 0
        ).sorted(lambda one: (not one.expiration_date, one.expiration_date, one.id))

    def _get_benefit_blocks(self):
        """Show the coupons that can still be used."""
        blocks = super()._get_benefit_blocks()
        lines = [
            {
                'name': one.batch_id.name,
                'benefit': one.batch_id.benefit,
                'code': one.coupon_code,
                'qr': draw(one.code, self.env._("Coupon %s", one.coupon_code)),
                'terms': one.batch_id._say_terms(),
            }
            for one in self._get_coupons()
        ]
        if lines:
            blocks.append(Benefit(40, 'healthcare_crm_loyalty.benefits_coupons', {'lines': lines}))
        return blocks


class HealthcareCouponBatch(models.Model):
    _inherit = 'healthcare.coupon.batch'

    def _say_terms(self):
        """Return the conditions in sentences, as they are printed on a coupon."""
        self.ensure_one()
        told = []
        if self.date_from and self.date_from > self._get_today():
            told.append(self.env._("From %s", format_date(self.env, self.date_from)))
        if self.date_to:
            told.append(self.env._("Until %s", format_date(self.env, self.date_to)))
        if self.minimum_spend:
            amount = self.currency_id.format(self.minimum_spend)
            told.append(self.env._("From %s on", amount))
        if self.stacking == 'alone':
            told.append(self.env._("Not together with other coupons"))
        elif self.stacking == 'group':
            told.append(self.env._("Not together with similar coupons"))
        return told

    def _get_printed(self):
        """Return the coupons to print, as ``[{code, qr, owner}]``."""
        self.ensure_one()
        cards = self.env['loyalty.card'].search(
            [('batch_id', '=', self.id), ('points', '>', 0)], limit=MOST_PRINTED
        )
        return [
            {
                'code': card.coupon_code,
                'qr': _to_image(draw(card.code, card.coupon_code)),
                'owner': card.partner_id.name,
            }
            for card in cards
        ]


#: More coupons are not printed at once: fifty sheets.
MOST_PRINTED = 500


def _to_image(svg):
    """Return a drawing as the source of an image: the printer does not size it otherwise."""
    return Markup('data:image/svg+xml;base64,%s') % b64encode(svg.encode()).decode()
