from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import table_exists

from ..sensitive import GROUP_PRIVACY

NAMED = 3  # patients in a list
MOST_NAMESAKES = 1_000  # whose looks are searched for at once


class RecordedMany2one(fields.Many2one):
    """Whom or what a record named when it was written.

    Without a foreign key: deleting that record may neither change nor forbid what was recorded.
    """

    def update_db_foreign_key(self, model, column):
        """Make none."""


class HealthcareAuditEvent(models.Model):
    """One look at, or change of, data of patients.

    Written by :mod:`..auditing.events` only. Each row carries a keyed MAC over all that it says,
    and is sealed in a block of a keyed chain; see ``healthcare.audit.block``. So that nobody has to
    trust the database, there are no foreign keys, and nothing is ever changed.
    """

    _name = 'healthcare.audit.event'
    _description = "Look at Patients' Data"
    _auto = False
    _order = 'id desc'
    _rec_name = 'recorded_at'

    recorded_at = fields.Datetime("When", readonly=True)
    user_id = RecordedMany2one('res.users', "Who", readonly=True)
    login = fields.Char(readonly=True)
    roles = fields.Char(readonly=True)
    company_id = RecordedMany2one('res.company', "Clinic", readonly=True)
    action = fields.Selection(
        [
            ('read', "Looked at"),
            ('search', "Searched by"),
            ('group', "Grouped by"),
            ('export', "Exported"),
            ('print', "Printed"),
            ('create', "Created"),
            ('update', "Changed"),
            ('delete', "Deleted"),
            ('reveal', "Uncovered"),
            ('break_glass', "Broke the glass"),
            ('consent', "Consent"),
            ('request', "Privacy request"),
            ('erase', "Erased"),
            ('disclose', "Disclosed"),
            ('login', "Logged in"),
            ('config', "Configured"),
        ],
        "What",
        readonly=True,
    )
    model = fields.Char(readonly=True)
    model_name = fields.Char("Kind of Record", compute='_compute_model_name')
    field_names = fields.Char(readonly=True)
    field_labels = fields.Char("Fields", compute='_compute_field_labels')
    patient_ids = fields.Many2many(
        'res.partner',
        string="Patients",
        compute='_compute_patient_ids',
        search='_search_patient_ids',
        groups=GROUP_PRIVACY,
    )
    patient_names = fields.Char("Whom", compute='_compute_patient_ids', groups=GROUP_PRIVACY)
    patient_count = fields.Integer("Number of Patients", readonly=True)
    record_numbers = fields.Char("Records", compute='_compute_patient_ids', groups=GROUP_PRIVACY)
    purpose = fields.Char(readonly=True)
    detail = fields.Char(readonly=True)
    ip = fields.Char("Address", readonly=True)
    route = fields.Char("By Way of", readonly=True)
    session = fields.Char(readonly=True)
    break_glass_id = fields.Integer("Emergency Access", readonly=True)

    def init(self):
        """Make the table: Odoo has neither arrays nor the right indexes."""
        if table_exists(self.env.cr, self._table):
            return  # not even a lock: others are writing
        self.env.cr.execute("""
            CREATE TABLE healthcare_audit_event (
                id bigserial PRIMARY KEY,
                recorded_at timestamp NOT NULL,
                user_id integer NOT NULL,
                login varchar NOT NULL,
                roles varchar NOT NULL,
                company_id integer,
                action varchar NOT NULL,
                model varchar NOT NULL,
                field_names varchar NOT NULL,
                record_ids bigint[] NOT NULL,
                patients integer[] NOT NULL,
                patient_count integer NOT NULL,
                purpose varchar NOT NULL,
                detail varchar NOT NULL,
                ip varchar NOT NULL,
                route varchar NOT NULL,
                session varchar NOT NULL,
                break_glass_id integer,
                mac bytea NOT NULL
            );
            CREATE INDEX healthcare_audit_event_recorded_at_idx
                ON healthcare_audit_event USING brin (recorded_at)
                WITH (pages_per_range = 32, autosummarize = on);
            CREATE INDEX healthcare_audit_event_patients_idx
                ON healthcare_audit_event USING gin (patients);
            CREATE INDEX healthcare_audit_event_user_idx
                ON healthcare_audit_event (user_id, id DESC);
        """)

    # ------------------------------------------------------------ nobody changes a row

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        """Refuse: rows come from the software alone."""
        raise self._refuse()

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse, to the superuser as well."""
        raise self._refuse()

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise self._refuse()

    @api.model
    def _refuse(self):
        return UserError(
            self.env._("What was recorded of looks at patients' data cannot be changed.")
        )

    # ------------------------------------------------------------ what else is asked of it

    @api.model
    def _get_affected_patients(self, since, until, user_ids=None, actions=None, model=None):
        """Return the ids of the patients somebody looked at or changed, in one query.

        :param datetime since: UTC, as ``until``
        :param user_ids: of these users; of all by default
        :param actions: only these
        :param model: only records of this kind
        :rtype: list[int]
        """
        where = [SQL("recorded_at >= %s AND recorded_at < %s", since, until)]
        if user_ids is not None:
            where.append(SQL("user_id = ANY(%s)", list(user_ids)))
        if actions:
            where.append(SQL("action = ANY(%s)", list(actions)))
        if model:
            where.append(SQL("model = %s", model))
        query = SQL(
            """
                SELECT DISTINCT patient_id
                  FROM healthcare_audit_event, unnest(patients) patient_id
                 WHERE %s
            """,
            SQL(" AND ").join(where),
        )
        return sorted(id_ for (id_,) in self.env.execute_query(query))

    # ------------------------------------------------------------ computes

    @api.depends('model')
    def _compute_model_name(self):
        for event in self:
            known = event.model in self.env
            event.model_name = known and self.env['ir.model']._get(event.model).name or event.model

    @api.depends('model', 'field_names')
    @api.depends_context('lang')
    def _compute_field_labels(self):
        Fields = self.env['ir.model.fields']
        for event in self:
            names = (event.field_names or '').split(',')
            labels = Fields.get_field_string(event.model) if event.model in self.env else {}
            event.field_labels = ', '.join(labels.get(name, name) for name in names)

    def _compute_patient_ids(self):
        recorded = {}
        if self.ids:
            query = SQL(
                "SELECT id, patients, record_ids FROM healthcare_audit_event WHERE id = ANY(%s)",
                self.ids,
            )
            recorded = {id_: found for id_, *found in self.env.execute_query(query)}
        every = {id_ for patients, _records in recorded.values() for id_ in patients}
        # of another clinic's patients, or of deleted ones, only the number is known
        Patient = self.env['res.partner'].with_context(active_test=False)
        readable = set(Patient.search([('id', 'in', list(every))])._ids) if every else set()
        for event in self:
            patients, records = recorded.get(event.id, ((), ()))
            event.patient_ids = [id_ for id_ in patients if id_ in readable]
            names = event.patient_ids[:NAMED].mapped('display_name')
            more = len(patients) - len(names)
            if more and names:
                names.append(self.env._("%s more", more))
            event.patient_names = ', '.join(names)
            event.record_numbers = ', '.join(str(id_) for id_ in records[:20])

    def _search_patient_ids(self, operator, value):
        # Odoo checks it for stored fields only
        self._check_field_access(self._fields['patient_ids'], 'read')
        if operator == 'any' and isinstance(value, Domain):
            # a name was typed
            Patient = self.env['res.partner'].with_context(active_test=False)
            named = value & Domain('is_patient', '=', True)
            value = Patient.search(named, limit=MOST_NAMESAKES)._ids
        elif operator != 'in':
            return NotImplemented
        ids = [id_ for id_ in value if id_]
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s && %s::int[]", SQL.identifier(alias, 'patients'), ids
            )
        )
