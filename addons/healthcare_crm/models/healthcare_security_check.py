import hashlib
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

import babel.dates

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.http import request
from odoo.tools import config, format_datetime
from odoo.tools.misc import get_lang

from ..backup import record
from ..crypto import keyring
from ..sensitive import GROUP_ADMINISTRATOR
from .healthcare_outgoing import PARAMETER as OUTGOING
from .res_users_two_factor import PARAMETER as TWO_FACTOR

#: Worst first.
STATUSES = ('danger', 'warning', 'success')
#: Logins that come with a password everybody knows: Odoo's own, and those of our demo data.
KNOWN_LOGINS = (
    'admin',
    'demo',
    'portal',
    'clinic_admin',
    'reception',
    'call_desk',
    'nurse',
    'practitioner',
    'marketing',
    'quality',
    'privacy',
)
#: More than these look after the software: too many to know each other.
MOST_ADMINISTRATORS = 3
#: System parameters, and how many days old the last good one may be.
BACKUP_DAYS = ('healthcare_crm.backup_days', 1)
RESTORE_TEST_DAYS = ('healthcare_crm.restore_test_days', 30)
LOCAL_HOSTS = ('localhost', '127.0.0.1', '[::1]')


class Finding(NamedTuple):
    """What a look at one thing has found.

    :param status: ``danger``, ``warning`` or ``success``
    :param title: what was looked at
    :param text: what is the case
    :param advice: what to do; nothing when all is well
    """

    code: str
    status: str
    title: str
    text: str
    advice: str = ''


class HealthcareSecurityCheck(models.AbstractModel):
    """What of this installation is safe, and what is not, in words an administrator understands.

    An add-on that has more to look at extends :meth:`_get_findings`.
    """

    _name = 'healthcare.security.check'
    _description = "Security Check"

    @api.model
    def get_findings(self, slow=False):
        """Return what was found, worst first: dicts of :class:`Finding`.

        :param bool slow: only what takes long to look at, or only the rest
        """
        if not (
            self.env.user.has_group(GROUP_ADMINISTRATOR)
            or self.env.user.has_group('base.group_system')
            or self.env.user.has_group('healthcare_crm.group_privacy_officer')
        ):
            raise AccessError(self.env._("Only administrators see the security check."))
        # sudo: what is asked about is the installation, not records; who may see it was just asked
        check = self.sudo()
        found = check._get_slow_findings() if slow else check._get_findings()
        return [
            finding._asdict()
            for finding in sorted(found, key=lambda finding: STATUSES.index(finding.status))
        ]

    @api.model
    def _get_findings(self):
        """Return a list of :class:`Finding`."""
        return [
            self._find_demo_data(),
            self._find_keys(),
            self._find_two_factor(),
            self._find_screen_lock(),
            self._find_database_manager(),
            self._find_transport(),
            self._find_proxy(),
            self._find_workers(),
            self._find_logging(),
            self._find_mail_servers(),
            self._find_powerful_users(),
            self._find_blocked_logins(),
            self._find_outgoing(),
            self._find_backup(),
            self._find_restore_test(),
        ]

    @api.model
    def _get_slow_findings(self):
        """Return a list of :class:`Finding` of what takes seconds."""
        return [self._find_known_passwords()]

    # -- Data and keys -----------------------------------------------------------------------------

    def _find_demo_data(self):
        _ = self.env._
        title = _("Demo data")
        loaded = self.env['ir.module.module'].search_count(
            [('name', '=like', 'healthcare_crm%'), ('demo', '=', True)], limit=1
        )
        if not loaded:
            return Finding('demo', 'success', title, _("There are no demo patients."))
        demo = self.env['ir.model.data'].search(
            [('model', '=', 'res.partner'), ('module', '=like', 'healthcare_crm%')]
        )
        real = self.env['res.partner'].search_count(
            [('is_patient', '=', True), ('id', 'not in', demo.mapped('res_id'))], limit=1
        )
        if real:
            return Finding(
                'demo',
                'danger',
                title,
                _("Demo patients and demo logins are beside patients who were entered here."),
                _("Set up a database without demo data, and import the patients into it."),
            )
        return Finding(
            'demo',
            'warning',
            title,
            _("This is a demo clinic: everybody knows its logins."),
            _("Never enter a real patient here. A clinic needs a database without demo data."),
        )

    def _find_known_passwords(self):
        _ = self.env._
        title = _("Well-known passwords")
        users = self.env['res.users'].search([('login', 'in', KNOWN_LOGINS)])
        known = users.filtered(lambda user: self._is_password_known(user))
        if not known:
            return Finding('passwords', 'success', title, _("Nobody's password is the login."))
        return Finding(
            'passwords',
            'danger',
            title,
            _("The password is the login of: %s.", ', '.join(known.mapped('login'))),
            _("Change these passwords, or archive these users."),
        )

    def _is_password_known(self, user):
        """Say whether the login is the password. Costly, so each password is looked at once."""
        self.env.cr.execute('SELECT password FROM res_users WHERE id = %s', [user.id])
        hashed = self.env.cr.fetchone()[0]
        if not hashed:
            return False
        seen = self.env.registry.__dict__.setdefault('_healthcare_known_passwords', {})
        key = hashlib.sha256(f'{user.login}:{hashed}'.encode()).hexdigest()
        if key not in seen:
            seen[key] = user._crypt_context().verify(user.login, hashed)
        return seen[key]

    def _find_keys(self):
        _ = self.env._
        title = _("Encryption keys")
        try:
            keyring.get()
        except keyring.KeysMissing as missing:
            return Finding(
                'keys',
                'danger',
                title,
                str(missing),
                _("Make keys, and keep a copy of them apart from the backups: see the handbook."),
            )
        return Finding(
            'keys',
            'success',
            title,
            _("Numbers, notes and files are encrypted under keys outside the database."),
        )

    def _find_backup(self):
        """Say when a backup was last made."""
        _ = self.env._
        title = _("Backups")
        good, failed = record.get_last(self.env.cr.dbname, 'backup')
        if not good:
            text = _("No backup has been made known here.")
        else:
            text = _(
                "The last one was made on %(date)s, %(age)s.",
                date=self._format_moment(good['at']),
                age=self._format_age(good['at']),
            )
        if failed:
            text = _("%(text)s It failed since: %(reason)s", text=text, reason=failed['error'])
        if self._is_recent(good, BACKUP_DAYS):
            if good.get('unwell'):
                text = _(
                    "%(text)s Files are missing in it: %(count)s.", text=text, count=good['unwell']
                )
            if not failed and not good.get('unwell'):
                return Finding('backup', 'success', title, text)
        return Finding(
            'backup',
            'danger',
            title,
            text,
            _("Make backups every night, and restore one every month to see that it works."),
        )

    def _find_restore_test(self):
        """Say when a backup was last proven to restore."""
        _ = self.env._
        title = _("Restore test")
        good, failed = record.get_last(self.env.cr.dbname, 'test', 'restore')
        if not good:
            text = _("No backup was ever restored to see whether it works.")
        else:
            text = _(
                "A backup was last restored on %(date)s, %(age)s.",
                date=self._format_moment(good['at']),
                age=self._format_age(good['at']),
            )
        if failed:
            text = _("%(text)s It failed since: %(reason)s", text=text, reason=failed['error'])
        elif self._is_recent(good, RESTORE_TEST_DAYS):
            return Finding('restore_test', 'success', title, text)
        return Finding(
            'restore_test',
            'danger',
            title,
            text,
            _("Run script/restore with --check on the last backup: see the handbook."),
        )

    def _is_recent(self, one, parameter):
        """Say whether something was done within the days of a system parameter."""
        name, default = parameter
        try:
            days = float(self.env['ir.config_parameter'].get_param(name) or default)
        except ValueError:
            days = default
        return bool(one) and datetime.now(timezone.utc) - one['at'] <= timedelta(days=days)

    def _format_moment(self, moment):
        return format_datetime(self.env, moment.astimezone(timezone.utc).replace(tzinfo=None))

    def _format_age(self, moment):
        return babel.dates.format_timedelta(
            moment - datetime.now(timezone.utc), add_direction=True, locale=get_lang(self.env).code
        )

    # -- Who gets in -------------------------------------------------------------------------------

    def _find_two_factor(self):
        _ = self.env._
        title = _("Two-factor authentication")
        groups = self.env['res.groups'].search([('two_factor_required', '=', True)])
        if self.env['ir.config_parameter'].get_param(TWO_FACTOR) == 'off':
            return Finding(
                'two_factor',
                'danger',
                title,
                _("It is switched off: a password alone opens clinical data."),
                _("Delete the system parameter %s.", TWO_FACTOR),
            )
        clinical = self.env.ref('healthcare_crm.group_clinical')
        system = self.env.ref('base.group_system')
        if not (clinical | system) <= groups:
            return Finding(
                'two_factor',
                'danger',
                title,
                _("Roles that read clinical data, or administrators, log in without it."),
                _("Tick “Two-Factor Required” on these groups."),
            )
        users = self.env['res.users'].search([('all_group_ids', 'in', groups.ids)])
        missing = users.filtered(lambda user: user._mfa_type() != 'totp')
        return Finding(
            'two_factor',
            'success',
            title,
            _(
                "It is required for clinical and administrator roles. %(missing)s of %(all)s users "
                "set it up when they next log in.",
                missing=len(missing),
                all=len(users),
            ),
        )

    def _find_screen_lock(self):
        _ = self.env._
        title = _("Screen lock")
        group = self.env.ref('healthcare_crm.group_healthcare_user')
        if not group.lock_timeout_inactivity or not group.lock_timeout:
            return Finding(
                'screen_lock',
                'danger',
                title,
                _("A screen somebody has left stays open."),
                _("Set both timeouts of the group “%s”.", group.name),
            )
        late = group.lock_timeout_inactivity > 30 or group.lock_timeout > 24 * 60
        return Finding(
            'screen_lock',
            'warning' if late else 'success',
            title,
            _(
                "A screen is locked after %(idle)s minutes, a session ends after %(all)s hours.",
                idle=group.lock_timeout_inactivity,
                all=group.lock_timeout // 60,
            ),
            _("A quarter of an hour is usual in a clinic.") if late else '',
        )

    def _find_powerful_users(self):
        _ = self.env._
        title = _("Users who can do anything")
        editors = self.env.ref('mail.group_mail_template_editor', raise_if_not_found=False)
        system = self.env.ref('base.group_system')
        administrators = self.env['res.users'].search([('all_group_ids', 'in', system.ids)])
        if editors:
            writing = self.env['res.users'].search([('all_group_ids', 'in', editors.ids)])
            if writing := writing - administrators:
                return Finding(
                    'powerful_users',
                    'danger',
                    title,
                    _(
                        "Mail templates can run any program, and are edited by: %s.",
                        ', '.join(writing.mapped('name')),
                    ),
                    _("Take the group “%s” from them.", editors.name),
                )
        if len(administrators) > MOST_ADMINISTRATORS:
            return Finding(
                'powerful_users',
                'warning',
                title,
                _("%s users administer the software.", len(administrators)),
                _("Leave this right to those who need it every week."),
            )
        return Finding(
            'powerful_users',
            'success',
            title,
            _(
                "%s users administer the software, nobody else runs programs in it.",
                len(administrators),
            ),
        )

    def _find_blocked_logins(self):
        _ = self.env._
        title = _("Guessed passwords")
        blocked = self.env['healthcare.login.throttle'].search_count(
            [('blocked_until', '>', fields.Datetime.now())]
        )
        if not blocked:
            return Finding('blocked', 'success', title, _("Nobody is guessing passwords now."))
        return Finding(
            'blocked',
            'warning',
            title,
            _("Too many wrong passwords or codes for %s accounts.", blocked),
            _("Ask whose they are. On the form of a user, an administrator lets them try again."),
        )

    # -- Server and network ------------------------------------------------------------------------

    def _find_database_manager(self):
        _ = self.env._
        title = _("Database manager")
        if config.verify_admin_password('admin'):
            text = _("Its password is “admin”: whoever reaches it takes the whole database along.")
        elif config['list_db']:
            text = _("It shows which databases there are, and hands out dumps for a password.")
        else:
            return Finding('manager', 'success', title, _("It is closed."))
        return Finding(
            'manager',
            'danger',
            title,
            text,
            _("Set list_db = False and an admin_passwd of your own in odoo.conf."),
        )

    def _find_transport(self):
        _ = self.env._
        title = _("Encrypted connections")
        base = self.env['ir.config_parameter'].get_param('web.base.url') or ''
        asked = request.httprequest if request else None
        if asked and asked.scheme != 'https':
            is_local = asked.host.rsplit(':', 1)[0] in LOCAL_HOSTS
            return Finding(
                'transport',
                'warning' if is_local else 'danger',
                title,
                _("You came here by http: passwords and records pass in clear."),
                _("Put a server that ends TLS before Odoo, as config/nginx.conf shows."),
            )
        if not base.startswith('https:'):
            return Finding(
                'transport',
                'warning',
                title,
                _("Links in messages begin with %s.", base),
                _("Set the system parameter web.base.url to the https address."),
            )
        return Finding('transport', 'success', title, _("Connections are encrypted."))

    def _find_proxy(self):
        _ = self.env._
        title = _("Addresses of visitors")
        is_forwarded = bool(request and request.httprequest.headers.get('X-Forwarded-For'))
        if config['proxy_mode'] and request and not is_forwarded:
            return Finding(
                'proxy',
                'danger',
                title,
                _("proxy_mode is on and no proxy is there: anybody can forge where they are."),
                _("Set proxy_mode = False, or let only the proxy reach this port."),
            )
        if is_forwarded and not config['proxy_mode']:
            return Finding(
                'proxy',
                'warning',
                title,
                _("Behind the proxy, the audit trail holds the proxy's address for everybody."),
                _("Set proxy_mode = True, and let only the proxy reach this port."),
            )
        return Finding('proxy', 'success', title, _("The audit trail holds real addresses."))

    def _find_workers(self):
        _ = self.env._
        title = _("Worker processes")
        if config['dev_mode']:
            return Finding(
                'workers',
                'danger',
                title,
                _("The server runs in developer mode, which shows its inside to visitors."),
                _("Start it without --dev."),
            )
        if not config['workers']:
            return Finding(
                'workers',
                'warning',
                title,
                _("One process serves everybody: one slow request holds up the clinic."),
                _("Set workers in odoo.conf."),
            )
        return Finding('workers', 'success', title, _("%s workers.", config['workers']))

    def _find_logging(self):
        _ = self.env._
        title = _("Server log")
        said = f"{config['log_level']} {config['log_handler']}".lower()
        if 'debug' in said or config['log_db']:
            return Finding(
                'logging',
                'danger',
                title,
                _("The log holds every query or call, and so what patients told the clinic."),
                _("Set log_level = info, no log_handler with DEBUG, and no log_db."),
            )
        return Finding('logging', 'success', title, _("The log holds no records."))

    def _find_mail_servers(self):
        _ = self.env._
        title = _("Mail on its way")
        servers = self.env['ir.mail_server'].search([('active', '=', True)])
        plain = servers.filtered(lambda server: server.smtp_encryption == 'none').mapped('name')
        if not servers and not config['smtp_ssl'] and config['smtp_server'] not in LOCAL_HOSTS:
            plain = [config['smtp_server']]
        if plain:
            return Finding(
                'mail',
                'warning',
                title,
                _("Mail leaves in clear to: %s.", ', '.join(plain)),
                _("Choose TLS for these mail servers, with a certificate that is checked."),
            )
        return Finding('mail', 'success', title, _("Mail leaves encrypted, or to this machine."))

    def _find_outgoing(self):
        _ = self.env._
        title = _("Calls into the clinic's network")
        allowed = self.env['ir.config_parameter'].get_param(OUTGOING)
        if allowed:
            return Finding(
                'outgoing',
                'warning',
                title,
                _("Webhooks and links may call inside: %s.", allowed),
                _("Leave in the system parameter %s only what is needed.", OUTGOING),
            )
        return Finding('outgoing', 'success', title, _("Links and webhooks reach nothing inside."))
