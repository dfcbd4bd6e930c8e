from odoo import api, fields, models


class IrActionsServer(models.Model):
    """Enroll and take out wherever Odoo runs an action: automation rules, scheduled jobs, lists,
    buttons, webhooks."""

    _inherit = 'ir.actions.server'

    state = fields.Selection(
        selection_add=[
            ('healthcare_enroll', "Enroll in Workflow"),
            ('healthcare_exit', "Take out of Workflow"),
        ],
        ondelete={'healthcare_enroll': 'cascade', 'healthcare_exit': 'cascade'},
    )
    healthcare_workflow_id = fields.Many2one(
        'healthcare.workflow',
        string="Workflow",
        ondelete='restrict',
        index='btree_not_null',
        help="About the records of the action, or about the patients they belong to.",
    )

    def _has_field_access(self, field, operation):
        """Keep addresses that are secrets from clinic administrators, who choose among actions."""
        if field.name == 'webhook_url' and not (
            self.env.su or self.env.user.has_group('base.group_system')
        ):
            return False
        return super()._has_field_access(field, operation)

    # not in _name_depends and _warning_depends: with a field, Odoo would at the uninstallation
    # also forget the fields of scheduled jobs that depend on it, such as their name
    @api.onchange('healthcare_workflow_id')
    def _onchange_healthcare_workflow_id(self):
        """Name the action after its workflow, and warn where the two do not go together."""
        self._compute_name()
        self._compute_warning()

    def _get_warning_messages(self):
        warnings = super()._get_warning_messages()
        if self.state not in ('healthcare_enroll', 'healthcare_exit'):
            return warnings
        workflow = self.healthcare_workflow_id
        if not workflow:
            warnings.append(self.env._("Choose a workflow."))
        elif self.model_id and not self._can_act_on(workflow):
            warnings.append(
                self.env._(
                    '"%(workflow)s" is about %(subjects)s: %(model)s does not lead there.',
                    workflow=workflow.name,
                    subjects=workflow._get_subject_label(),
                    model=self.model_id.name,
                )
            )
        return warnings

    def _can_act_on(self, workflow):
        """Say whether the action's records lead to what ``workflow`` is about."""
        if self.state == 'healthcare_exit' and self.model_id.model == 'res.partner':
            return True  # whatever it is about, it is about a patient
        return workflow._is_about(self.model_id.model)

    def _generate_action_name(self):
        if self.healthcare_workflow_id:
            workflow = self.healthcare_workflow_id.name
            if self.state == 'healthcare_enroll':
                return self.env._("Enroll in %(workflow)s", workflow=workflow)
            if self.state == 'healthcare_exit':
                return self.env._("Take out of %(workflow)s", workflow=workflow)
        return super()._generate_action_name()

    def _run_action_healthcare_enroll_multi(self, eval_context=None):
        """Enroll the records of the action; once, however often it runs in a transaction."""
        if records := self._get_healthcare_records(eval_context):
            workflow = self.healthcare_workflow_id
            workflow._enroll(records, f'action:{self.id}:{workflow._get_occasion()}')
        return False

    def _run_action_healthcare_exit_multi(self, eval_context=None):
        """Take the records of the action out of the workflow."""
        if records := self._get_healthcare_records(eval_context):
            self.healthcare_workflow_id._take_out(records)
        return False

    def _get_healthcare_records(self, eval_context):
        """Return the records the action runs on; none of those that are still being typed."""
        records = eval_context.get('records') or eval_context.get('record')
        return records.filtered('id') if records else records
