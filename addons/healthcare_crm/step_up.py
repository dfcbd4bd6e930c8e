"""Actions that ask again who is there: a session that was left open is not enough for them."""

import json
import time
from functools import wraps

from odoo.exceptions import AccessError
from odoo.http import request

#: For how long somebody who has shown who they are is not asked again, in seconds.
KEPT_FOR = 10 * 60
#: Where a session remembers it. Nothing but the check of an identity writes there.
SESSION_KEY = 'healthcare-step-up'


class StepUpNeeded(AccessError):
    """The session has not shown lately who is there."""


def is_shown(env):
    """Return whether this user has shown who they are, lately and in this very session.

    A session is asked, never a key: a request that an API key or a password vouches for has no
    session, or one that is not its own authority.
    """
    if not request or not request.env:
        return False
    shown = request.session.get(SESSION_KEY) or {}
    return (
        request.session.uid == request.env.uid == shown.get('uid') == env.uid
        and not request.httprequest.headers.get('Authorization')
        and 0 <= time.time() - shown['at'] <= KEPT_FOR
    )


def check_step_up(env, purpose):
    """Refuse what is asked for unless the user has just shown who they are.

    For what is no button: the caller asks ``healthcare.step.up`` first, as
    :file:`static/src/step_up` does.

    :raise StepUpNeeded: the identity was not shown lately
    """
    if not is_shown(env):
        raise StepUpNeeded(env._("Confirm who you are first."))


def step_up(purpose):
    """Let an action of a button run only after its user has shown again who they are.

    Otherwise it returns the dialog that asks, and the dialog then runs the action. What the
    action does must be in private methods: everything public can be called.

    :param str purpose: ``export``, ``merge``, ``undo``, ``reveal``, ``break_glass`` or ``rotate``
    """

    def decorate(action):
        @wraps(action)
        def asked(self, *args, **kwargs):
            if is_shown(self.env):
                return action(self, *args, **kwargs)
            if not request or request.session.uid != self.env.uid:
                raise StepUpNeeded(self.env._("This can be done in the browser only."))
            return ask(self, purpose, action.__name__, args, kwargs)

        # what Odoo's own dialog looks for before it runs a method
        asked.__has_check_identity = True
        asked.step_up = purpose
        return asked

    return decorate


def ask(records, purpose, method, args=(), kwargs=None):
    """Return the dialog that asks who is there, and then calls the method of the records."""
    # sudo: what the dialog will call is the software's to write, never a user's
    check = (
        records.env['res.users.identitycheck']
        .sudo()
        .create(
            {
                'auth_method': records.env.user._get_step_up_methods()[0],
                'purpose': purpose,
                'request': json.dumps(
                    [
                        _strip(records.env.context),
                        records._name,
                        records.ids,
                        method,
                        list(args),
                        kwargs or {},
                    ]
                ),
            }
        )
    )
    return {
        'type': 'ir.actions.act_window',
        'name': records.env._("Confirm Who You Are"),
        'res_model': check._name,
        'res_id': check.id,
        'views': [(False, 'form')],
        'target': 'new',
        'context': {'dialog_size': 'medium'},
    }


def _strip(context):
    """Return what of a context JSON can hold."""
    kept = {}
    for key, value in context.items():
        try:
            json.dumps(value)
        except (TypeError, ValueError):
            continue
        kept[key] = value
    return kept
