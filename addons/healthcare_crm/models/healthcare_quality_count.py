from odoo import api, fields, models

from ..watching import watch

FUNCTION = 'healthcare_quality_count_add'
_CHANGES = {
    'INSERT': 'SELECT *, 1 AS number FROM arrived',
    'DELETE': 'SELECT *, -1 AS number FROM gone',
    'UPDATE': 'SELECT *, 1 AS number FROM arrived UNION ALL SELECT *, -1 FROM gone',
}
# what a rule or a clinic had that is being deleted goes with it
_BODY = f"""
BEGIN
    {
    ''.join(
        f'''
    IF TG_OP = '{event}' THEN
        INSERT INTO healthcare_quality_count (rule_id, company_id, state, number)
        SELECT *
          FROM (SELECT rule_id, company_id, state, sum(number) FROM ({changes}) AS changed
                 GROUP BY 1, 2, 3 HAVING sum(number) <> 0) AS more
         WHERE EXISTS (SELECT FROM healthcare_quality_rule WHERE id = more.rule_id)
           AND (company_id IS NULL OR EXISTS (SELECT FROM res_company WHERE id = more.company_id));
    END IF;'''
        for event, changes in _CHANGES.items()
    )
}
    RETURN NULL;
END
"""


class HealthcareQualityCount(models.Model):
    """How many findings of a rule there are in a clinic; numbers only, written in SQL.

    They add up: PostgreSQL adds a row for what a statement changes, so that nobody who writes waits
    for anybody else. The nightly job makes one of each.
    """

    _name = 'healthcare.quality.count'
    _description = "Data to Complete, Counted"
    _log_access = False
    _order = 'id'
    _rec_name = 'rule_id'

    rule_id = fields.Many2one(
        'healthcare.quality.rule', required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one('res.company', string="Clinic", ondelete='cascade')
    state = fields.Selection(
        lambda self: self.env['healthcare.quality.finding']._fields['state'].selection,
        required=True,
    )
    number = fields.Integer(required=True)

    def init(self):
        """Watch the findings."""
        result = super().init()
        # not before there is a table of findings
        self.pool.post_init(self._watch)
        return result

    @api.model
    def _watch(self):
        """Have changes added; what happened while nobody watched is counted now."""
        if watch(self.env.cr, 'healthcare_quality_finding', FUNCTION, _BODY):
            self._recount()

    @api.model
    def _recount(self):
        """Count everything anew, into one row of each."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            DELETE FROM healthcare_quality_count;
            INSERT INTO healthcare_quality_count (rule_id, company_id, state, number)
            SELECT rule_id, company_id, state, count(*)
              FROM healthcare_quality_finding GROUP BY 1, 2, 3
            """
        )
        self.invalidate_model()
