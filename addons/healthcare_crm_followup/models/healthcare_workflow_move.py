from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import moves
from ..engine.results import in_order

#: What somebody decides about a plan; the rest of it is the engine's.
DECIDED = ('line_ids',)


class HealthcareWorkflowMove(models.Model):
    """A plan to move those under way in older versions of a workflow to the current one; once
    applied, the way back."""

    _name = 'healthcare.workflow.move'
    _description = "Move Waiting Patients"
    _order = 'id desc'
    _rec_name = 'workflow_id'

    workflow_id = fields.Many2one(
        'healthcare.workflow', required=True, readonly=True, ondelete='cascade', index=True
    )
    version_id = fields.Many2one(
        'healthcare.workflow.version',
        string="To Version",
        required=True,
        readonly=True,
        ondelete='cascade',
    )
    source_ids = fields.Many2many(
        'healthcare.workflow.version', string="From Versions", readonly=True
    )
    state = fields.Selection(
        [('draft', "Plan"), ('applied', "Carried Out"), ('undone', "Undone")],
        required=True,
        readonly=True,
        default='draft',
        copy=False,
    )
    line_ids = fields.One2many('healthcare.workflow.move.line', 'move_id', string="Steps")
    target_ids = fields.One2many('healthcare.workflow.move.target', 'move_id')
    preview_html = fields.Html(compute='_compute_preview', string="At Once", sanitize=False)
    applied_at = fields.Datetime(string="Moved On", readonly=True, copy=False)
    undone_at = fields.Datetime(string="Undone On", readonly=True, copy=False)
    moved_count = fields.Integer(string="Patients Moved", readonly=True, copy=False)
    left_count = fields.Integer(string="Left", readonly=True, copy=False)
    returned_count = fields.Integer(string="Put Back", readonly=True, copy=False)
    kept_count = fields.Integer(string="Could Not Be Put Back", readonly=True, copy=False)

    def _has_field_access(self, field, operation):
        """Let nobody forge whom a plan moves, and where to."""
        if operation == 'write' and field.name not in DECIDED and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    @api.model
    def _propose(self, workflow):
        """Return a new plan for everybody under way in older versions of ``workflow``.

        A step leads to the one of the same key; where that is gone, somebody has to say where to.
        """
        workflow.check_access('write')
        # sudo: tokens and versions are the engine's; who may edit the workflow was checked above
        engine = workflow.sudo()
        target = engine.version_id
        places = moves.standing(engine.env, engine.version_ids - target)
        sources = engine.version_ids.browse(sorted({version_id for version_id, _key in places}))
        if not sources:
            raise UserError(self.env._("Nobody is under way in an older version."))
        steps = _steps(sources)
        occupied = {key for _version_id, key in places}
        plan = self.with_env(engine.env).create(
            {'workflow_id': workflow.id, 'version_id': target.id, 'source_ids': sources.ids}
        )
        targets = engine.env['healthcare.workflow.move.target'].create(
            [
                {
                    'move_id': plan.id,
                    'key': key,
                    'name': target.graph['steps'][key].get('name') or key,
                }
                for key in in_order(target.graph)
            ]
            + [{'move_id': plan.id, 'key': False, 'name': self.env._("Leave the workflow")}]
        )
        by_key = {one.key: one.id for one in targets}
        engine.env['healthcare.workflow.move.line'].create(
            [
                {
                    'move_id': plan.id,
                    'key': key,
                    'name': step.get('name') or key,
                    'target_id': by_key.get(key),
                }
                for key, step in steps.items()
                if key in occupied
            ]
        )
        return plan.with_env(self.env)

    def _get_mapping(self):
        """Return {step key: key of the new step, or ``''`` to leave}, without what is undecided.

        Also steps nobody is at: by the time the plan is applied, somebody may be.
        """
        # sudo: versions are the engine's
        engine = self.sudo()
        same = {key: key for key in _steps(engine.source_ids) if key in engine._get_new_steps()}
        decided = {line.key: line.target_id.key or moves.LEAVE for line in self.line_ids}
        undecided = {line.key for line in self.line_ids if not line.target_id}
        return {key: new for key, new in (same | decided).items() if key not in undecided}

    def _get_sources(self):
        """Return the versions it moves patients from: of its workflow, whatever a form says."""
        versions = self.source_ids._origin
        return versions.filtered(lambda version: version.workflow_id == self.workflow_id._origin)

    def _get_new_steps(self):
        return self.version_id.graph['steps']

    @api.depends('line_ids.target_id', 'state')
    def _compute_preview(self):
        workflows = self.env['healthcare.workflow']
        for plan in self:
            if plan.state != 'draft' or not plan.version_id:
                plan.preview_html = False
                continue
            # sudo: only numbers leave this method
            engine = plan.sudo()
            sources, target = engine._get_sources(), engine.version_id._origin
            found = moves.preview(
                engine.env, sources, target, plan._get_mapping(), fields.Datetime.now()
            )
            steps = engine._get_new_steps()
            lines = Markup('').join(
                Markup('<li>%s: %s</li>')
                % (
                    steps[key].get('name') or key,
                    plan._describe(
                        total,
                        workflows._say_outcome(outcome, steps[key]),
                        workflows._say_reason(reason),
                    ),
                )
                for (key, outcome, reason), total in found.items()
            )
            if lines:
                plan.preview_html = Markup('<ul class="mb-0">%s</ul>') % lines
            else:
                plan.preview_html = Markup('<p class="mb-0">%s</p>') % self.env._(
                    "Nothing is sent and no task is opened: everybody goes on waiting."
                )

    def _describe(self, total, outcome, reason):
        """Return how many would have what happen, in words."""
        text = self.env._("%(total)s × %(outcome)s", total=total, outcome=outcome)
        return f'{text} ({reason})' if reason else text

    def action_apply(self):
        """Move everybody now."""
        self._apply(fields.Datetime.now())
        return True

    def _apply(self, now):
        """Move everybody at the moment ``now``."""
        self.ensure_one()
        engine = self._begin('draft')
        if engine.version_id != engine.workflow_id.version_id:
            raise UserError(
                self.env._("The workflow was published again meanwhile. Make a new plan.")
            )
        open_lines = self.line_ids.filtered(lambda line: line.waiting and not line.target_id)
        if open_lines:
            raise UserError(
                self.env._(
                    "Say where the patients of these steps go: %s",
                    ', '.join(open_lines.mapped('name')),
                )
            )
        moved, left = moves.apply(
            engine.env, self.id, engine.source_ids, engine.version_id, self._get_mapping(), now
        )
        engine.env.invalidate_all()
        engine.write(
            {'state': 'applied', 'applied_at': now, 'moved_count': moved, 'left_count': left}
        )
        self.env['healthcare.workflow']._wake_crons()

    def action_undo(self):
        """Put back those who have not moved on since."""
        self._undo(fields.Datetime.now())
        return True

    def _undo(self, now):
        """Put back at the moment ``now`` those who have not moved on since."""
        self.ensure_one()
        engine = self._begin('applied')
        returned, kept = moves.undo(engine.env, self.id, engine.version_id, engine.applied_at, now)
        engine.env.invalidate_all()
        engine.write(
            {
                'state': 'undone',
                'undone_at': now,
                'returned_count': returned,
                'kept_count': kept + engine.left_count,
            }
        )
        self.env['healthcare.workflow']._wake_crons()

    def _begin(self, state):
        """Return the plan as the engine sees it, locked, and refuse unless it is in ``state``."""
        self.workflow_id.check_access('write')
        # sudo: tokens and enrollments are the engine's; who may edit the workflow was checked above
        engine = self.sudo()
        engine.env.flush_all()
        engine.lock_for_update()
        engine.invalidate_recordset()
        if engine.state != state:
            raise UserError(self.env._("Somebody else was faster. Reload the page."))
        return engine


def _steps(versions):
    """Return {key: step} of all ``versions``, the newest first, in the order they follow one
    another."""
    steps = {}
    for version in versions.sorted('number', reverse=True):
        for key in in_order(version.graph):
            steps.setdefault(key, version.graph['steps'][key])
    return steps
