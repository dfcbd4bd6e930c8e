"""Runs of ``ir.actions.server``, any of them, chosen by an administrator for a step.

The engine runs as the superuser, so what a user could not do by hand must not become possible by
drawing a step: the publisher of the version has to be in the action's groups or, as in Odoo itself,
where it has none be allowed to write the model. An action that evaluates Python does whatever it
says; it is run only when its author is a system administrator.
"""

from dataclasses import dataclass
from operator import attrgetter

from odoo.exceptions import AccessError
from odoo.tools import groupby

from .rounds import rounds


@dataclass(frozen=True)
class RunAction:
    """A server action to be run on one record."""

    action_id: int
    version_id: int
    model: str
    record_id: int

    @classmethod
    def apply(cls, env, effects, now):
        """Run each action once for all its records; who comes twice is in a second run.

        :raise AccessError: the action may not be run (any more) for who published the workflow
        """
        by_action = attrgetter('action_id', 'version_id', 'model')
        for (action_id, version_id, model), wanted in groupby(effects, by_action):
            action = env['ir.actions.server'].browse(action_id)
            publisher = env['healthcare.workflow.version'].browse(version_id).publisher_id
            problem = refusal(action, model, publisher)
            if problem:
                raise AccessError(
                    env._(
                        'The action "%(name)s" may not be run by a workflow of %(publisher)s: '
                        "%(problem)s",
                        name=action.exists().name or action_id,
                        publisher=publisher.name,
                        problem=' '.join(problem),
                    )
                )
            for one_round in rounds(wanted, attrgetter('record_id')):
                _run(action, model, [effect.record_id for effect in one_round])
        # what is wrong with a record shows while its batch can still be taken back
        env.flush_all()


def refusal(action, model, publisher):
    """Return (problem code, detail) where ``action`` may not be run on ``model``, else ``None``.

    :param publisher: the ``res.users`` who answers for the workflow
    """
    if not action.exists():
        return 'action_gone', ''
    if action.model_name != model:
        return 'action_model', action.model_name
    groups = action.group_ids
    if groups and not groups & publisher.all_group_ids:
        return 'action_groups', ', '.join(groups.mapped('name'))
    if not groups and not action.env[model].with_user(publisher).has_access('write'):
        return 'action_groups', action.env['ir.model']._get(model).name
    for leaf in leaves(action):
        if _has_python(leaf) and not _is_trusted(leaf):
            return 'action_code', leaf.name
    return None


def leaves(action):
    """Return what an action does in the end: itself, or for several in one those inside, in
    order."""
    if action.state != 'multi':
        return action
    inside = action.browse()
    for child in action.child_ids.sorted():
        inside += leaves(child)
    return inside


def _has_python(action):
    """Say whether an action evaluates Python, as code or as the formula of a value."""
    return action.state == 'code' or (
        action.state == 'object_write' and action.evaluation_type == 'equation'
    )


def _is_trusted(action):
    """Say whether system administrators answer for what an action says now.

    That takes who made it, who changed it last, and who wrote its code: a touch of its name would
    else approve of what is in it. A copy an administrator makes is the administrator's.
    """
    authors = action.create_uid | action.write_uid
    if action.state == 'code':
        written = action.env['ir.actions.server.history'].search(
            [('action_id', '=', action.id)], order='id desc', limit=1
        )
        authors |= written.create_uid
    return all(author.has_group('base.group_system') for author in authors)


def _run(action, model, ids):
    """Run an action on records; the groups are checked already, for the publisher."""
    for leaf in leaves(action).with_context(active_model=model, active_ids=ids, active_id=ids[0]):
        leaf._run(leaf.env[model].browse(ids), leaf._get_eval_context(leaf))
