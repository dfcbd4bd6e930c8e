import logging
import sys
import threading

from odoo import api, fields, models
from odoo.tools import SQL, config

from ..crypto import keyring

_logger = logging.getLogger(__name__)


class HealthcareKey(models.Model):
    """A key that this database was encrypted with: by what to know it, never the key itself."""

    _name = 'healthcare.key'
    _description = "Encryption Key"
    _log_access = False
    _order = 'first_used desc, id desc'

    name = fields.Char(required=True, readonly=True)
    check_value = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    first_used = fields.Datetime(required=True, readonly=True)
    retired_at = fields.Datetime(
        string="Retired On",
        readonly=True,
        help="Since then nothing is encrypted with it: it may be taken out of the file of keys.",
    )

    use = fields.Selection(
        [
            ('active', "Encrypts"),
            ('former', "Opens what is older"),
            ('mac', "Signs"),
            ('retired', "Retired"),
        ],
        compute='_compute_use',
    )

    _name_uniq = models.Constraint('UNIQUE (name)', "A key has one name.")

    @api.depends('name', 'retired_at')
    def _compute_use(self):
        ring = keyring.get()
        for key in self:
            if key.name == ring.signer:
                key.use = 'mac'
            elif key.name == ring.active:
                key.use = 'active'
            else:
                key.use = 'retired' if key.retired_at else 'former'

    def action_rotate(self):
        """Encrypt everything anew under the active key of the file."""
        return self.env['healthcare.key.rotation'].action_rotate()

    def init(self):
        """Refuse to be installed or updated without the right keys."""
        self._meet_keys()

    def _register_hook(self):
        """Refuse to start without the right keys."""
        super()._register_hook()
        try:
            self._meet_keys()
        except keyring.KeysMissing as error:
            _logger.critical("Healthcare CRM does not start: %s", error)
            starting = threading.current_thread() is threading.main_thread()
            if starting and self.env.cr.dbname in config['db_name']:
                # the server is of no use without its database
                sys.exit(f"Healthcare CRM does not start: {error}")
            raise

    @api.model
    def _meet_keys(self):
        """Compare the keys at hand with those this database knows, and remember new ones.

        :raise keyring.KeysMissing: there are none, or others than those of this database
        """
        checks = keyring.get().checks
        known = self.env.execute_query(
            SQL('SELECT name, check_value, retired_at FROM healthcare_key')
        )
        other = [name for name, check, _at in known if checks.get(name, check) != check]
        gone = [name for name, _check, retired_at in known if name not in checks and not retired_at]
        if other or gone:
            raise keyring.KeysMissing(
                f"the keys at hand are not those of the database {self.env.cr.dbname}: "
                + '; '.join(
                    [f"“{name}” is another key" for name in other]
                    + [f"“{name}” is missing" for name in gone]
                )
                + f". Give it back the file of keys it was encrypted with. {keyring.HELP}"
            )
        names = {name for name, _check, _at in known}
        for name, check in checks.items():
            if name not in names:
                self.env.execute_query(
                    SQL(
                        """
                        INSERT INTO healthcare_key (name, check_value, first_used)
                        VALUES (%s, %s, %s) ON CONFLICT (name) DO NOTHING RETURNING id
                        """,
                        name,
                        check,
                        fields.Datetime.now(),
                    )
                )
