import hmac
from contextlib import suppress
from hashlib import sha256

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.sql_db import db_connect
from odoo.tools import SQL

from ..throttling import FORGOTTEN_AFTER, wait_after

#: What is throttled apart: whoever guesses a password from outside must not keep a colleague who
#: is logged in from unlocking the screen.
LOGIN, CODE, IDENTITY = 'login', 'code', 'identity'
#: Of attempts at the same moment, one is counted after the other.
MOST_RETRIES = 50


class HealthcareLoginThrottle(models.Model):
    """How often somebody has failed to show who they are, per account.

    Not per address: a clinic shares one, and a header forges it. In the database, in transactions
    of its own: for all workers, and also when the request that failed is rolled back. What was
    typed as a login is not kept, it may be a password.
    """

    _name = 'healthcare.login.throttle'
    _description = "Failed Log-Ins"
    _log_access = False
    _rec_name = 'key'

    key = fields.Char(string="Counted For", required=True, groups=fields.NO_ACCESS)
    failures = fields.Integer(required=True, readonly=True)
    last_at = fields.Datetime(required=True, readonly=True, index=True)
    blocked_until = fields.Datetime(readonly=True, index='btree_not_null')

    _key_uniq = models.UniqueIndex('(key)')

    @api.model
    def _get_key(self, kind, login):
        """Return what stands for an account. Letters that look the same are one account."""
        secret = self.env['ir.config_parameter'].sudo().get_param('database.secret')
        said = f'{kind}:{(login or "").strip().casefold()}'
        return hmac.new(secret.encode(), said.encode(), sha256).hexdigest()

    @api.model
    def _begin(self, kind, login):
        """Count an attempt as failed, before it is looked at, or refuse to look at it.

        Counted first, a hundred attempts at once are a hundred. :meth:`_succeed` takes it back.

        :return: whether it may be looked at
        """
        key = self._get_key(kind, login)
        for _attempt in range(MOST_RETRIES):
            with suppress(SerializationFailure), self._own_cursor() as cr:
                return self._count(cr, key)
        return False

    def _count(self, cr, key):
        cr.execute(
            SQL(
                """
                INSERT INTO healthcare_login_throttle AS row (key, failures, last_at)
                VALUES (%(key)s, 1, now() AT TIME ZONE 'utc')
                    ON CONFLICT (key) DO UPDATE
                   SET failures = CASE WHEN row.last_at < excluded.last_at - %(forgotten)s
                                       THEN 1 ELSE row.failures + 1 END,
                       last_at = excluded.last_at
                 WHERE row.blocked_until IS NULL OR row.blocked_until <= excluded.last_at
             RETURNING failures
                """,
                key=key,
                forgotten=FORGOTTEN_AFTER,
            )
        )
        counted = cr.fetchone()
        if not counted:
            return False
        cr.execute(
            SQL(
                """
                UPDATE healthcare_login_throttle
                   SET blocked_until = last_at + %s * interval '1 second' WHERE key = %s
                """,
                wait_after(counted[0]) or None,
                key,
            )
        )
        return True

    @api.model
    def _succeed(self, kind, login):
        """Forget the failures of an account that has shown who it is."""
        self._forget([self._get_key(kind, login)])

    @api.model
    def _forget(self, keys):
        with self._own_cursor() as cr:
            cr.execute(SQL('DELETE FROM healthcare_login_throttle WHERE key = ANY(%s)', list(keys)))

    def _own_cursor(self):
        """Return a cursor that commits, whatever becomes of the request."""
        return db_connect(self.env.cr.dbname).cursor()

    @api.model
    def _get_blocked(self, login):
        """Return until when an account waits for anything, or False."""
        keys = [self._get_key(kind, login) for kind in (LOGIN, CODE, IDENTITY)]
        with self._own_cursor() as cr:
            cr.execute(
                SQL(
                    """
                    SELECT max(blocked_until) FROM healthcare_login_throttle
                     WHERE key = ANY(%s) AND blocked_until > now() AT TIME ZONE 'utc'
                    """,
                    keys,
                )
            )
            return cr.fetchone()[0] or False

    @api.autovacuum
    def _gc_forgotten(self):
        limit = fields.Datetime.now() - FORGOTTEN_AFTER
        self.sudo().search([('last_at', '<', limit)]).unlink()
