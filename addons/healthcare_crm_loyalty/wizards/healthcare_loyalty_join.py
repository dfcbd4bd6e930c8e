from odoo import api, fields, models


class HealthcareLoyaltyJoin(models.TransientModel):
    """Ask which membership a patient joins."""

    _name = 'healthcare.loyalty.join'
    _description = "Join a Membership"

    patient_id = fields.Many2one('res.partner', string="Patient", required=True, readonly=True)
    possible_ids = fields.Many2many('loyalty.program', compute='_compute_possible')
    program_id = fields.Many2one(
        'loyalty.program',
        string="Membership",
        required=True,
        domain="[('id', 'in', possible_ids)]",
    )

    @api.depends('patient_id')
    def _compute_possible(self):
        for wizard in self:
            patient = wizard.patient_id
            mine = patient and patient._get_memberships().program_id
            wizard.possible_ids = patient._find_memberships() - (
                mine or self.env['loyalty.program']
            )

    def action_join(self):
        """Make the patient a member."""
        self.ensure_one()
        self.env['loyalty.card']._check_desk()
        self.patient_id.check_access('write')
        self.program_id.check_access('read')
        return self.patient_id._join_membership(self.program_id & self.possible_ids)
