from odoo import api, fields, models

from ..engine import moves


class HealthcareWorkflowMoveLine(models.Model):
    """Where those go who stand at one step of the older versions."""

    _name = 'healthcare.workflow.move.line'
    _description = "Move of One Step"
    _order = 'id'

    move_id = fields.Many2one(
        'healthcare.workflow.move', required=True, ondelete='cascade', index=True
    )
    key = fields.Char(required=True, readonly=True)
    name = fields.Char(string="They Stand At", required=True, readonly=True)
    waiting = fields.Integer(compute='_compute_waiting', string="Patients")
    target_id = fields.Many2one(
        'healthcare.workflow.move.target',
        string="They Go To",
        domain="[('move_id', '=', move_id)]",
        ondelete='restrict',
    )

    def _has_field_access(self, field, operation):
        """Let people decide where a step leads, and nothing else."""
        if operation == 'write' and field.name != 'target_id' and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    @api.depends('move_id.state')
    def _compute_waiting(self):
        for plan, lines in self.grouped('move_id').items():
            # sudo: only numbers leave this method
            found = moves.standing(self.sudo().env, plan.sudo()._get_sources())
            here = {}
            for (_version_id, key), number in found.items():
                here[key] = here.get(key, 0) + number
            for line in lines:
                line.waiting = here.get(line.key, 0)
