from odoo import api, fields, models


class EventEvent(models.Model):
    """An event that may be a talk of a club: who registers is in the club, then."""

    _inherit = 'event.event'

    talk_ids = fields.One2many('healthcare.club.talk', 'event_id', string="Talk of a Club")
    is_clinical_club = fields.Boolean(
        string="Tells About Health",
        compute='_compute_is_clinical_club',
        store=True,
        copy=True,
        groups='base.group_user',
        help="Only clinical staff know who registers.",
    )

    @api.depends('talk_ids.club_id.is_clinical')
    def _compute_is_clinical_club(self):
        """Once an event was one, it stays one, and so does its copy: people registered."""
        for event in self:
            is_clinical = any(event.talk_ids.club_id.mapped('is_clinical'))
            event.is_clinical_club = event.is_clinical_club or is_clinical

    def write(self, vals):
        result = super().write(vals)
        if 'date_begin' in vals:
            # sudo: what earns points does not depend on who looks
            self.sudo().registration_ids._note()
        return result
