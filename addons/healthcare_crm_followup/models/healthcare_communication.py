from odoo import fields, models


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
    reason = fields.Selection(
        selection_add=[
            ('render_error', "The message could not be written"),
            ('no_answer', "No answer"),
            ('wrong_number', "Wrong number"),
        ],
        ondelete={'render_error': 'set null', 'no_answer': 'set null', 'wrong_number': 'set null'},
    )

    def _get_texts(self):
        """Return the frozen template of this row's step and channel: {"subject": {…}, "body": {…}}.

        :raise KeyError: the step has no template for the channel
        """
        self.ensure_one()
        graph = self.enrollment_id.version_id.graph
        return graph['steps'][self.step_key]['templates'][self.channel]
