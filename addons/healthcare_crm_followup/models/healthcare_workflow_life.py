from odoo import fields, models

from ..engine import enroll, moves, pauses, tick

PAUSE_MODES = [
    ('keep', "Keep their dates: late steps decide whether to send, skip or hand over"),
    ('restart', "Wait on: waiting times get longer by the pause"),
    ('drop', "Leave the workflow if something fell due meanwhile"),
]


class HealthcareWorkflow(models.Model):
    """Pausing, going on, and putting away."""

    _inherit = 'healthcare.workflow'

    paused_at = fields.Datetime(string="Paused On", copy=False, readonly=True)
    pause_mode = fields.Selection(PAUSE_MODES, string="When It Goes On", copy=False, readonly=True)

    older_count = fields.Integer(
        compute='_compute_older_count', string="Under Way in Older Versions"
    )
    move_ids = fields.One2many('healthcare.workflow.move', 'workflow_id', copy=False)

    def action_pause(self):
        """Stop at once; those who wait keep their dates."""
        self._pause('keep', fields.Datetime.now())
        return True

    def action_ask_pause(self):
        """Ask what becomes of those who wait, then stop."""
        return self._ask('healthcare.workflow.pause', self.env._("Pause"))

    def action_ask_archive(self):
        """Ask what becomes of those under way, then archive."""
        return self._ask('healthcare.workflow.archive', self.env._("Archive"))

    def _compute_older_count(self):
        # sudo: only numbers leave this method
        engine = self.sudo()
        places = moves.standing(engine.env, engine.version_ids - engine.version_id)
        for workflow in engine:
            workflow.older_count = sum(
                number
                for (version_id, _key), number in places.items()
                if version_id in workflow.version_ids.ids
            )

    def action_move_waiting(self):
        """Open a plan for those under way in older versions."""
        self.ensure_one()
        plan = self.env['healthcare.workflow.move']._propose(self)
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Move Waiting Patients"),
            'res_model': plan._name,
            'res_id': plan.id,
            'views': [(False, 'form')],
        }

    def action_open_moves(self):
        """Show the plans there were, where they can be undone."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_followup.healthcare_workflow_move_action'
        )
        return action | {'domain': [('workflow_id', '=', self.id)]}

    def _ask(self, wizard, name):
        self.check_access('write')
        return {
            'type': 'ir.actions.act_window',
            'name': name,
            'res_model': wizard,
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_workflow_ids': self.ids},
        }

    def _pause(self, mode, now):
        """Stop at the moment ``now``: nothing goes out until it is resumed.

        :param mode: one of :data:`~..engine.pauses.MODES`, what becomes of those who wait
        """
        running = self.filtered(lambda workflow: workflow.state == 'published')
        running.write({'state': 'paused', 'paused_at': now, 'pause_mode': mode})

    def action_resume(self):
        """Go on; those who waited follow what was chosen when it was paused."""
        self._resume(fields.Datetime.now())
        return True

    def _resume(self, now):
        """Go on at the moment ``now``.

        A workflow in the archive hears of nothing, so whoever is under way is looked at anew,
        before it is decided who has something overdue.
        """
        # sudo: enrollments are the engine's; who may resume is checked by the write
        engine = self.sudo()
        modes = {workflow: (workflow.pause_mode, workflow.paused_at) for workflow in engine}
        self.write({'state': 'published', 'paused_at': False, 'pause_mode': False})
        engine.env.flush_all()
        for workflow in engine.filtered('version_id'):
            enroll.reconcile(engine.env, workflow.version_id, now, workflow._get_subject_ids())
            mode, paused_at = modes[workflow]
            if mode == 'restart':
                pauses.lengthen(engine.env, workflow.id, paused_at, now)
            elif mode == 'drop':
                pauses.drop(engine.env, workflow.id, now)
        engine.env.invalidate_all()
        self._wake_crons()

    def _get_subject_ids(self):
        """Return the ids of the subjects under way."""
        return self.env['healthcare.workflow.enrollment']._read_group(
            [('workflow_id', '=', self.id), ('state', '=', 'active')],
            aggregates=['subject_id:array_agg_distinct'],
        )[0][0]

    def _put_away(self, finish, now):
        """Archive at the moment ``now``: nobody enters any more.

        :param finish: those under way go their way to its end; else they leave
        """
        running = self.filtered(lambda workflow: workflow.state == 'published')
        self.action_archive()
        if finish:
            running.write({'state': 'published', 'paused_at': False, 'pause_mode': False})
            return
        # sudo: enrollments are the engine's; who may archive is checked above
        engine = self.sudo()
        engine.env.flush_all()
        for workflow in engine:
            pauses.release(engine.env, workflow.id, 'archived', now)
        engine.env.invalidate_all()

    def action_open_incidents(self):
        """Show what waits for a person."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_followup.healthcare_workflow_incident_action'
        )
        return action | {'domain': [('state', '=', 'incident'), ('workflow_id', '=', self.id)]}

    def write(self, vals):
        """Pause what is put away: a workflow in the archive does not run."""
        if 'active' in vals and not vals['active']:
            self._pause('keep', fields.Datetime.now())
        result = super().write(vals)
        if vals.get('state') == 'published':
            # sudo: tokens are the engine's; who may let a workflow run is checked above
            engine = self.sudo()
            engine.flush_recordset(['state'])
            tick.let_go(engine.env, self.ids)
        return result
