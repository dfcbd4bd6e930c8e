from odoo import fields, models


class HealthcareWorkflowStat(models.Model):
    """How many patients left a step with which outcome, per day; counted by SQL as the engine
    runs."""

    _name = 'healthcare.workflow.stat'
    _description = "Workflow Statistics"
    _log_access = False
    _order = 'date desc, id'
    _rec_name = 'step_key'

    version_id = fields.Many2one('healthcare.workflow.version', required=True, ondelete='cascade')
    step_key = fields.Char(required=True)
    outcome = fields.Char(required=True)
    date = fields.Date(required=True)
    total = fields.Integer(required=True)

    _day_uniq = models.Constraint(
        'UNIQUE (version_id, step_key, outcome, date)',
        "There is one counter a day.",
    )
