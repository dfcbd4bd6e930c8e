from odoo import fields, models


class HealthcareClubAttendance(models.Model):
    _inherit = 'healthcare.club.attendance'

    by_event = fields.Boolean(
        readonly=True, help="Entered at the door of the event; goes when that is undone."
    )
