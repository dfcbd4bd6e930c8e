from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.healthcare_crm.overview import Block, badge, fact, row
from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

#: movements in the block of the 360° view; the rest is one click away
SHOWN = 4
_ICONS = {
    'earn': ('fa-plus', 'success'),
    'spend': ('fa-minus', 'primary'),
    'refund': ('fa-undo', 'info'),
    'expire': ('fa-hourglass-end', 'warning'),
    'clawback': ('fa-reply', 'warning'),
    'family': ('fa-users', 'info'),
}


class ResPartner(models.Model):
    """A patient's membership, in the form and in the 360° view."""

    _inherit = 'res.partner'

    membership_card_id = fields.Many2one(
        'loyalty.card',
        string="Membership",
        compute='_compute_membership',
        groups=GROUP_STAFF,
    )
    membership_balance = fields.Char(
        string="Points",
        compute='_compute_membership',
        groups=GROUP_STAFF,
    )
    membership_tier = fields.Char(
        string="Tier",
        compute='_compute_membership',
        groups=GROUP_STAFF,
    )
    can_join = fields.Boolean(
        string="Can Become a Member",
        compute='_compute_membership',
        groups=GROUP_STAFF,
    )

    @api.depends_context('lang', 'company', 'allowed_company_ids')
    def _compute_membership(self):
        cards = self.env['loyalty.card'].search(
            [('partner_id', 'in', self.ids), ('program_id.is_membership', '=', True)], order='id'
        )
        grouped = cards.grouped('partner_id')
        programs = self._find_memberships()
        for partner in self:
            mine = grouped.get(partner._origin, cards.browse())
            card = mine[:1]
            partner.membership_card_id = card
            partner.membership_balance = card and card._say_number(card.balance)
            partner.membership_tier = card and (card.tier_id.name or self.env._("Member"))
            partner.can_join = bool(
                partner.is_patient
                and partner.active
                and not partner.deceased
                and programs - mine.program_id
            )

    @api.model
    def _find_memberships(self):
        """Return the memberships that patients can join today at the clinics of this user."""
        today = fields.Date.context_today(self)
        return self.env['loyalty.program'].search(
            Domain('is_membership', '=', True)
            & (Domain('date_from', '=', False) | Domain('date_from', '<=', today))
            & (Domain('date_to', '=', False) | Domain('date_to', '>=', today))
            & (
                Domain('company_id', '=', False)
                | Domain('company_id', 'parent_of', self.env.companies.ids)
            )
        )

    def _lock_benefits(self):
        """Have a second request that gives or takes something of these patients begin again.

        Under REPEATABLE READ it would not see what the first one does at the same moment: the card
        of who joins, the other coupon that is used that day.
        """
        if self:
            # Odoo tries such a request again by itself, so it is no error to log
            self.env.cr.execute(
                SQL(
                    'UPDATE res_partner SET write_date = write_date WHERE id IN %s',
                    tuple(self.ids),
                ),
                log_exceptions=False,
            )

    # ------------------------------------------------------------ buttons

    def action_join(self):
        """Make this patient a member, or ask of what where there are several memberships."""
        self.ensure_one()
        self.env['loyalty.card']._check_desk()
        self.check_access('write')
        mine = self._get_memberships().program_id
        programs = self._find_memberships() - mine
        if not programs:
            raise UserError(
                self.env._("There is no membership to join. A clinic administrator creates one.")
            )
        if len(programs) > 1:
            return {
                'type': 'ir.actions.act_window',
                'name': self.env._("Join"),
                'res_model': 'healthcare.loyalty.join',
                'view_mode': 'form',
                'target': 'new',
                'context': {'default_patient_id': self.id},
            }
        return self._join_membership(programs)

    def _join_membership(self, program):
        if not self.is_patient or not self.active or self.deceased:
            raise UserError(self.env._("Only patients become members."))
        return program._join(self)._open()

    def action_open_membership(self):
        """Open the card of this patient."""
        self.ensure_one()
        return self._get_memberships()[:1]._open()

    # ------------------------------------------------------------ 360° view

    @api.model
    def _get_overview_blocks(self):
        return [
            *super()._get_overview_blocks(),
            Block('loyalty', self.env._("Membership"), 'fa-id-card-o', 145, GROUP_STAFF),
        ]

    def _overview_loyalty(self):
        card = self._get_memberships()[:1]
        if not card:
            return {
                'rows': [],
                'empty': self.env._("Not a member."),
                'add': self.can_join and {'label': self.env._("Join"), 'method': 'action_join'},
            }
        expiring = card._get_expiring(1)
        progress = card._get_progress()
        facts = [
            fact(self.env._("Balance"), card._say_points(card.balance)),
            fact(self.env._("Tier"), card.tier_id.name, hint=card._say_tier_end()),
            fact(self.env._("Next tier"), progress and card._say_progress(progress)),
            fact(self.env._("Expires next"), expiring and card._say_expiring(*expiring[0])),
            fact(self.env._("Family"), card.purse_id.partner_id.name),
            fact(self.env._("Blocked"), card.is_blocked and card.block_reason, 'fa-ban'),
        ]
        movements = card._get_movements(SHOWN)
        return {
            'facts': [one for one in facts if one['value']],
            'rows': [
                row(
                    movement,
                    movement._say_what(),
                    when=self._overview_day(movement.date),
                    badges=[
                        badge(
                            movement._say_change(),
                            *_ICONS.get(movement.kind, ('fa-pencil', 'secondary')),
                        )
                    ],
                )
                for movement in movements
            ],
            'more': {'label': self.env._("Card"), 'method': 'action_open_membership'},
            'empty': self.env._("Nothing was earned yet."),
        }
