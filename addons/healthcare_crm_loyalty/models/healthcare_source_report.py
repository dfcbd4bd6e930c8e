from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_crm.sensitive import GROUP_USER


class HealthcareSourceReport(models.Model):
    """How patients find the clinic: what each source brings, and what it costs, month by month.

    Patients and enquiries are counted every night.
    """

    _name = 'healthcare.source.report'
    _description = "Sources of Patients"
    _inherit = ['healthcare.quotient']
    _quotients = {
        'patient_cost': ('cost', 'patient_count', 1),
        'visitor_cost': ('cost', 'visitor_count', 1),
    }
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'source_id'

    date = fields.Date(string="Month", readonly=True)
    company_id = fields.Many2one('res.company', string="Clinic", readonly=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    source_id = fields.Many2one('utm.source', string="Source", readonly=True, groups=GROUP_USER)
    enquiry_count = fields.Integer(string="Enquiries", readonly=True)
    patient_count = fields.Integer(string="New Patients", readonly=True)
    visitor_count = fields.Integer(
        string="Of Them Came", readonly=True, help="New patients who have visited the clinic."
    )
    cost = fields.Monetary(readonly=True)
    patient_cost = fields.Monetary(
        string="Cost per New Patient", readonly=True, aggregator='avg', help="None without a cost."
    )
    visitor_cost = fields.Monetary(
        string="Cost per Patient Who Came", readonly=True, aggregator='avg'
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT ROW_NUMBER() OVER ()::int AS id, date, company_id, source_id,
                   SUM(enquiries)::int AS enquiry_count, SUM(patients)::int AS patient_count,
                   SUM(visitors)::int AS visitor_count, SUM(cost) AS cost,
                   SUM(cost) / NULLIF(SUM(patients), 0) AS patient_cost,
                   SUM(cost) / NULLIF(SUM(visitors), 0) AS visitor_cost
              FROM (
                   SELECT date, company_id, source_id, enquiries, patients, visitors, 0 AS cost
                     FROM healthcare_source_count
                UNION ALL
                   SELECT date_trunc('month', date)::date, company_id, source_id,
                          0, 0, 0, SUM(amount)
                     FROM healthcare_campaign_cost GROUP BY 1, 2, 3
                   ) each
          GROUP BY date, company_id, source_id
            """
        )
