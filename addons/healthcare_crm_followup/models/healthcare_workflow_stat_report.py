from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class HealthcareWorkflowStat(models.Model):
    """The counters as people look at them: by workflow, and by steps with a name."""

    _inherit = 'healthcare.workflow.stat'

    workflow_id = fields.Many2one(related='version_id.workflow_id', string="Workflow")
    step_name = fields.Char(compute='_compute_step_name', search='_search_step_name', string="Step")
    outcome_name = fields.Char(compute='_compute_outcome_name', string="What Happened")

    def _compute_step_name(self):
        for stat in self:
            # sudo: the names of steps are in the version, which is the engine's
            step = stat.sudo().version_id.graph['steps'].get(stat.step_key) or {}
            stat.step_name = step.get('name') or stat.step_key

    def _search_step_name(self, operator, value):
        if operator != 'in':
            return NotImplemented

        def to_sql(model, alias, query):
            name = model._field_to_sql(alias, 'step_name', query)
            return SQL('%s IN %s', name, tuple(str(one or '') for one in value))

        return Domain.custom(to_sql=to_sql)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Give steps their names in SQL, so that they can be grouped by."""
        if field_expr != 'step_name':
            return super()._field_to_sql(alias, field_expr, query)
        names = query.make_alias(alias, 'step_name')
        # each version is read once, not once for each of its counters
        steps = SQL(
            """
            (SELECT version.id, step.key, step.value->>'name' AS name
               FROM healthcare_workflow_version AS version,
                    jsonb_each(version.graph->'steps') AS step)
            """
        )
        query.add_join(
            'LEFT JOIN',
            names,
            steps,
            SQL(
                '%s = %s AND %s = %s',
                SQL.identifier(names, 'id'),
                SQL.identifier(alias, 'version_id'),
                SQL.identifier(names, 'key'),
                SQL.identifier(alias, 'step_key'),
            ),
        )
        return SQL(
            'COALESCE(%s, %s)', SQL.identifier(names, 'name'), SQL.identifier(alias, 'step_key')
        )

    @api.depends_context('lang')
    def _compute_outcome_name(self):
        words = self.env['healthcare.workflow']._get_outcome_words()
        for stat in self:
            stat.outcome_name = ': '.join(
                words.get(part, part) for part in stat.outcome.split('/', 1)
            )
