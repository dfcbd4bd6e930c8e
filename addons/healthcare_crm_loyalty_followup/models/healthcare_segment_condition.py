from odoo import api, models
from odoo.tools import SQL


class HealthcareSegmentCondition(models.Model):
    """Who opened a link of a message of a workflow visited its page."""

    _inherit = 'healthcare.segment.condition'

    @api.model
    def _get_clicks(self):
        return [
            *super()._get_clicks(),
            SQL(
                """
                SELECT click.id, message.patient_id
                  FROM healthcare_communication message
                  JOIN link_tracker link ON link.communication_id = message.id
                  JOIN link_tracker_click click ON click.link_id = link.id
                """
            ),
        ]
