from odoo import api, fields, models

from ..sensitive import GROUP_STAFF


class CalendarEvent(models.Model):
    """An appointment that an enquiry led to."""

    _inherit = 'calendar.event'

    enquiry_id = fields.Many2one(
        'healthcare.enquiry',
        string="Enquiry",
        index='btree_not_null',
        ondelete='set null',
        copy=False,
        readonly=True,
        groups=GROUP_STAFF,
    )

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        # sudo: other events are made by colleagues who may not know of enquiries
        enquiries = events.sudo().enquiry_id.sudo(self.env.su)
        if enquiries:
            # an enquiry one may not see would tell who asked
            enquiries.check_access('read')
            enquiries._filtered_access('write')._booked()
        return events

    def write(self, vals):
        result = super().write(vals)
        if vals.get('enquiry_id'):
            self.enquiry_id.check_access('read')
        return result
