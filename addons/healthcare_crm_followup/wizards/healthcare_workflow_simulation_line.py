from odoo import fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_USER


class HealthcareWorkflowSimulationLine(models.TransientModel):
    """One thing that would happen."""

    _name = 'healthcare.workflow.simulation.line'
    _description = "Workflow Simulation Line"
    _order = 'date, id'

    simulation_id = fields.Many2one(
        'healthcare.workflow.simulation', required=True, ondelete='cascade', index=True
    )
    date = fields.Datetime(string="When")
    patient_id = fields.Many2one('res.partner', string="Patient", groups=GROUP_USER)
    step = fields.Char()
    what = fields.Char(string="What Happens", groups=GROUP_USER)
