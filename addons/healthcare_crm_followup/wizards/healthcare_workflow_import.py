import base64

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class HealthcareWorkflowImport(models.TransientModel):
    """Bring in a workflow from a file: look at what it holds, then make a draft of it."""

    _name = 'healthcare.workflow.import'
    _description = "Workflow Import"

    # no attachment: what was looked at is of no use to anybody afterwards
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    problem = fields.Text(compute='_compute_content', string="Why Not")
    workflow_name = fields.Char(compute='_compute_content', string="Workflow")
    step_names = fields.Html(compute='_compute_content', string="Steps", sanitize=False)
    missing = fields.Text(compute='_compute_content', string="Not Here Yet")

    @api.depends('file')
    @api.depends_context('lang')
    def _compute_content(self):
        for wizard in self:
            wizard.update(
                dict.fromkeys(('problem', 'workflow_name', 'step_names', 'missing'), False)
            )
            if wizard.file:
                wizard.update(wizard._look())

    def _look(self):
        """Return what the file holds, or why it cannot be imported.

        It is imported in a transaction of its own, which is taken back: rolling back to a savepoint
        would make the form forget what was typed.
        """
        content = self._get_content()
        with self.env.registry.cursor() as cr:
            try:
                return self._describe(
                    *self.env(cr=cr)['healthcare.workflow']._take_document(content)
                )
            except UserError as error:
                return {'problem': error.args[0]}
            finally:
                cr.rollback()

    @api.model
    def _describe(self, workflow, missing):
        """Return what is shown of a workflow that was imported for a look."""
        lines = Markup('').join(
            Markup('<li>%s <span class="text-muted">%s</span></li>') % (step.name, step.summary)
            for step in workflow.step_ids
        )
        return {
            'workflow_name': workflow.name,
            'step_names': Markup('<ol class="mb-0">%s</ol>') % lines,
            'missing': '\n'.join(map(workflow._describe_missing, missing)) or False,
        }

    def _get_content(self):
        # while a form is saved, files are read as what their size is
        return base64.b64decode(self.with_context(bin_size=False).file or b'')

    def action_import(self):
        """Make the draft and open it; what is not here is left for the administrator to choose."""
        self.ensure_one()
        workflow = self.env['healthcare.workflow']._import_document(
            self._get_content(), lenient=bool(self.missing)
        )
        return workflow.action_open_canvas()
