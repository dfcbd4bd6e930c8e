from datetime import date
from math import inf

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL, formatLang

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

from ..points import codes
from ..spelling import spell_number

#: How often one code for everybody can be used, apart from the limit of its batch.
UNLIMITED = 1_000_000
#: What patients hold in their hands: it is not changed any more.
FIXED = {
    'kind',
    'segment_id',
    'number',
    'code',
    'company_id',
    'benefit_kind',
    'value',
    'gift',
    'minimum_spend',
    'stacking',
    'stack_group',
}
#: More codes are not made at once.
MOST = 200_000
#: What codes of coupons begin with.
PREFIX = 'C'
#: Random characters of a code: nobody guesses one that is valid.
LENGTH = 10


class HealthcareCouponBatch(models.Model):
    """Coupons that were given out together, and under which conditions they are taken.

    A coupon is Odoo's ``loyalty.card`` of a coupon program, which each batch has of its own: what
    is left on it says how often it can still be used. Given out in one statement, taken in one.
    """

    _name = 'healthcare.coupon.batch'
    _description = "Coupons"
    _inherit = ['healthcare.campaign.counted']
    _order = 'id desc'

    name = fields.Char(required=True, translate=True, help="What patients read on the coupon.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        help="Taken at this clinic and its branches.",
    )
    currency_id = fields.Many2one(related='company_id.currency_id')
    state = fields.Selection(
        [('draft', "Being prepared"), ('given', "Given out"), ('withdrawn', "Withdrawn")],
        required=True,
        readonly=True,
        default='draft',
        copy=False,
    )
    program_id = fields.Many2one(
        'loyalty.program',
        string="Program",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
    )

    # what it gives
    benefit_kind = fields.Selection(
        [('percent', "Percent off"), ('amount', "Amount off"), ('gift', "Something free")],
        string="Gives",
        required=True,
        default='percent',
    )
    value = fields.Float(string="How Much")
    gift = fields.Char(
        string="What", translate=True, help="For example a check of the blood pressure."
    )
    benefit = fields.Char(compute='_compute_benefit')

    # who gets it
    kind = fields.Selection(
        [
            ('segment', "Each patient of a segment"),
            ('codes', "Whoever has one of the codes"),
            ('single', "Whoever knows the one code"),
        ],
        string="For",
        required=True,
        default='segment',
    )
    segment_id = fields.Many2one('healthcare.segment', index='btree_not_null', ondelete='restrict')
    # not as the superuser, who knows exactly how many
    segment_size = fields.Char(
        related='segment_id.group_size', related_sudo=False, string="Patients"
    )
    number = fields.Integer(string="How Many Codes", default=100)
    code = fields.Char(copy=False, help="Empty: one is made that nobody guesses.")

    # under which conditions
    date_from = fields.Date(string="Valid From")
    date_to = fields.Date(string="Valid Until", help="The last day, included.")
    limit_person = fields.Integer(
        string="Times a Patient",
        default=1,
        help="How often one patient can use coupons of these; 0 for no limit.",
    )
    limit_total = fields.Integer(
        string="Times in All", help="After as many nobody can use one any more; 0 for no limit."
    )
    minimum_spend = fields.Monetary(
        string="Spend at Least",
        help="What the patient pays that day before the coupon; 0 for none.",
    )
    stacking = fields.Selection(
        [
            ('free', "Can be used with any other"),
            ('group', "Not with another of its group"),
            ('alone', "Not with any other"),
        ],
        string="Together With Others",
        required=True,
        default='alone',
        help="On the same day.",
    )
    stack_group = fields.Char(
        string="Group", help="A patient can use one coupon of a group a day, for example: dental."
    )

    # what came of it
    used = fields.Integer(string="Uses", readonly=True, copy=False, groups=fields.NO_ACCESS)
    given_count = fields.Integer(string="Given", compute='_compute_counts')
    used_count = fields.Integer(string="Used", compute='_compute_counts')
    unused_count = fields.Integer(string="Unused", compute='_compute_counts')
    rate = fields.Float(string="Share Used", compute='_compute_counts')
    result = fields.Char(compute='_compute_counts')
    card_ids = fields.One2many('loyalty.card', 'batch_id', groups=GROUP_STAFF)
    redemption_ids = fields.One2many('healthcare.coupon.redemption', 'batch_id', groups=GROUP_STAFF)

    _limits_positive = models.Constraint(
        'CHECK (limit_person >= 0 AND limit_total >= 0 AND minimum_spend >= 0 AND value >= 0)',
        "Limits and amounts cannot be negative.",
    )
    _days_in_order = models.Constraint(
        'CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)',
        "A coupon cannot end before it begins.",
    )

    # ------------------------------------------------------------ what it is

    @api.depends('benefit_kind', 'value', 'gift', 'currency_id')
    @api.depends_context('lang')
    def _compute_benefit(self):
        for batch in self:
            if batch.benefit_kind == 'gift':
                batch.benefit = batch.gift
            elif batch.benefit_kind == 'percent':
                number = spell_number(self.env, batch.value, 1)
                batch.benefit = self.env._("%s %% off", number)
            else:
                amount = formatLang(self.env, batch.value, currency_obj=batch.currency_id)
                batch.benefit = self.env._("%s off", amount)

    @api.constrains('benefit_kind', 'value', 'gift', 'kind', 'segment_id', 'number', 'code')
    def _check_complete(self):
        for batch in self:
            if batch.benefit_kind == 'gift' and not batch.gift:
                raise ValidationError(self.env._("Say what the patient gets for free."))
            if batch.benefit_kind != 'gift' and batch.value <= 0:
                raise ValidationError(self.env._("Say how much the coupon takes off."))
            if batch.benefit_kind == 'percent' and batch.value > 100:
                raise ValidationError(self.env._("More than 100 % cannot be taken off."))
            if batch.kind == 'segment' and not batch.segment_id:
                raise ValidationError(self.env._("Choose whose coupons these are: a segment."))
            if batch.kind == 'codes' and not 1 <= batch.number <= MOST:
                raise ValidationError(
                    self.env._("Make at least one code, and at most %s at once.", MOST)
                )

    @api.constrains('stacking', 'stack_group')
    def _check_stacking(self):
        if any(one.stacking == 'group' and not one.stack_group for one in self):
            raise ValidationError(self.env._("Name the group of which one coupon a day is taken."))

    @api.constrains('segment_id', 'company_id')
    def _check_segment(self):
        # constraints run as sudo, the author does not
        for batch in self.with_env(self.env(su=False)).filtered('segment_id'):
            batch.segment_id.check_access('read')
            if batch.segment_id.company_id != batch.company_id:
                raise ValidationError(
                    self.env._("“%s” is a segment of another clinic.", batch.segment_id.name)
                )
            batch.segment_id._check_no_club()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_given(self):
        if any(one.state != 'draft' for one in self):
            raise UserError(
                self.env._("What was given out cannot be deleted. Archive it, or withdraw it.")
            )

    def write(self, vals):
        """Refuse to change what patients hold in their hands already, and to make it less.

        Its words can still be translated: then they are written as they are.
        """
        given = self.filtered(lambda one: one.state != 'draft')
        if any(
            one._fields[name].convert_to_write(one[name], one) != vals[name]
            for one in given
            for name in FIXED & vals.keys()
        ):
            raise UserError(
                self.env._("These coupons were given out: make new ones for something else.")
            )
        if any(one._becomes_less(vals) for one in given):
            raise UserError(
                self.env._(
                    "These coupons were given out: they can be valid longer and more often, but "
                    "not less. Withdraw them if nobody is to use them any more."
                )
            )
        result = super().write(vals)
        if vals.keys() & {'name', 'date_from', 'date_to'}:
            self._tell_program()
        return result

    def _becomes_less(self, vals):
        """Return whether values would take away days or uses.

        A limit is not compared with what was used: who may set it would find out how many came of
        a group that nobody sees into.
        """
        days = {name: fields.Date.to_date(vals.get(name)) for name in ('date_from', 'date_to')}
        return any(
            name in vals and (vals[name] or inf) < (self[name] or inf)
            for name in ('limit_person', 'limit_total')
        ) or (
            ('date_from' in vals and (days['date_from'] or date.min) > (self.date_from or date.min))
            or ('date_to' in vals and (days['date_to'] or date.max) < (self.date_to or date.max))
        )

    # ------------------------------------------------------------ what came of it

    def _get_left(self):
        """Return how often these can still be used in all; None where there is no limit."""
        batch = self.sudo()  # how many are left, not who used the others
        return max(0, batch.limit_total - batch.used) if batch.limit_total else None

    @api.depends('used', 'limit_total', 'state', 'segment_id')
    @api.depends_context('uid')
    def _compute_counts(self):
        """Count; of an opaque group only about how many, or nothing."""
        # sudo: how many, not who
        counts = dict(
            self.env['loyalty.card']
            .sudo()
            .with_context(active_test=False)
            ._read_group([('batch_id', 'in', self.ids)], ['batch_id'], ['__count'])
        )
        today = fields.Date.context_today(self)
        unused = dict(
            self.env['loyalty.card']
            .sudo()
            ._read_group(
                Domain('batch_id', 'in', self.ids)
                & Domain('points', '>', 0)
                & (Domain('expiration_date', '=', False) | Domain('expiration_date', '>=', today)),
                ['batch_id'],
                ['__count'],
            )
        )
        for batch in self:
            key = batch._origin
            left = key._get_left()
            exact = {
                'given': counts.get(key, 0),
                'used': key.sudo().used,
                'unused': min(unused.get(key, 0), inf if left is None else left),
            }
            told = {name: batch._tell(count, name) for name, count in exact.items()}
            batch.given_count = told['given'] or 0
            batch.used_count = told['used'] or 0
            batch.unused_count = told['unused'] or 0
            batch.rate = min(1, batch.used_count / batch.given_count) if batch.given_count else 0
            batch.result = batch.state != 'draft' and self.env._(
                "%(given)s given, %(used)s used",
                given=batch._tell_words(exact['given'], 'given'),
                used=batch._tell_words(exact['used'], 'used'),
            )

    def _get_segments(self):
        """Return the groups of which figures about these coupons tell."""
        return self.segment_id

    def _tell(self, count, name):
        """Return a figure about these coupons as this user may know it; see segments."""
        return self._get_segments()._tell(count, self._name_figure(name), record=self)

    def _tell_words(self, count, name):
        return self._get_segments()._tell_words(count, self._name_figure(name), record=self)

    def _name_figure(self, name):
        # whoever makes codes knows how many: those must not say how others are told
        return f'{self.kind} {name}'

    # ------------------------------------------------------------ giving out

    def action_give_out(self):
        """Make the coupons: one for each patient, or as many as were asked for."""
        self.check_access('write')
        for batch in self:
            if batch.kind == 'segment':
                batch._give_to_segment()
            elif batch.state == 'draft':
                batch._give_codes()
        return True

    def _give_to_segment(self):
        """Give a coupon to each patient of the segment who has none of these yet."""
        self.ensure_one()
        segment = self.segment_id
        segment.check_access('read')
        segment._check_group()
        # sudo: who is in it is not for everybody who gives coupons to read
        if not segment.sudo().refreshed_at:
            raise UserError(
                self.env._(
                    "The patients of “%s” are still being looked up. Try again in a few minutes.",
                    segment.name,
                )
            )
        self._give_to(self._get_recipients())

    def _get_recipients(self):
        """Return the SQL of the ids of whom coupons for a segment are for."""
        return SQL(
            'SELECT patient_id FROM healthcare_segment_member WHERE segment_id = %s',
            self.segment_id.id,
        )

    def _give_to(self, patients):
        """Give a coupon to each patient who has none of this batch yet, in one statement.

        Done twice, or by two at once, it gives nothing twice: whoever comes second waits for this
        row and begins anew. Nobody is told: that is for a mailing, a workflow or a campaign.
        Whether the user may use the group that the patients come from is checked by the caller.

        :param SQL patients: selects the ids of patients
        :return: how many coupons were given
        """
        self.ensure_one()
        self._begin()
        self.env.flush_all()
        self._forget()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT patient.id FROM res_partner patient
                 WHERE patient.id IN (%(patients)s)
                   AND patient.is_patient AND patient.active AND patient.deceased IS NOT TRUE
                   AND patient.processing_restricted IS NOT TRUE
                   AND NOT EXISTS (SELECT FROM loyalty_card card
                                    WHERE card.batch_id = %(batch)s
                                      AND card.partner_id = patient.id)
              ORDER BY patient.id
                """,
                patients=patients,
                batch=self.id,
            )
        )
        self._insert([patient for (patient,) in rows], codes.make_many(PREFIX, len(rows)), uses=1)
        return len(rows)

    def _give_codes(self):
        self.ensure_one()
        if self.kind == 'single':
            self.code = codes.clean(self.code or '') or codes.make_many(PREFIX, 1)[0]
            self.env['loyalty.card']._check_code_free(self.code)
        self._begin()
        if self.kind == 'single':
            # how often in all is counted with the batch: the limit may be changed later
            self._insert([None], [self.code], uses=UNLIMITED)
        else:
            self._insert([None] * self.number, codes.make_many(PREFIX, self.number), uses=1)

    def _begin(self):
        """Lock these coupons, and have a program for them."""
        self._set_state('given')
        batch = self.sudo()  # sudo: programs are the clinic administrator's
        if not batch.program_id:
            # no rewards, which Odoo asks for: with one, the codes could be used on orders, where
            # nobody looks at the limits of these coupons, nor writes down who used them
            Program = (
                self.env['loyalty.program'].sudo().with_context(loyalty_skip_reward_check=True)
            )
            batch.program_id = Program.create(self._prepare_program())

    def _set_state(self, state):
        """Write the state at once: whoever waits for it must not go on with what was before.

        :raise UserError: these coupons were withdrawn
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE healthcare_coupon_batch SET state = %s
                 WHERE id = %s AND (state != 'withdrawn' OR %s = 'withdrawn')
                """,
                state,
                self.id,
                state,
            )
        )
        self.invalidate_recordset(['state'])
        if not self.env.cr.rowcount:
            raise UserError(self.env._("These coupons were withdrawn: make new ones."))

    def _prepare_program(self):
        return {
            'name': self.name,
            'program_type': 'coupons',
            'company_id': self.company_id.id,
            'date_from': self.date_from,
            'date_to': self.date_to,
            'reward_ids': [Command.clear()],
            'communication_plan_ids': [Command.clear()],
        }

    def _insert(self, patients, codes, uses):
        """Insert cards, with the movement that says how often they can be used."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                  WITH given AS (
                       INSERT INTO loyalty_card (
                              program_id, company_id, batch_id, partner_id, code, points, active,
                              owed, joined_on, expiration_date,
                              create_uid, write_uid, create_date, write_date)
                       SELECT %(program)s, %(company)s, %(batch)s, fresh.patient_id, fresh.code,
                              %(uses)s, TRUE, 0, %(today)s, %(until)s,
                              %(uid)s, %(uid)s, %(now)s, %(now)s
                         FROM unnest(%(patients)s::int[], %(codes)s::varchar[])
                              AS fresh (patient_id, code)
                    RETURNING id
                       )
                INSERT INTO loyalty_history (
                       card_id, kind, date, description, issued, used, remaining,
                       create_uid, write_uid, create_date, write_date)
                SELECT id, 'adjust', %(today)s, %(name)s, %(uses)s, 0, %(uses)s,
                       %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM given
                """,
                program=self.program_id.id,
                company=self.company_id.id,
                batch=self.id,
                uses=uses,
                until=self.date_to or None,
                patients=patients,
                codes=codes,
                today=self._get_today(),
                name=self.name,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self._forget()

    def _tell_program(self):
        """Have the program and the cards know the name and the days of the batch."""
        for batch in self.sudo().filtered('program_id'):  # sudo: cards are the software's
            batch.program_id.write(
                {'name': batch.name, 'date_from': batch.date_from, 'date_to': batch.date_to}
            )
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    'UPDATE loyalty_card SET expiration_date = %s WHERE batch_id = %s',
                    batch.date_to or None,
                    batch.id,
                )
            )
        self._forget()

    # ------------------------------------------------------------ taking back

    def action_withdraw(self):
        """Take back all coupons that nobody used yet."""
        self.check_access('write')
        for batch in self.filtered(lambda one: one.state == 'given'):
            batch._withdraw()
        return True

    def _withdraw(self):
        self.ensure_one()
        self._set_state('withdrawn')
        self.env.cr.execute(
            SQL(
                """
                  WITH unused AS (
                       SELECT id, points FROM loyalty_card
                        WHERE batch_id = %(batch)s AND points > 0 FOR UPDATE
                       ),
                       told AS (
                       INSERT INTO loyalty_history (
                              card_id, kind, date, description, issued, used, remaining,
                              create_uid, write_uid, create_date, write_date)
                       SELECT id, 'expire', %(today)s, %(description)s, 0, points, 0,
                              %(uid)s, %(uid)s, %(now)s, %(now)s
                         FROM unused
                       ),
                       emptied AS (
                       UPDATE loyalty_history movement SET remaining = 0
                         FROM unused WHERE movement.card_id = unused.id AND movement.remaining > 0
                       )
                UPDATE loyalty_card card SET points = 0, active = FALSE
                  FROM unused WHERE card.id = unused.id
                """,
                batch=self.id,
                today=self._get_today(),
                description=self.env._("Withdrawn"),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self._forget()

    # ------------------------------------------------------------ screens

    def action_open_coupons(self):
        """Show the coupons; for whoever may know who has them."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_loyalty.healthcare_coupon_action'
        )
        return action | {'name': self.name, 'domain': [('batch_id', '=', self.id)]}

    def action_open_redemptions(self):
        """Show when and by whom they were used."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_loyalty.healthcare_coupon_redemption_action'
        )
        return action | {'name': self.name, 'domain': [('batch_id', '=', self.id)]}

    # ------------------------------------------------------------ what they share

    def _get_today(self):
        """Return the date of today at the clinic."""
        return self.company_id._get_local_today()

    def _forget(self):
        """Have what SQL changed be read again."""
        for records in (self, self.env['loyalty.card'], self.env['loyalty.history']):
            records.invalidate_model()
