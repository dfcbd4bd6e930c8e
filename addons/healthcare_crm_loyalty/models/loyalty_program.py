from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date

from ..steps import Steps

#: Days for which a birthday still earns, if nothing was looked at meanwhile.
BIRTHDAY_DAYS = 7


class LoyaltyProgram(models.Model):
    """A loyalty program that may be the membership of a clinic's patients."""

    _name = 'loyalty.program'
    _inherit = ['loyalty.program', 'healthcare.own.clinic']

    is_membership = fields.Boolean(
        string="Membership of Patients",
        help="Patients join it, and earn points by visits and activities.",
    )
    points_months = fields.Integer(
        string="Points Are Valid For",
        default=24,
        help="Months after they were earned; 0 for ever. The oldest points are spent first.",
    )
    notice_days = fields.Integer(
        string="Announce Expiry Before",
        default=30,
        help="Days before points expire in which members are told.",
    )
    day_cap = fields.Float(
        string="At Most a Day",
        help="Points that a member can earn in one day, however they are earned; 0 for no limit.",
    )
    whole_points = fields.Boolean(
        default=True,
        help="Give, take and spend no fractions of points.",
    )
    spend_basis = fields.Selection(
        [('invoices', "Their paid invoices"), ('visits', "What their visits cost")],
        string="Money Spent Is",
        required=True,
        default='invoices',
        help="By what members reach tiers that are entered by money spent.",
    )
    earning_ids = fields.One2many(
        'healthcare.loyalty.earning',
        'program_id',
        string="How Points Are Earned",
        copy=True,
    )
    tier_ids = fields.One2many(
        'healthcare.loyalty.tier',
        'program_id',
        string="Tiers",
        copy=True,
    )

    _points_months_positive = models.Constraint(
        'CHECK (points_months >= 0 AND notice_days >= 0 AND day_cap >= 0)',
        "Months, days and limits of points cannot be negative.",
    )
    _two_decimals = models.Constraint(
        'CHECK (day_cap = ROUND(day_cap::numeric, 2))',
        "Points have two decimals at most.",
    )

    @api.constrains('is_membership', 'program_type')
    def _check_membership(self):
        if any(one.is_membership and one.program_type != 'loyalty' for one in self):
            raise ValidationError(
                self.env._("A membership is a program of the type “Loyalty Cards”.")
            )

    @api.constrains('whole_points', 'day_cap')
    def _check_whole(self):
        whole = self.filtered('whole_points')
        for program in whole:
            if program.day_cap % 1:
                raise ValidationError(
                    self.env._(
                        "“%(membership)s” gives whole points only: say without a fraction how many "
                        "there are at most a day.",
                        membership=program.name,
                    )
                )
        # what was entered while fractions were fine
        whole.earning_ids._check_whole()
        whole.reward_ids._check_catalogue()

    @api.constrains('company_id')
    def _check_currency(self):
        self.tier_ids._check_currency()

    @api.model
    def _cron_daily(self):
        """Note birthdays, have points expire and members rise and fall, clinic by clinic.

        In a membership that was archived points expire as ever, and nothing else happens.
        """
        Card = self.env['loyalty.card']
        programs = self.with_context(active_test=False).search([('is_membership', '=', True)])
        with Steps(self.env) as do:
            for program in programs:
                today = program._get_today()
                if program.active:
                    do(program._note_birthdays, today)
                while do(Card._expire_all, today, program):
                    pass
                if program.active:
                    do(Card._recompute_tiers, program)
                    do(Card._announce_expiring, program)
                do(Card._check_ledger, program)
            for batch in Card._find_expiring_coupons():
                while do(Card._announce_coupons, batch):
                    pass

    def _note_birthdays(self, today):
        self.env['healthcare.loyalty.cause']._note('birthday', self._find_birthdays(today))

    def _find_birthdays(self, today):
        """Return the ids of the members who have had their birthday lately, or have it today.

        Who was born on February 29 celebrates on the 28th in other years.
        """
        last = [today - timedelta(days=days) for days in range(BIRTHDAY_DAYS)]
        days = {day.strftime('%m%d') for day in last}
        if any((day.month, (day + timedelta(days=1)).month) == (2, 3) for day in last):
            days.add('0229')
        rows = self.env.execute_query(
            SQL(
                """
                SELECT patient.id FROM loyalty_card card
                  JOIN res_partner patient ON patient.id = card.partner_id
                 WHERE card.program_id = %s AND card.active AND patient.deceased IS NOT TRUE
                   AND to_char(patient.birth_date, 'MMDD') IN %s
                """,
                self.id,
                tuple(days),
            )
        )
        return [id_ for (id_,) in rows]

    def _get_today(self):
        """Return the date of today at the clinic."""
        self.ensure_one()
        return (self.company_id or self.env.company)._get_local_today()

    def _get_ended(self):
        """Return why nothing is earned nor had for points today; nothing if it is."""
        self.ensure_one()
        today = self._get_today()
        if self.date_from and today < self.date_from:
            return self.env._(
                "“%(club)s” begins on %(day)s.",
                club=self.name,
                day=format_date(self.env, self.date_from),
            )
        if self.date_to and today > self.date_to:
            return self.env._(
                "“%(club)s” ended on %(day)s.",
                club=self.name,
                day=format_date(self.env, self.date_to),
            )
        return ''

    def _get_last_day(self):
        """Return the last day of points given today; False for ever."""
        self.ensure_one()
        months = self.sudo().points_months
        return months and fields.Date.add(self._get_today(), months=months)
