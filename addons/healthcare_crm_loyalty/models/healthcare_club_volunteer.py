from odoo import fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class HealthcareClubVolunteer(models.Model):
    """Somebody who helps in a club: a patient who has been through it, or anybody else."""

    _name = 'healthcare.club.volunteer'
    _description = "Volunteer of a Club"
    _inherit = ['healthcare.club.part', 'healthcare.own.clinic']
    _owned_by = ('club_id', 'partner_id')
    _order = 'club_id, id'
    _rec_name = 'partner_id'

    club_id = fields.Many2one(
        'healthcare.club', string="Club", required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='club_id.company_id', store=True, index=True)
    partner_id = fields.Many2one(
        'res.partner',
        string="Volunteer",
        required=True,
        index=True,
        ondelete='cascade',
        groups=GROUP_STAFF,
    )
    phone = fields.Char(related='partner_id.phone', related_sudo=False, groups=GROUP_STAFF)
    task = fields.Char(string="Does", help="Reads to the ward, drives, answers the telephone …")
    date_from = fields.Date(string="Since", default=fields.Date.context_today)
    date_to = fields.Date(string="Until")
    confidentiality_on = fields.Date(
        string="Confidentiality Signed",
        help="Nobody helps before having promised to keep what they hear to themselves.",
    )

    _partner_uniq = models.Constraint(
        'UNIQUE (club_id, partner_id)', "They are a volunteer of this club already."
    )
