import base64
import os

from odoo import models
from odoo.exceptions import AccessDenied, AccessError

from odoo.addons.auth_totp.models.totp import TOTP_SECRET_SIZE

#: "off" lets a demo clinic log in with passwords alone; anything else, or nothing, does not.
PARAMETER = 'healthcare_crm.two_factor'
#: Odoo asks who has an authenticator app for its code. Who needs one and has none sets it up first.
ENROL = 'healthcare_enrol'


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _needs_two_factor(self):
        """Return whether the password alone lets this user in nowhere."""
        self.ensure_one()
        # sudo: asked before anybody is logged in
        env = self.sudo().env
        if env['ir.config_parameter'].get_param(PARAMETER) == 'off':
            return False
        groups = env['res.groups'].browse(self._get_group_ids())
        return any(group.two_factor_required for group in groups)

    def _mfa_type(self):
        kind = super()._mfa_type()
        if kind is None and self._needs_two_factor():
            return ENROL
        return kind

    def _mfa_url(self):
        url = super()._mfa_url()
        if url is None and self._mfa_type() == ENROL:
            return '/healthcare/two-factor'
        return url

    def _get_auth_methods(self):
        # it is no way to unlock a screen: somebody was logged in when it became required
        return [method for method in super()._get_auth_methods() if method != ENROL]

    def _rpc_api_keys_only(self):
        return super()._rpc_api_keys_only() or self._needs_two_factor()

    def action_totp_disable(self):
        """Whoever needs a second factor does not do away with it alone."""
        if self == self.env.user and self._needs_two_factor() and not self.env.user._is_admin():
            raise AccessError(
                self.env._(
                    "Your role needs two-factor authentication. Ask an administrator to reset it."
                )
            )
        return super().action_totp_disable()

    # -- Setting up the app while logging in -------------------------------------------------------

    def _make_totp_secret(self):
        return base64.b32encode(os.urandom(TOTP_SECRET_SIZE // 8)).decode()

    def _get_totp_image(self, secret):
        """Return the picture an app scans, and the letters to type instead."""
        wizard = self.env['auth_totp.wizard'].sudo().new({'user_id': self.id, 'secret': secret})
        parts = [secret[at : at + 4] for at in range(0, len(secret), 4)]
        return {'image': wizard.qrcode.decode(), 'secret': ' '.join(parts)}

    def _enrol_totp(self, secret, code):
        """Keep the secret of an app that has shown that it has it.

        :raise AccessDenied: the code is not that of the app
        """
        if not (code.isascii() and code.isdigit() and self._totp_try_setting(secret, int(code))):
            raise AccessDenied(
                self.env._("This is not the code that the app shows now. Try the next one.")
            )
