from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, format_datetime

from ..points import codes
from ..steps import Steps

#: What codes of redemptions begin with. Coupons and others have letters of their own.
PREFIX = 'R'
STATES = [
    ('reserved', "Reserved"),
    ('redeemed', "Given out"),
    ('cancelled', "Cancelled"),
    ('refunded', "Returned"),
    ('expired', "Not collected"),
]


class HealthcareLoyaltyRedemption(models.Model):
    """Points that were exchanged for a reward: the code, where it was given out, and by whom.

    Points and stock are taken when the reward is reserved. It is given out, cancelled, returned or
    left at the desk once: its state changes in one statement that says what it was before.
    """

    _name = 'healthcare.loyalty.redemption'
    _description = "Redemption of a Reward"
    _order = 'id desc'
    _rec_name = 'code'

    code = fields.Char(required=True, readonly=True, copy=False)
    card_id = fields.Many2one(
        'loyalty.card',
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete='cascade',
    )
    patient_id = fields.Many2one(related='card_id.partner_id', string="Patient")
    program_id = fields.Many2one(related='card_id.program_id', string="Membership", store=True)
    reward_id = fields.Many2one(
        'loyalty.reward',
        string="Reward",
        required=True,
        readonly=True,
        index=True,
        ondelete='restrict',
    )
    points = fields.Float(required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default='reserved', index=True)
    movement_id = fields.Many2one(
        'loyalty.history',
        string="Points Spent",
        readonly=True,
        index='btree_not_null',
        ondelete='cascade',
    )
    took_stock = fields.Boolean(
        string="From the Stock",
        readonly=True,
        help="The reward had a limited stock, and this is one of it.",
    )
    reserved_until = fields.Date(readonly=True, help="The last day on which it can be collected.")
    redeemed_at = fields.Datetime(string="Given Out On", readonly=True)
    redeemed_by_id = fields.Many2one('res.users', string="Given Out By", readonly=True)
    company_id = fields.Many2one('res.company', string="Given Out At", readonly=True)
    ended_at = fields.Datetime(string="Taken Back On", readonly=True)
    ended_by_id = fields.Many2one('res.users', string="Taken Back By", readonly=True)
    reason = fields.Char(readonly=True)
    token = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Of the press of a button at the desk: what arrives twice is done once.",
    )

    _code_uniq = models.Constraint('UNIQUE (code)', "Each code is given once.")
    _token_uniq = models.UniqueIndex(
        '(token) WHERE token IS NOT NULL', "This was given out already. Scan the card again."
    )
    _points_positive = models.Constraint(
        'CHECK (points > 0)',
        "A reward takes some points.",
    )
    _waiting_idx = models.Index("(reserved_until) WHERE state = 'reserved'")

    # ------------------------------------------------------------ what happens to it

    def _hand_over(self):
        """Give out what was reserved, once.

        :raise UserError: it was given out before, is over, or was taken back
        """
        self.ensure_one()
        if self.state == 'reserved' and self._is_late():
            raise UserError(
                self.env._(
                    "“%(reward)s” was kept for %(patient)s until %(day)s. Reserve it again.",
                    reward=self.reward_id.description,
                    patient=self.patient_id.name,
                    day=self._format_day(self.reserved_until),
                )
            )
        self.card_id._check_usable('spend')
        self._change_state(
            ('reserved',),
            state='redeemed',
            redeemed_at=fields.Datetime.now(),
            redeemed_by_id=self.env.uid,
            company_id=self.env.company.id,
        )

    def _take_back(self, reason=''):
        """Cancel a reservation, or take back what was given out: points and stock return, once.

        Reserving keeps no points from expiring; what was given out is paid back in any case.
        """
        self.ensure_one()
        state = 'refunded' if self.state == 'redeemed' else 'cancelled'
        self._end(state, reason)

    def _end(self, state, reason=''):
        self._change_state(
            ('redeemed',) if state == 'refunded' else ('reserved',),
            state=state,
            ended_at=fields.Datetime.now(),
            ended_by_id=self.env.uid,
            reason=reason or None,
        )
        # in the order in which a redemption takes them, so that nobody waits for one another
        if self.took_stock:
            self.reward_id._change_stock(1)
        self.card_id._refund(
            self.movement_id,
            renews=state == 'refunded',
            description=self.reward_id.description,
            order_model=self._name,
            order_id=self.id,
        )

    def _change_state(self, before, **values):
        """Write values if nobody else has changed the state meanwhile.

        :param tuple before: states that it may have
        :raise UserError: it has another one
        """
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                'UPDATE healthcare_loyalty_redemption SET %s, write_uid = %s, write_date = %s '
                'WHERE id = %s AND state IN %s',
                SQL(', ').join(
                    SQL('%s = %s', SQL.identifier(name), value) for name, value in values.items()
                ),
                self.env.uid,
                fields.Datetime.now(),
                self.id,
                before,
            ),
            log_exceptions=False,
        )
        self.invalidate_recordset(flush=False)
        if not self.env.cr.rowcount:
            raise UserError(self._get_problem() or self.env._("Look at it again: it has changed."))

    def _get_problem(self):
        """Return why this cannot be given out, and whose it is; nothing if it can."""
        self.ensure_one()
        names = {
            'reward': self.reward_id.description,
            'patient': self.patient_id.name,
            'by': self.redeemed_by_id.name or self.ended_by_id.name or '',
            'when': self._format_time(self.ended_at or self.redeemed_at),
        }
        if self.state == 'redeemed':
            return self.env._(
                "“%(reward)s” was given out to %(patient)s already, on %(when)s by %(by)s.",
                **names,
            )
        if self.state == 'expired' or (self.state == 'reserved' and self._is_late()):
            return self.env._(
                "“%(reward)s” was kept for %(patient)s until %(day)s. It is not any more, and the "
                "points go back.",
                **names,
                day=self._format_day(self.reserved_until),
            )
        if self.state == 'reserved' and self.card_id.left_on:
            return self.env._("%s is no member any more.", self.patient_id.name)
        if self.state in ('cancelled', 'refunded'):
            return self.env._(
                "“%(reward)s” of %(patient)s was taken back on %(when)s.",
                **names,
            )
        return ''

    def _is_late(self):
        return bool(self.reserved_until) and self.reserved_until < self.program_id._get_today()

    def _format_day(self, day):
        return format_date(self.env, day)

    def _format_time(self, time):
        return time and format_datetime(self.env, time, dt_format='short')

    # ------------------------------------------------------------ buttons

    def action_hand_over(self):
        """Give out what is reserved."""
        self._check_desk()
        for redemption in self.sudo():
            redemption._hand_over()

    def action_take_back(self):
        """Take back what was given out, or cancel a reservation."""
        self._check_desk()
        for redemption in self.sudo():
            redemption._take_back()

    def _check_desk(self):
        """Staff give out and take back what they may see; the software writes it down."""
        self.check_access('read')

    # ------------------------------------------------------------ reservations that are over

    @api.model
    def _cron_expire(self):
        """Give points and stock back of what nobody came for."""
        programs = self.env['loyalty.program'].with_context(active_test=False)
        with Steps(self.env) as do:
            for program in programs.search([('is_membership', '=', True)]):
                for redemption in self._find_late(program):
                    do(redemption._end, 'expired', self.env._("Not collected"))

    @api.model
    def _find_late(self, program):
        """Return the reservations of a membership that were not collected."""
        return self.search(
            [
                ('state', '=', 'reserved'),
                ('reserved_until', '<', program._get_today()),
                ('program_id', '=', program.id),
            ]
        )

    # ------------------------------------------------------------ codes

    @api.model
    def _find(self, text):
        """Return the redemption with a code, whoever's it is; an empty record for none."""
        code = codes.read(text)
        # sudo: who has the code in hand is told about it; whose it is, only who may know
        return self.sudo().search([('code', '=', code)], limit=1) if code else self.sudo().browse()

    @api.model
    def _make_code(self):
        return codes.make(PREFIX)
