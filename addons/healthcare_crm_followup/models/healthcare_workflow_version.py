from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache


class HealthcareWorkflowVersion(models.Model):
    """A published state of a workflow, frozen: what runs, and for old enrollments keeps running."""

    _name = 'healthcare.workflow.version'
    _description = "Workflow Version"
    _order = 'workflow_id, number desc'
    _rec_name = 'number'

    workflow_id = fields.Many2one(
        'healthcare.workflow', required=True, ondelete='cascade', index=True
    )
    number = fields.Integer(required=True)
    graph = fields.Json(
        required=True, help="The definition; its form is described in engine/graph.py."
    )
    checksum = fields.Char(required=True)
    publisher_id = fields.Many2one('res.users', string="Published By", required=True)
    date = fields.Datetime(string="Published On", required=True)
    is_current = fields.Boolean(compute='_compute_is_current', string="Current")

    _number_uniq = models.Constraint('UNIQUE (workflow_id, number)', "This version exists already.")

    @ormcache('self.id', 'key')
    def _get_step(self, key):
        """Return the JSON form of one step, {} if there is none; the caller may not change it.

        A version never changes, and every message asks for its step: reading the field would copy
        the whole graph each time.
        """
        return self.graph['steps'].get(key) or {}

    @api.depends('workflow_id.version_id')
    def _compute_is_current(self):
        for version in self:
            version.is_current = version == version.workflow_id.version_id

    def write(self, vals):
        """Refuse: an edit never changes what is already running."""
        if not self:
            return super().write(vals)
        raise UserError(
            self.env._(
                "A published version cannot be changed. Edit the workflow and publish it again."
            )
        )
