from odoo import api, fields, models

#: What can come of a step, in the words of an administrator; which kind offers which is the
#: engine's.
OUTCOMES = [
    ('sent', "Message: sent"),
    ('suppressed', "Not sent, or not to be called"),
    ('failed', "Message: the provider failed"),
    ('done', "Wait: over"),
    ('way', "Branch: the condition is met"),
    ('otherwise', "Branch: otherwise"),
    ('reached', "Task: reached"),
    ('confirmed', "Task: confirmed the appointment"),
    ('rescheduled', "Task: wants another time"),
    ('cancelled', "Task: cancelled the appointment"),
    ('no_answer', "Task: no answer"),
    ('wrong_number', "Task: wrong number"),
    ('timeout', "Task: not done in time"),
]


class HealthcareWorkflowEdge(models.Model):
    """An arrow between two steps: on this outcome, go there."""

    _name = 'healthcare.workflow.edge'
    _description = "Workflow Arrow"
    _order = 'sequence, id'
    _rec_name = 'outcome'

    step_id = fields.Many2one(
        'healthcare.workflow.step',
        string="From",
        required=True,
        ondelete='cascade',
        index=True,
    )
    workflow_id = fields.Many2one(related='step_id.workflow_id')
    sequence = fields.Integer(default=10)
    outcome = fields.Selection(OUTCOMES, required=True, string="On This Outcome")
    outcomes = fields.Json(compute='_compute_outcomes')
    domain = fields.Char(string="Condition", help="For a branch: which subjects go this way.")
    subject_model = fields.Selection(related='step_id.workflow_id.subject_model')
    target_id = fields.Many2one(
        'healthcare.workflow.step',
        string="Go To",
        ondelete='cascade',
        index='btree_not_null',
        domain="[('workflow_id', '=', workflow_id)]",
        help="Empty: the workflow ends here for this patient.",
    )

    _outcome_uniq = models.UniqueIndex(
        "(step_id, outcome) WHERE outcome != 'way'",
        "A step can go only one way for each outcome.",
    )

    @api.depends('step_id.kind')
    def _compute_outcomes(self):
        for edge in self:
            edge.outcomes = edge.step_id._get_outcomes(edge.step_id.kind)
