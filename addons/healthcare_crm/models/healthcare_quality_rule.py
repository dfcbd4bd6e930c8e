import logging
from ast import literal_eval
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.fields import Domain

from ..segmenting.reach import within
from ..sensitive import GROUP_CLINICAL

_logger = logging.getLogger(__name__)

#: A rule looked at longer ago is looked at again by the nightly job. Less than a day, so that a
#: job that starts a little early does not skip a night.
FRESH_FOR = timedelta(hours=20)


class HealthcareQualityRule(models.Model):
    """Something every patient's record should tell, as a condition on those that do not.

    Who fails is stored as findings, see ``healthcare.quality.finding``. Staff without clinical
    rights work on findings, so no condition may look at clinical data.
    """

    _name = 'healthcare.quality.rule'
    _description = "Data Quality Rule"
    _inherit = ['healthcare.own.clinic']
    _order = 'weight desc, id'

    name = fields.Char(
        required=True,
        translate=True,
        help="What is wrong, in a few words. For example: No birth date.",
    )
    code = fields.Char(copy=False, help="Short technical name, used by interfaces.")
    advice = fields.Char(
        string="What to Do",
        required=True,
        translate=True,
        help="One sentence for who completes the record.",
    )
    weight = fields.Integer(
        default=10,
        required=True,
        help="How many of the 100 points a record loses. The heaviest are worked on first.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        default=lambda self: self.env.company,
        help="Patients of this clinic and its branches, and those of no clinic in particular. "
        "Empty: all patients.",
    )
    domain = fields.Char(
        string="Patients Who",
        required=True,
        default="[('birth_date', '=', False)]",
        help="Those whose record is not as it should be.",
    )
    living_only = fields.Boolean(
        default=True,
        help="Records of patients who have died are left as they are.",
    )
    failing = fields.Integer(
        string="To Complete",
        compute='_compute_failing',
        help="Records of your clinics that are not as they should be.",
    )
    refreshed_at = fields.Datetime(
        string="As Of",
        readonly=True,
        copy=False,
        help="Empty: the patients are still being looked up.",
    )
    failure = fields.Char(
        readonly=True,
        copy=False,
        help="Why the patients could not be looked up the last time.",
    )

    _code_uniq = models.Constraint('UNIQUE (code)', "Another rule has this code.")
    _weight_range = models.Constraint(
        'CHECK (weight BETWEEN 1 AND 100)', "The weight of a rule is between 1 and 100."
    )

    @api.constrains('domain')
    def _check_domain(self):
        """Refuse a condition that cannot be read, that its author may not use, or that would tell
        staff something clinical."""
        # constraints run as sudo; the author does not: to list patients by a field is to read it
        for rule in self.with_env(self.env(su=False)):
            try:
                with self.env.cr.savepoint(flush=False):
                    domain = rule._get_domain()
                    rule.env['res.partner'].search(domain, limit=1)
                    clinical = rule._get_clinical_field(rule.env['res.partner'], domain)
            except Exception as error:  # whatever a condition can raise: names, operators, access
                raise ValidationError(
                    self.env._(
                        'The condition of "%(rule)s" cannot be used: %(error)s',
                        rule=rule.name,
                        error=error,
                    )
                ) from error
            if clinical:
                raise ValidationError(
                    self.env._(
                        'The condition of "%(rule)s" looks at “%(field)s”. Reception works on the '
                        "findings of a rule and must not learn anything clinical from them.",
                        rule=rule.name,
                        field=clinical,
                    )
                )

    @api.model
    def _get_clinical_field(self, model, domain):
        """Return the label of the first field of a condition that only clinical staff read."""
        for condition in Domain(domain).iter_conditions():
            at = model
            for name in condition.field_expr.split('.'):
                field = at._fields.get(name)
                if field is None:  # a part of a date, a property
                    break
                if GROUP_CLINICAL in (field.groups or ''):
                    return field.string
                if field.relational:
                    at = self.env[field.comodel_name]
            value = condition.value
            if condition.operator in ('any', 'not any', 'any!', 'not any!') and isinstance(
                value, Domain | list
            ):
                found = self._get_clinical_field(at, value)
                if found:
                    return found
        return None

    @api.model_create_multi
    def create(self, vals_list):
        """Have the patients of a new rule looked up at once."""
        rules = super().create(vals_list)
        self._wake_cron()
        return rules

    def write(self, vals):
        """Have the patients looked up anew when it is about others now."""
        anew = not vals.keys().isdisjoint(
            {'domain', 'company_id', 'active', 'living_only', 'weight'}
        )
        if anew:
            vals = vals | {'refreshed_at': False}
        result = super().write(vals)
        if anew:
            self._wake_cron()
        return result

    def _wake_cron(self):
        cron = self.env.ref('healthcare_crm.ir_cron_quality', raise_if_not_found=False)
        if cron:  # it is made after the rules that are shipped
            # sudo: scheduled jobs belong to the system
            cron.sudo()._trigger()

    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_failing(self):
        # with the rights of the user: what a rule finds in another clinic is not theirs to know
        counted = dict(
            self.env['healthcare.quality.count']._read_group(
                [('rule_id', 'in', self.ids), ('state', '=', 'open')], ['rule_id'], ['number:sum']
            )
        )
        for rule in self:
            rule.failing = counted.get(rule._origin, 0)

    def _get_domain(self):
        """Return the condition on the patients whose record is not as it should be."""
        self.ensure_one()
        if not self.active:
            return Domain.FALSE
        domain = Domain('is_patient', '=', True)
        if self.living_only:
            domain &= Domain('deceased', '!=', True)
        return domain & self._get_asked()

    def _get_asked(self):
        """Return what is asked of patients of the clinics, and nothing of people of other clinics.

        Findings are seen by the clinic of the patient, where a guardian, say, may not be known.
        """
        patients, asked = self.env['res.partner'], Domain(literal_eval(self.domain))
        if not self.company_id and within(patients, asked, []) == asked:
            return asked
        # sudo: which branches a clinic has is no secret to somebody who may see its rules
        companies = self.env['res.company'].sudo().with_context(active_test=False)
        companies = companies.search_fetch([], ['parent_path'])

        def below(company):
            path = company.parent_path
            return [
                one.id for one in companies if path and (one.parent_path or '').startswith(path)
            ]

        if self.company_id:
            clinics = below(self.company_id.sudo())
            return Domain('company_id', 'in', [False, *clinics]) & within(patients, asked, clinics)
        return Domain.OR(
            Domain('company_id', '=', company.id) & within(patients, asked, below(company))
            for company in [companies.browse(), *companies]
        )

    def _get_query(self, patient_ids=None):
        """Return the query of the patients who fail, of all or of some.

        :param patient_ids: only among these
        :rtype: odoo.tools.Query
        """
        self.ensure_one()
        # "today" is the clinic's
        company = self.company_id or self.env.company
        # sudo: the author's right to the condition's fields was checked when it was written
        patients = self.env['res.partner'].sudo()
        patients = patients.with_context(tz=company.sudo().resource_calendar_id.tz or 'UTC')
        domain = self._get_domain()
        if patient_ids is not None:
            domain &= Domain('id', 'in', patient_ids)
        return patients._search(domain)

    def _refresh(self):
        """Make the findings those of today, in one statement whatever the number of patients.

        :raise LockError: it is being refreshed by somebody else
        """
        self.ensure_one()
        self.lock_for_update()
        self.env['healthcare.quality.finding']._refresh(self)
        self.write({'failure': False, 'refreshed_at': fields.Datetime.now()})
        self.invalidate_recordset(['failing'])

    def _refresh_isolated(self):
        """Refresh; should that be impossible, say why on the rule."""
        try:
            with self.env.cr.savepoint():
                self._refresh()
        except LockError:
            _logger.info('Data quality rule %s is being refreshed by somebody else', self.id)
        except Exception as error:  # a field of its condition may have gone with another addon
            _logger.warning('Data quality rule %s cannot be refreshed', self.id, exc_info=True)
            self.write({'failure': str(error), 'refreshed_at': fields.Datetime.now()})

    @api.model
    def _cron_refresh(self):
        """Look up every rule that is stale, then the scores, then note how things stand.

        Each part is committed on its own and looks at what is left to do, so that a job that runs
        out of time goes on where it was.
        """
        commit = self.env['ir.cron']._commit_progress
        stale = self.with_context(active_test=False).search(
            Domain('refreshed_at', '=', False)
            | Domain('refreshed_at', '<', fields.Datetime.now() - FRESH_FOR),
            # the oldest first: should time run out, nobody is always last
            order='refreshed_at NULLS FIRST, id',
        )
        commit(remaining=len(stale) + 1)
        if stale:
            self.env['res.partner']._score_from_the_start()
        for rule in stale:
            rule._refresh_isolated()
            if not commit(1):
                return
        self.env['healthcare.quality.finding']._refresh_visits()
        if not commit(1, remaining=1):
            return
        while self.env['res.partner']._score_some_patients():
            if not commit(1, remaining=1):
                return
        self.env['healthcare.quality.snapshot']._take()
        self.env['healthcare.quality.count']._recount()
        commit(1, remaining=0)

    def action_refresh(self):
        """Look up the patients who fail now."""
        self.check_access('write')
        for rule in self:
            try:
                # sudo: findings are written by the software alone
                rule.sudo()._refresh()
            except LockError as error:
                raise UserError(
                    self.env._(
                        'The patients of "%s" are being looked up right now. Try again in a '
                        "minute.",
                        rule.name,
                    )
                ) from error
        self._wake_cron()
        return True

    def action_open_findings(self):
        """Show the records that are not as this rule wants them."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.healthcare_quality_finding_action'
        )
        return action | {
            'name': self.name,
            'path': False,
            'domain': [('rule_id', '=', self.id)],
            'context': {'search_default_open': 1, 'show_patient_identity': True},
        }
