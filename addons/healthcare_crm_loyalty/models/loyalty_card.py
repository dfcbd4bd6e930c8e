from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .account_move import PAID


class LoyaltyCard(models.Model):
    """A card that may be a patient's membership: its points, its tier, since when.

    Balance and lots are changed by the methods of :file:`loyalty_card_points.py` alone, which lock
    the card's row first: whoever else spends from it at the same moment waits, or begins again.
    """

    _inherit = 'loyalty.card'

    is_membership = fields.Boolean(
        string="Membership of Patients",
        compute='_compute_is_membership',
        search='_search_is_membership',
        compute_sudo=True,
    )
    joined_on = fields.Date(
        string="Member Since",
        default=lambda self: self.env.company._get_local_today(),
        readonly=True,
        index=True,
        help="Nothing before it earns points.",
    )
    owed = fields.Float(
        string="Points Owed",
        readonly=True,
        help="Points that were taken back after they had been spent. What is earned next pays "
        "them first.",
    )
    tier_id = fields.Many2one(
        'healthcare.loyalty.tier',
        string="Tier",
        readonly=True,
        index='btree_not_null',
        ondelete='restrict',
    )
    tier_until = fields.Date(
        string="Tier Valid Until",
        readonly=True,
    )

    _owed_not_negative = models.Constraint(
        'CHECK (owed >= 0)',
        "Nobody owes less than nothing.",
    )

    def init(self):
        # room on each page: balances change all the time, and no index need know of it
        self.env.cr.execute(SQL('ALTER TABLE loyalty_card SET (fillfactor = 80)'))
        return super().init()

    @api.depends('program_id.is_membership')
    def _compute_is_membership(self):
        for card in self:
            card.is_membership = card.program_id.is_membership

    @api.model
    def _search_is_membership(self, operator, value):
        """Search by the few memberships: the database cannot guess how many cards these have."""
        if operator != 'in' or True not in value:
            return NotImplemented
        programs = self.env['loyalty.program'].with_context(active_test=False)
        return Domain('program_id', 'in', programs.search([('is_membership', '=', True)]).ids)

    @api.model_create_multi
    def create(self, vals_list):
        cards = super().create(vals_list)
        # sudo: what members earn for joining is the clinic's affair
        members = cards.sudo().filtered('is_membership')
        self.env['healthcare.loyalty.cause']._note('card', members.ids)
        members._note_first_day()
        members._tell('member_joined')
        return cards

    def _note_first_day(self):
        """Have it looked at again what these members did today, before they joined."""
        Cause = self.env['healthcare.loyalty.cause']
        self.env.flush_all()
        for program, cards in self.grouped('program_id').items():
            today, clinic = program._get_today(), program.company_id or self.env.company
            patients = cards.partner_id.ids
            visits = self.env.execute_query(
                SQL(
                    """
                    SELECT id FROM calendar_event
                     WHERE patient_id = ANY(%s) AND appointment_status = 'fulfilled'
                       AND start >= %s AND start < %s
                    """,
                    patients,
                    clinic._get_midnight(today),
                    clinic._get_midnight(fields.Date.add(today, days=1)),
                )
            )
            Cause._note('visit', [id_ for (id_,) in visits])
            invoices = self.env.execute_query(
                SQL(
                    """
                    SELECT paid.id
                      FROM (%s AND invoice.invoice_date = %s AND invoice.partner_id IN (
                            SELECT id FROM res_partner
                             WHERE id = ANY(%s) OR commercial_partner_id = ANY(%s))) AS paid
                    """,
                    SQL(PAID),
                    today,
                    patients,
                    patients,
                )
            )
            Cause._note('purchase', [id_ for (id_,) in invoices])

    def _tell(self, happening):
        """Tell whoever listens what happened to these cards; nobody does here.

        :param str happening: ``member_joined`` or ``coupon_expiring``
        """
