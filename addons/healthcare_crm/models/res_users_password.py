from odoo import api, models
from odoo.exceptions import UserError
from odoo.http import request

from ..passwords import SHORTEST, find_weakness


class ResUsers(models.Model):
    _inherit = 'res.users'

    @api.model
    def get_password_policy(self):
        """Let Odoo's meter say what is asked for here."""
        policy = super().get_password_policy()
        return {**policy, 'minlength': max(policy['minlength'], SHORTEST)}

    def _set_password(self):
        """Refuse passwords that are guessed first, whoever sets them and by whatever way."""
        if self._is_password_chosen():
            for user in self.filtered('password'):
                user._check_not_weak(user.password)
        return super()._set_password()

    def _check_password_policy(self, passwords):
        if not self._is_password_chosen():
            return None
        return super()._check_password_policy(passwords)

    @api.model
    def _is_password_chosen(self):
        """Return whether somebody sets a password.

        Neither the server's own command line, nor the demo data while they are loaded: there the
        passwords are the logins, and the security check says so.
        """
        return bool(request) and self.pool.ready

    def _check_not_weak(self, password):
        reasons = {
            'short': self.env._("Your password must have at least %s characters.", SHORTEST),
            'name': self.env._(
                "Your password must not be made of your name, login or e-mail address."
            ),
            'common': self.env._(
                "This password is among the first that are guessed. Choose another one."
            ),
        }
        weakness = find_weakness(password, (self.login, self.name, self.email))
        if weakness:
            raise UserError(reasons[weakness])
