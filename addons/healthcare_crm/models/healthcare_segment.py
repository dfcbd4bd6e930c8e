import logging
import time
from ast import literal_eval
from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..guarded import GuardedOne2many
from ..segmenting import Scope
from ..segmenting.reach import within
from ..sensitive import GROUP_ADMINISTRATOR, GROUP_CLINICAL

_logger = logging.getLogger(__name__)

#: A membership older than this is looked at again by the hourly job. Less than an hour, so that a
#: job that starts a little early does not skip a turn.
FRESH_FOR = timedelta(minutes=50)


class HealthcareSegment(models.Model):
    """The patients who meet a condition (FHIR Group), looked up again every hour.

    Who is a member is stored, so that a list of patients, a workflow or a campaign need not
    evaluate the condition, and so that entering and leaving are known.
    """

    _name = 'healthcare.segment'
    _description = "Patient Segment"
    _inherit = ['healthcare.own.clinic']
    _order = 'name, id'

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        default=lambda self: self.env.company,
        help="Patients of this clinic and its branches, and those of no clinic in particular.",
    )
    match = fields.Selection(
        [('all', "All of them"), ('any', "Any of them")],
        string="Meet",
        required=True,
        default='all',
    )
    condition_ids = fields.One2many(
        'healthcare.segment.condition',
        'segment_id',
        string="Criteria",
        copy=True,
    )
    domain = fields.Char(
        string="More Conditions",
        compute='_compute_domain',
        inverse='_inverse_domain',
        copy=True,
        help="Counts as one more condition.",
    )
    stored_domain = fields.Char(default='[]', copy=False, groups=fields.NO_ACCESS)
    with_deceased = fields.Boolean(
        string="Deceased Patients Too",
        help="Otherwise nobody who has died is in the segment.",
    )
    sentence = fields.Char(string="Patients Who", compute='_compute_sentence')
    has_hidden = fields.Boolean(
        compute='_compute_has_hidden',
        help="It asks for something you may not read, so you may use it, but not change it.",
    )
    member_ids = GuardedOne2many(
        'healthcare.segment.member',
        'segment_id',
        groups='healthcare_crm.group_healthcare_staff',
    )
    patient_count = fields.Integer(
        string="Patients",
        compute='_compute_patient_count',
        help="Of those you treat, where you read the health records of your patients only.",
    )
    member_count = fields.Integer(readonly=True, copy=False, groups=fields.NO_ACCESS)
    refreshed_at = fields.Datetime(
        string="As Of",
        readonly=True,
        copy=False,
        help="Empty: the patients are still being looked up.",
    )
    duration = fields.Float(
        string="Seconds",
        readonly=True,
        copy=False,
        help="How long it took to look up the patients.",
    )
    failure = fields.Char(
        readonly=True,
        copy=False,
        # it may name what the segment asks
        groups=f'{GROUP_ADMINISTRATOR},{GROUP_CLINICAL}',
        help="Why the patients could not be looked up the last time.",
    )
    revision = fields.Integer(
        readonly=True,
        copy=False,
        # it tells whether a patient came, also to who may not know which
        groups=fields.NO_ACCESS,
        help="How often patients have entered or left.",
    )

    @api.depends('member_count')
    @api.depends_context('uid')
    def _compute_patient_count(self):
        """Count all; for who reads their patients' health records only, these.

        With all of them, a segment that asks of one patient would tell what it asks.
        """
        if self.env.su or not self.env.user.care_restricted:
            for segment in self:
                # sudo: how many, not who
                segment.patient_count = segment.sudo().member_count
            return
        members = self.env['healthcare.segment.member']
        counts = dict(
            members._read_group([('segment_id', 'in', self.ids)], ['segment_id'], ['__count'])
        )
        for segment in self:
            segment.patient_count = counts.get(segment._origin, 0)

    # ------------------------------------------------------------ what it asks

    @api.depends('stored_domain')
    @api.depends_context('uid')
    def _compute_domain(self):
        for segment in self:
            # sudo: the column itself is nobody's; shown to whoever may read what it names
            domain = segment.sudo().stored_domain
            segment.domain = domain if segment._may_read(domain) else False

    def _inverse_domain(self):
        for segment in self:
            # sudo: only this is the way in; a constraint looks at what the author may read
            segment.sudo().stored_domain = segment.domain or '[]'

    def _may_read(self, domain):
        """Say whether this user may know what a domain over patients asks."""
        try:
            self.env['res.partner']._search(Domain(literal_eval(domain or '[]')))
        except AccessError:
            return False
        except Exception:  # it can be no secret when it cannot even be understood
            return True
        return True

    @api.depends('match', 'condition_ids.sentence', 'domain')
    @api.depends_context('uid', 'lang')
    def _compute_sentence(self):
        conditions = self._get_all_conditions()
        for segment in self:
            parts = [
                condition.sentence
                for condition in conditions[segment._origin.id]
                if condition._is_readable(self.env)
            ]
            if segment._has_domain():
                parts.append(self.env._("more conditions"))
            if segment.has_hidden:
                parts.append(self.env._("something you may not read"))
            segment.sentence = (' · ' if segment.match == 'all' else ' / ').join(parts)

    @api.depends('condition_ids', 'domain')
    @api.depends_context('uid')
    def _compute_has_hidden(self):
        conditions = self._get_all_conditions()
        for segment in self:
            segment.has_hidden = not self.env.su and (
                any(not one._is_readable(self.env) for one in conditions[segment._origin.id])
                # sudo: that there is something more, not what
                or segment.sudo()._has_domain() != segment._has_domain()
            )

    def _get_all_conditions(self):
        """Return {segment id: all its saved conditions, in sudo}.

        Not by the field: what it holds is kept for whoever asks next, with fewer rights.
        """
        found = self.env['healthcare.segment.condition'].sudo()
        found = found.search([('segment_id', 'in', self._origin.ids)])
        return defaultdict(found.browse, found.grouped(lambda one: one.segment_id.id))

    def _get_own_domain(self):
        """Return what the domain editor says, as far as this user may know it."""
        # the column, where it may be read: within a write the other is still what it was
        return (self.stored_domain if self.env.su and self.id else self.domain) or '[]'

    def _has_domain(self):
        return self._get_own_domain().strip() not in ('', '[]')

    @api.constrains('stored_domain', 'condition_ids', 'match', 'company_id')
    def _check_author(self):
        """Refuse what cannot be asked, or what its author may not know the answer of."""
        # constraints run as sudo; the author does not: to count patients by a field is to read it
        for segment in self.with_env(self.env(su=False)):
            try:
                segment._explain_plan()
            except Exception as error:  # whatever a condition can raise: names, operators, access
                raise ValidationError(
                    self.env._(
                        'The conditions of "%(segment)s" cannot be used: %(error)s',
                        segment=segment.name,
                        error=error,
                    )
                ) from error

    def _explain_plan(self):
        """Have PostgreSQL plan the search without running it, with the rights of the user."""
        self._check_cycle()
        with self.env.cr.savepoint(flush=False):
            scope = Scope.of(self.env, self.company_id)
            # sudo: all conditions, also those a rule would leave out; they are built with the
            # rights of the scope
            query = self.env['res.partner']._search(self.sudo()._get_domain(scope))
            self.env.execute_query(SQL('EXPLAIN %s', query.select()))

    def _check_cycle(self):
        """Refuse segments that ask for each other."""
        seen, asked = self.browse(), self.sudo().condition_ids.segment_ids
        while asked:
            if self._origin & asked:
                raise ValidationError(
                    self.env._(
                        '"%s" would be made of itself: a segment cannot ask who is in it.',
                        self.name,
                    )
                )
            seen |= asked
            asked = asked.condition_ids.segment_ids - seen

    @api.model_create_multi
    def create(self, vals_list):
        """Have the patients of a new segment looked up at once."""
        segments = super().create(vals_list)
        segments._wake_cron()
        return segments

    def write(self, vals):
        """Have the patients looked up anew when it is about others now."""
        asked = vals.keys() & {'domain', 'condition_ids', 'match', 'company_id', 'with_deceased'}
        if asked:
            self._check_nothing_hidden()
            vals = vals | {'refreshed_at': False}
        result = super().write(vals)
        if asked or 'active' in vals:
            self._wake_cron()
        return result

    def _asks_otherwise(self):
        """Have the patients looked up anew after a condition came, went or changed."""
        self.write({'refreshed_at': False})
        self._check_nothing_hidden()
        self._wake_cron()

    def _check_nothing_hidden(self):
        """Let nobody change conditions without knowing them all.

        :raise AccessError: there is one that this user may not read
        """
        if hidden := self.filtered('has_hidden'):
            raise AccessError(
                self.env._(
                    'The segment "%s" asks for something you may not read. You can use it, but '
                    "not change whom it is about.",
                    hidden[0].name,
                )
            )

    def _wake_cron(self):
        # sudo: scheduled jobs belong to the system
        self.env.ref('healthcare_crm.ir_cron_segment').sudo()._trigger()

    def _get_domain(self, scope=None):
        """Return all it asks, about patients of the segment's clinics only.

        :param scope: with the rights to build it with; those of this environment when not given
        """
        self.ensure_one()
        scope = scope or Scope.of(self.env, self.company_id)
        return self._get_base(scope) & self._get_asked(scope)

    def _get_base(self, scope):
        """Return the patients who can be in the segment at all."""
        base = Domain('is_patient', '=', True) & scope.of_clinics() & scope.patients
        base &= Domain('processing_restricted', '!=', True)
        return base if self.with_deceased else base & Domain('deceased', '!=', True)

    def _get_asked(self, scope):
        """Return what the conditions together ask."""
        asked = [domain for _condition, domain in self._get_parts(scope)]
        if not asked:
            return Domain.TRUE
        return Domain.AND(asked) if self.match == 'all' else Domain.OR(asked)

    def _get_parts(self, scope):
        """Return [(condition, domain)] of what is asked; the domain editor's has no condition."""
        parts = [(condition, condition._get_domain(scope)) for condition in self.condition_ids]
        if self._has_domain():
            domain = Domain(literal_eval(self._get_own_domain()))
            domain = within(scope.env['res.partner'], domain, scope.clinics)
            # what it asks is checked against the rights of the scope
            scope.env['res.partner']._search(domain)
            parts.append((self.env['healthcare.segment.condition'], domain))
        return parts

    def _refresh(self):
        """Make the stored members those who meet the condition now.

        In one statement, whatever the number of patients; what did not change is not written.

        :return: ids of the patients who entered, ids of those who left
        :rtype: tuple[list[int], list[int]]
        :raise LockError: it is being refreshed by somebody else
        """
        self.ensure_one()
        self.lock_for_update()
        for asked in self.condition_ids.segment_ids.filtered('active'):
            if not asked.refreshed_at:
                asked._refresh()
        started = time.monotonic()
        self.env.flush_all()
        self._set_limits()
        # sudo: the author's right to what it asks was checked when it was written
        scope = Scope.of(self.env, self.company_id).sudo()
        query = scope.env['res.partner']._search(self.sudo()._get_domain(scope))
        now = fields.Datetime.now()
        ((entered, left, count),) = self.env.execute_query(
            SQL(
                """
                WITH eligible AS MATERIALIZED (%(eligible)s),
                member AS MATERIALIZED (
                    SELECT id, patient_id FROM healthcare_segment_member
                     WHERE segment_id = %(segment)s
                ), gone AS (
                    -- by id, from groups: of a new segment PostgreSQL does not know how large it
                    -- is, and what it would join for a few members takes minutes for many
                    DELETE FROM healthcare_segment_member AS former
                     WHERE former.id = ANY (ARRAY(
                        SELECT min(member_id)
                          FROM (SELECT id AS member_id, patient_id FROM member
                                UNION ALL
                                SELECT NULL, id FROM eligible) AS either
                         GROUP BY patient_id
                        HAVING count(*) = 1 AND min(member_id) IS NOT NULL))
                 RETURNING former.patient_id
                ), come AS (
                    INSERT INTO healthcare_segment_member (segment_id, patient_id, date)
                    SELECT %(segment)s, id, %(now)s
                      FROM (TABLE eligible EXCEPT SELECT patient_id FROM member) AS new (id)
                 RETURNING patient_id
                )
                SELECT COALESCE((SELECT array_agg(patient_id) FROM come), '{}'),
                       COALESCE((SELECT array_agg(patient_id) FROM gone), '{}'),
                       (SELECT count(*) FROM eligible)
                """,
                eligible=query.select(),
                segment=self.id,
                now=now,
            )
        )
        self.invalidate_recordset(['member_ids'])
        self.env['healthcare.segment.member'].invalidate_model()
        self.env['res.partner'].invalidate_model(['segment_member_ids'])
        self.write(
            {
                'member_count': count,
                'refreshed_at': now,
                'duration': time.monotonic() - started,
                'failure': False,
                'revision': self.revision + bool(entered or left),
            }
        )
        if entered or left:
            self._membership_changed(entered, left)
        return entered, left

    def _membership_changed(self, entered_ids, left_ids):
        """Tell that patients entered and left, in the transaction in which they did.

        Other addons extend it. There may be hundreds of thousands of ids.
        """

    def action_refresh(self):
        """Look up the patients now."""
        self.check_access('write')
        for segment in self:
            try:
                # sudo: members are written by the software alone
                segment.sudo()._refresh()
            except LockError as error:
                raise UserError(
                    self.env._(
                        'The patients of "%s" are being looked up right now. Try again in a '
                        "minute.",
                        segment.name,
                    )
                ) from error
        return True

    def action_open_patients(self):
        """Show the patients of this segment."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.res_partner_action_patient'
        )
        return action | {
            'name': self.name,
            'path': False,
            'domain': [('segment_member_ids.segment_id', '=', self.id)],
            'help': Markup('<p class="o_view_nocontent_smiling_face">%s</p>')
            % self.env._("Nobody is in this segment at the moment"),
        }

    @api.model
    def _cron_refresh(self):
        """Refresh what is stale; a segment that cannot be refreshed does not stop the others."""
        commit = self.env['ir.cron']._commit_progress
        stale = self.search(
            Domain('refreshed_at', '=', False)
            | Domain('refreshed_at', '<', fields.Datetime.now() - FRESH_FOR),
            # the oldest first: should time run out, nobody is always last
            order='refreshed_at NULLS FIRST, id',
        )._after_those_asked()
        commit(remaining=len(stale))
        for segment in stale:
            segment._refresh_isolated()
            if not commit(1):
                break

    def _after_those_asked(self):
        """Return these segments, each after those it asks who is in them."""
        ordered = self.browse()

        def add(segment):
            nonlocal ordered
            if segment in ordered:
                return
            for asked in segment.condition_ids.segment_ids & self:
                add(asked)
            ordered |= segment

        for segment in self:
            add(segment)
        return ordered

    def _set_limits(self):
        """Give the search what it takes to join a million patients, for this transaction: memory,
        and the knowledge that indexes made for it are at hand."""
        self.env.cr.execute(
            "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL random_page_cost = 1.1"
        )

    def _refresh_isolated(self):
        """Refresh; should that be impossible, say why on the segment."""
        try:
            with self.env.cr.savepoint():
                self._refresh()
        except LockError:
            _logger.info('Segment %s is being refreshed by somebody else', self.id)
        except Exception as error:  # a field of its condition may have gone with another addon
            _logger.warning('Segment %s cannot be refreshed', self.id, exc_info=True)
            self.failure = str(error)
