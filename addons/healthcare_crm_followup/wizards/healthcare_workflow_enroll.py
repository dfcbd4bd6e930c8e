from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import LazyTranslate

from ..engine import outlook

_lt = LazyTranslate(__name__)

#: verdict of the outlook -> why that many of the chosen ones would not enter
REFUSALS = {
    outlook.CONDITION: _lt("%s do not meet its conditions."),
    outlook.ACTIVE: _lt("%s are in it already, or were, and may be in it once only."),
    outlook.RECENT: _lt("%s were in it too short a time ago."),
    outlook.SIBLING: _lt("%s are in another workflow of the same group."),
}


class HealthcareWorkflowEnroll(models.TransientModel):
    """Chosen patients or appointments go into a workflow, or out of it, after a look at what that
    would come to."""

    _name = 'healthcare.workflow.enroll'
    _description = "Enroll in Workflow"

    direction = fields.Selection(
        [('in', "Enroll"), ('out', "Take out")], required=True, default='in'
    )
    res_model = fields.Char(required=True)
    res_ids = fields.Json(required=True)
    record_count = fields.Integer(compute='_compute_record_count', string="Chosen")
    available_ids = fields.Many2many('healthcare.workflow', compute='_compute_available')
    workflow_id = fields.Many2one(
        'healthcare.workflow',
        string="Workflow",
        required=True,
        ondelete='cascade',
        domain="[('id', 'in', available_ids)]",
    )
    moving_count = fields.Integer(compute='_compute_outlook')
    refusals = fields.Html(compute='_compute_outlook')

    @api.model
    def default_get(self, fields):
        """Take the records of the list or form it is opened from."""
        values = super().default_get(fields)
        ids = self.env.context.get('active_ids') or [self.env.context.get('active_id')]
        values.setdefault('res_model', self.env.context.get('active_model'))
        values.setdefault('res_ids', [one for one in ids if one])
        return values

    def _get_records(self):
        """Return the chosen records that are still there and that the user may see."""
        self.ensure_one()
        records = self.env[self.res_model].browse(self.res_ids or ()).exists()
        return records._filtered_access('read')

    @api.depends('res_model', 'res_ids')
    def _compute_record_count(self):
        for wizard in self:
            wizard.record_count = len(wizard._get_records())

    def _get_under_way(self):
        """Return {workflow: how many of the chosen records' enrollments are under way in it}."""
        domain = self.env['healthcare.workflow']._under_way(self._get_records())
        return dict(
            self.env['healthcare.workflow.enrollment']._read_group(
                domain, ['workflow_id'], ['__count']
            )
        )

    @api.depends('res_model', 'res_ids', 'direction')
    def _compute_available(self):
        running = self.env['healthcare.workflow'].search([('state', '=', 'published')])
        for wizard in self:
            if wizard.direction == 'in':
                found = running.filtered(
                    lambda flow, model=wizard.res_model: (
                        flow._is_about(model)
                        # whom it would take tells what is in their records
                        and flow._reads_conditions(flow.version_id.graph)
                    )
                )
                wizard.available_ids = [Command.set(found.ids)]
            else:
                wizard.available_ids = [Command.set([flow.id for flow in wizard._get_under_way()])]

    @api.depends('res_model', 'res_ids', 'direction', 'workflow_id', 'available_ids')
    def _compute_outlook(self):
        for wizard in self:
            wizard.moving_count, wizard.refusals = 0, False
            # how many meet the conditions of another clinic's workflow is not for this one to know
            if wizard.workflow_id._origin not in wizard.available_ids._origin:
                continue
            if wizard.direction == 'out':
                wizard.moving_count = wizard._get_under_way().get(wizard.workflow_id, 0)
                continue
            verdicts = wizard.workflow_id._get_outlook(wizard._get_records())
            wizard.moving_count = verdicts.pop(outlook.ENTERS, 0)
            wizard.refusals = self._describe(verdicts)

    def _describe(self, verdicts):
        """Return why some would not enter, as a list in the reader's language."""
        lines = Markup('')
        for verdict, count in sorted(verdicts.items()):
            sentence = self.env._(REFUSALS[verdict])
            lines += Markup('<li>%s</li>') % (sentence % count)
        return lines and Markup('<ul>%s</ul>') % lines

    def action_confirm(self):
        """Do it, and say how many that was."""
        self.ensure_one()
        if self.workflow_id not in self.available_ids:
            raise UserError(
                self.env._('"%s" does not run, or is not about these.', self.workflow_id.name)
            )
        if self.direction == 'in':
            count = self.workflow_id._enroll(self._get_records(), f'wizard:{self.id}')
            message = self.env._(
                "%(count)s enrolled in %(workflow)s.", count=count, workflow=self.workflow_id.name
            )
        else:
            count = self.workflow_id._take_out(self._get_records())
            message = self.env._(
                "%(count)s taken out of %(workflow)s.", count=count, workflow=self.workflow_id.name
            )
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'message': message,
                'type': 'success' if count else 'warning',
                'next': {'type': 'ir.actions.act_window_close'},
            },
        }
