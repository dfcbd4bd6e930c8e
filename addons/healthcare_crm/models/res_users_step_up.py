from odoo import models


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _get_step_up_methods(self):
        """Return how this user shows again who they are, what is asked for first first.

        Who has an authenticator app or a passkey is never asked for the password alone: whoever
        sits down at a session that was left open may have seen it typed.
        """
        self.ensure_one()
        # sudo: what somebody has to show is no secret to the software
        user = self.sudo()
        methods = ['webauthn'] if user.auth_passkey_key_ids else []
        if user.totp_enabled:
            methods.append('totp')
        return methods or ['password']
