from odoo import fields, models

from ..engine.steps.message import MessageStep

#: What tells the engine which of its steps a row belongs to: who forged it could stop or send
#: messages in its name.
ENGINE_FIELDS = {
    'idempotency_key',
    'enrollment_id',
    'step_key',
    'visit',
    'lease_until',
    'priority',
    'expires_at',
}


class HealthcareCommunication(models.Model):
    _inherit = 'healthcare.communication'

    enrollment_id = fields.Many2one(
        'healthcare.workflow.enrollment',
        string="Workflow",
        ondelete='set null',
        index='btree_not_null',
    )
    step_key = fields.Char(string="Workflow Step")
    visit = fields.Integer()
    lease_until = fields.Datetime(help="Until then one sender has this message in hand.")
    priority = fields.Integer(
        default=1,
        help="0 low, 1 normal, 2 high, 3 critical: the more important are not counted by the caps "
        "of the less important.",
    )
    expires_at = fields.Datetime(string="Not After", help="After that it is too late to send it.")
    reason = fields.Selection(
        selection_add=[
            ('render_error', "The message could not be written"),
            ('no_answer', "No answer"),
            ('wrong_number', "Wrong number"),
            ('workflow_left', "No longer needed"),
        ],
        ondelete={
            'render_error': 'set null',
            'no_answer': 'set null',
            'wrong_number': 'set null',
            'workflow_left': 'set null',
        },
    )

    _sending_idx = models.Index("(lease_until) WHERE status = 'sending'")

    def _has_field_access(self, field, operation):
        """Let staff add contacts they made, never the engine's own rows."""
        if operation == 'write' and field.name in ENGINE_FIELDS and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    def _get_texts(self):
        """Return the frozen template of this row's step and channel: {"subject": {…}, "body": {…}}.

        :raise KeyError: the step has no template for the channel
        """
        self.ensure_one()
        graph = self.enrollment_id.version_id.graph
        return graph['steps'][self.step_key]['templates'][self.channel]

    def _get_grace_minutes(self):
        """Return how late this row's step may be, in minutes; ``None`` for a row of no step."""
        self.ensure_one()
        steps = self.enrollment_id.version_id.graph['steps'] if self.enrollment_id else {}
        step = steps.get(self.step_key)
        if not step or step['kind'] != MessageStep.kind:
            return None
        return MessageStep.from_json(self.step_key, step).grace_minutes
