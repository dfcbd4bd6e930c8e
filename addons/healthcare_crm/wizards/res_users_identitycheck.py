import re
import time

from odoo import fields, models
from odoo.exceptions import AccessDenied, UserError
from odoo.http import request

from ..step_up import SESSION_KEY


class ResUsersIdentitycheck(models.TransientModel):
    """The dialog that asks who is there: by the authenticator app where the user has one."""

    _inherit = 'res.users.identitycheck'

    auth_method = fields.Selection(selection_add=[('totp', "Authenticator app")])
    purpose = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    has_choice = fields.Boolean(compute='_compute_has_choice')

    def _compute_has_choice(self):
        for check in self:
            check.has_choice = len(check.create_uid._get_step_up_methods()) > 1

    def action_next_method(self):
        """Let the user show who they are in another way they have."""
        self.ensure_one()
        methods = self.create_uid._get_step_up_methods()
        at = methods.index(self.auth_method) if self.auth_method in methods else -1
        self.auth_method = methods[(at + 1) % len(methods)]
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Confirm Who You Are"),
            'res_model': self._name,
            'res_id': self.id,
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'dialog_size': 'medium'},
        }

    def _check_identity(self):
        """Ask for what this user has to show; remember it in the session, and that it was."""
        # sudo: only the software says what the dialog is for
        purpose = self.sudo().purpose
        user = self.create_uid
        if user != self.env.user or request.session.uid != user.id:
            raise AccessDenied
        if purpose and self.auth_method not in user._get_step_up_methods():
            raise UserError(self.env._("Use your authenticator app or your passkey."))
        result = self._check_code(user) if self.auth_method == 'totp' else super()._check_identity()
        if purpose:
            request.session[SESSION_KEY] = {'uid': user.id, 'at': time.time()}
            self.env['healthcare.audit']._record(
                'login',
                'res.users',
                res_ids=user.ids,
                detail=f'identity confirmed: {self.auth_method}',
                purpose=purpose,
            )
        return result

    def _check_code(self, user):
        code = re.sub(r'\s', '', str(self.env.context.get('password') or ''))
        try:
            if not (code.isascii() and code.isdigit()):
                raise AccessDenied
            user._check_credentials({'type': 'totp', 'token': int(code)}, {'interactive': True})
        except AccessDenied as error:
            raise UserError(
                error.args[0]
                if code and error.args
                else self.env._("Enter the six digits that your authenticator app shows.")
            ) from error

    def run_check(self):
        """Close the dialog when the action it was for hands over a file."""
        result = super().run_check()
        if isinstance(result, dict) and result.get('type') == 'ir.actions.act_url':
            result['close'] = True
        return result
