from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.healthcare_crm.sensitive import GROUP_USER

from ..engine import incidents

#: Errors that speak to people as they are.
SPEAKING = ('UserError', 'ValidationError', 'AccessError', 'MissingError')
TRACEBACK = 'Traceback (most recent call last):'


class HealthcareWorkflowToken(models.Model):
    """What people see of a token that is an incident, and what they can do about it."""

    _inherit = 'healthcare.workflow.token'

    # not sudo: grouping by a related field would else reveal what its reader may not see
    patient_id = fields.Many2one(
        related='enrollment_id.patient_id', related_sudo=False, groups=GROUP_USER
    )
    workflow_id = fields.Many2one(related='version_id.workflow_id', string="Workflow")
    step_name = fields.Char(compute='_compute_step_name', string="Step")
    incident_at = fields.Datetime(compute='_compute_incident', string="Stopped On")
    incident_error = fields.Char(compute='_compute_incident', string="What Went Wrong")
    incident_trace = fields.Text(
        compute='_compute_incident', string="Technical Details", groups='base.group_system'
    )

    _incident_idx = models.Index("(version_id) WHERE state = 'incident'")

    def _compute_step_name(self):
        for token in self:
            # sudo: the names of steps are in the version, which is the engine's
            step = token.sudo().version_id.graph['steps'].get(token.step_key) or {}
            token.step_name = step.get('name') or token.step_key

    def _compute_incident(self):
        found = {
            token_id: (date, trace or '')
            for token_id, date, trace in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (token.id) token.id, log.date, log.detail->>'error'
                      FROM healthcare_workflow_token AS token
                      JOIN healthcare_workflow_log AS log
                        ON log.enrollment_id = token.enrollment_id
                       AND log.step_key = token.step_key AND log.visit = token.visit
                       AND log.kind = 'incident'
                     WHERE token.id = ANY(%s)
                     ORDER BY token.id, log.id DESC
                    """,
                    self.ids,
                )
            )
        }
        for token in self:
            token.incident_at, trace = found.get(token.id, (False, ''))
            token.incident_trace = trace
            token.incident_error = self._readable(trace)

    def _readable(self, trace):
        """Return the last error of a traceback as a sentence for administrators."""
        lines = trace.rpartition(TRACEBACK)[2].splitlines()
        said = next((line for line in lines[1:] if line[:1].strip()), '')
        name, _colon, words = said.partition(': ')
        if name.rpartition('.')[2] in SPEAKING:
            return words
        return self.env._("Unexpected error: %s", said) if said else False

    def action_retry_incident(self):
        """Run the step again, at once."""
        return self._settle(incidents.retry)

    def action_let_go_incident(self):
        """Take the patients out of their workflows."""
        return self._settle(incidents.let_go)

    def _settle(self, work):
        """Do ``work`` on incidents as the clinic's administrator; say so when others were
        faster."""
        self.check_access('read')
        self.env['healthcare.workflow'].check_access('write')
        # sudo: tokens are the engine's; who may run a workflow may settle its incidents
        engine = self.sudo()
        engine.env.flush_all()
        if not work(engine.env, self.ids, fields.Datetime.now()):
            raise UserError(self.env._("Somebody has settled this already. Reload the list."))
        self.env.invalidate_all()
        self.env['healthcare.workflow']._wake_crons()
        return True
