from odoo import fields, models


class HealthcareWorkflowToken(models.Model):
    """Where an enrollment stands. The engine moves tokens with SQL, over sets.

    ``scheduled`` enters its step at ``due_at``; ``parked`` is inside and comes back at ``due_at``
    or when ``woken``, by an answer to its visit or by what it ``awaits``; ``incident`` failed too
    often and waits for a person. With an anchor, ``due_at`` follows the date ``anchor_field`` of
    the subject. An enrollment that is on several paths at once has a token for each.
    """

    _name = 'healthcare.workflow.token'
    _description = "Workflow Token"
    _log_access = False

    enrollment_id = fields.Many2one(
        'healthcare.workflow.enrollment', required=True, ondelete='cascade', index=True
    )
    version_id = fields.Many2one('healthcare.workflow.version', required=True, ondelete='cascade')
    step_key = fields.Char(required=True)
    visit = fields.Integer(
        required=True, help="Counts the steps walked; with the step it names one visit."
    )
    state = fields.Selection(
        [
            ('scheduled', "Scheduled"),
            ('parked', "Waiting"),
            ('incident', "Incident"),
            ('done', "Done"),
        ],
        required=True,
    )
    due_at = fields.Datetime()
    woken = fields.Char(help="The answer that woke a parked token before its time.")
    anchor_field = fields.Char()
    anchor_amount = fields.Integer()
    anchor_unit = fields.Char()
    awaits = fields.Char(help="The happening that wakes a parked token, or: the join's others.")
    loops = fields.Json(help="How often each go-to has led back.")
    attempt = fields.Integer(default=0)
    shard = fields.Integer(default=0)
    held = fields.Boolean(
        default=False,
        required=True,
        help="Fell due while its workflow did not run; set aside until it does.",
    )

    _place_idx = models.Index(
        "(version_id, step_key) WHERE state IN ('scheduled', 'parked', 'incident')"
    )
    _due_idx = models.Index(
        "(shard, due_at, id) WHERE state IN ('scheduled', 'parked') AND NOT held"
    )
    _held_idx = models.Index('(version_id) WHERE held')
