import time

from odoo import models
from odoo.http import SessionExpiredException, request

from odoo.addons.auth_timeout.models.ir_http import CheckIdentityException


class IrHttp(models.AbstractModel):
    """The screen lock, on every class of route.

    Odoo asks at routes for users only. A locked session would still open attachments and images,
    read discussions and call any method over ``/json/2``: all of them are routes for everybody, or
    for keys, on which a session counts as well.
    """

    _inherit = 'ir.http'

    @classmethod
    def _authenticate(cls, endpoint):
        super()._authenticate(endpoint)
        routing = endpoint.routing
        if request.session.uid is None or routing['auth'] in ('none', 'user'):
            return  # Odoo has seen to it
        if routing['auth'] == 'bearer' and not request.session.can_save:
            return  # the key vouches for this request, not the session that came along
        lock = cls._get_lock(request.env, request.session)
        if not lock or (lock == 'check' and not routing.get('check_identity', True)):
            return
        if routing['type'] == 'http':
            # what everybody may see is shown: the page that asks for the password needs it
            request.update_env(user=request.env.ref('base.public_user').id)
        elif lock == 'logout':
            raise SessionExpiredException(f'User {request.session.uid} needs to log in again')
        else:
            raise CheckIdentityException(f'User {request.session.uid} needs to confirm who it is')

    @classmethod
    def _get_lock(cls, env, session):
        """Return what a session has to show first: ``logout``, ``check`` or None.

        :param env: any environment
        :param session: one with a user
        """
        timeouts = env['res.users'].browse(session.uid)._get_lock_timeouts()
        now = time.time()
        age = now - session.get('create_time', 0)
        if any(age >= seconds for seconds, _mfa in timeouts['lock_timeout']):
            return 'logout'
        # Odoo notes when the first of the timeouts is over
        locked_from = session.get('identity-check-next')
        if timeouts['lock_timeout_inactivity'] and locked_from and locked_from <= now:
            return 'check'
        return None
