import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from odoo.addons.healthcare_crm.models.healthcare_communication import CHANNELS

from ..campaigns.lift import added
from ..steps import Steps

#: What a campaign wants, and what counts as having reached it.
GOALS = [
    ('response', "Patients answer"),
    ('enquiry', "Enquiries"),
    ('appointment', "Appointments booked"),
    ('visit', "Visits"),
    ('purchase', "Paid invoices"),
]


class HealthcareCampaign(models.Model):
    """What a clinic does to be found, or to have patients come: to whom, by what, at what cost.

    It is Odoo's own campaign (UTM), so that links, mailings and leads that carry its name count.
    Some of those it is meant for may be kept out, by a hash that nobody can steer: what they do
    without it is what it is measured against.
    """

    _name = 'healthcare.campaign'
    _description = "Campaign"
    _inherit = ['healthcare.campaign.counted', 'healthcare.own.clinic', 'healthcare.quotient']
    _quotients = {
        'response_rate': ('response_count', 'participant_count', 100),
        'conversion_rate': ('conversion_count', 'participant_count', 100),
        'repeat_rate': ('repeat_count', 'conversion_count', 100),
    }
    _inherits = {'utm.campaign': 'utm_campaign_id'}
    _order = 'date_from desc, id desc'
    _rec_name = 'title'

    utm_campaign_id = fields.Many2one(
        'utm.campaign',
        required=True,
        readonly=True,
        index=True,
        ondelete='restrict',
        copy=False,
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related='company_id.currency_id')
    state = fields.Selection(
        [
            ('draft', "Planned"),
            ('running', "Running"),
            ('done', "Over"),
            ('cancelled', "Cancelled"),
        ],
        required=True,
        readonly=True,
        default='draft',
        copy=False,
        index=True,
        group_expand=True,
    )
    goal = fields.Selection(GOALS, required=True, default='visit', help="What it wants.")
    service_ids = fields.Many2many(
        'healthcare.service',
        relation='healthcare_campaign_service_rel',
        column1='campaign_id',
        column2='service_id',
        string="Services",
        context={'active_test': False},
        help="Only appointments for these count; none for all.",
    )
    target_count = fields.Integer(
        string="How Many",
        help="How many patients are to reach the goal; 0 for no target.",
    )
    target_revenue = fields.Monetary(help="0 for no target.")
    description = fields.Text(string="Idea")

    # to whom
    channel = fields.Selection(
        [*CHANNELS, ('public', "In public")],
        required=True,
        default='email',
        help="In public: posters, the press, the web. Nobody is addressed by name, and who comes "
        "is known by a code or a link.",
    )
    segment_ids = fields.Many2many(
        'healthcare.segment',
        relation='healthcare_campaign_segment_rel',
        column1='campaign_id',
        column2='segment_id',
        string="Meant For",
        context={'active_test': False},
        help="Patients who are in any of these segments.",
    )
    excluded_segment_ids = fields.Many2many(
        'healthcare.segment',
        relation='healthcare_campaign_excluded_segment_rel',
        column1='campaign_id',
        column2='segment_id',
        string="But Not",
        context={'active_test': False},
    )
    purpose_id = fields.Many2one(
        'healthcare.consent.purpose',
        string="Consent For",
        required=True,
        ondelete='restrict',
        default=lambda self: self.env.ref(
            'healthcare_crm.consent_purpose_marketing', raise_if_not_found=False
        ),
        help="Only patients who agreed to be contacted for this are addressed.",
    )
    holdout_percent = fields.Integer(
        string="Kept Out",
        default=10,
        help="Per cent of the patients who are not addressed, to see what they do without it. "
        "0 for none: then nobody knows what would have happened anyway.",
    )
    holdout_key = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        default=lambda self: secrets.token_hex(8),
    )
    follows_segments = fields.Boolean(
        string="Who Comes Later, Too",
        help="Patients who enter a segment while the campaign runs are addressed as well.",
    )

    # when
    date_from = fields.Date(
        string="From",
        required=True,
        compute='_compute_dates',
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    date_to = fields.Date(
        string="Until",
        required=True,
        compute='_compute_dates',
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
        help="The last day, included.",
    )
    window_days = fields.Integer(
        string="Counts For",
        required=True,
        default=60,
        help="Days after somebody was chosen, or came by a code, in which what they do counts.",
    )

    # at what cost
    budget = fields.Monetary()
    cost_ids = fields.One2many('healthcare.campaign.cost', 'campaign_id', string="Costs")
    cost = fields.Monetary(string="Spent", compute='_compute_cost', store=True)

    code_ids = fields.One2many('healthcare.campaign.code', 'campaign_id', string="Codes")

    # what came of it: written by the measuring in healthcare_campaign_measure.py
    counted_at = fields.Datetime(readonly=True, copy=False)
    addressed_count = fields.Integer(string="Addressed", readonly=True, copy=False)
    held_count = fields.Integer(string="Kept Out of It", readonly=True, copy=False)
    unreached_count = fields.Integer(string="Not Reachable", readonly=True, copy=False)
    came_count = fields.Integer(string="Came by Code", readonly=True, copy=False)
    contacted_count = fields.Integer(string="Contacted", readonly=True, copy=False)
    response_count = fields.Integer(string="Responses", readonly=True, copy=False)
    conversion_count = fields.Integer(string="Reached the Goal", readonly=True, copy=False)
    addressed_conversion_count = fields.Integer(readonly=True, copy=False)
    held_conversion_count = fields.Integer(readonly=True, copy=False)
    repeat_count = fields.Integer(string="Came Again", readonly=True, copy=False)
    revenue = fields.Monetary(readonly=True, copy=False)
    addressed_revenue = fields.Monetary(readonly=True, copy=False)
    held_revenue = fields.Monetary(readonly=True, copy=False)
    reasons = fields.Json(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="How many could not be addressed, by the reason.",
    )
    is_blurred = fields.Boolean(
        string="Only About How Many",
        compute='_compute_is_blurred',
        help="It is meant for a group that asks about health: only about how many is told.",
    )
    participant_count = fields.Integer(
        string="Participants", compute='_compute_rates', store=True, help="Addressed, or came."
    )
    response_rate = fields.Float(
        string="Response %", compute='_compute_rates', store=True, aggregator='avg', digits=(16, 1)
    )
    conversion_rate = fields.Float(
        string="Conversion %",
        compute='_compute_rates',
        store=True,
        aggregator='avg',
        digits=(16, 1),
    )
    repeat_rate = fields.Float(
        string="Came Again %",
        compute='_compute_rates',
        store=True,
        aggregator='avg',
        digits=(16, 1),
        help="Of those who reached the goal.",
    )
    is_added_known = fields.Boolean(
        string="What It Brought Is Known",
        compute='_compute_rates',
        store=True,
        help="Not where too few of those who were kept out reached the goal to tell how many.",
    )
    added_revenue = fields.Monetary(
        compute='_compute_rates',
        store=True,
        help="What would not have come without the campaign, by those who were kept out.",
    )
    roi = fields.Float(
        string="ROI %",
        compute='_compute_rates',
        store=True,
        aggregator='avg',
        digits=(16, 1),
        help="What it brought beyond its costs, of its costs.",
    )

    _window_positive = models.Constraint(
        'CHECK (window_days BETWEEN 1 AND 730)',
        "What patients do counts for one to 730 days.",
    )
    _dates_ordered = models.Constraint(
        'CHECK (date_to >= date_from)', "A campaign cannot end before it begins."
    )
    _holdout_share = models.Constraint(
        'CHECK (holdout_percent BETWEEN 0 AND 50)',
        "At most half of the patients can be kept out.",
    )
    _amounts_positive = models.Constraint(
        'CHECK (budget >= 0 AND target_count >= 0 AND target_revenue >= 0)',
        "Budgets and targets cannot be negative.",
    )

    @api.depends('company_id')
    def _compute_dates(self):
        for campaign in self:
            company = campaign.company_id or self.env.company
            campaign.date_from = campaign.date_from or company._get_local_today()
            campaign.date_to = campaign.date_to or campaign.date_from + timedelta(days=29)

    @api.depends('cost_ids.amount')
    def _compute_cost(self):
        for campaign in self:
            campaign.cost = sum(campaign.cost_ids.mapped('amount'))

    @api.depends(
        'addressed_count',
        'held_count',
        'came_count',
        'response_count',
        'conversion_count',
        'repeat_count',
        'revenue',
        'addressed_revenue',
        'held_revenue',
        'held_conversion_count',
        'cost',
    )
    def _compute_rates(self):
        for campaign in self:
            count = campaign.addressed_count + campaign.came_count
            campaign.participant_count = count
            campaign.response_rate = _percent(campaign.response_count, count)
            campaign.conversion_rate = _percent(campaign.conversion_count, count)
            campaign.repeat_rate = _percent(campaign.repeat_count, campaign.conversion_count)
            # of a group that asks about health, 0 is fewer than may be told
            campaign.is_added_known = (
                not campaign.is_blurred
                or not campaign.held_count
                or campaign.held_conversion_count > 0
            )
            campaign.added_revenue = campaign.is_added_known and campaign._get_added_revenue()
            campaign.roi = campaign.is_added_known and _percent(
                campaign.added_revenue - campaign.cost, campaign.cost
            )

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec.partition(':')[0] != 'roi':
            return super()._read_group_select(aggregate_spec, query)
        added, cost, is_known = (
            self._field_to_sql(self._table, name, query)
            for name in ('added_revenue', 'cost', 'is_added_known')
        )
        # of the campaigns that have one
        return SQL(
            '100 * SUM(%(added)s - %(cost)s) FILTER (WHERE %(is_known)s) '
            '/ NULLIF(SUM(%(cost)s) FILTER (WHERE %(is_known)s), 0)',
            added=added,
            cost=cost,
            is_known=SQL('%s > 0 AND %s', cost, is_known),
        )

    def _get_added_revenue(self):
        """Return the revenue that would not have come anyway: all of it from those who came."""
        of_addressed = added(
            self.addressed_revenue, self.addressed_count, self.held_revenue, self.held_count
        )
        return self.revenue - self.addressed_revenue + of_addressed

    @api.depends('segment_ids', 'excluded_segment_ids')
    def _compute_is_blurred(self):
        for campaign in self:
            # sudo: that it is so, not why
            segments = campaign.sudo().segment_ids | campaign.sudo().excluded_segment_ids
            campaign.is_blurred = any(segments.mapped('is_guarded'))

    @api.constrains('segment_ids', 'excluded_segment_ids', 'company_id')
    def _check_segments(self):
        for campaign in self:
            segments = campaign.segment_ids | campaign.excluded_segment_ids
            if any(segment.company_id != campaign.company_id for segment in segments):
                raise ValidationError(
                    self.env._("Choose segments of the clinic whose campaign it is.")
                )
            segments._check_no_club()

    def write(self, vals):
        """Do not move the goalposts: who was chosen, and what counts, stays as it was."""
        settled = {
            'company_id',
            'segment_ids',
            'excluded_segment_ids',
            'holdout_percent',
            'channel',
            'purpose_id',
            'goal',
            'service_ids',
            'window_days',
            'coupon_batch_ids',
        }
        if not settled.isdisjoint(vals) and any(one.state != 'draft' for one in self):
            raise UserError(
                self.env._(
                    "The campaign has begun: whom it is meant for, what it offers and what counts "
                    "stay as they are. Make a copy of it for something else."
                )
            )
        result = super().write(vals)
        if vals.get('active') is False:
            # nobody is addressed by what nobody sees any more
            self.action_finish()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        if any(campaign.counted_at or campaign.state in ('running', 'done') for campaign in self):
            raise UserError(
                self.env._(
                    "A campaign that has begun is kept for what it brought. Archive it instead."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_named(self):
        # the database takes the codes along, and asks nobody
        self.code_ids._unlink_except_used()

    # ------------------------------------------------------------ its life

    def action_start(self):
        """Choose the participants, and begin."""
        self.check_access('write')
        for campaign in self:
            campaign._check_day()
            campaign._check_audience()
            # sudo: participants are the software's to choose
            campaign.sudo()._begin()
            campaign._check_participants()
        return True

    def _check_day(self):
        """Refuse to begin twice, or on a day that is none of its own."""
        if self.state == 'cancelled':
            raise UserError(
                self.env._("“%s” was given up. Make a copy of it to begin anew.", self.title)
            )
        if self.state != 'draft':
            raise UserError(self.env._("“%s” has begun already.", self.title))
        today = self.company_id._get_local_today()
        if today < self.date_from:
            raise UserError(
                self.env._(
                    "“%(campaign)s” begins on %(day)s. Start it on that day, or choose another "
                    "first day.",
                    campaign=self.title,
                    day=format_date(self.env, self.date_from),
                )
            )
        if today > self.date_to:
            raise UserError(
                self.env._(
                    "“%(campaign)s” ends on %(day)s, which is over. Choose another last day.",
                    campaign=self.title,
                    day=format_date(self.env, self.date_to),
                )
            )

    def _check_participants(self):
        """Refuse to begin with nobody, or fewer than may be used of a group nobody sees into."""
        if self.channel == 'public':
            return
        # sudo: how many
        participants = self.env['healthcare.campaign.participant'].sudo()
        chosen = [('campaign_id', '=', self.id), ('arm', 'in', ('addressed', 'held'))]
        segments = self.segment_ids | self.excluded_segment_ids
        segments._check_group(
            participants.search_count(chosen),
            among=self._name_chosen(),
            share=1 - self.holdout_percent / 100,
        )
        addressed = [('campaign_id', '=', self.id), ('arm', '=', 'addressed')]
        if not self.follows_segments and not participants.search_count(addressed, limit=1):
            reasons = [f'{one["label"]}: {one["count"]}' for one in self._get_unreached()]
            raise UserError(
                self.env._(
                    "Nobody of these segments can be addressed this way. %s", ", ".join(reasons)
                )
                if reasons
                else self.env._("Nobody is in these segments.")
            )

    @api.constrains('segment_ids', 'excluded_segment_ids', 'channel', 'purpose_id')
    def _remember_chosen(self):
        """Note of how many it is, as of now, of a group that nobody sees into.

        When it cannot begin, nothing that was done then is kept, nor how many there were: one
        patient more would open it.
        """
        for campaign in self.filtered(lambda one: one.is_blurred and one.channel != 'public'):
            segments = campaign.segment_ids | campaign.excluded_segment_ids
            if all(segment.refreshed_at for segment in segments):
                segments._blur_each({'chosen': campaign._count_chosen()}, campaign._name_chosen())

    def _name_chosen(self):
        """Return which patients of its segments are chosen: what is told of them is told alike by
        all campaigns for the same."""
        excluded = ','.join(map(str, sorted(self.excluded_segment_ids.ids)))
        return f'{self.channel},{self.purpose_id.id},-{excluded}'

    def _check_audience(self):
        """Refuse to begin with nobody, or with whom this user may not use."""
        self.ensure_one()
        if self.channel == 'public':
            return
        if not self.segment_ids:
            raise UserError(
                self.env._("Say whom it is meant for: choose a segment, or “In public”.")
            )
        segments = self.segment_ids | self.excluded_segment_ids
        segments.check_access('read')
        segments._check_group()
        waiting = segments.filtered(lambda segment: not segment.refreshed_at)
        if waiting:
            raise UserError(
                self.env._(
                    'The patients of "%s" are still being looked up. Begin in a few minutes.',
                    waiting[0].name,
                )
            )

    def _begin(self):
        self.ensure_one()
        self.state = 'running'
        if self.is_blurred:
            # the same are kept out of all campaigns for a group: counting now these, now those
            # would tell on average how many there are
            segments = self.segment_ids | self.excluded_segment_ids
            self.holdout_key = segments._get_origins()._draw('hold-out').hex()
        self._choose_participants()
        self._measure()

    def action_finish(self):
        """Nobody is addressed any more; what they do goes on counting."""
        self.check_access('write')
        # sudo: where it stands is written by these actions alone
        self.sudo().filtered(lambda campaign: campaign.state == 'running')._end('done')
        return True

    def action_cancel(self):
        """Give a campaign up."""
        self.check_access('write')
        # sudo: as above
        self.sudo()._end('cancelled')
        return True

    def _end(self, state):
        """Address nobody any more. Add-ons end what they do for it."""
        self.state = state

    def action_count(self):
        """Look up now what came of it."""
        self.check_access('write')
        # sudo: how many, not who
        for campaign in self.sudo().filtered(lambda campaign: campaign.state != 'draft'):
            campaign._measure()
        return True

    @api.model
    def _cron_daily(self):
        """Choose who came into the segments, end what is over, measure what still counts."""
        campaigns = self.with_context(active_test=False).search(
            [('state', 'in', ('running', 'done'))]
        )
        with Steps(self.env) as do:
            for campaign in campaigns.filtered(lambda one: one.state == 'running'):
                do(campaign._go_on)
            for campaign in campaigns:
                if campaign._counts():
                    do(campaign._measure)

    def _go_on(self):
        today = self.company_id._get_local_today()
        if self.date_to < today:
            self._end('done')
        elif self.follows_segments and self.date_from <= today:
            self._choose_participants()

    def _is_on(self):
        """Return whether anybody is addressed today."""
        today = self.company_id._get_local_today()
        return self.state == 'running' and self.date_from <= today <= self.date_to

    def _counts(self):
        """Return whether anything that happened lately can still count."""
        today = self.company_id._get_local_today()
        return today <= self.date_to + timedelta(days=self.window_days + 2)


def _percent(part, whole):
    return 100.0 * part / whole if whole else 0.0
