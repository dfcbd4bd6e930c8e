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
    max_lines = fields.Integer(compute='_compute_max_lines')
    is_played = fields.Boolean()

    def _compute_max_lines(self):
        self.max_lines = MAX_LINES

    @api.constrains('date_from', 'date_to')
    def _check_dates(self):
        for simulation in self:
            if simulation.date_to <= simulation.date_from:
                raise UserError(self.env._("Choose an end after the beginning."))
            if simulation.date_to - simulation.date_from > timedelta(days=370):
                raise UserError(self.env._("Choose a period of a year at most."))

    @api.onchange('whom', 'patient_ids', 'date_from', 'date_to')
    def _onchange_question(self):
        """What was played before answers another question."""
        self.is_played = False

    def action_play(self):
        """Play the workflow as it is drawn now, and show what would happen."""
        self.ensure_one()
        workflow = self.workflow_id
        workflow._check_publishable()
        definition = workflow._get_draft()
        if not workflow._reads_conditions(definition):
            raise UserError(
                self.env._(
                    "The conditions of this workflow look at health records that you may not see, "
                    "so you cannot see either whom they fit. Look at the preview, which tells how "
                    "many they are, or ask somebody who may see those records to simulate it."
                )
            )
        # not sudo: who plays it sees the patients they may see, and no others
        lines = simulate(
            self.env,
            definition,
            self.date_from,
            self.date_to,
            self._get_subject_ids() if self.whom == 'chosen' else None,
        )
        self.line_ids.unlink()
        self.env['healthcare.workflow.simulation.line'].create(
            [
                {
                    'simulation_id': self.id,
                    'date': line.moment,
                    'patient_id': line.row.patient_id,
                    'step': definition['steps'][line.row.step_key]['name'],
                    'what': self._describe(line, definition['steps'][line.row.step_key]),
                }
                for line in lines[:MAX_LINES]
            ]
        )
        self.write({'total': len(lines), 'is_played': True})
        return self._get_page()

    @api.model
    def _open(self, workflow):
        """Return the action that asks for whom and when ``workflow`` is to be played."""
        return self.create({'workflow_id': workflow.id})._get_page()

    def _get_page(self):
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Simulation: %s", self.workflow_id.name),
            'res_model': self._name,
            'res_id': self.id,
            'views': [(False, 'form')],
            'target': 'new',
        }

    def _get_subject_ids(self):
        """Return one subject for each chosen patient, the one the workflow is most likely about.

        That is the first appointment to come, else the last one; of other records, the newest.
        """
        if not self.patient_ids:
            raise UserError(self.env._("Choose at least one patient."))
        model = self.workflow_id.subject_model
        if model == 'res.partner':
            return self.patient_ids.ids
        records = self.env[model]
        of_patients = [('patient_id', 'in', self.patient_ids.ids)]
        if model == 'calendar.event':
            found = [
                *records.search([*of_patients, ('start', '<', self.date_from)], order='start'),
                *records.search(
                    [*of_patients, ('start', '>=', self.date_from)], order='start desc'
                ),
            ]
        else:
            found = records.search(of_patients, order='id')
        chosen = {record.patient_id.id: record.id for record in found}
        if not chosen:
            raise UserError(
                self.env._("These patients have nothing that the workflow is about yet.")
            )
        return list(chosen.values())

    def _describe(self, line, step):
        """Return what happens in one line, in words that follow the step's name.

        :param step: the step in its JSON form
        """
        workflow = self.workflow_id
        outcome = 'waiting' if line.result.is_parked else line.result.outcome
        parts = (workflow._say_outcome(outcome, step), workflow._say_reason(line.result.reason))
        return ': '.join(filter(None, parts))
