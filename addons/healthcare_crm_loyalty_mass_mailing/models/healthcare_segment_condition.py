from odoo import api, models
from odoo.tools import SQL


class HealthcareSegmentCondition(models.Model):
    """Who opened a link of a mailing visited its page."""

    _inherit = 'healthcare.segment.condition'

    @api.model
    def _get_clicks(self):
        return [
            *super()._get_clicks(),
            SQL(
                """
                SELECT click.id, trace.res_id AS patient_id
                  FROM mailing_trace trace
                  JOIN link_tracker_click click ON click.mailing_trace_id = trace.id
                 WHERE trace.model = 'res.partner' AND trace.is_test_trace IS NOT TRUE
                """
            ),
        ]
