from odoo import models


class HealthcareEnquiryPage(models.Model):
    _inherit = 'healthcare.enquiry.page'

    def _get_visited_source(self):
        """Return no source of a letter to a group that nobody sees into.

        Each mailing is a source of its own, and everybody reads where a patient comes from.
        """
        source = super()._get_visited_source()
        # sudo: who enquires has no rights
        mailings = self.env['mailing.mailing'].sudo().with_context(active_test=False)
        guarded = [('segment_id.is_guarded', '=', True)]
        if source and mailings.search_count([('source_id', '=', source.id), *guarded], limit=1):
            return source.browse()
        return source
