import logging

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..sensitive import GROUP_STAFF

_logger = logging.getLogger(__name__)

BATCH = 20000
POSITION = 'healthcare_crm.quality_score_position'
#: A phone number or an address of so many patients is hardly anybody's own: a family shares one.
SHARED_BY = 5


class ResPartner(models.Model):
    """How complete the record of a patient is."""

    _inherit = 'res.partner'

    quality_score = fields.Integer(
        string="Completeness",
        readonly=True,
        copy=False,
        groups=GROUP_STAFF,
        help="100: nothing is known to be missing or doubtful. Each finding takes the weight of "
        "its rule.",
    )
    quality_finding_ids = fields.One2many(
        'healthcare.quality.finding',
        'patient_id',
        string="Data to Complete",
        groups=GROUP_STAFF,
    )
    has_shared_phone = fields.Boolean(
        string="Phone Shared by Many",
        compute='_compute_has_shared_phone',
        search='_search_has_shared_phone',
        groups=GROUP_STAFF,
        help="Five patients or more have this phone number.",
    )
    has_shared_email = fields.Boolean(
        string="E-mail Shared by Many",
        compute='_compute_has_shared_email',
        search='_search_has_shared_email',
        groups=GROUP_STAFF,
        help="Five patients or more have this e-mail address.",
    )
    has_possible_duplicate = fields.Boolean(
        string="Possible Duplicate",
        compute='_compute_has_possible_duplicate',
        search='_search_has_possible_duplicate',
        groups=GROUP_STAFF,
        help="Another record may be the same patient, and nobody has decided yet.",
    )

    _patient_phone_idx = models.Index('(phone_sanitized) WHERE is_patient IS TRUE')
    _patient_email_idx = models.Index('(email_normalized) WHERE is_patient IS TRUE')

    @api.depends('phone_sanitized')
    def _compute_has_shared_phone(self):
        self._compute_has_shared('has_shared_phone')

    @api.depends('email_normalized')
    def _compute_has_shared_email(self):
        self._compute_has_shared('has_shared_email')

    def _compute_has_shared(self, name):
        sharing = self.with_context(active_test=False).search(
            Domain('id', 'in', self.ids) & Domain(name, '=', True)
        )
        for partner in self:
            partner[name] = partner._origin in sharing

    def _search_has_shared_phone(self, operator, value):
        return self._search_has_shared('has_shared_phone', 'phone_sanitized', operator)

    def _search_has_shared_email(self, operator, value):
        return self._search_has_shared('has_shared_email', 'email_normalized', operator)

    def _search_has_shared(self, name, column, operator):
        """Return the domain of patients whose value of ``column`` many others have."""
        # a search method is called without asking who may read its field
        self._check_field_access(self._fields[name], 'read')
        if operator != 'in':
            return NotImplemented
        self.env['res.partner'].flush_model([column, 'is_patient', 'active'])

        def to_sql(model, alias, query):
            # one look into the index for each patient, which stops at the fifth: for one patient
            # as good as for all
            return SQL(
                """(
                    SELECT count(*) FROM (
                        SELECT FROM res_partner AS other
                         WHERE other.%(column)s = %(mine)s
                           AND other.is_patient IS TRUE AND other.active
                         LIMIT %(many)s
                    ) AS others
                ) >= %(many)s""",
                column=SQL.identifier(column),
                mine=SQL.identifier(alias, column),
                many=SHARED_BY,
            )

        return Domain.custom(to_sql=to_sql)

    @api.depends('active', 'company_id')
    def _compute_has_possible_duplicate(self):
        found = self.with_context(active_test=False).search(
            Domain('id', 'in', self.ids) & Domain('has_possible_duplicate', '=', True)
        )
        for partner in self:
            partner.has_possible_duplicate = partner._origin in found

    def _search_has_possible_duplicate(self, operator, value):
        """Return the domain of those who are in an open pair that may be merged.

        Not of a pair across clinics: nobody of either would see both records, nor may merge them.
        """
        # see _search_has_shared
        self._check_field_access(self._fields['has_possible_duplicate'], 'read')
        if operator != 'in':
            return NotImplemented
        self.env['healthcare.patient.link'].flush_model(['patient_id', 'other_id', 'status'])
        self.env['res.partner'].flush_model(['active', 'company_id'])

        def to_sql(model, alias, query):
            return SQL(
                '(%s)',
                SQL(' OR ').join(
                    SQL(
                        """EXISTS (
                            SELECT FROM healthcare_patient_link AS link
                              JOIN res_partner AS one ON one.id = link.patient_id
                              JOIN res_partner AS two ON two.id = link.other_id
                             WHERE link.%s = %s AND link.status = 'open'
                               AND one.active AND two.active
                               AND COALESCE(one.company_id = two.company_id, TRUE)
                        )""",
                        SQL.identifier(side),
                        SQL.identifier(alias, 'id'),
                    )
                    for side in ('patient_id', 'other_id')
                ),
            )

        return Domain.custom(to_sql=to_sql)

    # ------------------------------------------------------------
    # Refresh
    # ------------------------------------------------------------

    def web_save(self, vals, specification, next_id=None):
        """See at once what a form that is saved completes, or leaves open."""
        result = super().web_save(vals, specification, next_id=next_id)
        saved = self
        if not saved and not next_id and result:
            saved = self.browse(result[0]['id'])
        # sudo: whether it is a patient; not everybody who edits contacts may know
        saved.sudo().filtered('is_patient')._refresh_quality()
        return result

    def _refresh_quality(self):
        """Look up the findings of these few patients now. What goes wrong is for the nightly job:
        nobody's work is lost for it."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                # sudo: findings are written by the software alone
                rules = self.env['healthcare.quality.rule'].sudo().search([('failure', '=', False)])
                self.env['healthcare.quality.finding'].sudo()._refresh(rules, self.ids)
                self._update_quality_scores()
        except Exception:  # whatever the condition of a clinic's own rule can raise
            _logger.warning('The data quality of %s cannot be refreshed', self, exc_info=True)

    def _update_quality_scores(self):
        """Write the scores of these patients anew."""
        self.env.flush_all()
        self._write_quality_scores(SQL('id = ANY(%s)', self.ids))
        self.invalidate_recordset(['quality_score'])

    @api.model
    def _score_from_the_start(self):
        # sudo: how far the job got belongs to the system
        self.env['ir.config_parameter'].sudo().set_param(POSITION, 0)

    @api.model
    def _score_some_patients(self):
        """Write the next scores, in the order of ids; what did not change is not written.

        A batch each transaction: nobody who saves a patient waits for a million others.

        :return: whether there are more
        """
        # sudo: as above
        parameters = self.env['ir.config_parameter'].sudo()
        position = int(parameters.get_param(POSITION) or 0)
        ((last,),) = self.env.execute_query(
            SQL(
                """
                SELECT max(id) FROM (
                    SELECT id FROM res_partner WHERE id > %s ORDER BY id LIMIT %s
                ) AS batch
                """,
                position,
                BATCH,
            )
        )
        if last:
            self._write_quality_scores(SQL('id > %s AND id <= %s', position, last))
        parameters.set_param(POSITION, last or 0)
        self.invalidate_model(['quality_score'])
        return bool(last)

    @api.model
    def _write_quality_scores(self, which):
        """Write the scores of the patients of a condition.

        In SQL: to complete a record does not make it newer.
        """
        self.env.execute_query(
            SQL(
                """
                WITH score AS (
                    SELECT patient.id, GREATEST(0, 100 - COALESCE(sum(rule.weight), 0)) AS score
                      FROM (SELECT id FROM res_partner WHERE is_patient AND %s) AS patient
                      LEFT JOIN healthcare_quality_finding AS finding
                        ON finding.patient_id = patient.id AND finding.state = 'open'
                      LEFT JOIN healthcare_quality_rule AS rule ON rule.id = finding.rule_id
                     GROUP BY patient.id
                )
                UPDATE res_partner
                   SET quality_score = score.score
                  FROM score
                 WHERE score.id = res_partner.id
                   AND res_partner.quality_score IS DISTINCT FROM score.score
             RETURNING res_partner.id
                """,
                which,
            )
        )
