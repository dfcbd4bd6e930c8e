from odoo import api, fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_USER

STATES = [('active', "Under way"), ('done', "Completed"), ('exited', "Left early")]
EXIT_REASONS = [
    ('goal', "Goal reached"),
    ('exit', "Left at an end of the drawing"),
    ('rule', "An exit rule holds"),
    ('condition', "No longer meets the conditions"),
    ('subject_cancelled', "Appointment cancelled"),
    ('subject_deleted', "Appointment deleted"),
    ('subject_moved', "Appointment moved: started again"),
    ('patient_changed', "Appointment given to another patient"),
    ('paused', "Fell due while the workflow was paused"),
    ('archived', "Workflow archived"),
    ('moved_version', "No place in the new version"),
    ('incident', "A step failed"),
    ('sibling', "A more important workflow took over"),
    ('stopped', "Taken out by hand or by an action"),
    ('merged', "Two records of the patient became one"),
]


class HealthcareWorkflowEnrollment(models.Model):
    """One patient's way through one workflow, for one subject and one occurrence (FHIR CarePlan).

    Written by the engine only. The unique key is what makes enrolling twice harmless.
    """

    _name = 'healthcare.workflow.enrollment'
    _description = "Workflow Enrollment"
    _order = 'date_start desc, id desc'
    _rec_name = 'workflow_id'

    workflow_id = fields.Many2one('healthcare.workflow', required=True, ondelete='cascade')
    version_id = fields.Many2one('healthcare.workflow.version', required=True, ondelete='cascade')
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        ondelete='restrict',
        index=True,
        groups=GROUP_USER,
    )
    subject_model = fields.Char(required=True)
    subject_id = fields.Many2oneReference(
        model_field='subject_model', string="About", required=True
    )
    occurrence = fields.Char(
        required=True, help="The date this enrollment is for: the same one never twice."
    )
    company_id = fields.Many2one('res.company', string="Clinic")
    trigger = fields.Char(help="Which trigger of its version it came by; empty: by hand.")
    anchor_at = fields.Datetime(help="The date it hangs on, for a trigger that has one.")
    began_gone = fields.Boolean(
        help="What it is about was cancelled already, so that is no reason to leave."
    )
    slot = fields.Char(help="Keeps a second enrollment out, as the re-entry rule asks.")
    sibling_slot = fields.Char(help="Keeps the workflows of one group apart.")
    live = fields.Integer(default=1, help="How many paths are under way.")
    spawned = fields.Integer(default=1, help="How many paths there ever were.")
    depth = fields.Integer(default=0, help="How many workflows called one another to get here.")
    parent_id = fields.Many2one(
        'healthcare.workflow.enrollment',
        string="Called By",
        ondelete='set null',
        index='btree_not_null',
    )
    parent_step = fields.Char()
    parent_visit = fields.Integer()
    goal_at = fields.Datetime(string="Goal Reached On")
    goal_until = fields.Datetime(help="The goal counts until then.")
    arms = fields.Char(help="Which way of each split, as step=way;step=way.")
    state = fields.Selection(STATES, required=True, default='active')
    exit_reason = fields.Selection(EXIT_REASONS, string="Why It Ended")
    exit_detail = fields.Char(string="Exit Rule")
    date_start = fields.Datetime(string="Since", required=True)
    date_end = fields.Datetime(string="Ended")
    token_ids = fields.One2many('healthcare.workflow.token', 'enrollment_id')
    log_ids = fields.One2many('healthcare.workflow.log', 'enrollment_id', string="History")
    next_due_at = fields.Datetime(compute='_compute_next', string="Next Step On")
    next_step = fields.Char(compute='_compute_next')

    _subject_uniq = models.UniqueIndex(
        '(workflow_id, patient_id, subject_model, subject_id, occurrence)',
        "The patient is in this workflow already.",
    )
    _slot_uniq = models.UniqueIndex(
        '(slot) WHERE slot IS NOT NULL', "The patient is in this workflow already."
    )
    _sibling_slot_uniq = models.UniqueIndex(
        '(sibling_slot) WHERE sibling_slot IS NOT NULL',
        "The patient is in another workflow of this group.",
    )
    _active_idx = models.Index("(version_id) WHERE state = 'active'")
    # lists of a workflow's enrollments, the newest first
    _newest_idx = models.Index('(workflow_id, date_start DESC, id DESC)')
    # those who completed it may reach the goal yet
    _subject_idx = models.Index("(subject_model, subject_id) WHERE state IN ('active', 'done')")

    @api.depends('token_ids.due_at', 'token_ids.step_key')
    def _compute_next(self):
        # sudo: where an enrollment stands is for everyone who may see it; the tokens are the
        # engine's
        tokens = {}
        for token in self.sudo().token_ids.filtered(lambda token: token.state != 'done'):
            first = tokens.setdefault(token.enrollment_id.id, token)
            if token.due_at and (not first.due_at or token.due_at < first.due_at):
                tokens[token.enrollment_id.id] = token
        for enrollment in self:
            token = tokens.get(enrollment.id)
            enrollment.next_due_at = token.due_at if token else False
            steps = enrollment.sudo().version_id.graph['steps'] if token else {}
            enrollment.next_step = steps[token.step_key]['name'] if token else False
