from odoo import fields, models


class HealthcareWorkflowMoveToken(models.Model):
    """Where a token stood before a move, and where the move put it. Written by the engine only, in
    ``engine/moves.py``."""

    _name = 'healthcare.workflow.move.token'
    _description = "Token Before a Move"
    _log_access = False
    _rec_name = 'step_key'

    move_id = fields.Many2one(
        'healthcare.workflow.move', required=True, ondelete='cascade', index=True
    )
    token_id = fields.Many2one(
        'healthcare.workflow.token', required=True, ondelete='cascade', index=True
    )
    enrollment_id = fields.Many2one(
        'healthcare.workflow.enrollment', required=True, ondelete='cascade', index=True
    )
    version_id = fields.Many2one('healthcare.workflow.version', required=True, ondelete='cascade')
    step_key = fields.Char()
    visit = fields.Integer()
    state = fields.Char()
    due_at = fields.Datetime()
    woken = fields.Char()
    anchor_field = fields.Char()
    anchor_amount = fields.Integer()
    anchor_unit = fields.Char()
    awaits = fields.Char()
    attempt = fields.Integer()
    to_key = fields.Char()
    to_visit = fields.Integer()
    to_state = fields.Char()
    stayed = fields.Boolean(help="At a step that both versions have: nothing changed but those.")
    returned = fields.Boolean(help="Put back when the move was undone.")
