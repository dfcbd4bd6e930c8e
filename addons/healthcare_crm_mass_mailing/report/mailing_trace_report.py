from odoo import models


class MailingTraceReport(models.Model):
    _inherit = 'mailing.trace.report'

    def _report_get_request_where_items(self):
        """Leave out groups that are not seen into: their mailings tell roughly how many."""
        return [
            *super()._report_get_request_where_items(),
            """
            NOT EXISTS (SELECT FROM healthcare_segment
                         WHERE id = mailing.segment_id AND is_guarded)
            """,
        ]
