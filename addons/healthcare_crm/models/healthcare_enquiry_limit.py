from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, hmac

#: A family, or the waiting room's network, sends no more forms in an hour.
MAX_PER_HOUR = 10
KEEP = timedelta(days=1)


class HealthcareEnquiryLimit(models.Model):
    """How many forms came from one address within an hour: a flood is refused.

    Counted in the database, for all workers. The address itself is not kept, only its keyed hash,
    and that for a day.
    """

    _name = 'healthcare.enquiry.limit'
    _description = "Limit of Enquiries"
    _log_access = False

    visitor = fields.Char(required=True)
    hour = fields.Datetime(required=True)
    count = fields.Integer(required=True, default=1)

    _visitor_uniq = models.Constraint('UNIQUE (visitor, hour)', "This hour is counted already.")

    @api.model
    def _is_allowed(self, address):
        """Count one more form from ``address``; return whether it may be taken."""
        hour = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        visitor = hmac(self.env(su=True), 'healthcare_crm.enquiry.limit', address or '')
        [[count]] = self.env.execute_query(
            SQL(
                """
                INSERT INTO healthcare_enquiry_limit AS counted (visitor, hour, count)
                     VALUES (%s, %s, 1)
                ON CONFLICT (visitor, hour) DO UPDATE SET count = counted.count + 1
                  RETURNING count
                """,
                visitor,
                hour,
            )
        )
        return count <= MAX_PER_HOUR

    @api.autovacuum
    def _gc_old(self):
        self.env.cr.execute(
            SQL(
                'DELETE FROM healthcare_enquiry_limit WHERE hour < %s',
                fields.Datetime.now() - KEEP,
            )
        )
