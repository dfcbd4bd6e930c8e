from odoo import api, fields, models

from ..engine.effects import counters


class HealthcareWorkflowStat(models.Model):
    """How many patients left a step with which outcome, per day; counted by SQL as the engine
    runs. A day may have several rows of one counter: sum them."""

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

    _day_idx = models.Index('(version_id, step_key, outcome, date)')

    @api.autovacuum
    def _gc_fold(self):
        """Fold the counters of days that are over."""
        counters.fold(self.env, fields.Date.today())
