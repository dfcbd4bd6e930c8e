"""A locked screen receives no notifications; when it is unlocked they come, and none is lost."""

from contextlib import suppress

from odoo.addons.bus import websocket

_check_session = websocket.check_session
_dispatch = websocket.Websocket._dispatch_bus_notifications


class _Locked(Exception):
    """The session has to show first who is there."""


def check_session(session, env, request=None):
    """Return whether a session is valid, as Odoo does.

    :raise _Locked: it is, and its screen is locked
    """
    valid = _check_session(session, env, request)
    # a database without this add-on has no lock of ours
    get_lock = getattr(env['ir.http'], '_get_lock', None)
    if valid and get_lock and get_lock(env, session):
        raise _Locked
    return valid


def dispatch(connection):
    """Send what happened, unless the screen is locked."""
    # the next time goes on after the last notification that was sent
    with suppress(_Locked):
        _dispatch(connection)


# Odoo's class of connections belongs to no database, so no model can extend it
websocket.check_session = check_session
websocket.Websocket._dispatch_bus_notifications = dispatch
