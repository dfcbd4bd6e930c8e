from odoo import api, fields, models
from odoo.tools import SQL, hmac

#: How often an address may try links that do not exist, within an hour.
MAX_TRIES = 30
#: How often something may be decided about one patient by a link, within an hour.
MAX_DECISIONS = 60


class HealthcareConsentCounter(models.Model):
    """How often something came by the links of patients: tries from an address, decisions about a
    patient, and the keys of forms, each of which is taken once.

    In the database, for all workers. Addresses are not kept, only their keyed hash, for hours.
    """

    _name = 'healthcare.consent.counter'
    _description = "Counter of Consent Links"
    _log_access = False

    name = fields.Char(required=True)
    count = fields.Integer(required=True, default=1)
    until = fields.Datetime(required=True, index=True)

    _name_uniq = models.Constraint('UNIQUE (name)', "This is counted already.")

    @api.model
    def _count(self, kind, key, hours=1):
        """Count ``key`` once more; return how often it came until now."""
        name = hmac(self.env(su=True), f'healthcare_crm.consent.{kind}', str(key))
        [[count]] = self.env.execute_query(
            SQL(
                """
                INSERT INTO healthcare_consent_counter AS counted (name, count, until)
                     VALUES (%s, 1, %s)
                ON CONFLICT (name) DO UPDATE SET count = counted.count + 1
                  RETURNING count
                """,
                name,
                fields.Datetime.add(fields.Datetime.now(), hours=hours),
            )
        )
        return count

    @api.model
    def _take_once(self, key, hours):
        """Return whether ``key`` was never taken before, and take it.

        Two requests at once: the second waits, fails to serialise, and is tried again by Odoo.
        """
        return self._count('key', key, hours) == 1

    @api.model
    def _is_allowed(self, address):
        """Return whether ``address`` has not tried too many links that do not exist."""
        self.env.cr.execute(
            SQL(
                'SELECT count FROM healthcare_consent_counter WHERE name = %s', self._tries(address)
            )
        )
        row = self.env.cr.fetchone()
        return not row or row[0] <= MAX_TRIES

    @api.model
    def _miss(self, address):
        """Count a link that does not exist."""
        self._count('tries', self._hourly(address))

    def _hourly(self, address):
        return f'{address or ""}@{fields.Datetime.now():%Y-%m-%dT%H}'

    def _tries(self, address):
        return hmac(self.env(su=True), 'healthcare_crm.consent.tries', self._hourly(address))

    @api.autovacuum
    def _gc_old(self):
        self.env.cr.execute(
            SQL('DELETE FROM healthcare_consent_counter WHERE until < %s', fields.Datetime.now())
        )
