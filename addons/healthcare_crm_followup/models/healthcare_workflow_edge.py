from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ..definition.tables import WAYS

_lt = LazyTranslate(__name__)

#: The outcome of an arrow that is a way of its own, with a name and what decides for it.
WAY = 'way'
#: What the outcomes that every step of a kind has are called. Those an administrator makes up, ways
#: and replies, bring their own names.
OUTCOMES = {
    'sent': _lt("Sent"),
    'suppressed': _lt("Not sent, or not to be called"),
    'failed': _lt("The provider failed"),
    'delivered': _lt("Delivered"),
    'opened': _lt("Opened"),
    'clicked': _lt("A link was opened"),
    'replied': _lt("Answered something else"),
    'done': _lt("Done"),
    'happened': _lt("It happened"),
    'otherwise': _lt("Otherwise"),
    'holdout': _lt("Left out to compare with"),
    'again': _lt("Once more"),
    'limit': _lt("Often enough"),
    'goal': _lt("The goal was reached"),
    'exited': _lt("The patient dropped out"),
    'not_enrolled': _lt("Not taken in"),
    'red_flag': _lt("A red flag"),
    'answered': _lt("Answered"),
    'no_answer': _lt("No answer"),
    'reached': _lt("Reached"),
    'confirmed': _lt("Confirmed the appointment"),
    'rescheduled': _lt("Wants another time"),
    'cancelled': _lt("Cancelled the appointment"),
    'wrong_number': _lt("Wrong number"),
    'timeout': _lt("Not in time"),
    WAY: _lt("Add a way"),
}
#: which points count
SCORE_BOUNDS = [
    ('at_least', "At least so many points"),
    ('at_most', "At most so many points"),
    ('between', "Points between"),
]


class HealthcareWorkflowEdge(models.Model):
    """An arrow between two steps: on this outcome, go there.

    An arrow whose outcome is ``way`` also *is* one of the step's own ways, with a name and whatever
    decides for it; ``code`` is then the outcome in the definition. Several arrows on one outcome
    are paths that run side by side.
    """

    _name = 'healthcare.workflow.edge'
    _description = "Workflow Arrow"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('step_id',)
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
    outcome = fields.Char(required=True, string="On This Outcome")
    outcomes = fields.Json(compute='_compute_outcomes')
    code = fields.Char(help="Names the way in versions, logs and exports; it never changes.")
    target_id = fields.Many2one(
        'healthcare.workflow.step',
        string="Go To",
        ondelete='cascade',
        index='btree_not_null',
        domain="[('workflow_id', '=', workflow_id)]",
        help="Empty: the workflow ends here for this patient.",
    )

    name = fields.Char(string="Its Name")
    domain = fields.Char(string="Condition", help="Which subjects go this way.")
    subject_model = fields.Selection(related='step_id.workflow_id.subject_model')
    weight = fields.Float(default=1, help="Two ways of 1 and 3: a quarter and three quarters.")
    decides = fields.Selection(
        [*SCORE_BOUNDS, ('answer', "This answer")], default='at_least', string="Decided By"
    )
    score_min = fields.Float(string="From Points")
    score_max = fields.Float(string="To Points")
    survey_id = fields.Many2one(related='step_id.survey_id')
    answer_id = fields.Many2one('survey.question.answer', string="Answer", ondelete='set null')
    keywords = fields.Char(
        help="Words divided by commas; an answer that has one of them counts as this reply."
    )

    _arrow_uniq = models.UniqueIndex(
        "(step_id, outcome, target_id) WHERE outcome != 'way'",
        "There is such an arrow already.",
    )
    _code_uniq = models.UniqueIndex(
        '(step_id, code) WHERE code IS NOT NULL', "There is such a way already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        edges = super().create(vals_list)
        edges.step_id._keep_way_codes()
        return edges

    def write(self, vals):
        result = super().write(vals)
        if 'outcome' in vals:
            self.step_id._keep_way_codes()
        return result

    @api.depends('outcome', 'code', 'name')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for edge in self:
            edge.display_name = edge._get_label()

    def _get_label(self):
        """Return what an administrator calls the outcome."""
        self.ensure_one()
        if self.outcome == WAY:
            return self.name or self._number_words()
        return dict(self.step_id._get_outcome_choices()).get(self.outcome, self.outcome)

    def _number_words(self):
        """Return words for a way without a name."""
        ways = self.step_id.edge_ids.filtered(lambda edge: edge.outcome == WAY)
        number = ways.ids.index(self.id) + 1 if self.id in ways.ids else len(ways)
        return self.env._("Way %s", number)

    @api.depends('step_id.kind', 'step_id.wait_for', 'step_id.edge_ids.name')
    @api.depends_context('lang')
    def _compute_outcomes(self):
        for edge in self:
            choices = edge.step_id._get_outcome_choices()
            if edge.step_id.kind in WAYS:
                choices.append((WAY, edge.step_id._get_own_way_label()))
            edge.outcomes = choices

    @api.model
    def _get_outcome_labels(self, values=None):
        """Return {code: label} of the outcomes of a step.

        :param values: the step's part of a definition; without it only the outcomes that have the
            same name everywhere are known
        """
        labels = {code: self.env._(label) for code, label in OUTCOMES.items()}
        for key in ('ways', 'replies', 'outcomes'):
            for way in (values or {}).get(key) or ():
                labels[way['outcome']] = way.get('name') or way['outcome']
        return labels
