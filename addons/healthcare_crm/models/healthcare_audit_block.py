from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools.sql import table_exists

from ..auditing import chain

YEARS = 7
MAJORITY = 18


class HealthcareAuditBlock(models.Model):
    """A link of the chain that audit rows are sealed in. See :mod:`..auditing.chain`."""

    _name = 'healthcare.audit.block'
    _description = "Sealed Block of the Audit"
    _auto = False
    _order = 'number desc'
    _rec_name = 'number'

    number = fields.Integer(readonly=True)
    kind = fields.Selection(
        [('seal', "Sealed"), ('prune', "Shortened by retention")], readonly=True
    )
    first_id = fields.Integer("From Row", readonly=True)
    last_id = fields.Integer("To Row", readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    sealed_at = fields.Datetime(readonly=True)

    def init(self):
        """Make the table: Odoo has no arrays."""
        if table_exists(self.env.cr, self._table):
            return  # not even a lock: others are writing
        self.env.cr.execute("""
            CREATE TABLE healthcare_audit_block (
                id serial PRIMARY KEY,
                number integer NOT NULL UNIQUE,
                kind varchar NOT NULL,
                first_id bigint NOT NULL,
                last_id bigint NOT NULL,
                row_count integer NOT NULL,
                missing bigint[] NOT NULL,
                root bytea NOT NULL,
                previous bytea NOT NULL,
                sealed_at timestamp NOT NULL,
                seal bytea NOT NULL
            )
        """)

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        """Refuse: blocks come from the software alone."""
        raise self.env['healthcare.audit.event']._refuse()

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse, to the superuser as well."""
        raise self.env['healthcare.audit.event']._refuse()

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise self.env['healthcare.audit.event']._refuse()

    @api.model
    def _cron_seal(self):
        chain.seal(self.env.cr.dbname)

    @api.model
    def _cron_prune(self):
        """Take out what was kept long enough: seven years, and for those who were minors until
        seven years after they came of age.
        """
        get_param = self.env['ir.config_parameter'].sudo().get_param
        years = max(int(get_param('healthcare_crm.audit_years', YEARS)), 1)
        majority = int(get_param('healthcare_crm.audit_majority', MAJORITY))
        before = datetime.combine(fields.Date.today(), datetime.min.time())
        before -= relativedelta(years=years)
        gone, problems = chain.prune(self.env.cr.dbname, before, _keeps_minors(years + majority))
        if gone:
            self.env['healthcare.audit']._record(
                'erase', 'healthcare.audit.event', detail=f"{gone} rows before {before:%Y-%m-%d}"
            )
        if problems:
            self.env['healthcare.audit.check']._found(chain.Report(problems))


def _keeps_minors(years):
    """Return the SQL that is true for rows about somebody born less than ``years`` ago."""
    return f"""
        EXISTS (
            SELECT FROM res_partner patient
             WHERE patient.id = ANY(event.patients)
               AND patient.birth_date + interval '{int(years)} years' > CURRENT_DATE
        )
    """
