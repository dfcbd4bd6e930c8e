import json
import logging
from pathlib import Path

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, LazyTranslate, config, mute_logger

from ..crypto import keyring
from ..privacy import markers as marking
from ..privacy.holds import hold_of
from ..privacy.plan import Plan
from ..privacy.residue import Residue, find_residue, find_rows, find_sealed, find_sealed_files
from ..privacy.rules import (
    KEPT_COLUMNS,
    MEDICAL,
    PLAIN_COLUMNS,
    PROOF,
    RULES,
    SWEPT_ROWS,
    SWEPT_WORDS,
)
from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_PRIVACY
from ..step_up import step_up
from .healthcare_patient_identifier import INDEXED

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)

#: rows that are deleted in one transaction
BATCH = 500
#: words of the software itself, with examples in them
SCREENS = ('ir_act_window', 'ir_actions', 'ir_ui_view')
#: what a person chooses
CHOSEN = frozenset({'patient_id', 'ground'})
ERASED = '–'
#: of a number that must not be contacted, this is what stays
HASHED = 'erased:'
ACTIONS = {
    'delete': _lt("Deleted"),
    'anonymise': _lt("Kept without a name, for statistics"),
    'detach': _lt("Kept, but names the patient no more"),
    'keep': _lt("Stays on record"),
}
#: reasons by which the law, and not the clinic, keeps something
BY_LAW = frozenset({'medical', 'accounts', 'proof'})
REASONS = {
    'medical': _lt("the law makes the clinic keep medical records"),
    'accounts': _lt("tax law makes the clinic keep its accounts"),
    'proof': _lt("it proves that the law was kept"),
    'others': _lt("it is part of another patient's record"),
    'clinic': _lt("it is about the clinic"),
    'statistics': _lt("it is counted, and says nothing about a person any more"),
    'login': _lt("what the login did stays on record; nobody can log in with it"),
}


class HealthcareErasure(models.Model):
    """The erasure of what the clinic has of a patient, planned, shown, done and proven.

    What names the patient is found from the registry (:mod:`..privacy.plan`), whichever add-ons
    are installed. It goes in batches, each committed: begun again, it goes on. At the end every
    text of the database and every file is searched for the patient.
    """

    _name = 'healthcare.erasure'
    _description = "Erasure"
    _inherit = ['healthcare.sealed']
    _order = 'id desc'
    _rec_name = 'patient_id'

    patient_id = fields.Many2one(
        'res.partner',
        required=True,
        index=True,
        ondelete='restrict',
        context={'active_test': False},
        domain=[('is_patient', '=', True)],
        groups=GROUP_PRIVACY,
    )
    company_id = fields.Many2one(
        'res.company', string="Clinic", required=True, default=lambda self: self.env.company
    )
    ground = fields.Selection(
        [
            ('request', "The patient asks for it"),
            ('withdrawn', "Consent was withdrawn, and nothing else allows it"),
            ('purpose', "No longer needed"),
            ('unlawful', "Should never have been recorded"),
        ],
        string="Reason",
        required=True,
        default='request',
        groups=GROUP_PRIVACY,
    )
    state = fields.Selection(
        [
            ('draft', "To check"),
            ('running', "Running"),
            ('done', "Done"),
            ('failed', "Stopped"),
        ],
        required=True,
        readonly=True,
        default='draft',
        index=True,
    )
    hold_until = fields.Date(
        string="Medical Record Kept Until",
        readonly=True,
        groups=GROUP_PRIVACY,
        help="Until then the law makes the clinic keep the medical record, whatever its patient "
        "asks.",
    )
    hold_law = fields.Char(string="Law", readonly=True, groups=GROUP_PRIVACY)
    counts = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    summary = fields.Html(
        string="What Becomes of the Data",
        compute='_compute_summary',
        sanitize=False,
        groups=GROUP_PRIVACY,
    )
    markers = fields.Text(groups=fields.NO_ACCESS, **sealed('markers', copy=False))
    markers_sealed = sealed_column()
    user_id = fields.Many2one('res.users', string="By", readonly=True, ondelete='restrict')
    started_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime(readonly=True)
    processed = fields.Integer(string="Rows Done", readonly=True)
    residue = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    residue_count = fields.Integer(
        string="Found Afterwards",
        readonly=True,
        help="Rows and files that still quoted the patient when everything was searched at the "
        "end, except what is kept.",
    )
    failure = fields.Char(readonly=True, groups=GROUP_PRIVACY)
    certificate = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    certificate_mac = fields.Char(readonly=True, groups=fields.NO_ACCESS)

    _open_uniq = models.UniqueIndex(
        "(patient_id) WHERE state IN ('draft', 'running', 'failed')",
        "There is an erasure of this patient already.",
    )

    # ------------------------------------------------------------
    # What is shown
    # ------------------------------------------------------------

    @api.depends('counts', 'residue')
    @api.depends_context('lang')
    def _compute_summary(self):
        for erasure in self:
            # sudo: counts by kind of record, nothing of what they say
            hidden = erasure.sudo()
            parts = [
                Markup('<h4>%s</h4><ul>%s</ul>') % (title, self._list_kinds(entries))
                for title, entries in self._group_counts(hidden.counts or [])
            ]
            if hidden.residue:
                kinds = [['', row['table'], '', 1] for row in hidden.residue]
                parts.append(
                    Markup('<h4>%s</h4><ul>%s</ul>')
                    % (self.env._("Found afterwards"), self._list_kinds(kinds))
                )
            erasure.summary = Markup('').join(parts)

    def _group_counts(self, counts):
        for action, label in ACTIONS.items():
            for reason in sorted({entry[2] for entry in counts if entry[0] == action}):
                title = self.env._(label)
                if action == 'keep' and reason in BY_LAW:
                    title = self.env._("Legal hold")
                if reason:
                    title = self.env._(
                        "%(what)s, because %(why)s", what=title, why=self.env._(REASONS[reason])
                    )
                yield title, [e for e in counts if e[0] == action and e[2] == reason]

    def _list_kinds(self, entries):
        found = {}
        for _action, model, _reason, count in entries:
            label = model
            if model in self.env:
                # sudo: the names of models are no secret
                label = self.env['ir.model'].sudo()._get(model).name or model
            found[label] = found.get(label, 0) + count
        rows = sorted(found.items())
        return Markup('').join(Markup('<li>%s: %s</li>') % row for row in rows)

    # ------------------------------------------------------------
    # Planning
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Look at once what there is of the patient."""
        if not self.env.su:
            vals_list = [{n: v for n, v in vals.items() if n in CHOSEN} for vals in vals_list]
        erasures = super().create(vals_list)
        # only of whom the privacy officer may read at all: not of another clinic's
        erasures.patient_id.check_access('read')
        for erasure in erasures:
            if company := erasure.patient_id.company_id:
                # sudo: it is the patient's, whoever asks
                erasure.sudo().company_id = company
            erasure._look()
        return erasures

    def write(self, vals):
        """Let nobody but the software say what became of the data."""
        if not self.env.su and (
            vals.keys() - {'ground'} or any(erasure.state != 'draft' for erasure in self)
        ):
            raise AccessError(self.env._("What was erased, and how, is written by the software."))
        return super().write(vals)

    @api.constrains('patient_id')
    def _check_patient(self):
        for erasure in self.filtered(lambda erasure: erasure.state == 'draft'):
            # sudo: whether there is a login, nothing of it
            users = erasure.patient_id.sudo().with_context(active_test=False).user_ids
            if users.filtered(lambda user: user._is_internal()):
                raise UserError(
                    self.env._(
                        "%(patient)s has a login of the clinic's staff. Give the login a contact "
                        "of its own first.",
                        patient=erasure.patient_id.name,
                    )
                )
            if not erasure.patient_id.is_patient:
                raise UserError(
                    self.env._("%(patient)s is no patient.", patient=erasure.patient_id.name)
                )

    def action_look(self):
        """Look again what there is of the patient."""
        self._check_officer()
        for erasure in self:
            if erasure.state != 'draft':
                raise UserError(self.env._("This erasure has begun."))
            erasure._look()

    def _look(self):
        self.ensure_one()
        # sudo: it counts rows that the privacy officer may not read
        erasure = self.sudo()
        hold = erasure._get_hold()
        erasure.write(
            {
                'hold_until': hold and hold.until,
                'hold_law': hold and (hold.law or self.env._("Rule of the clinic")),
            }
        )
        erasure.counts = erasure._get_plan().count()

    def _get_hold(self):
        """Return what makes the clinic keep the medical record today, or None."""
        last = max(self._get_last_entries(self._get_partners().ids).values(), default=None)
        return self._get_hold_of(self.patient_id, self.company_id, last)

    @api.model
    def _get_kept_by_law(self, patient_ids):
        """Return the ids of those patients whose medical record the law keeps today."""
        last = self._get_last_entries(patient_ids)
        patients = self.env['res.partner'].browse(last)
        return {
            patient.id
            for patient in patients
            if self._get_hold_of(patient, patient.company_id, last[patient.id])
        }

    @api.model
    def _get_last_entries(self, patient_ids):
        """Return ``{patient id: the day of the last entry in the medical record}``."""
        self.env.flush_all()
        last = {}
        # alone, these are no medical record
        others = {'healthcare.patient.identifier', 'healthcare.consent'}
        for model in sorted((MEDICAL - others).intersection(self.env)):
            Model = self.env[model]
            if 'patient_id' not in Model._fields:
                continue
            names = ('start', 'performed_at', 'date', 'start_date', 'create_date')
            dates = [n for n in names if n in Model._fields and Model._fields[n].store]
            query = SQL(
                'SELECT patient_id, max(GREATEST(%s)) FROM %s '
                'WHERE patient_id = ANY(%s) GROUP BY 1',
                SQL(', ').join(SQL('%s::date', SQL.identifier(name)) for name in dates),
                SQL.identifier(Model._table),
                list(patient_ids),
            )
            for patient_id, found in self.env.execute_query(query):
                if found:
                    last[patient_id] = max(found, last.get(patient_id, found))
        return last

    @api.model
    def _get_hold_of(self, patient, company, last):
        if last is None:
            return None
        hold = hold_of(
            company.country_id.code,
            last,
            patient.birth_date,
            patient.deceased,
            company.healthcare_record_years,
        )
        return hold if hold.until >= fields.Date.today() else None

    def _get_partners(self):
        """Return the patient, what was merged into the record, and its addresses."""
        found = self.patient_id.with_context(active_test=False)
        while True:
            more = found.search(
                [
                    ('id', 'not in', found.ids),
                    '|',
                    ('merged_into_id', 'in', found.ids),
                    '&',
                    ('parent_id', 'in', found.ids),
                    ('type', '!=', 'contact'),
                ]
            )
            if not more:
                return found
            found |= more

    def _get_plan(self):
        self.env.flush_all()
        listed = self.env['healthcare.sensitive']._get_register()
        return Plan(self.env, self._get_partners().ids, bool(self.hold_until), listed)

    # ------------------------------------------------------------
    # Erasing
    # ------------------------------------------------------------

    @step_up('erase')
    def action_erase(self):
        """Begin; it goes on in the background."""
        self._start()
        return True

    def _start(self):
        self.ensure_one()
        self._check_officer()
        if self.state not in ('draft', 'failed'):
            raise UserError(self.env._("This erasure has begun."))
        self._check_patient()
        self.env['healthcare.audit']._record(
            'erase', 'res.partner', self.patient_id.ids, res_ids=self.patient_id.ids
        )
        # sudo: state and markers are written by the software only
        erasure = self.sudo()
        if erasure.state == 'draft':
            erasure._look()
            erasure.write({'started_at': fields.Datetime.now(), 'user_id': self.env.uid})
            erasure.markers = json.dumps(erasure._gather_markers())
        erasure.write({'state': 'running', 'failure': False})
        # sudo: like every job
        self.env.ref('healthcare_crm.ir_cron_erasure').sudo()._trigger()

    def _check_officer(self):
        if not self.env.su and not self.env.user.has_group(GROUP_PRIVACY):
            raise AccessError(self.env._("Only the privacy officer erases patients."))

    @api.model
    def _cron_erase(self):
        """Go on with what was begun."""
        for erasure in self.search([('state', '=', 'running')], order='id'):
            erasure._run(self.env['ir.cron']._commit_progress)

    def _run(self, commit):
        """Erase in batches, each committed.

        :param commit: called after each batch
        """
        self.ensure_one()
        files = set()
        try:
            while done := self._erase_batch(files):
                self.processed += done
                self.env.flush_all()
                commit()
            self._empty_partners()
            self._hash_blocked_addresses()
            self._sweep(files)
            self._finish(files)
        except psycopg2.IntegrityError as error:
            self.env.cr.rollback()
            _logger.exception("Erasure %s stopped", self.id)
            self.write({'state': 'failed', 'failure': type(error).__name__})
        commit()

    def _erase_batch(self, files):
        """Delete and change some rows; return how many."""
        plan = self._get_plan()
        done = 0
        for (table, column), ids in plan.detach.items():
            done += self._set_null(table, column, ids)
        for model, ids in plan.anonymise.items():
            self._anonymise(self.env[model], ids)
        for table, column, ids in plan.pairs:
            self.env.cr.execute(
                SQL(
                    'DELETE FROM %s WHERE %s = ANY(%s)',
                    SQL.identifier(table),
                    SQL.identifier(column),
                    ids,
                )
            )
        todo = {table: sorted(ids) for table, ids in reversed(plan.delete.items())}
        room = BATCH
        while todo and room > 0:
            before, refused = done, None
            for table in list(todo):
                ids = todo.pop(table)
                try:
                    with mute_logger('odoo.sql_db'), self.env.cr.savepoint(flush=False):
                        self._delete(table, ids[:room], files)
                except psycopg2.errors.ForeignKeyViolation as error:
                    todo[table], refused = ids, error
                    continue
                done += len(ids[:room])
                room -= len(ids[:room])
                if room <= 0:
                    break
            if refused and done == before:
                raise refused
        self.env.invalidate_all()
        return done

    def _set_null(self, table, column, ids):
        self.env.cr.execute(
            SQL(
                'UPDATE %s SET %s = NULL WHERE id = ANY(%s)',
                SQL.identifier(table),
                SQL.identifier(column),
                list(ids),
            )
        )
        return self.env.cr.rowcount

    def _anonymise(self, Model, ids):
        columns = self._get_columns(Model._table)
        sets = [
            SQL(
                '%s = %s',
                SQL.identifier(column),
                SQL("replace(%s, '{id}', id::text)", value)
                if isinstance(value, str)
                else SQL('%s', value),
            )
            for column, value in RULES[Model._name].clear.items()
            if column in columns
        ]
        self.env.cr.execute(
            SQL(
                'UPDATE %s SET %s WHERE id = ANY(%s)',
                SQL.identifier(Model._table),
                SQL(', ').join(sets),
                list(ids),
            )
        )

    def _delete(self, table, ids, files):
        if table == 'ir_attachment':
            rows = self.env.execute_query(
                SQL(
                    'SELECT store_fname FROM ir_attachment '
                    'WHERE id = ANY(%s) AND store_fname IS NOT NULL',
                    ids,
                )
            )
            names = {name for (name,) in rows}
            files |= names
            Attachment = self.env['ir.attachment']
            for name in names:
                # found by the vacuum should this process end before it deletes them
                Attachment._mark_for_gc(name)
        self.env.cr.execute(
            SQL('DELETE FROM %s WHERE id = ANY(%s)', SQL.identifier(table), list(ids))
        )

    def _empty_partners(self):
        """Leave an empty row, for what is counted and for the audit, which names it by its id."""
        spare = PLAIN_COLUMNS | (KEPT_COLUMNS if self.hold_until else set())
        columns = self._get_columns('res_partner')
        values = {name: None for name, nullable in columns.items() if nullable}
        if not self.hold_until:
            values |= {'name': ERASED, 'complete_name': ERASED, 'is_patient': False}
        values = {name: value for name, value in values.items() if name not in spare}
        values |= {'active': False, 'contact_blocked': True}
        if 'deceased' in columns and not self.hold_until:
            values['deceased'] = False
        self.env.cr.execute(
            SQL(
                'UPDATE res_partner SET %s WHERE id = ANY(%s)',
                SQL(', ').join(
                    SQL('%s = %s', SQL.identifier(name), value) for name, value in values.items()
                ),
                self._get_partners().ids,
            )
        )
        self.env.invalidate_all()

    def _hash_blocked_addresses(self):
        """Of addresses that must not be written to, keep a keyed hash."""
        markers = json.loads(self.markers or '[]')
        for table, column in (('mail_blacklist', 'email'), ('phone_blacklist', 'number')):
            if column not in self._get_columns(table):
                continue
            rows = self.env.execute_query(
                SQL(
                    'SELECT id, %s FROM %s WHERE lower(%s) = ANY(%s)',
                    SQL.identifier(column),
                    SQL.identifier(table),
                    SQL.identifier(column),
                    [marker.lower() for marker in markers],
                )
            )
            for id_, value in rows:
                self.env.cr.execute(
                    SQL(
                        'UPDATE %s SET %s = %s WHERE id = %s',
                        SQL.identifier(table),
                        SQL.identifier(column),
                        self._get_blocked_hash(value),
                        id_,
                    )
                )

    @api.model
    def _get_blocked_hash(self, address):
        """Return what stays of an address that must not be contacted."""
        return HASHED + keyring.get().tag('blocked address', address.lower().encode()).hex()

    @api.model
    def _get_blocked(self, addresses):
        """Return those of some addresses and numbers that were blocked when their patient was
        erased: only a hash is left of them."""
        hashed = {self._get_blocked_hash(one): one for one in addresses if one}
        self.env['mail.blacklist'].flush_model()
        self.env['phone.blacklist'].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT email FROM mail_blacklist WHERE active AND email = ANY(%(hashed)s)
                 UNION
                SELECT number FROM phone_blacklist WHERE active AND number = ANY(%(hashed)s)
                """,
                hashed=list(hashed),
            )
        )
        return {hashed[one] for (one,) in rows}

    def _sweep(self, files):
        """Find the patient in texts that nothing ties to patients."""
        markers = json.loads(self.markers or '[]')
        cr = self.env.cr
        for table, key, _found in list(find_rows(cr, markers, SWEPT_ROWS)):
            try:
                with mute_logger('odoo.sql_db'), cr.savepoint(flush=False):
                    self._delete(table, [int(key)], files)
            except psycopg2.errors.ForeignKeyViolation:
                continue  # left, and found below
        wanted = marking.pattern_of(markers) if markers else None
        for table, key, found in list(find_rows(cr, markers, SWEPT_WORDS)):
            for column, text in found.items():
                try:
                    with mute_logger('odoo.sql_db'), cr.savepoint(flush=False):
                        cr.execute(
                            SQL(
                                'UPDATE %s SET %s = %s WHERE id = %s',
                                SQL.identifier(table),
                                SQL.identifier(column),
                                wanted.sub(ERASED, text),
                                int(key),
                            )
                        )
                except psycopg2.DataError:
                    continue  # left, and found below
        self._sweep_sealed(markers)
        self._sweep_files(markers)

    def _sweep_sealed(self, markers):
        """Take the patient out of encrypted words that are nobody's medical record."""
        wanted = marking.pattern_of(markers) if markers else None
        for model, name, found in find_sealed(self.env, markers):
            if model not in MEDICAL and model not in PROOF:
                words = {id_: wanted.sub(ERASED, text) for id_, text in found.items()}
                self.env[model]._seal_rows(name, words)

    def _sweep_files(self, markers):
        """Drop the files of imports that are done and of exports, where the patient is in them."""
        for model, state in (('healthcare.import', 'done'), ('healthcare.export', 'done')):
            Model = self.env[model]
            for record in Model.search([('state', '=', state)]):
                attachment = record._get_sealed_attachments('file')
                if not attachment:
                    continue
                try:
                    content = record._read_sealed_file('file') or b''
                except keyring.Unreadable:
                    continue
                if marking.file_contains(content, markers):
                    attachment.unlink()

    def _finish(self, files):
        self.env.flush_all()
        markers = json.loads(self.markers or '[]')
        left, others = self._split_sealed(markers)
        left += self._find_residue(markers, files)
        self.write(
            {
                'state': 'done',
                'counts': [*(self.counts or []), *others],
                'done_at': fields.Datetime.now(),
                'residue': [row._asdict() for row in left],
                'residue_count': len(left),
                'markers_sealed': False,
            }
        )
        certificate = self._make_certificate(len(markers))
        self.certificate = certificate
        self.certificate_mac = self._sign(certificate)
        folder = self._get_folder()
        self.env.cr.postcommit.add(lambda: self._remove_files(folder, files))

    def _split_sealed(self, markers):
        """Return what encrypted words and files still say of the patient, as ``(residue, counts)``.

        What is in other patients' medical records stays there, and is counted.
        """
        kept = self._get_plan().get_kept_rows()
        found = [
            (model, id_) for model, _name, texts in find_sealed(self.env, markers) for id_ in texts
        ]
        found += [(model, id_) for model, _name, id_ in find_sealed_files(self.env, markers)]
        left, others = set(), {}
        for model, id_ in found:
            table = self.env[model]._table
            if id_ in kept[table] or model in PROOF:
                continue
            if model in MEDICAL:
                others.setdefault(model, set()).add(id_)
            else:
                left.add(Residue(table, str(id_)))
        counts = [['keep', model, 'others', len(ids)] for model, ids in sorted(others.items())]
        return sorted(left), counts

    def _find_residue(self, markers=None, files=()):
        """Return what the database and the files still say of the patient.

        :param files: names of files that go when this is committed
        """
        if markers is None:
            markers = self._gather_markers()
        kept = self._get_plan().get_kept_rows()
        if self.hold_until:
            kept['res_partner'] |= set(self._get_partners().ids)
        left, _held = find_residue(self.env.cr, markers, self._get_folder(), kept)
        shipped = self._get_shipped(left)
        # the audit holds ids, and the login of who looked
        return [
            row
            for row in left
            if not (row.table == 'filestore' and row.key in files)
            and row.table != 'healthcare_audit_event'
            and row not in shipped
        ]

    def _get_shipped(self, found):
        """Return those that are examples on the screens of an add-on, not data of this clinic."""
        screens = [row for row in found if row.table in SCREENS]
        rows = self.env.execute_query(
            SQL(
                'SELECT res_id::text FROM ir_model_data WHERE model = ANY(%s)',
                ['ir.actions.act_window', 'ir.ui.view'],
            )
        )
        known = {key for (key,) in rows}
        return {row for row in screens if row.key in known}

    def _get_folder(self):
        return config.filestore(self.env.cr.dbname)

    def _remove_files(self, folder, files):
        """Remove files that no attachment has any more."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                'SELECT store_fname FROM ir_attachment WHERE store_fname = ANY(%s)', [list(files)]
            )
            used = {name for (name,) in cr.fetchall()}
        for name in set(files) - used:
            Path(folder, name).unlink(missing_ok=True)

    # ------------------------------------------------------------
    # By what the patient is recognised
    # ------------------------------------------------------------

    def _gather_markers(self):
        """Return what the patient is known by and nobody else: names, addresses, numbers, tokens.

        :rtype: list[str]
        """
        partners = self._get_partners()
        shared, own = set(), set()
        for partner in partners:
            shared |= {partner.name, partner.email, partner.email_normalized}
            shared |= marking.phone_forms(partner.phone)
            shared |= marking.phone_forms(partner.phone_sanitized)
            own.add(partner.patient_number)
        for value in self._get_numbers(partners.identifier_ids, 'value'):
            own |= {value, *keyring.get().indexes(value, INDEXED)}
        own |= set(self._get_numbers(partners.coverage_ids, 'member_number'))
        shared |= set(self._get_texts('healthcare.communication', 'address'))
        for name in ('name', 'phone', 'email'):
            shared |= set(self._get_texts('healthcare.enquiry', name))
        for model in ('calendar.event', 'survey.user_input'):
            for name in ('access_token', 'invite_token', 'email'):
                own |= set(self._get_texts(model, name))
        shared = {text.strip() for text in shared if marking.usable(text)}
        own = {text.strip() for text in own if marking.usable(text)}
        return sorted((shared - self._get_shared(shared, partners)) | own)

    @staticmethod
    def _get_numbers(records, name):
        """Return the numbers that can still be opened: what cannot is no trace of anybody."""
        for record in records:
            try:
                value = record[name]
            except UserError:
                continue
            if value:
                yield value

    def _get_texts(self, model, name):
        """Return the values of a column of the rows that are about the patient."""
        if model not in self.env or name not in self.env[model]._fields:
            return []
        Model = self.env[model]
        if name not in self._get_columns(Model._table):
            return []
        about = 'patient_id' if 'patient_id' in Model._fields else 'partner_id'
        rows = self.env.execute_query(
            SQL(
                'SELECT DISTINCT %s FROM %s WHERE %s = ANY(%s)',
                SQL.identifier(name),
                SQL.identifier(Model._table),
                SQL.identifier(about),
                self._get_partners().ids,
            )
        )
        return [value for (value,) in rows if value]

    def _get_shared(self, texts, partners):
        """Return those of the texts that other contacts have too: these prove nothing."""
        found = self.env.execute_query(
            SQL(
                """
                SELECT name, email, email_normalized, phone, phone_sanitized FROM res_partner
                 WHERE NOT id = ANY(%(ids)s)
                   AND (lower(name) = ANY(%(texts)s) OR lower(email) = ANY(%(texts)s)
                        OR email_normalized = ANY(%(texts)s) OR phone = ANY(%(texts)s)
                        OR phone_sanitized = ANY(%(texts)s))
                """,
                ids=partners.ids,
                texts=[text.lower() for text in texts],
            )
        )
        others = set()
        for name, email, normalized, phone, sanitized in found:
            others |= {(value or '').lower() for value in (name, email, normalized)}
            others |= marking.phone_forms(phone) | marking.phone_forms(sanitized)
        return {text for text in texts if text.lower() in others}

    def _get_columns(self, table):
        """Return ``{column: whether it may be empty}``."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT column_name, is_nullable = 'YES' FROM information_schema.columns
                 WHERE table_schema = current_schema AND table_name = %s
                   AND is_generated = 'NEVER'
                """,
                table,
            )
        )
        return dict(rows)

    # ------------------------------------------------------------
    # The certificate
    # ------------------------------------------------------------

    def _make_certificate(self, marker_count):
        return {
            'certificate': f'erasure/{self.id}',
            'database': self.env.cr.dbname,
            'clinic': self.company_id.name,
            'patient': self.patient_id.id,
            'ground': self.ground,
            'by': self.user_id.id,
            'started': str(self.started_at),
            'done': str(self.done_at),
            'rows': [
                dict(zip(('action', 'model', 'why', 'count'), entry, strict=True))
                for entry in self.counts or []
            ],
            'kept_until': self.hold_until and str(self.hold_until),
            'law': self.hold_law or None,
            'markers_searched': marker_count,
            'residue': self.residue_count,
        }

    def _sign(self, certificate):
        return keyring.get().mac('certificate', self._spell(certificate)).hex()

    def _spell(self, certificate):
        return json.dumps(certificate, sort_keys=True, ensure_ascii=False).encode()

    def _verify(self):
        """Tell whether the certificate is what was written when the erasure was done."""
        self.ensure_one()
        # sudo: a yes or a no
        hidden = self.sudo()
        spelled = self._spell(hidden.certificate)
        return keyring.get().verify_hex('certificate', spelled, hidden.certificate_mac)

    def _get_certificate(self):
        """Return the certificate as JSON, with what proves that nobody changed it."""
        self.ensure_one()
        self._check_officer()
        # sudo: shown to the privacy officer only, see above
        hidden = self.sudo()
        return {**(hidden.certificate or {}), 'mac': hidden.certificate_mac}

    def action_certificate_json(self):
        """Download the certificate."""
        self._check_officer()
        return {
            'type': 'ir.actions.act_url',
            'url': f'/healthcare/erasure/{self.id}.json',
            'target': 'download',
        }
