from odoo import models


class HealthcareEncounter(models.Model):
    _inherit = 'healthcare.encounter'

    CHANGES_TOLD = frozenset(
        {'patient_id', 'encounter_class', 'status', 'start', 'end', 'practitioner_id'}
    )
    STATUS_HAPPENINGS = {'finished': 'encounter_finished'}
