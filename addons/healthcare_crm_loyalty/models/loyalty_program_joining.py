from odoo import fields, models


class LoyaltyProgram(models.Model):
    """How patients become members."""

    _inherit = 'loyalty.program'

    member_count = fields.Integer(string="Members", compute='_compute_member_count')

    def _compute_member_count(self):
        # of coupons the number tells how many have what they are given for
        memberships = self.filtered('is_membership')
        # sudo: how many members there are is no secret, and the index of cards alone counts them
        counts = dict(
            self.env['loyalty.card']
            .sudo()
            ._read_group([('program_id', 'in', memberships.ids)], ['program_id'], ['__count'])
        )
        for program in self:
            program.member_count = counts.get(program._origin, 0)

    def action_view_members(self):
        """List the members."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_loyalty.loyalty_member_action'
        )
        return {**action, 'domain': [('program_id', '=', self.id)]}

    def action_view_tier_changes(self):
        """List who rose and who fell lately."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_loyalty.healthcare_loyalty_tier_change_action'
        )
        return {**action, 'domain': [('card_id.program_id', '=', self.id)]}

    def _join(self, patients):
        """Return the cards of patients in this program, after giving one to whoever has none.

        Who left has the former card again, with what is still on it.

        :param res.partner patients: patients
        """
        self.ensure_one()
        patients._lock_benefits()
        # sudo: cards are the software's to write
        Card = (
            self.env['loyalty.card']
            .sudo()
            .with_context(loyalty_no_mail=True, tracking_disable=True, active_test=False)
        )
        known = Card.search(
            [
                ('program_id', '=', self.id),
                ('partner_id', 'in', patients.ids),
                '|',
                ('active', '=', True),
                ('left_on', '!=', False),
            ],
            order='active desc, id',
        )
        cards = Card.union(*(group[0] for group in known.grouped('partner_id').values()))
        cards.filtered(lambda card: not card.active)._join_again()
        missing = patients - cards.partner_id
        cards |= Card.create(
            [
                {
                    'program_id': self.id,
                    'partner_id': patient.id,
                    'code': code,
                    'joined_on': self._get_today(),
                }
                for patient, code in zip(missing, Card._make_numbers(len(missing)), strict=True)
            ]
        )
        return cards.with_env(self.env)
