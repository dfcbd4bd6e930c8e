from odoo import api, fields, models

from ..engine.graph import compile_graph


class HealthcareWorkflowPreview(models.TransientModel):
    """Whom a workflow would reach if it were published now. Numbers only; nothing is written or
    sent."""

    _name = 'healthcare.workflow.preview'
    _description = "Workflow Preview"

    workflow_id = fields.Many2one('healthcare.workflow', required=True, ondelete='cascade')
    subject_model = fields.Selection(related='workflow_id.subject_model')
    state = fields.Selection(related='workflow_id.state')
    has_changes = fields.Boolean(related='workflow_id.has_changes')
    entering = fields.Integer(string="Would Be Enrolled Now")
    reached = fields.Integer(string="Reached Within 30 Days")
    waits_for_happenings = fields.Boolean()
    expected = fields.Integer(string="Happened In The Last 30 Days")
    line_ids = fields.One2many('healthcare.workflow.preview.line', 'preview_id')

    @api.model
    def _open(self, workflow):
        """Compute the preview of ``workflow`` and return the action that shows it."""
        found = workflow._preview(fields.Datetime.now())
        definition = workflow._get_draft()
        steps = definition['steps']
        preview = self.create(
            {
                'workflow_id': workflow.id,
                'entering': found['entering'],
                'reached': found['reached'],
                'waits_for_happenings': any(
                    not trigger.is_scheduled
                    for trigger in compile_graph(definition).triggers.values()
                ),
                'expected': found['expected'],
                'line_ids': [
                    fields.Command.create(
                        {
                            'step': steps[key]['name'],
                            'outcome': workflow._say_outcome(outcome, steps[key]),
                            'reason': workflow._say_reason(reason),
                            'total': total,
                        }
                    )
                    for (key, outcome, reason), total in found['steps'].items()
                ],
            }
        )
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Preview: %s", workflow.name),
            'res_model': self._name,
            'res_id': preview.id,
            'views': [(False, 'form')],
            'target': 'new',
        }

    def action_publish(self):
        """Publish the workflow."""
        self.workflow_id.action_publish()
        return {'type': 'ir.actions.act_window_close'}
