from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from .healthcare_campaign_code import FEE_BASES

#: what is counted, and is settled but once
FIGURES = ('participant_count', 'conversion_count', 'revenue')


class HealthcareCampaignSettlement(models.Model):
    """What a partner organisation is owed for those who came by its code, without their names.

    It is what there is up to its day, less what was settled before: who reaches the goal, or pays,
    after they were counted as having come is paid for by the next one, and nobody twice. What was
    undone since is taken off. Whom the campaign addressed, or kept out, did not come by the code
    alone: nothing is owed for them.

    What was agreed when it is counted is written down with it: what is undone later is taken off
    from the partner who was paid for it, as it was paid.
    """

    _name = 'healthcare.campaign.settlement'
    _description = "Settlement with a Partner Organisation"
    _inherit = ['healthcare.campaign.counted', 'healthcare.own.clinic']
    _owned_by = ('code_id',)
    _order = 'date_to desc, id desc'

    code_id = fields.Many2one(
        'healthcare.campaign.code', required=True, index=True, ondelete='restrict'
    )
    campaign_id = fields.Many2one(related='code_id.campaign_id', store=True)
    partner_id = fields.Many2one(
        'res.partner',
        string="Partner Organisation",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
    )
    company_id = fields.Many2one(related='code_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    date_to = fields.Date(
        string="Up To",
        required=True,
        default=lambda self: self.env.company._get_local_today(),
        help="What happens later belongs to the next settlement.",
    )
    state = fields.Selection(
        [('draft', "To check"), ('confirmed', "Confirmed"), ('cancelled', "Cancelled")],
        required=True,
        readonly=True,
        default='draft',
        copy=False,
    )
    participant_count = fields.Integer(
        string="Patients Who Came",
        readonly=True,
        copy=False,
        help="By the code alone: whom the campaign addresses, or keeps out, is not counted.",
    )
    conversion_count = fields.Integer(string="Reached the Goal", readonly=True, copy=False)
    revenue = fields.Monetary(readonly=True, copy=False)
    fee_basis = fields.Selection(FEE_BASES, string="Is Paid", readonly=True, copy=False)
    fee = fields.Float(string="Rate", readonly=True, copy=False)
    amount = fields.Monetary(string="To Pay", readonly=True, copy=False)

    @api.depends('code_id', 'date_to')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for settlement in self:
            day = format_date(self.env, settlement.date_to)
            settlement.display_name = f'{settlement.code_id.code or ""} · {day}'

    @api.model_create_multi
    def create(self, vals_list):
        settlements = super().create(vals_list)
        settlements._count()
        return settlements

    def write(self, vals):
        if not {'code_id', 'date_to'}.isdisjoint(vals) and any(
            one.state != 'draft' for one in self
        ):
            raise UserError(self.env._("A confirmed settlement stays as it is. Cancel it first."))
        result = super().write(vals)
        if not {'code_id', 'date_to'}.isdisjoint(vals):
            self._count()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        if any(settlement.state == 'confirmed' for settlement in self):
            raise UserError(
                self.env._("A confirmed settlement cannot be deleted. Cancel it first.")
            )

    @api.constrains('code_id', 'date_to')
    def _check_date(self):
        for settlement in self:
            last = max(settlement._get_settled().mapped('date_to'), default=None)
            if last and settlement.date_to < last:
                raise ValidationError(
                    self.env._(
                        "“%(code)s” is settled up to %(date)s already.",
                        code=settlement.code_id.code,
                        date=format_date(self.env, last),
                    )
                )

    def action_confirm(self):
        """Settle what is counted, once and for all."""
        self.check_access('write')
        for settlement in self:
            if settlement.state != 'draft':
                raise UserError(self.env._("This settlement was confirmed or cancelled already."))
            # written, not only locked: who confirms another at once begins anew
            self.env.cr.execute(
                SQL(
                    'UPDATE healthcare_campaign_code SET write_date = %s WHERE id = %s',
                    fields.Datetime.now(),
                    settlement.code_id.id,
                )
            )
            settlement._check_date()
            settlement._count()
            if not settlement.partner_id:
                raise UserError(
                    self.env._(
                        "There is no organisation to settle “%s” with.", settlement.code_id.code
                    )
                )
            # sudo: where it stands is written by these actions alone
            settlement.sudo().state = 'confirmed'
        return True

    def action_cancel(self):
        """Let what was settled be settled anew."""
        self.check_access('write')
        self.sudo().state = 'cancelled'
        return True

    def _get_settled(self):
        """Return what was settled of the code before."""
        others = self.code_id.settlement_ids - self
        return others.filtered(lambda one: one.state == 'confirmed')

    def _count(self):
        """Write down what was agreed, what came since, and what is to be paid for it."""
        # sudo: how many, not who
        for settlement in self.sudo():
            code = settlement.code_id
            settlement.write(
                {'partner_id': code.partner_id.id, 'fee_basis': code.fee_basis, 'fee': code.fee}
            )
            settlement.write(settlement._get_since())

    def _get_since(self):
        """Return the figures and the amount of what came since the last time."""
        before = self._get_settled().sorted(lambda one: (one.date_to, one.id))
        # what another organisation was paid for is no matter of this one
        own = before.filtered(lambda one: one.partner_id == self.partner_id)
        periods = (before | self)._count_periods()
        figures = {
            name: sum(periods[one][name] for one in own | self) - sum(own.mapped(name))
            for name in FIGURES
        }
        fixed = sum(own.filtered(lambda one: one.fee_basis == 'fixed').mapped('amount'))
        owed = self._get_amount(periods[self], fixed)
        for one in own.filtered(lambda one: one.fee_basis in ('converted', 'revenue')):
            owed += one._get_amount(periods[one]) - one.amount
        return {**figures, 'amount': owed}

    def _count_periods(self):
        """Return ``{settlement: {figure: how many}}``: what belongs to each by its day, as far as
        that is known today.

        They are of one code, sorted by their days. Of a patient who was erased there is what was
        measured before.
        """
        self.env.flush_all()
        code = self.code_id
        campaign = code.campaign_id
        billing = campaign._find_billing_clinics()
        rows = self.env.execute_query(
            SQL(
                """
                  WITH part AS MATERIALIZED (
                       SELECT row_number() OVER () AS id, edge.number, came.patient_id, came.arm,
                              came.code_id, came.since, came.revenue,
                              came.converted_at < edge.date AS is_converted,
                              LEAST(came.since + make_interval(days => %(days)s),
                                    edge.date - interval '1 microsecond') AS until
                         FROM healthcare_campaign_participant came
                         JOIN (VALUES %(edges)s) edge (number, date) ON came.since < edge.date
                        WHERE came.campaign_id = %(campaign)s AND came.code_id = %(code)s
                              AND came.arm = 'came'
                       )
                SELECT part.number, COUNT(*), COUNT(*) FILTER (WHERE part.is_converted),
                       SUM(CASE WHEN part.patient_id IS NULL THEN part.revenue
                                ELSE (COALESCE(paid.amount, 0) + COALESCE(visit.amount, 0))::numeric
                                END)
                  FROM part
             LEFT JOIN (%(visits)s) visit ON visit.id = part.id
             LEFT JOIN (%(paid)s) paid ON paid.id = part.id
              GROUP BY part.number
                """,
                days=campaign.window_days,
                edges=SQL(', ').join(
                    SQL(
                        '(%s, %s::timestamp)',
                        number,
                        one.company_id._get_midnight(fields.Date.add(one.date_to, days=1)),
                    )
                    for number, one in enumerate(self)
                ),
                campaign=campaign.id,
                code=code.id,
                visits=campaign._get_visits(billing),
                paid=campaign._get_paid(billing),
            )
        )
        until = {number: figures for number, *figures in rows}
        periods, last = {}, [0] * len(FIGURES)
        for number, settlement in enumerate(self):
            figures = [float(figure or 0) for figure in until.get(number, last)]
            periods[settlement] = {
                name: now - then for name, now, then in zip(FIGURES, figures, last, strict=True)
            }
            last = figures
        return periods

    def _get_amount(self, figures, paid=0.0):
        """Return what is owed for some figures, as this settlement says.

        :param float paid: what was paid of a fixed sum before
        """
        match self.fee_basis:
            case 'fixed':
                return max(0.0, self.fee - paid)
            case 'converted':
                return self.fee * figures['conversion_count']
            case 'revenue':
                return self.currency_id.round(figures['revenue'] * self.fee / 100)
        return 0.0
