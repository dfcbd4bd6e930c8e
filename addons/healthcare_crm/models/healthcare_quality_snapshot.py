from odoo import api, fields, models
from odoo.tools import SQL


class HealthcareQualitySnapshot(models.Model):
    """How many records of a clinic were not as a rule wants them on a day. Numbers only."""

    _name = 'healthcare.quality.snapshot'
    _description = "Data Quality Over Time"
    _log_access = False
    _order = 'date desc, failing desc, id'
    _rec_name = 'date'

    date = fields.Date(required=True)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        index='btree_not_null',
        ondelete='cascade',
        help="Empty: patients of no clinic in particular.",
    )
    rule_id = fields.Many2one(
        'healthcare.quality.rule',
        string="Rule",
        required=True,
        index=True,
        ondelete='cascade',
    )
    failing = fields.Integer(string="To Complete")
    ignored = fields.Integer()
    total = fields.Integer(string="Patients", aggregator='max')
    rate = fields.Float(
        string="To Complete, %",
        digits=(16, 1),
        aggregator='avg',
        help="Records to complete, of all patients of the clinic.",
    )

    _day_uniq = models.UniqueIndex('(date, rule_id, COALESCE(company_id, 0))')

    @api.model
    def _take(self):
        """Note how things stand today; what was noted earlier the same day is replaced."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                WITH clinic AS MATERIALIZED (
                    SELECT patient.company_id, company.parent_path,
                           count(*) FILTER (WHERE patient.deceased IS NOT TRUE) AS total
                      FROM res_partner AS patient
                      LEFT JOIN res_company AS company ON company.id = patient.company_id
                     WHERE patient.is_patient AND patient.active
                     GROUP BY 1, 2
                ), counted AS MATERIALIZED (
                    SELECT rule_id, company_id,
                           count(*) FILTER (WHERE state = 'open') AS failing,
                           count(*) FILTER (WHERE state = 'ignored') AS ignored
                      FROM healthcare_quality_finding
                     GROUP BY 1, 2
                )
                INSERT INTO healthcare_quality_snapshot
                       (date, company_id, rule_id, failing, ignored, total, rate)
                SELECT %(today)s, clinic.company_id, rule.id, COALESCE(counted.failing, 0),
                       COALESCE(counted.ignored, 0), clinic.total,
                       100.0 * COALESCE(counted.failing, 0) / GREATEST(clinic.total, 1)
                  FROM healthcare_quality_rule AS rule
                  JOIN clinic
                    ON rule.company_id IS NULL
                    OR clinic.company_id IS NULL
                    OR '/' || clinic.parent_path LIKE '%%/' || rule.company_id || '/%%'
                  LEFT JOIN counted
                    ON counted.rule_id = rule.id
                   AND counted.company_id IS NOT DISTINCT FROM clinic.company_id
                 WHERE rule.active
                    ON CONFLICT (date, rule_id, COALESCE(company_id, 0)) DO UPDATE
                   SET failing = excluded.failing, ignored = excluded.ignored,
                       total = excluded.total, rate = excluded.rate
             RETURNING id
                """,
                today=fields.Date.context_today(self),
            )
        )
        self.invalidate_model()
