from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.healthcare_crm.sensitive import GROUP_USER

from ..engine.simulate import simulate

#: More lines than anybody reads; the total is told.
MAX_LINES = 500


class HealthcareWorkflowSimulation(models.TransientModel):
    """What a workflow would do to whom and when, played with a clock that is put forward; nothing
    is sent, and nothing is written but this page."""

    _name = 'healthcare.workflow.simulation'
    _description = "Workflow Simulation"

    workflow_id = fields.Many2one('healthcare.workflow', required=True, ondelete='cascade')
    subject_model = fields.Selection(related='workflow_id.subject_model')
    whom = fields.Selection(
        [('coming', "Everybody whose turn comes"), ('chosen', "Patients I choose")],
        default='coming',
        required=True,
        string="Play It For",
    )
    patient_ids = fields.Many2many(
        'res.partner',
        string="Patients",
        domain=[('is_patient', '=', True)],
        groups=GROUP_USER,
    )
    date_from = fields.Datetime(string="From", required=True, default=fields.Datetime.now)
    date_to = fields.Datetime(
        string="To",
        required=True,
        default=lambda self: fields.Datetime.now() + timedelta(days=30),
    )
    line_ids = fields.One2many('healthcare.workflow.simulation.line', 'simulation_id')
    total = fields.Integer(readonly=True)
    is_played = fields.Boolean()

    @api.constrains('date_from', 'date_to')
    def _check_dates(self):
        for simulation in self:
            if simulation.date_to <= simulation.date_from:
                raise UserError(self.env._("Choose an end after the beginning."))
            if simulation.date_to - simulation.date_from > timedelta(days=370):
                raise UserError(self.env._("Choose a period of a year at most."))

    def action_play(self):
        """Play the workflow as it is drawn now, and show what would happen."""
        self.ensure_one()
        workflow = self.workflow_id
        workflow._check_publishable()
        subject_ids = self._get_subject_ids() if self.whom == 'chosen' else None
        # not sudo: who plays it sees the patients they may see, and no others
        lines = simulate(
            self.env,
            workflow._get_draft(),
            self.date_from,
            self.date_to,
            subject_ids,
        )
        names = {step.key: step.name for step in workflow.step_ids}
        values = [
            {
                'simulation_id': self.id,
                'date': line.moment,
                'patient_id': line.row.patient_id,
                'step': names[line.row.step_key],
                'what': self._describe(workflow, line),
            }
            for line in lines
        ]
        self.line_ids.unlink()
        self.env['healthcare.workflow.simulation.line'].create(values[:MAX_LINES])
        self.write({'total': len(values), 'is_played': True})
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Simulation: %s", workflow.name),
            'res_model': self._name,
            'res_id': self.id,
            'views': [(False, 'form')],
            'target': 'new',
        }

    def _get_subject_ids(self):
        """Return the ids of the workflow's subjects that belong to the chosen patients."""
        if not self.patient_ids:
            raise UserError(self.env._("Choose at least one patient."))
        if self.subject_model == 'res.partner':
            return self.patient_ids.ids
        return self.env[self.subject_model].search([('patient_id', 'in', self.patient_ids.ids)]).ids

    def _describe(self, workflow, line):
        """Return what happens in one line, in words that follow the step's name."""
        preview = self.env['healthcare.workflow.preview']
        outcome = 'waiting' if line.result.is_parked else line.result.outcome
        parts = [
            preview._outcome_label(outcome, workflow, line.row.step_key),
            preview._reason_label(line.result.reason),
        ]
        return ': '.join(filter(None, parts))
