from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate

from odoo.addons.healthcare_crm.sensitive import GROUP_ADMINISTRATOR

_lt = LazyTranslate(__name__)

#: Why a step did what it did, where neither the ledger nor the end of an enrollment has a word for
#: it.
STEP_REASONS = {
    'escalated': _lt("Nobody did it in time: made more urgent"),
    'no_date': _lt("There is no date to wait for"),
    'too_deep': _lt("Too many workflows inside each other"),
}


class HealthcareWorkflowLog(models.Model):
    """What happened to an enrollment, line by line, and why. Only ever added to."""

    _name = 'healthcare.workflow.log'
    _description = "Workflow Log"
    _log_access = False
    _order = 'id desc'
    _rec_name = 'kind'

    enrollment_id = fields.Many2one(
        'healthcare.workflow.enrollment', required=True, ondelete='cascade', index=True
    )
    step_key = fields.Char()
    visit = fields.Integer()
    kind = fields.Selection(
        [
            ('enrolled', "Enrolled"),
            ('waiting', "Waits"),
            ('left', "Went on"),
            ('moved', "Date moved"),
            ('exited', "Left early"),
            ('retry', "Failed, will be tried again"),
            ('incident', "Failed for good"),
            ('retried', "Tried again by hand"),
            ('lengthened', "Waits longer: the workflow was paused"),
            ('migrated', "Moved to another version"),
            ('returned', "Moved back to the earlier version"),
        ],
        required=True,
    )
    outcome = fields.Char()
    reason = fields.Char()
    # a traceback may quote the row of the patient it failed on
    detail = fields.Json(groups=GROUP_ADMINISTRATOR)
    date = fields.Datetime(required=True)
    summary = fields.Char(compute='_compute_summary', string="What Happened")

    _left_idx = models.Index("(step_key, enrollment_id) WHERE kind = 'left'")

    @api.depends('kind', 'step_key', 'outcome', 'reason')
    @api.depends_context('lang')
    def _compute_summary(self):
        ledger = self.env['healthcare.communication']._fields
        edges = self.env['healthcare.workflow.edge']
        reasons = {
            code: label
            for field in (
                ledger['channel'],
                ledger['reason'],
                self.env['healthcare.workflow.enrollment']._fields['exit_reason'],
            )
            for code, label in field._description_selection(self.env)
        }
        reasons |= {code: self.env._(label) for code, label in STEP_REASONS.items()}
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for line in self:
            # sudo: the names of steps are in the version, which is the engine's
            steps = line.enrollment_id.sudo().version_id.graph['steps']
            step = steps.get(line.step_key, {})
            said = edges._get_outcome_labels(step).get(line.outcome)
            line.summary = ' – '.join(
                part
                for part in (
                    step.get('name'),
                    (line.kind == 'left' and said) or kinds[line.kind],
                    reasons.get(line.reason),
                )
                if part
            )

    def write(self, vals):
        """Refuse: history stays."""
        if not self:
            return super().write(vals)
        raise UserError(self.env._("The history of a workflow cannot be changed."))
