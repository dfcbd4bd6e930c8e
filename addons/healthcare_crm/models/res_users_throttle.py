from odoo import api, fields, models
from odoo.exceptions import AccessDenied, AccessError
from odoo.http import request

from ..sensitive import GROUP_ADMINISTRATOR
from .healthcare_login_throttle import CODE, IDENTITY, LOGIN

CODES = ('totp', 'totp_mail')


class ResUsers(models.Model):
    """Whoever guesses passwords or codes of an account waits, wherever they try."""

    _inherit = 'res.users'

    login_blocked_until = fields.Datetime(
        string="Log-In Refused Until", compute='_compute_login_blocked_until', compute_sudo=True
    )

    def _compute_login_blocked_until(self):
        throttle = self.env['healthcare.login.throttle']
        for user in self:
            user.login_blocked_until = throttle._get_blocked(user.login)

    def _login(self, credential, user_agent_env):
        # Odoo looks at no password for a login that does not exist. So that neither the time nor
        # the words tell whether it does, what would be done is done.
        login = credential.get('login')
        if credential.get('type') == 'password' and not self._knows(login):
            self._begin_attempt(LOGIN, login)
            self._crypt_context().verify(
                str(credential.get('password') or ''), self._get_nobodys_hash()
            )
            self._record_refused(LOGIN)
            raise AccessDenied
        return super()._login(credential, user_agent_env)

    @api.model
    def _knows(self, login):
        # sudo: nobody is logged in yet
        return bool(login and self.sudo().search_count(self._get_login_domain(login), limit=1))

    @api.model
    def _get_nobodys_hash(self):
        """Return a hash of the same cost as everybody's, of a password that nobody has."""
        context = self._crypt_context()
        hashed = getattr(self.env.registry, '_healthcare_nobodys_hash', None)
        if hashed is None:
            hashed = context.hash('nobody')
            self.env.registry._healthcare_nobodys_hash = hashed
        return hashed

    def _check_credentials(self, credential, env):
        """Ask for a password or a code, unless too many were wrong.

        Everything that asks comes through here: logging in, RPC, the second factor, unlocking the
        screen, confirming who one is, changing a password.
        """
        user = self.env.user
        kind = self._get_attempt_kind(credential, env)
        self._begin_attempt(kind, user.login)
        try:
            result = super()._check_credentials(credential, env)
        except AccessDenied as refused:
            self._record_refused(kind, user)
            if words := self._explain_refused(kind, credential.get('type')):
                raise AccessDenied(words) from refused
            raise
        self.env['healthcare.login.throttle']._succeed(kind, user.login)
        return result

    def _explain_refused(self, kind, credential_type):
        """Return what was wrong, where Odoo has no words for it in every language."""
        if credential_type == 'totp':
            return self.env._(
                "This code is wrong or was used already. Wait until your app shows the next one; "
                "after many wrong codes, for an hour."
            )
        if kind == IDENTITY and credential_type == 'password':
            return self.env._("This password is wrong.")
        return None

    def _get_attempt_kind(self, credential, env):
        if request and request.session.uid and request.session.uid == self.env.uid:
            return IDENTITY
        return CODE if credential.get('type') in CODES else LOGIN

    @api.model
    def _begin_attempt(self, kind, login):
        if not self.env['healthcare.login.throttle']._begin(kind, login):
            raise AccessDenied(
                self.env._("Too many wrong attempts. Wait a little before the next one.")
            )

    @api.model
    def _record_refused(self, kind, user=None):
        who = user or self.env.ref('base.public_user')
        self.env['healthcare.audit'].with_user(who)._record(
            'login',
            'res.users',
            res_ids=user.ids if user else (),
            detail=f'refused: {kind}' if user else 'refused: unknown account',
        )

    def _on_login_cooldown(self, failures, previous):
        # An address is a whole clinic's, and whoever forges it has a new one each time. The
        # account is what waits, see healthcare.login.throttle.
        return False

    def action_allow_login(self):
        """Let somebody try again at once, who has waited long enough."""
        if not (
            self.env.user.has_group(GROUP_ADMINISTRATOR)
            or self.env.user.has_group('base.group_erp_manager')
        ):
            raise AccessError(self.env._("Only administrators may let somebody log in again."))
        self.check_access('read')
        throttle = self.env['healthcare.login.throttle']
        throttle._forget(
            throttle._get_key(kind, user.login) for user in self for kind in (LOGIN, CODE, IDENTITY)
        )
        self.env['healthcare.audit']._record(
            'config', 'res.users', res_ids=self.ids, detail='allowed to log in again'
        )
        return True
