import re
import time

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.http import request

from odoo.addons.auth_totp.controllers.home import Home

from ..models.res_users_two_factor import ENROL

#: Where the session keeps the secret until the app has shown that it has it, too.
SECRET_KEY = 'healthcare-enrol'
#: So long somebody who has given the password has to set up the app, in seconds.
KEPT_FOR = 15 * 60


class TwoFactorController(Home):
    """The second half of a log-in for who needs two factors and has only the password so far."""

    @http.route(
        '/healthcare/two-factor', type='http', auth='public', methods=['GET', 'POST'], sitemap=False
    )
    def two_factor(self, redirect=None, code=None, **_ignored):
        """Show the secret for an authenticator app; take its first code, and let the user in."""
        session = request.session
        if session.uid:
            return request.redirect(self._login_redirect(session.uid, redirect=redirect))
        user = request.env['res.users'].sudo().browse(session.get('pre_uid') or 0).exists()
        # the password was right, and there is no app: who has one is asked for its code
        if not user or user._mfa_type() != ENROL:
            return request.redirect('/web/login')
        request.update_context(lang=user.lang)
        kept = session.get(SECRET_KEY) or {}
        if kept.get('uid') != user.id or not 0 <= time.time() - kept['at'] <= KEPT_FOR:
            kept = {'uid': user.id, 'at': time.time(), 'secret': user._make_totp_secret()}
            session[SECRET_KEY] = kept
        error = None
        if request.httprequest.method == 'POST':
            try:
                with user._assert_can_auth(user=user.id):
                    user.with_user(user)._enrol_totp(kept['secret'], re.sub(r'\s', '', code or ''))
            except AccessDenied as refused:
                error = str(refused)
            else:
                session.pop(SECRET_KEY)
                session.finalize(request.env)
                request.update_env(user=session.uid)
                request.update_context(**session.context)
                return request.redirect(self._login_redirect(session.uid, redirect=redirect))
        response = request.render(
            'healthcare_crm.two_factor_page',
            {
                'error': error,
                'login': user.login,
                'redirect': redirect,
                **user._get_totp_image(kept['secret']),
            },
        )
        response.headers['Cache-Control'] = 'no-store'
        return response
