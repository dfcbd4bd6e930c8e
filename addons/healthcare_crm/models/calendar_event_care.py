from odoo import models


class CalendarEvent(models.Model):
    """An appointment makes its practitioner treat the patient."""

    _name = 'calendar.event'
    _inherit = ['calendar.event', 'healthcare.care.source']
