from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class HealthcareCouponRedemption(models.Model):
    """That a coupon was used: by whom, where, when, and what it took off."""

    _name = 'healthcare.coupon.redemption'
    _description = "Used Coupon"
    _order = 'date desc, id desc'
    _rec_name = 'batch_id'

    batch_id = fields.Many2one(
        'healthcare.coupon.batch',
        string="Coupon",
        required=True,
        index=True,
        readonly=True,
        ondelete='restrict',
    )
    card_id = fields.Many2one(
        'loyalty.card',
        string="Code",
        required=True,
        index=True,
        readonly=True,
        ondelete='restrict',
        groups=GROUP_STAFF,
    )
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        index='btree_not_null',
        readonly=True,
        ondelete='set null',
        groups=GROUP_STAFF,
    )
    movement_id = fields.Many2one(
        'loyalty.history', required=True, index=True, readonly=True, ondelete='restrict'
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    day = fields.Date(required=True, readonly=True, help="At the clinic.")
    user_id = fields.Many2one(
        'res.users', string="By", required=True, readonly=True, default=lambda self: self.env.user
    )
    company_id = fields.Many2one(
        'res.company', string="Where", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(related='company_id.currency_id')
    amount = fields.Monetary(string="Spent", readonly=True)
    discount = fields.Monetary(string="Taken Off", readonly=True)
    state = fields.Selection(
        [('done', "Used"), ('undone', "Taken back")],
        required=True,
        readonly=True,
        default='done',
    )
    undone_at = fields.Datetime(string="Taken Back On", readonly=True)
    undone_by_id = fields.Many2one('res.users', string="Taken Back By", readonly=True)
    token = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Of the press of a button at the desk: what arrives twice is done once.",
    )

    _token_uniq = models.UniqueIndex(
        '(token) WHERE token IS NOT NULL',
        lambda env, _diag: env._("This coupon was used already."),
    )
    _of_patient_idx = models.Index("(patient_id, day) WHERE state = 'done'")

    def action_undo(self):
        """Give the coupon back to the patient: it was taken by mistake.

        :raise UserError: that was done already
        """
        if not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(self.env._("Coupons are taken by the reception."))
        self.check_access('read')
        for redemption in self.sudo():  # sudo: written by the software alone
            redemption._undo()
        return True

    def _undo(self):
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE healthcare_coupon_redemption
                   SET state = 'undone', undone_at = %s, undone_by_id = %s
                 WHERE id = %s AND state = 'done'
                """,
                fields.Datetime.now(),
                self.env.uid,
                self.id,
            )
        )
        self.invalidate_recordset()
        if not self.env.cr.rowcount:
            raise UserError(
                self.env._(
                    "This coupon was given back already, by %(who)s.", who=self.undone_by_id.name
                )
            )
        self.card_id._refund(self.movement_id, description=self.batch_id.name)
        if self.batch_id.state == 'withdrawn':
            self.batch_id._withdraw()
        self.env.cr.execute(
            SQL(
                'UPDATE healthcare_coupon_batch SET used = used - 1 WHERE id = %s', self.batch_id.id
            )
        )
        self.batch_id._forget()
