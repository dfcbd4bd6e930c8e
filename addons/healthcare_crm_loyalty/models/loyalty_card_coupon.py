from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date, formatLang

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

from ..points import codes
from .healthcare_coupon_batch import LENGTH, PREFIX


class LoyaltyCard(models.Model):
    """A card that may be a coupon, and how it is taken: once, whoever else tries."""

    _inherit = 'loyalty.card'

    batch_id = fields.Many2one(
        'healthcare.coupon.batch',
        string="Coupon",
        index='btree_not_null',
        readonly=True,
        ondelete='restrict',
    )
    coupon_benefit = fields.Char(related='batch_id.benefit')
    coupon_code = fields.Char(string="Printed Code", compute='_compute_coupon_code')
    coupon_state = fields.Selection(
        [
            ('unused', "Unused"),
            ('used', "Used"),
            ('expired', "Expired"),
            ('withdrawn', "Withdrawn"),
        ],
        string="State",
        compute='_compute_coupon_state',
    )

    _coupon_idx = models.Index('(batch_id, partner_id) WHERE batch_id IS NOT NULL')

    @api.depends('code', 'batch_id.kind')
    def _compute_coupon_code(self):
        for card in self:
            card.coupon_code = codes.show(card.code) if card._has_made_code() else card.code

    @api.depends('batch_id.state', 'points', 'expiration_date', 'active')
    def _compute_coupon_state(self):
        for card in self:
            if not card.batch_id:
                card.coupon_state = False
            elif card.points > 0 and card.expiration_date and card._has_expired():
                card.coupon_state = 'expired'
            elif card.points > 0:
                card.coupon_state = 'unused'
            else:
                card.coupon_state = 'used' if card.active else 'withdrawn'

    def _has_made_code(self):
        return self.batch_id.kind != 'single' and codes.read(self.code or '')

    def _has_expired(self):
        return self.expiration_date < self.batch_id._get_today()

    @api.model
    def _check_code_free(self, code):
        """Refuse a code that somebody has: :raise UserError: it is taken."""
        # sudo: it may be another clinic's
        cards = self.sudo().with_context(active_test=False)
        if cards.search_count([('code', '=', code)], limit=1) or self.env[
            'healthcare.campaign.code'
        ].sudo()._find(code):
            raise UserError(self.env._("The code “%s” is taken. Choose another one.", code))

    # ------------------------------------------------------------ at the desk

    @api.model
    def _find_coupon(self, text):
        """Return the coupon with a code, as it was typed or scanned; none where there is none.

        :raise UserError: there is no coupon with this code
        """
        code = codes.clean(text or '')
        card = self.with_context(active_test=False).search(
            [('code', '=', code), ('batch_id', '!=', False)]
        )
        if not card and codes.looks_like(code, PREFIX, LENGTH) and not codes.read(code):
            raise UserError(
                self.env._(
                    "“%s” is no code of a coupon: look at it again, a letter is wrong.", text
                )
            )
        if not card:
            raise UserError(self.env._("There is no coupon with the code “%s”.", text))
        return card

    def _redeem_coupon(self, patient=None, amount=0, **values):
        """Take this coupon, and return that it was.

        :param res.partner patient: who uses it; whose it is when not given
        :param float amount: what the patient pays that day before it
        :param values: of the redemption
        :rtype: healthcare.coupon.redemption
        :raise UserError: why it cannot be taken
        """
        self.ensure_one()
        if not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(self.env._("Coupons are taken by the reception."))
        self.check_access('read')
        patient = (patient or self.partner_id).exists()
        patient.check_access('read')
        batch = self.batch_id
        patient._lock_benefits()
        self._check_coupon(patient, amount)
        # sudo: cards, and what was taken, are written by the software alone
        card = self.sudo()
        self.env.flush_all()
        # in one statement; whoever takes one of the same batch meanwhile begins anew and sees it
        self.env.cr.execute(
            SQL(
                """
                UPDATE healthcare_coupon_batch SET used = COALESCE(used, 0) + 1
                 WHERE id = %s AND state = 'given'
                   AND (COALESCE(limit_total, 0) = 0 OR COALESCE(used, 0) < limit_total)
                """,
                batch.id,
            )
        )
        if not self.env.cr.rowcount:
            raise UserError(self._say_all_taken())
        batch._forget()
        movement = card._spend(1, description=batch.name)
        return (
            self.env['healthcare.coupon.redemption']
            .sudo()
            .create(
                {
                    'batch_id': batch.id,
                    'card_id': card.id,
                    'patient_id': patient.id,
                    'movement_id': movement.id,
                    'day': batch._get_today(),
                    'user_id': self.env.uid,
                    'company_id': self.env.company.id,
                    'amount': amount,
                    'discount': self._get_coupon_discount(amount),
                    **values,
                }
            )
        )

    def _get_coupon_discount(self, amount):
        """Return what the coupon takes off an amount, never more than it is."""
        batch = self.batch_id
        if batch.benefit_kind == 'gift' or not amount:
            return 0
        off = batch.value if batch.benefit_kind == 'amount' else amount * batch.value / 100
        return batch.currency_id.round(min(off, amount))

    def _check_coupon(self, patient, amount):
        """Refuse what cannot be taken.

        :raise UserError: why not
        """
        batch, today = self.batch_id, self.batch_id._get_today()
        if not batch:
            raise UserError(self.env._("This card is no coupon."))
        if batch.state == 'withdrawn' or self.coupon_state == 'withdrawn':
            raise UserError(self.env._("“%s” was withdrawn by the clinic.", batch.name))
        if self.points < 1:
            raise UserError(self._say_used())
        if batch._get_left() == 0:
            raise UserError(self._say_all_taken())
        if batch.date_from and today < batch.date_from:
            raise UserError(
                self.env._(
                    "“%(coupon)s” is valid from %(day)s on.",
                    coupon=batch.name,
                    day=format_date(self.env, batch.date_from),
                )
            )
        if self.coupon_state == 'expired':
            raise UserError(
                self.env._(
                    "“%(coupon)s” was valid until %(day)s.",
                    coupon=batch.name,
                    day=format_date(self.env, self.expiration_date),
                )
            )
        if self.partner_id and patient != self.partner_id:
            raise UserError(
                self.env._(
                    "This is the coupon of %(owner)s, not of %(patient)s.",
                    owner=self.partner_id.display_name,
                    patient=patient.display_name,
                )
            )
        if amount < 0 or amount < batch.minimum_spend:
            raise UserError(
                self.env._(
                    "“%(coupon)s” is taken from %(minimum)s on.",
                    coupon=batch.name,
                    minimum=formatLang(
                        self.env, batch.minimum_spend, currency_obj=batch.currency_id
                    ),
                )
            )
        self._check_others(patient, today)

    def _check_others(self, patient, today):
        """Refuse what the patient used too often already, or may not use together."""
        batch = self.batch_id
        if not patient:
            if batch.limit_person or batch.stacking != 'free':
                raise UserError(self.env._("Choose the patient who uses “%s”.", batch.name))
            return
        # sudo: also what another branch took
        Redemption = self.env['healthcare.coupon.redemption'].sudo()
        mine = [('patient_id', '=', patient.id), ('state', '=', 'done')]
        if batch.limit_person:
            times = Redemption.search_count([*mine, ('batch_id', '=', batch.id)])
            if times >= batch.limit_person:
                raise UserError(
                    self.env._(
                        "%(patient)s has used “%(coupon)s” already; each patient can %(times)s "
                        "time(s).",
                        patient=patient.display_name,
                        coupon=batch.name,
                        times=batch.limit_person,
                    )
                )
        for other in Redemption.search([*mine, ('day', '=', today)]).batch_id:
            if not batch._goes_with(other):
                raise UserError(
                    self.env._(
                        "“%(coupon)s” cannot be used together with “%(other)s”, which %(patient)s "
                        "has used today.",
                        coupon=batch.name,
                        other=other.name,
                        patient=patient.display_name,
                    )
                )

    def _say_all_taken(self):
        return self.env._("“%s” was taken as often as there were coupons.", self.batch_id.name)

    def _say_used(self):
        """Return when and where it was used, for the desk to tell."""
        # sudo: it may have been at another branch
        last = self.env['healthcare.coupon.redemption'].sudo()
        last = last.search([('card_id', '=', self.id), ('state', '=', 'done')], limit=1)
        if not last:
            return self.env._("This coupon was used already.")
        return self.env._(
            "This coupon was used already: on %(day)s at %(clinic)s.",
            day=format_date(self.env, last.day),
            clinic=last.company_id.name,
        )


class HealthcareCouponBatch(models.Model):
    _inherit = 'healthcare.coupon.batch'

    def _goes_with(self, other):
        """Say whether a patient may use coupons of these two batches on one day.

        Of one batch, how often is for the limit of each patient to say.
        """
        if self == other:
            return True
        pair = (self, other.sudo())
        if any(one.stacking == 'alone' for one in pair):
            return False
        grouped = all(one.stacking == 'group' for one in pair)
        return not grouped or self.stack_group != other.sudo().stack_group
