# Part of Healthcare CRM for Odoo. License LGPL-3.
import base64
import logging
import tempfile
import time
from ast import literal_eval
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import format_date

from ..exporting import columns, writing
from ..importing import values
from ..sealing import sealed_attachment, sealed_file
from ..sensitive import GROUP_CLINICAL, GROUP_EXPORT, GROUP_MARKETING, GROUP_STAFF
from ..step_up import step_up
from .healthcare_import_column import PATIENT_FIELDS

_logger = logging.getLogger(__name__)

BATCH_SIZE = 1000
# So many patients are written while the browser waits; more in the background.
PATIENTS_AT_ONCE = 2000
# As for an import: the scheduler calls ten times in a row.
CALL_SECONDS = 6
# Odoo's "active_ids_limit".
MOST_TICKED = 20_000
KEPT_FOR = timedelta(days=1)
# What a user says when beginning; everything else is the software's.
ASKED = {'file_format', 'column_codes', 'domain', 'segment_id', 'reason'}
# The channels marketing may use what it exports for, and the column that serves each.
MARKETING_CHANNELS = {'email': 'email', 'sms': 'phone'}
# What a cell of a choice is read back by.
READERS = {'gender': values.gender, 'preferred_channel': values.channel}
# Records that count among a patient's: what was refuted or entered in error does not.
NOT_COUNTING = ('entered-in-error', 'refuted')


class HealthcareExport(models.Model):
    """A file of patients that somebody took out, and the record of it.

    Who, when, how many, which columns and what for stay on record; the file itself is gone after a
    day. It is written with the rights of the person who asked, a batch of patients at a time; large
    ones in the background.
    """

    _name = 'healthcare.export'
    _description = "Patient Export"
    _inherit = ['healthcare.sealed']
    _order = 'id desc'
    _rec_name = 'user_id'

    state = fields.Selection(
        [
            ('draft', "New"),
            ('running', "Writing"),
            ('done', "Done"),
            ('failed', "Stopped"),
        ],
        required=True,
        default='draft',
        readonly=True,
        copy=False,
    )
    user_id = fields.Many2one(
        'res.users',
        string="Exported By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        index=True,
        ondelete='restrict',
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    reason = fields.Char(
        string="Purpose", required=True, help="What the file is for. It stays on record."
    )
    file_format = fields.Selection(
        [('csv', "CSV"), ('xlsx', "Excel (.xlsx)")],
        string="Format",
        required=True,
        default='xlsx',
    )
    domain = fields.Char(string="Patients Who", default='[]')
    segment_id = fields.Many2one('healthcare.segment', string="Segment", ondelete='set null')
    column_codes = fields.Json(string="Columns", default=lambda self: self._default_columns())
    column_choices = fields.Json(compute='_compute_column_choices')
    column_names = fields.Char(string="Columns Exported", readonly=True)
    patient_count = fields.Integer(string="Patients", compute='_compute_patient_count')
    is_marketing = fields.Boolean(compute='_compute_column_choices')
    total = fields.Integer(string="Patients to Look At", readonly=True)
    position = fields.Integer(string="Looked At", readonly=True)
    last_id = fields.Integer(readonly=True)
    row_count = fields.Integer(string="Patients Exported", readonly=True)
    progress = fields.Float(compute='_compute_progress')
    failure = fields.Char(readonly=True)
    started_at = fields.Datetime(string="Exported On", readonly=True)
    file = fields.Binary(readonly=True, groups=fields.NO_ACCESS, **sealed_file('file'))
    file_sealed = sealed_attachment()
    file_name = fields.Char(readonly=True)
    has_file = fields.Boolean(readonly=True)
    is_mine = fields.Boolean(compute='_compute_is_mine')
    part_ids = fields.One2many('healthcare.export.part', 'export_id', groups=fields.NO_ACCESS)

    # -- Defaults and computes ---------------------------------------------------------------

    @api.model
    def default_get(self, names):
        """Begin with the patients who are ticked in the list, or else all that it shows."""
        result = super().default_get(names)
        context = self.env.context
        if 'domain' in names and context.get('active_model') == 'res.partner':
            ids = context.get('active_ids')
            shown = context.get('active_domain')
            # the browser names no more than these, though all may be ticked
            if ids and len(ids) < MOST_TICKED:
                result['domain'] = repr([('id', 'in', [int(id_) for id_ in ids])])
            elif isinstance(shown, list):
                result['domain'] = repr(shown)
        return result

    @api.model
    def _default_columns(self):
        allowed = self._get_allowed_columns()
        return [code for code in columns.USUAL if code in allowed]

    @api.depends_context('uid', 'lang')
    def _compute_column_choices(self):
        groups = {
            'person': self.env._("Person"),
            'contact': self.env._("Address and contact"),
            'clinic': self.env._("In the clinic"),
            'health': self.env._("Health"),
        }
        labels = self._get_labels()
        choices = [
            {'code': code, 'label': labels[code], 'group': groups[columns.BY_CODE[code].group]}
            for code in self._get_allowed_columns()
        ]
        for export in self:
            export.column_choices = choices
            export.is_marketing = self._is_marketing_only()

    @api.depends('domain', 'segment_id')
    def _compute_patient_count(self):
        for export in self:
            export.patient_count = export.total
            if export.state == 'draft':
                try:
                    export.patient_count = self.env['res.partner'].search_count(
                        export._get_patients_domain()
                    )
                except (ValueError, UserError):
                    export.patient_count = 0

    @api.depends('position', 'total')
    def _compute_progress(self):
        for export in self:
            export.progress = 100 * export.position / export.total if export.total else 100

    @api.depends_context('uid')
    def _compute_is_mine(self):
        for export in self:
            export.is_mine = export.user_id == self.env.user

    # -- Rights ------------------------------------------------------------------------------

    @api.model
    def _is_marketing_only(self):
        """Return whether the user gets nothing but what patients gave for marketing."""
        user = self.env.user
        if user.has_group(GROUP_STAFF):
            return not user.has_group(GROUP_EXPORT)
        return user.has_group(GROUP_MARKETING) or not user.has_group(GROUP_EXPORT)

    @api.model
    def _get_allowed_columns(self):
        """Return the codes of the columns that this user may read."""
        if self._is_marketing_only():
            return list(columns.MARKETING)
        fields_ = self.env['res.partner']._fields
        Partner = self.env['res.partner'].with_env(self.env(su=False))
        return [
            column.code
            for column in columns.COLUMNS
            if Partner._has_field_access(fields_[column.path], 'read')
            and (column.group != 'health' or self.env.user.has_group(GROUP_CLINICAL))
        ]

    @api.model
    def _get_labels(self):
        """Return ``{code: header}`` as an import names its columns, which reads them back."""
        field = self.env['healthcare.import.column']._fields['patient_field']
        translated = dict(field._description_selection(self.env))
        return {code: translated[code] for code, _label in PATIENT_FIELDS}

    def _check_right(self):
        if not self.env.user.has_group(GROUP_EXPORT):
            raise AccessError(self.env._("You are not allowed to export patients."))

    # -- Writing -----------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Take from a user what they may say; the rest tells what happened."""
        if not self.env.su:
            self._check_right()
            vals_list = [
                {name: value for name, value in vals.items() if name in ASKED} for vals in vals_list
            ]
        exports = super().create(vals_list)
        exports._check_asked()
        return exports

    def write(self, vals):
        """What has begun stays as it was begun."""
        if not self.env.su:
            if any(export.state != 'draft' for export in self) or vals.keys() - ASKED:
                raise UserError(
                    self.env._("An export stays on record as it was. Make another one.")
                )
        result = super().write(vals)
        if not self.env.su:
            self._check_asked()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_exported(self):
        if any(export.state != 'draft' for export in self):
            raise UserError(
                self.env._("An export stays on record: it says who took which data out.")
            )

    def _check_asked(self):
        """Refuse columns and conditions that their author may not use."""
        for export in self:
            codes = export.column_codes
            allowed = set(export.with_user(export.user_id)._get_allowed_columns())
            if not isinstance(codes, list) or not codes:
                raise ValidationError(self.env._("Choose at least one column."))
            if any(not isinstance(code, str) or code not in allowed for code in codes):
                raise AccessError(self.env._("You may not export all of these columns."))
            author = export._as_author()
            if export.segment_id:
                if not author.env.user.has_group(GROUP_STAFF):
                    raise AccessError(
                        self.env._("Only healthcare staff may know who is in a segment.")
                    )
                author.segment_id.check_access('read')
            try:
                author.env['res.partner'].search(author._get_patients_domain(), limit=1)
            except (ValueError, TypeError, SyntaxError) as error:
                raise ValidationError(
                    self.env._("These patients cannot be looked up: %s", error)
                ) from error

    def _as_author(self):
        """Return this export with the rights and in the language of its author, no more."""
        user = self.user_id
        return self.with_user(user).with_context(
            lang=user.lang,
            tz=user.tz,
            allowed_company_ids=[self.company_id.id],
            active_test=True,
        )

    def _get_patients_domain(self):
        """Return the condition for the patients who were asked for."""
        self.ensure_one()
        domain = Domain('is_patient', '=', True) & Domain(literal_eval(self.domain or '[]'))
        domain &= Domain('processing_restricted', '!=', True)
        if self.segment_id:
            members = self.env['healthcare.segment.member']
            members = members._search([('segment_id', '=', self.segment_id.id)])
            domain &= Domain('id', 'in', members.subselect('patient_id'))
        return domain

    # -- Buttons -----------------------------------------------------------------------------

    @step_up('export')
    def action_export(self):
        """Write the file, at once when it is small."""
        self.ensure_one()
        self._check_right()
        self.check_access('read')
        if self.user_id != self.env.user or self.state != 'draft':
            raise UserError(self.env._("An export stays on record as it was. Make another one."))
        self._check_asked()
        author = self._as_author()
        total = author.env['res.partner'].search_count(author._get_patients_domain())
        if not total:
            raise UserError(self.env._("No patient meets this condition."))
        if self.file_format == 'xlsx' and total > writing.MAX_XLSX_ROWS:
            raise UserError(
                self.env._(
                    "A spreadsheet holds at most %s lines. Choose CSV.", writing.MAX_XLSX_ROWS
                )
            )
        labels = author._get_labels()
        headers = [labels[code] for code in self.column_codes]
        # sudo: the record of an export is written by the software only
        export = self.sudo()
        export.write(
            {
                'state': 'running',
                'total': total,
                'column_names': ', '.join(headers),
                'started_at': fields.Datetime.now(),
                'file_name': self.env._(
                    "Patients %(date)s.%(format)s",
                    date=fields.Date.to_string(fields.Date.context_today(self)),
                    format=self.file_format,
                ),
                'part_ids': [
                    Command.create(
                        {'data': base64.b64encode(writing.write_part(self.file_format, [headers]))}
                    )
                ],
            }
        )
        if total > PATIENTS_AT_ONCE:
            self.env.ref('healthcare_crm.ir_cron_healthcare_export').sudo()._trigger()
        else:
            while export.state == 'running':
                export._write_batch()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Patient Export"),
            'res_model': self._name,
            'res_id': self.id,
            'view_mode': 'form',
            'views': [[False, 'form']],
            # a small file is taken from where it was asked for
            'target': 'new' if export.state == 'done' else 'current',
        }

    @step_up('export')
    def action_download(self):
        """Hand over the file to the person who asked for it."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_url',
            'url': f'/healthcare/export/{self.id}',
            'target': 'self',
        }

    # -- Working -----------------------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Write large files, a batch of patients per transaction, oldest first."""
        exports = self.search([('state', '=', 'running')], order='id')
        commit = self.env['ir.cron']._commit_progress
        commit(remaining=sum(export.total - export.position for export in exports))
        deadline = time.monotonic() + CALL_SECONDS
        for export in exports:
            try:
                while export._lock() and export.state == 'running':
                    export._write_batch()
                    commit(BATCH_SIZE)
                    self.env.invalidate_all()
                    if time.monotonic() > deadline and export.state == 'running':
                        self.env.ref('healthcare_crm.ir_cron_healthcare_export')._trigger()
                        commit()
                        return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                return
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Export %s stopped", export.id)
                known = isinstance(error, UserError)
                export.part_ids.unlink()
                export.write(
                    {'state': 'failed', 'failure': str(error.args[0]) if known else repr(error)}
                )
                commit(1)

    def _lock(self):
        try:
            self.lock_for_update()
        except LockError:
            return False
        self.invalidate_recordset(['state', 'position', 'last_id'])
        return True

    def _write_batch(self):
        """Write the next patients, and the file when there are no more."""
        self.ensure_one()
        author = self._as_author()
        author._check_right()
        Partner = author.env['res.partner']
        domain = author._get_patients_domain() & Domain('id', '>', self.last_id)
        patients = Partner.search(domain, order='id', limit=BATCH_SIZE)
        if not patients:
            self._finish()
            return
        rows = author._get_rows(patients)
        data = writing.write_part(self.file_format, rows)
        self.write(
            {
                'last_id': patients[-1].id,
                'position': self.position + len(patients),
                'row_count': self.row_count + len(rows),
                'part_ids': [Command.create({'data': base64.b64encode(data)})],
            }
        )
        if len(patients) < BATCH_SIZE:
            self._finish()

    def _finish(self):
        parts = self.env['healthcare.export.part'].search([('export_id', '=', self.id)])

        def get_data():
            for part in parts:
                yield base64.b64decode(part.data)
                part.invalidate_recordset()

        with tempfile.TemporaryFile() as target:
            name = self.env._("Patients")
            writing.write_file(self.file_format, get_data(), target, name)
            target.seek(0)
            self._write_sealed_file('file', target.read())
        parts.unlink()
        self.write({'state': 'done', 'has_file': True, 'position': self.total})

    def _get_rows(self, patients):
        """Return the cells of some patients, with the rights of whoever asked."""
        codes = self.column_codes
        hidden = {}
        if self._is_marketing_only():
            patients, hidden = self._filter_marketing(patients)
        # at once: the file is written before anybody reads it
        self.env['healthcare.audit']._record(
            'export', 'res.partner', patients.ids, codes, detail=self.display_name
        )
        cells = {code: self._get_cells(code, patients) for code in codes}
        return [
            [
                '' if code in hidden.get(patient.id, ()) else cells[code].get(patient.id, '')
                for code in codes
            ]
            for patient in patients
        ]

    def _filter_marketing(self, patients):
        """Return those who agreed to marketing, and what each did not agree to be reached by."""
        purpose = self.env.ref('healthcare_crm.consent_purpose_marketing')
        decisions = self.env['healthcare.consent']._decisions(
            patients.ids, purpose.ids, list(MARKETING_CHANNELS)
        )
        hidden = {}
        for patient in patients:
            agreed = {
                channel
                for channel in MARKETING_CHANNELS
                if decisions.get((patient.id, purpose.id, channel), ('deny',))[0] == 'permit'
            }
            if agreed and not patient.contact_blocked and not patient.deceased:
                hidden[patient.id] = {
                    code for channel, code in MARKETING_CHANNELS.items() if channel not in agreed
                }
        return patients.filtered(lambda patient: patient.id in hidden), hidden

    def _get_cells(self, code, patients):
        """Return ``{patient id: text}`` of one column."""
        column = columns.BY_CODE[code]
        field = patients._fields[column.path]
        if field.type == 'one2many':
            return self._get_health_cells(column, field, patients)
        labels = dict(field._description_selection(self.env)) if field.type == 'selection' else {}
        cells = {}
        for patient in patients:
            value = patient[column.path]
            if field.type == 'many2many':
                value = '; '.join(value.mapped('display_name'))
            elif field.type == 'many2one':
                # the name alone: an import looks it up by that
                value = value.sudo().name
            elif field.type == 'date':
                value = fields.Date.to_string(value)
            elif code in READERS:
                value = _as_read(READERS[code], value, labels)
            cells[patient.id] = value or ''
        return cells

    def _get_health_cells(self, column, field, patients):
        """Return what counts on the record of each patient, in one query."""
        Record = self.env[field.comodel_name]
        domain = Domain('patient_id', 'in', patients.ids)
        for name in {Record._status_field, 'verification_status'} & Record._fields.keys():
            domain &= Domain(name, 'not in', NOT_COUNTING)
        names = {}
        for record in Record.search_fetch(domain, ['patient_id', 'name'], order='id'):
            names.setdefault(record.patient_id.id, []).append(record.name or '')
        return {id_: '; '.join(filter(None, found)) for id_, found in names.items()}

    # -- Tidying up --------------------------------------------------------------------------

    @api.autovacuum
    def _gc_files(self):
        """Throw the files away, and what nobody went through with; the record stays."""
        before = fields.Datetime.now() - KEPT_FOR
        old = self.search([('has_file', '=', True), ('started_at', '<', before)], limit=1000)
        old._get_sealed_attachments('file').unlink()
        old.write({'has_file': False})
        self.search([('state', '=', 'draft'), ('create_date', '<', before)], limit=1000).unlink()

    @api.model
    def _record_list_export(self, patients, names):
        """Record an export made with Odoo's own button."""
        # sudo: the record of an export is written by the software only
        self.sudo().create(
            {
                'user_id': self.env.uid,
                'company_id': self.env.company.id,
                'reason': self.env._("Odoo's own export"),
                'state': 'done',
                'column_codes': ['name'],
                'column_names': ', '.join(map(str, names))[:2000],
                'total': len(patients),
                'position': len(patients),
                'row_count': len(patients),
                'started_at': fields.Datetime.now(),
            }
        )

    @api.depends('user_id', 'started_at')
    def _compute_display_name(self):
        for export in self:
            day = format_date(self.env, export.started_at) if export.started_at else ''
            export.display_name = ' '.join(filter(None, (export.user_id.name, day)))


def _as_read(reader, value, labels):
    """A choice in the words of the reader where an import understands them, else its code."""
    label = labels.get(value, '')
    try:
        return label if label and reader(label) == value else value
    except values.ValueProblem:
        return value
