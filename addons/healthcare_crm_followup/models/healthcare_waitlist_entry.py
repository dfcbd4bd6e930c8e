from odoo import models


class HealthcareWaitlistEntry(models.Model):
    _inherit = 'healthcare.waitlist.entry'

    CHANGES_TOLD = frozenset(
        {'patient_id', 'service_id', 'practitioner_id', 'status', 'date_from', 'date_to'}
    )
    STATUS_HAPPENINGS = {'offered': 'slot_freed'}
