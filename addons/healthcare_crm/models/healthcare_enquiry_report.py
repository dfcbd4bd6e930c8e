from odoo import fields, models
from odoo.tools import SQL

from ..sensitive import GROUP_USER


class HealthcareEnquiryReport(models.Model):
    """Where enquiries come from and what becomes of them, without a word about who asked."""

    _name = 'healthcare.enquiry.report'
    _description = "Enquiries by Source"
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'source_id'

    date = fields.Datetime(string="Received", readonly=True)
    company_id = fields.Many2one('res.company', string="Clinic", readonly=True)
    source_id = fields.Many2one('utm.source', string="Source", readonly=True, groups=GROUP_USER)
    service_id = fields.Many2one(
        'healthcare.service', string="What For", readonly=True, groups=GROUP_USER
    )
    channel = fields.Selection(
        selection=lambda self: self.env['healthcare.enquiry']._fields['channel'].selection,
        readonly=True,
    )
    state = fields.Selection(
        selection=lambda self: self.env['healthcare.enquiry']._fields['state'].selection,
        readonly=True,
    )
    lost_reason = fields.Selection(
        selection=lambda self: self.env['healthcare.enquiry']._fields['lost_reason'].selection,
        readonly=True,
    )
    number = fields.Integer(string="Enquiries", readonly=True)
    is_patient = fields.Integer(string="Patients", readonly=True)
    is_booked = fields.Integer(string="Booked", readonly=True)
    patient_rate = fields.Float(
        string="Patients %",
        readonly=True,
        aggregator='avg',
        digits=(16, 1),
        help="Enquiries that became patients, of all enquiries but those that were none.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT id, date, company_id, source_id, service_id, channel, state, lost_reason,
                   1 AS number,
                   CASE WHEN patient_id IS NOT NULL THEN 1 ELSE 0 END AS is_patient,
                   CASE WHEN state = 'booked' THEN 1 ELSE 0 END AS is_booked,
                   CASE WHEN patient_id IS NOT NULL THEN 100.0 ELSE 0.0 END AS patient_rate
              FROM healthcare_enquiry
             WHERE COALESCE(lost_reason, '') <> 'spam'
            """
        )
