from odoo import api, fields, models
from odoo.fields import Domain

from ..sensitive import GROUP_CLINICAL, GROUP_STAFF
from .healthcare_allergy import NO_KNOWN_ALLERGY


class CalendarEvent(models.Model):
    """What to know about the patient of an appointment, read from the record when it is shown.

    Nothing of it is stored on the event, which every employee's calendar holds.
    """

    _inherit = 'calendar.event'

    patient_alerts = fields.Json(
        string="Alerts",
        compute='_compute_patient_alerts',
        groups=GROUP_STAFF,
        help="What everybody who meets the patient should know.",
    )
    patient_allergies = fields.Json(
        string="Allergies", compute='_compute_patient_allergies', groups=GROUP_CLINICAL
    )

    @api.depends('patient_id')
    @api.depends_context('uid', 'lang')
    def _compute_patient_alerts(self):
        alerts = self.patient_id._get_active_alerts()
        for event in self:
            event.patient_alerts = [
                {'kind': alert.kind, 'text': alert.display_name}
                for alert in alerts.get(event.patient_id._origin, ())
            ]

    @api.depends('patient_id')
    @api.depends_context('uid', 'lang')
    def _compute_patient_allergies(self):
        Allergy = self.env['healthcare.allergy']
        found = Allergy.search(
            Domain('patient_id', 'in', self.patient_id.ids)
            & Domain('code', '!=', NO_KNOWN_ALLERGY)
            & Domain(Allergy._counting())
        ).grouped('patient_id')
        for event in self:
            event.patient_allergies = [
                {'kind': allergy.criticality or 'allergy', 'text': allergy.display_name}
                for allergy in found.get(event.patient_id._origin, ())
            ]
