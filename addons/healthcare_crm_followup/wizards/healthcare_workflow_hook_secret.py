from odoo import fields, models


class HealthcareWorkflowHookSecret(models.TransientModel):
    """The dialog that shows a new secret, once. It is never saved."""

    _name = 'healthcare.workflow.hook.secret'
    _description = "New Secret of a Webhook"

    secret = fields.Char(store=False)
