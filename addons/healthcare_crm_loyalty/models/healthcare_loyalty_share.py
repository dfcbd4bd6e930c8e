from odoo import api, fields, models
from odoo.exceptions import UserError


class HealthcareLoyaltyShare(models.Model):
    """That somebody asks to share the points of a family, what its head answered, and how."""

    _name = 'healthcare.loyalty.share'
    _description = "Sharing of Points"
    _order = 'id desc'
    _rec_name = 'card_id'

    card_id = fields.Many2one(
        'loyalty.card',
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete='cascade',
    )
    patient_id = fields.Many2one(related='card_id.partner_id', string="Patient")
    purse_id = fields.Many2one(
        'loyalty.card',
        string="Points Of",
        required=True,
        readonly=True,
        index=True,
        ondelete='cascade',
    )
    state = fields.Selection(
        [
            ('asked', "Asked"),
            ('shared', "Agreed"),
            ('declined', "Declined"),
            ('ended', "Ended"),
        ],
        required=True,
        readonly=True,
        default='asked',
    )
    method = fields.Selection(
        [('desk', "At the desk"), ('link', "By their own link")],
        string="Answered",
        readonly=True,
    )
    answered_on = fields.Datetime(readonly=True)
    ended_on = fields.Datetime(readonly=True)

    _asked_uniq = models.UniqueIndex(
        "(card_id) WHERE state IN ('asked', 'shared')",
        "This member has asked, or shares, already.",
    )

    @api.model
    def _ask(self, card, purse):
        """Write down that a member wants to share the points of another.

        Who asks somebody else takes back what was asked before.
        """
        card._check_sharing(purse)
        # sudo: what was asked is the software's to write
        shares = self.sudo()
        before = shares.search([('card_id', '=', card.id), ('state', '=', 'asked')])
        before._end()
        before.flush_recordset()  # one at a time is asked, says the database
        return shares.create({'card_id': card.id, 'purse_id': purse.id})

    def _agree(self, method):
        """The head of the family agrees: from now on there is one purse.

        :param str method: how they said so
        """
        for share in self:
            share._check_open()
            share.card_id._share(share.purse_id)
            share._answer('shared', method)

    def _decline(self, method):
        """The head of the family does not want to share."""
        for share in self:
            share._check_open()
            share._answer('declined', method)

    def _check_open(self):
        if self.state != 'asked':
            raise UserError(self.env._("This has been answered already."))

    def _answer(self, state, method):
        self.write({'state': state, 'method': method, 'answered_on': fields.Datetime.now()})

    def _end(self):
        self.write({'state': 'ended', 'ended_on': fields.Datetime.now()})

    # ------------------------------------------------------------ buttons

    def action_agree(self):
        """The head of the family is at the desk, and agrees."""
        self._check_desk()
        # sudo: what was answered is the software's to write
        self.sudo()._agree('desk')
        return True

    def action_decline(self):
        """The head of the family is at the desk, and does not agree."""
        self._check_desk()
        self.sudo()._decline('desk')  # sudo: as above
        return True

    def _check_desk(self):
        self.env['loyalty.card']._check_desk()
        self.check_access('read')
