from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_STAFF

#: A patient who comes within so many days can be asked then: each day sooner counts this much.
VISIT_DAYS = 14
POINTS_PER_DAY = 5
#: By these findings are counted beforehand.
COUNTED_BY = frozenset({'rule_id', 'company_id', 'state'})
IGNORE_REASONS = [
    ('right', "It is right as it is"),
    ('unknown', "The patient does not know or does not say"),
    ('other', "Another reason"),
]


class HealthcareQualityFinding(models.Model):
    """A patient whose record is not as a rule wants it. Written by the refresh only.

    A finding goes when the record has been completed. One that is ignored stays as long as the
    record is as it is, so that nobody is asked twice.
    """

    _name = 'healthcare.quality.finding'
    _description = "Data to Complete"
    _inherit = ['healthcare.sealed']
    _log_access = False
    _order = 'priority desc, id'
    _rec_name = 'rule_id'

    # no index of its own: others begin with it
    rule_id = fields.Many2one(
        'healthcare.quality.rule',
        string="What Is Missing",
        required=True,
        ondelete='cascade',
        groups=GROUP_STAFF,
    )
    advice = fields.Char(related='rule_id.advice', related_sudo=False, groups=GROUP_STAFF)
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        ondelete='cascade',
        index=True,
        groups=GROUP_STAFF,
    )
    phone = fields.Char(related='patient_id.phone', related_sudo=False, groups=GROUP_STAFF)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        related='patient_id.company_id',
        store=True,
        help="The patient's, kept here because it decides who sees the finding.",
    )
    found_at = fields.Datetime(string="Since", required=True)
    visit_at = fields.Datetime(
        string="Comes On",
        groups=GROUP_STAFF,
        help="The next appointment within two weeks, when the patient can be asked.",
    )
    priority = fields.Integer(
        required=True,
        default=0,
        aggregator=None,
        help="The weight of the rule, and more the sooner the patient comes.",
    )
    state = fields.Selection(
        [('open', "To complete"), ('ignored', "Ignored")],
        required=True,
        default='open',
    )
    ignore_reason = fields.Selection(IGNORE_REASONS, string="Reason", groups=GROUP_STAFF)
    ignore_note = fields.Char(string="Note", groups=GROUP_STAFF, **sealed('ignore_note'))
    ignore_note_sealed = sealed_column()
    ignored_by_id = fields.Many2one(
        'res.users', string="Ignored By", ondelete='set null', groups=GROUP_STAFF
    )
    ignored_at = fields.Datetime(string="Ignored On", groups=GROUP_STAFF)

    _patient_rule_uniq = models.UniqueIndex(
        '(rule_id, patient_id)', "The patient has this finding already."
    )
    _open_idx = models.Index("(priority DESC, id) WHERE state = 'open'")
    _rule_open_idx = models.Index(
        "(rule_id, priority DESC, id) INCLUDE (company_id) WHERE state = 'open'"
    )

    # ------------------------------------------------------------
    # Refresh
    # ------------------------------------------------------------

    @api.model
    def _refresh(self, rules, patient_ids=None):
        """Make the findings of some rules those of now, about everybody or about some patients.

        In one statement; what did not change is not written.

        :param rules: recordset of rules
        :param patient_ids: only about these patients
        """
        self.env.flush_all()
        queries = [(rule.id, rule._get_query(patient_ids)) for rule in rules]
        failing = [
            query.select(SQL('%s::int AS rule_id', rule_id), SQL.identifier(query.table, 'id'))
            for rule_id, query in queries
            if not query.is_empty()
        ] or [SQL('SELECT NULL::int, NULL::int WHERE FALSE')]
        about = SQL('rule_id = ANY(%s)', rules.ids)
        if patient_ids is not None:
            about = SQL('%s AND patient_id = ANY(%s)', about, list(patient_ids))
        self.env.execute_query(
            SQL(
                """
                WITH failing (rule_id, patient_id) AS MATERIALIZED (%(failing)s),
                known AS MATERIALIZED (
                    SELECT id, rule_id, patient_id FROM healthcare_quality_finding WHERE %(about)s
                ), gone AS (
                    DELETE FROM healthcare_quality_finding AS former
                     USING (
                        SELECT id FROM known WHERE NOT EXISTS (
                            SELECT FROM failing
                             WHERE failing.rule_id = known.rule_id
                               AND failing.patient_id = known.patient_id)
                     ) AS other
                     WHERE former.id = other.id
                )
                INSERT INTO healthcare_quality_finding
                       (rule_id, patient_id, company_id, found_at, state, visit_at, priority)
                SELECT new.rule_id, new.patient_id, patient.company_id, %(now)s, 'open',
                       visit.start, rule.weight + %(urgency)s
                  FROM (
                    SELECT rule_id, patient_id FROM failing
                    EXCEPT ALL
                    SELECT rule_id, patient_id FROM known
                  ) AS new
                  JOIN res_partner AS patient ON patient.id = new.patient_id
                  JOIN healthcare_quality_rule AS rule ON rule.id = new.rule_id
                  LEFT JOIN (%(visits)s) AS visit ON visit.patient_id = new.patient_id
                    ON CONFLICT DO NOTHING
             RETURNING id
                """,
                failing=SQL(' UNION ALL ').join(failing),
                about=about,
                now=fields.Datetime.now(),
                urgency=self._sql_urgency(),
                visits=self._sql_visits(patient_ids),
            )
        )
        self.invalidate_model()
        self.env['res.partner'].invalidate_model(['quality_finding_ids'])

    @api.model
    def _sql_visits(self, patient_ids=None):
        """Return the query of who comes soon, and when first."""
        now = fields.Datetime.now()
        return SQL(
            """
            SELECT patient_id, min(start) AS start
              FROM calendar_event
             WHERE is_appointment AND active AND start >= %s AND start < %s
               AND appointment_status IN ('proposed', 'pending', 'booked') %s
             GROUP BY patient_id
            """,
            now,
            fields.Datetime.add(now, days=VISIT_DAYS),
            SQL('AND patient_id = ANY(%s)', list(patient_ids)) if patient_ids else SQL(),
        )

    @api.model
    def _sql_urgency(self):
        return SQL(
            'COALESCE(%s * (%s - (visit.start::date - %s::date)), 0)',
            POINTS_PER_DAY,
            VISIT_DAYS,
            fields.Datetime.now(),
        )

    @api.model
    def _refresh_visits(self):
        """Put those first who come soon, and no longer those who have been here."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                UPDATE healthcare_quality_finding AS finding
                   SET visit_at = visit.start, priority = rule.weight + %(urgency)s
                  FROM healthcare_quality_finding AS self
                  JOIN healthcare_quality_rule AS rule ON rule.id = self.rule_id
                  LEFT JOIN (%(visits)s) AS visit ON visit.patient_id = self.patient_id
                 WHERE finding.id = self.id
                   AND (self.visit_at IS DISTINCT FROM visit.start
                        OR self.priority <> rule.weight + %(urgency)s)
             RETURNING finding.id
                """,
                visits=self._sql_visits(),
                urgency=self._sql_urgency(),
            )
        )
        self.invalidate_model(['visit_at', 'priority'])

    # ------------------------------------------------------------
    # Counts
    # ------------------------------------------------------------

    def _read_group(
        self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None
    ):
        """Count what is counted beforehand without going through the findings."""
        asked = {condition.field_expr for condition in Domain(domain).iter_conditions()}
        asked.update(groupby, (part.split()[0] for part in (order or '').split(',') if part))
        if groupby and list(aggregates) == ['__count'] and not having and asked <= COUNTED_BY:
            for name in asked:
                self._check_field_access(self._fields[name], 'read')
            self.check_access('read')
            self.flush_model(COUNTED_BY)
            return self.env['healthcare.quality.count']._read_group(
                domain, groupby, ['number:sum'], [('number:sum', '>', 0)], offset, limit, order
            )
        return super()._read_group(domain, groupby, aggregates, having, offset, limit, order)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def _ignore(self, reason, note):
        """Leave these records as they are, for a reason.

        :raise AccessError: they are of patients this user may not change
        """
        self._check_may_work()
        # sudo: findings are written by the software alone; who may was just asked
        self.sudo().write(
            {
                'state': 'ignored',
                'ignore_reason': reason,
                'ignore_note': note,
                'ignored_by_id': self.env.uid,
                'ignored_at': fields.Datetime.now(),
            }
        )
        self.patient_id._update_quality_scores()

    def _check_may_work(self):
        self.check_access('read')
        self.patient_id.check_access('write')

    def action_ignore(self):
        """Ask why these records are to be left as they are."""
        self._check_may_work()
        return {
            'name': self.env._("Ignore"),
            'type': 'ir.actions.act_window',
            'res_model': 'healthcare.quality.ignore',
            'view_mode': 'form',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_finding_ids': self.ids},
        }

    def action_reopen(self):
        """Put ignored findings back on the list."""
        self._check_may_work()
        # sudo: as above
        self.sudo().write(
            {
                'state': 'open',
                'ignore_reason': False,
                'ignore_note': False,
                'ignored_by_id': False,
                'ignored_at': False,
            }
        )
        self.patient_id._update_quality_scores()
        return True

    def action_open_patient(self):
        """Open the patient; what has been completed meanwhile leaves the list."""
        self.ensure_one()
        self.check_access('read')
        patient = self.patient_id
        if not patient.exists():
            raise UserError(self.env._("This patient has been deleted."))
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.res_partner_action_patient'
        )
        form = self.env.ref('healthcare_crm.res_partner_view_form_patient')
        return action | {
            'path': False,
            'res_id': patient.id,
            'view_mode': 'form',
            'views': [(form.id, 'form')],
        }
