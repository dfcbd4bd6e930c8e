from odoo import api, fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class CalendarEvent(models.Model):
    """An appointment that a code of a campaign led to."""

    _inherit = 'calendar.event'

    campaign_code_id = fields.Many2one(
        'healthcare.campaign.code',
        string="Campaign Code",
        index='btree_not_null',
        ondelete='set null',
        copy=False,
        groups=GROUP_STAFF,
        help="The code that the patient names when booking.",
    )
    campaign_code_at = fields.Datetime(
        string="Campaign Code Since",
        readonly=True,
        copy=False,
        groups=GROUP_STAFF,
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Who enquired by a code has booked by it."""
        events = super().create(vals_list)
        # sudo: what an enquiry came by is known, whoever books
        for event in events.sudo().filtered(
            lambda one: one.enquiry_id and not one.campaign_code_id
        ):
            if code := event.enquiry_id.campaign_code_id:
                event.campaign_code_id = code
        events._tell_sources()
        return events

    def _write_appointments(self, vals):
        """Note when a code is named that was not known when booking."""
        result = super()._write_appointments(vals)
        if vals.get('campaign_code_id'):
            # sudo: the time is noted by whoever may say the code
            self.sudo().campaign_code_at = fields.Datetime.now()
            self._tell_sources()
        return result

    def _tell_sources(self):
        """Who comes by a code has found the clinic where it is found, if nobody knows better."""
        # sudo: where a code is found is no secret; a source is written by whoever may say the code
        visits = self.sudo().filtered('campaign_code_id')
        for code, named in visits.grouped('campaign_code_id').items():
            if source := code._get_told_source():
                named.patient_id.filtered(lambda one: not one.source_id).source_id = source
