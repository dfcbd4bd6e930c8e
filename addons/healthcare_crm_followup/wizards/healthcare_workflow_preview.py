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
                            'outcome': self._outcome_label(outcome, steps[key]),
                            'reason': self._reason_label(reason),
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

    def _outcome_label(self, outcome, step):
        """Return what happens to those patients, as words that follow the step's name.

        :param step: the step in its JSON form
        """
        _ = self.env._
        if outcome == 'waiting' and step['kind'] == 'care_task':
            return _("a task would be opened")
        if step['kind'] == 'end':
            meaning = self.env['healthcare.workflow.step']._fields['meaning']
            return dict(meaning._description_selection(self.env)).get(outcome, outcome)
        edges = self.env['healthcare.workflow.edge']
        said = {
            'sent': _("would be sent"),
            'suppressed': _("would not be sent"),
            'waiting': _("would wait"),
            'done': _("would go on"),
        }
        return said.get(outcome) or edges._get_outcome_labels(step).get(outcome, outcome)

    def _reason_label(self, reason):
        ledger = self.env['healthcare.communication']._fields
        labels = dict(ledger['channel']._description_selection(self.env))
        labels |= dict(ledger['reason']._description_selection(self.env))
        return labels.get(reason, reason or '')

    def action_publish(self):
        """Publish the workflow."""
        self.workflow_id.action_publish()
        return {'type': 'ir.actions.act_window_close'}
