import sys
from collections import Counter
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, LazyTranslate
from odoo.tools.misc import format_date, format_datetime

from ..privacy.retention import KINDS
from ..privacy.rules import MEDICAL
from ..sensitive import GROUP_PRIVACY
from ..step_up import step_up

_lt = LazyTranslate(__name__)

#: records of one transaction; patients, whose erasure is planned one by one
BATCH, PATIENT_BATCH = 1000, 50
#: patients whose erasure is under way at once: each is searched for in the whole database, so that
#: more would only wait; the next night goes on
MOST_ERASED = 200
#: records that a trial names
SAMPLE = 10
#: beside the medical record: what shows that a patient still comes
VISITS = ('calendar.event', 'healthcare.communication')
LABELS = [
    ('enquiry', _lt("Enquiries of people who did not become patients")),
    ('message', _lt("Words of messages (that they were sent stays)")),
    ('import_file', _lt("Files of finished imports")),
    ('record', _lt("Patients who came no more, with their medical record")),
]
HELD = {
    'medical': _lt("the law makes the clinic keep the medical record"),
    'request': _lt("the patient waits for an answer to a privacy request"),
    'breach': _lt("it is evidence in a data breach that is not closed"),
}


class HealthcareRetentionRule(models.Model):
    """How long a kind of data is kept: tried first, then applied every night if switched on.

    The audit is no kind of data here: nothing shortens its seven years.
    """

    _name = 'healthcare.retention.rule'
    _description = "Retention Rule"
    _order = 'data_class, id'
    _rec_name = 'data_class'

    data_class = fields.Selection('_get_classes', string="Kind of Data", required=True)
    company_id = fields.Many2one(
        'res.company', string="Clinic", required=True, default=lambda self: self.env.company
    )
    days = fields.Integer(string="Keep for (Days)", required=True, default=730)
    automatic = fields.Boolean(
        string="Every Night", help="Off: nothing happens but when you press Apply."
    )
    reason = fields.Char(
        string="Legal Basis", help="Why so long: the law, or what it is needed for."
    )
    active = fields.Boolean(default=True)
    trial = fields.Json(readonly=True, copy=False)
    trial_count = fields.Integer(string="Would Go", readonly=True, copy=False)
    trial_summary = fields.Html(compute='_compute_trial_summary', sanitize=False)
    tried_at = fields.Datetime(string="Tried On", readonly=True, copy=False)
    run_ids = fields.One2many('healthcare.retention.run', 'rule_id', string="Certificates")

    _class_uniq = models.UniqueIndex(
        '(data_class, company_id) WHERE active',
        "There is a rule for this kind of data already.",
    )
    _days_positive = models.Constraint('CHECK (days >= 30)', "Keep it for a month at least.")

    #: what a trial found is the software's to write
    _TRIED = frozenset({'trial', 'trial_count', 'tried_at', 'run_ids'})

    @api.model
    def _get_classes(self):
        return [(code, self.env._(label)) for code, label in LABELS]

    @api.depends('data_class')
    @api.depends_context('lang')
    def _compute_display_name(self):
        kinds = dict(self._get_classes())
        for rule in self:
            rule.display_name = kinds.get(rule.data_class)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {n: v for n, v in vals.items() if n not in self._TRIED} for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        """A rule that was changed is tried anew before it is applied."""
        if not self.env.su and vals.keys() & self._TRIED:
            raise AccessError(self.env._("Use the buttons: what was done is written down by them."))
        if vals.keys() & {'days', 'data_class', 'company_id'}:
            # sudo: only the software writes what was tried
            untried = {'trial': False, 'trial_count': 0, 'tried_at': False, 'automatic': False}
            super(HealthcareRetentionRule, self.sudo()).write(untried)
        return super().write(vals)

    @api.constrains('automatic')
    def _check_tried(self):
        for rule in self:
            if rule.automatic and not rule.tried_at:
                raise UserError(self.env._("Try it first: see what would be affected."))

    # ------------------------------------------------------------
    # What is too old
    # ------------------------------------------------------------

    def _get_domain(self):
        """Return the records that are kept for too long, whatever holds them."""
        self.ensure_one()
        kind = KINDS[self.data_class]
        domain = Domain(kind.domain) & Domain(kind.date, '<', self._get_limit())
        fields_ = self.env[kind.model]._fields
        company = 'company_id' if 'company_id' in fields_ else 'patient_id.company_id'
        domain &= Domain(company, '=', self.company_id.id)
        return domain & self._get_idle() if self.data_class == 'record' else domain

    def _get_limit(self):
        return fields.Datetime.now() - timedelta(days=self.days)

    def _get_idle(self):
        """Return the patients of whom nothing was entered since, and whom nobody is erasing."""
        # sudo: whether there is something, not what
        env = self.sudo().with_context(active_test=False).env
        idle = Domain('merged_into_id', '=', False) & Domain('user_ids', '=', False)
        for model in (*sorted(MEDICAL), *VISITS):
            Model = env.get(model)
            if Model is None or 'patient_id' not in Model._fields:
                continue
            date = 'start' if 'start' in Model._fields else 'create_date'
            recent = Domain(date, '>=', self._get_limit()) & Domain('patient_id', '!=', False)
            idle &= Domain('id', 'not in', Model._search(recent).subselect('patient_id'))
        begun = env['healthcare.erasure']._search([('state', '!=', 'done')])
        return idle & Domain('id', 'not in', begun.subselect('patient_id'))

    def _in_batches(self):
        """Yield ``([(id, date, patient id)], {id: why})``: what goes, and what is held."""
        kind = KINDS[self.data_class]
        # sudo: whom it is about, the privacy officer need not read
        Model = self.env[kind.model].sudo().with_context(active_test=False)
        names = ['id', kind.date, kind.patient or 'id']
        limit, after = PATIENT_BATCH if self.data_class == 'record' else BATCH, 0
        while True:
            query = Model._search(
                self._get_domain() & Domain('id', '>', after), order='id', limit=limit
            )
            columns = [Model._field_to_sql(Model._table, name, query) for name in names]
            rows = self.env.execute_query(query.select(*columns))
            if not rows:
                return
            after = rows[-1][0]
            held = self._get_held(rows) if kind.patient else {}
            yield [row for row in rows if row[0] not in held], held

    def _get_held(self, rows):
        """Return ``{id: why}`` of the records that must stay though they are old."""
        patient_ids = {patient_id for _id, _date, patient_id in rows}
        why = {}
        if self.data_class == 'record':
            # sudo: whether the law keeps something, not what
            kept = self.env['healthcare.erasure'].sudo()._get_kept_by_law(patient_ids)
            why = dict.fromkeys(kept, 'medical')
        why |= self._get_evidence(patient_ids)
        return {id_: why[patient_id] for id_, _date, patient_id in rows if patient_id in why}

    def _get_evidence(self, patient_ids):
        """Return ``{patient id: why}`` of those whose data somebody still works with."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT patient_id, 'request' FROM healthcare_privacy_request
                 WHERE state IN ('received', 'checked') AND patient_id = ANY(%(ids)s)
                 UNION ALL
                SELECT affected.patient_id, 'breach' FROM healthcare_incident_patient AS affected
                  JOIN healthcare_incident AS incident ON incident.id = affected.incident_id
                 WHERE incident.state != 'closed' AND affected.patient_id = ANY(%(ids)s)
                """,
                ids=list(patient_ids),
            )
        )
        return dict(rows)

    # ------------------------------------------------------------
    # Trying
    # ------------------------------------------------------------

    def action_try(self):
        """Say what applying it would do; nothing is written but that."""
        self._check_officer()
        for rule in self:
            trial = rule._look()
            # sudo: only the software writes what was tried
            rule.sudo().write(
                {
                    'trial': trial,
                    'trial_count': trial['count'],
                    'tried_at': fields.Datetime.now(),
                }
            )

    def _look(self):
        """Return what applying it would do."""
        self.env.flush_all()
        count, held, sample, dates = 0, Counter(), [], []
        for rows, why in self._in_batches():
            count += len(rows)
            held.update(why.values())
            found = [str(date)[:10] for _id, date, _patient in rows]
            dates = [min(dates[:1] + found), max(dates[1:] + found)] if found else dates
            sample += [
                [id_, str(date)[:10]] for id_, date, _patient in rows[: SAMPLE - len(sample)]
            ]
        return {'count': count, 'held': held, 'dates': dates, 'sample': sample}

    @api.depends('trial', 'tried_at')
    @api.depends_context('lang', 'tz')
    def _compute_trial_summary(self):
        for rule in self:
            rule.trial_summary = rule._describe(rule.trial) if rule.trial else False

    def _describe(self, trial):
        """Say what a trial found: how much would go, why, and what would stay."""
        kind = KINDS[self.data_class]
        # sudo: the names of models are no secret
        label = self.env['ir.model'].sudo()._get(kind.model).name

        def day(text):
            return format_date(self.env, text)

        lines = [
            self.env._(
                "Tried on %s. Nothing has been removed.", format_datetime(self.env, self.tried_at)
            ),
            self.env._(
                "%(count)s would go: kept for more than %(days)s days.",
                count=trial['count'],
                days=self.days,
            ),
        ]
        if trial['dates']:
            first, last = map(day, trial['dates'])
            lines.append(self.env._("From %(first)s to %(last)s.", first=first, last=last))
        lines += [
            self.env._("%(count)s would stay: %(why)s.", count=count, why=self.env._(HELD[why]))
            for why, count in sorted(trial['held'].items())
        ]
        shown = Markup('').join(Markup('<p class="mb-1">%s</p>') % line for line in lines)
        if trial['sample']:
            rows = Markup('').join(
                Markup('<li>%s %s, %s</li>') % (label, id_, day(date))
                for id_, date in trial['sample']
            )
            shown += Markup('<p class="mb-1 mt-2">%s</p><ul class="mb-0">%s</ul>') % (
                self.env._("For example:"),
                rows,
            )
        return shown

    # ------------------------------------------------------------
    # Applying
    # ------------------------------------------------------------

    @step_up('erase')
    def action_apply(self):
        """Apply it now."""
        self._check_officer()
        for rule in self:
            if not rule.tried_at:
                raise UserError(self.env._("Try it first: see what would be affected."))
        for rule in self:
            rule._apply()

    @api.model
    def _cron_apply(self):
        """Apply the rules that are switched on."""
        commit = self.env['ir.cron']._commit_progress
        for rule in self.search([('automatic', '=', True)]):
            if not rule._apply(commit):
                break

    def _apply(self, commit=None):
        """Apply it in batches, each certified in its own transaction.

        :param commit: called after each batch; says whether there is time for another
        :return: whether everything was done
        """
        self.ensure_one()
        # sudo: certificates, and what is deleted, are the software's
        rule = self.sudo()
        run = rule.env['healthcare.retention.run']
        done, room = True, rule._get_room()
        for found, _held in rule._in_batches() if room else ():
            rows = found[:room]
            if not rows:
                continue
            run = run or run._begin(rule, self.env.user)
            rule._remove(rows)
            run._add([id_ for id_, _date, _patient in rows])
            self.env.flush_all()
            if commit and not commit(len(rows)):
                done = False
                break
            room -= len(rows)
            if room <= 0:
                break
        run = run or run._begin(rule, self.env.user)
        run._end()
        rule.write({'trial': False, 'trial_count': 0})
        return done

    def _get_room(self):
        """Return how many records may go now."""
        if self.data_class != 'record':
            return sys.maxsize
        waiting = [('state', '=', 'running'), ('company_id', '=', self.company_id.id)]
        return max(MOST_ERASED - self.env['healthcare.erasure'].search_count(waiting), 0)

    def _remove(self, rows):
        """Delete or empty some records, and record it."""
        kind = KINDS[self.data_class]
        records = self.env[kind.model].with_context(active_test=False).browse(r[0] for r in rows)
        patients = sorted({row[2] for row in rows}) if kind.patient else []
        self.env['healthcare.audit']._record(
            'erase', kind.model, patients, res_ids=records.ids, detail=f'retention rule {self.id}'
        )
        if self.data_class == 'record':
            for patient in records:
                self.env['healthcare.erasure'].create(
                    {'patient_id': patient.id, 'ground': 'purpose'}
                )._start()
        elif kind.empties:
            records.write(dict.fromkeys(kind.empties, False))
        else:
            records.unlink()

    def _check_officer(self):
        if not self.env.su and not self.env.user.has_group(GROUP_PRIVACY):
            raise AccessError(self.env._("Only the privacy officer applies retention rules."))
