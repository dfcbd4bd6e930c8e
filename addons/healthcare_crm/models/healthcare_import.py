# Part of Healthcare CRM for Odoo. License LGPL-3.
import base64
import logging
import time
from typing import NamedTuple

import psycopg2
from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, email_normalize, single_email_re

from ..importing import columns, reading, report, rows, values
from ..importing.problems import ERROR, LINKED, NOTE, WARNING, FileProblem, problem
from ..sealing import sealed_attachment, sealed_file
from ..sensitive import GROUP_ADMINISTRATOR
from .healthcare_import_problem import FILE_SENTENCES, NOTE_SENTENCES
from .healthcare_import_writer import WRITERS, Outcome

_logger = logging.getLogger(__name__)

# Lines per transaction: small enough that a pause or a killed server waits for, or loses, seconds.
BATCH_SIZE = 500
# How long one call of the scheduled action works before it lets go. The scheduler calls it ten
# times in a row, which must stay below the time a worker may take (120 seconds by default).
CALL_SECONDS = 6

# A check of this many lines answers at once; a longer one is done in the background.
LINES_AT_ONCE = 2000

# Who stands in the file twice is found at once when it has at most so many lines. Of a longer file
# an import finds them as it goes, and a check does not say.
MATCHED_LINES = 200_000

# The file that is being worked on, from one call to the next: a large spreadsheet takes twice as
# long to open as a call may last. One at most, gone when the file is done.
_kept_tables = {}

# What became of a line. Every line of the file has exactly one of these.
RESULTS = ('created', 'linked', 'updated', 'unchanged', 'repeated', 'error')

# Writing thousands of records: nobody follows them, nobody is notified, nothing is tracked.
BULK_CONTEXT = {
    'tracking_disable': True,
    'mail_create_nolog': True,
    'mail_create_nosubscribe': True,
    'mail_notrack': True,
    'no_mail_to_attendees': True,
    'dont_notify': True,
    'no_reset_password': True,
}


class OpenFile(NamedTuple):
    """A file that was read, with what its lines are read by."""

    table: reading.Table
    options: rows.Options
    repeated: dict  # see ``rows.find_repeated``

    def parse(self, start, stop):
        """The lines from ``start`` up to, but not with, ``stop``, counted without blank lines."""
        return [
            rows.check_repeated(
                rows.parse_row(index, row, self.options),
                row,
                self.repeated,
                self.table,
                self.options,
            )
            for index, row in enumerate(self.table.rows[start:stop], start)
        ]


# What the lines are read by, besides their columns.
READ_BY = {
    'system_id',
    'company_id',
    'country_id',
    'date_order',
    'existing',
    'duplicates',
    'review',
    'mapping_id',
}


class HealthcareImport(models.Model):
    """A file of patients or appointments on its way into the database.

    ::

        draft --read--> mapped --check--> checked --import--> running --> done
                           |               ^                  |   ^
                           v               |                  v   |
                           ----checking-----                 paused

    The check reads every line as the import does, and writes nothing. The import, and the check of
    a long file, run in the background, a batch of lines per transaction; how far it has come
    (``position``) is written in the same transaction, so a server that is killed leaves neither
    half a line nor a line twice.
    """

    _name = 'healthcare.import'
    _description = "Import"
    _inherit = ['healthcare.sealed']
    _order = 'id desc'
    _rec_name = 'file_name'

    state = fields.Selection(
        [
            ('draft', "New"),
            ('mapped', "Columns"),
            ('checking', "Checking"),
            ('checked', "Checked"),
            ('running', "Importing"),
            ('paused', "Paused"),
            ('done', "Done"),
        ],
        required=True,
        default='draft',
        readonly=True,
        copy=False,
    )
    file = fields.Binary(
        groups=GROUP_ADMINISTRATOR,
        help="A CSV, .xlsx or .xls file of up to 90 MB. Split a larger one, each part with the "
        "line of headers.",
        **sealed_file('file'),
    )
    file_sealed = sealed_attachment()
    file_name = fields.Char(copy=False)
    kind = fields.Selection(
        [('patients', "Patients"), ('appointments', "Appointments")],
        string="Contains",
        help="Left empty, it is recognised by the headers of the columns.",
    )
    system_id = fields.Many2one(
        'healthcare.identifier.system',
        string="Source",
        required=True,
        ondelete='restrict',
        default=lambda self: self._default_system_id(),
        help="The system whose numbers identify the patients and appointments in this file. "
        "Files of one source recognise each other's patients, and the choice of columns is "
        "remembered for the next file.",
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        default=lambda self: self.env.company,
        help="Times in the file are read in the time zone of its working hours.",
    )
    country_id = fields.Many2one(
        'res.country',
        string="Country of Phone Numbers",
        default=lambda self: self.env.company.country_id,
        help="Numbers without an international prefix belong to this country.",
    )
    encoding = fields.Selection(
        selection=list(reading.ENCODINGS), help="Left empty, it is found out."
    )
    sheet_ids = fields.One2many('healthcare.import.sheet', 'import_id', string="Sheets")
    sheet_id = fields.Many2one(
        'healthcare.import.sheet',
        string="Sheet",
        domain="[('import_id', '=', id)]",
        copy=False,
        ondelete='set null',
        help="The sheet of the spreadsheet that is read.",
    )
    mapping_id = fields.Many2one(
        'healthcare.import.mapping',
        string="Choice of Columns",
        domain="[('system_id', '=', system_id), ('kind', '=', kind)]",
        copy=False,
        ondelete='set null',
        help="What each column holds, kept for the next file of this source. The last one is taken "
        "by itself; type a new name to keep this choice beside it.",
    )
    date_order = fields.Selection(
        [
            ('dmy', "Day first: 31/12/2025"),
            ('mdy', "Month first: 12/31/2025"),
            ('roc', "Years of the Republic: 75/03/02"),
        ],
        string="Dates",
        help="How dates are written that do not begin with the year.",
    )
    existing = fields.Selection(
        [
            ('fill', "Fill in what is missing, keep the rest"),
            ('update', "Replace with the file"),
        ],
        string="Known Records",
        required=True,
        default='fill',
        help="What happens to a patient or an appointment that is in the database already. "
        "Consent on file is never changed by an import.",
    )
    duplicates = fields.Selection(
        [
            ('link', "Find patients on file by who they are"),
            ('create', "Only by their number: all others are new"),
        ],
        required=True,
        default='link',
        help="A patient whose number is new may be on file, from another source or twice in this "
        "file. Who certainly is gets no second record; the number is added to the first.",
    )
    review = fields.Selection(
        [
            ('create', "Import, and put up for review"),
            ('leave', "Leave out, into the file of lines to mend"),
        ],
        string="Possible Duplicates",
        required=True,
        default='create',
        help="What happens to a patient who may be somebody on file, but not for certain.",
    )
    user_id = fields.Many2one(
        'res.users',
        string="Imported By",
        readonly=True,
        copy=False,
        help="Who started the import, and whose name the new records bear.",
    )
    column_ids = fields.One2many('healthcare.import.column', 'import_id', string="Columns")
    problem_ids = fields.One2many('healthcare.import.problem', 'import_id', string="Problems")

    row_count = fields.Integer(string="Lines", readonly=True, copy=False)
    position = fields.Integer(
        string="Lines Done",
        readonly=True,
        copy=False,
        help="Lines read and written; the import goes on after them.",
    )
    created_count = fields.Integer(string="New", readonly=True, copy=False)
    linked_count = fields.Integer(
        string="Found by Who They Are",
        readonly=True,
        copy=False,
        help="Patients with a new number who are on file already.",
    )
    review_count = fields.Integer(
        string="Possible Duplicates to Review",
        readonly=True,
        copy=False,
        help="Among the new ones: those who may be somebody on file.",
    )
    updated_count = fields.Integer(string="Updated", readonly=True, copy=False)
    unchanged_count = fields.Integer(string="Already There", readonly=True, copy=False)
    repeated_count = fields.Integer(string="Repeated", readonly=True, copy=False)
    warning_count = fields.Integer(
        string="With Warnings",
        readonly=True,
        copy=False,
        help="Lines that are imported, though something in them was not understood.",
    )
    error_count = fields.Integer(string="Not Imported", readonly=True, copy=False)
    note_counts = fields.Json(
        readonly=True,
        copy=False,
        help="What holds for many lines: {'code|value|column': lines}.",
    )
    failure = fields.Char(
        string="Stopped Because",
        readonly=True,
        copy=False,
        help="Why the import paused by itself.",
    )
    started_at = fields.Datetime(string="Started", readonly=True, copy=False)
    pace_at = fields.Datetime(readonly=True, copy=False, help="Since when the pace is measured.")
    pace_position = fields.Integer(readonly=True, copy=False)
    last_patient_id = fields.Integer(
        readonly=True,
        copy=False,
        help="Who was on file when the import was started has no higher id: later ones came with "
        "the file, and are found within it.",
    )
    done_at = fields.Datetime(string="Finished", readonly=True, copy=False)

    progress = fields.Float(compute='_compute_progress')
    remaining = fields.Char(compute='_compute_remaining')
    problem_count = fields.Integer(string="Lines to Look At", compute='_compute_problem_count')
    notes = fields.Html(compute='_compute_notes')
    report = fields.Binary(
        string="Lines to Mend",
        compute='_compute_report',
        groups=GROUP_ADMINISTRATOR,
    )
    report_name = fields.Char(compute='_compute_report_name')

    @api.model
    def _default_system_id(self):
        return self.env['healthcare.identifier.system'].search([('code', '=', 'import')], limit=1)

    # -- Computes ----------------------------------------------------------------------------

    @api.depends('position', 'row_count')
    def _compute_progress(self):
        for record in self:
            record.progress = 100 * record.position / record.row_count if record.row_count else 0

    @api.depends('position', 'row_count', 'state', 'pace_at')
    @api.depends_context('lang')
    def _compute_remaining(self):
        """Say how long it will take, by the pace since it was started or went on."""
        now = fields.Datetime.now()
        working = self.filtered(lambda record: record.state in ('running', 'checking'))
        (self - working).remaining = False
        for record in working:
            done = record.position - record.pace_position
            if not done:
                # sudo: that others wait is no secret, what they import is not told
                ahead = self.sudo().search_count(
                    [('state', 'in', ('running', 'checking')), ('id', '<', record._origin.id)]
                )
                record.remaining = (
                    self.env._("Waits for %s other imports", ahead)
                    if ahead
                    else self.env._("Starts in a moment")
                )
                continue
            seconds = (now - record.pace_at).total_seconds() / done
            seconds *= record.row_count - record.position
            minutes = round(seconds / 60)
            record.remaining = (
                self.env._("About %s minutes left", minutes)
                if minutes > 1
                else self.env._("About a minute left")
                if seconds > 20
                else self.env._("A few seconds left")
            )

    @api.depends('problem_ids')
    def _compute_problem_count(self):
        counts = dict(
            self.env['healthcare.import.problem']._read_group(
                [('import_id', 'in', self.ids)], ['import_id'], ['row_index:count_distinct']
            )
        )
        for record in self:
            record.problem_count = counts.get(record._origin, 0)

    @api.depends('note_counts')
    @api.depends_context('lang')
    def _compute_notes(self):
        for record in self:
            items = Markup('').join(
                Markup('<li>%s</li>') % sentence for sentence in record._get_note_sentences()
            )
            record.notes = items and Markup('<ul class="mb-0">%s</ul>') % items

    def _get_note_sentences(self):
        """Return what holds for many lines, a sentence each with its number of lines."""
        self.ensure_one()
        sentences = []
        for key, count in sorted((self.note_counts or {}).items()):
            code, value, column = key.split('|', 2)
            sentence = self.env._(NOTE_SENTENCES[code])
            sentences.append(sentence % {'column': column, 'value': value, 'count': count})
        return sentences

    @api.depends('file_name')
    def _compute_report_name(self):
        for record in self:
            stem = (record.file_name or '').rpartition('.')[0] or record.file_name or ''
            record.report_name = self.env._("%(file)s - lines to mend.csv", file=stem)

    @api.depends('problem_ids')
    @api.depends_context('lang')
    def _compute_report(self):
        for record in self:
            to_mend = record.problem_ids.filtered(lambda item: item.level != LINKED)
            record.report = to_mend and base64.b64encode(record._write_report())

    def _write_report(self):
        """Return the lines that have problems as a CSV file, which can be mended and imported.

        The columns of the file follow three of ours, which an import leaves out.
        """
        self.ensure_one()
        table = self._read_table()
        own = [self.env._("Import line"), self.env._("Import result"), self.env._("Reason")]
        while set(map(str.casefold, own)) & set(map(str.casefold, table.headers)):
            own = [name + '*' for name in own]
        labels = {
            ERROR: self.env._("Not imported"),
            WARNING: self.env._("Accepted, please check"),
        }
        lines = []
        problems = self.env['healthcare.import.problem'].search(
            [('import_id', '=', self.id), ('level', '!=', LINKED)]
        )
        for index, group in problems.grouped('row_index').items():
            level = ERROR if ERROR in group.mapped('level') else WARNING
            reasons = ' '.join(item.reason for item in group)
            lines.append([group[0].line, labels[level], reasons, *table.rows[index].cells])
        return report.write_report(own + table.headers, lines)

    # -- Writing -----------------------------------------------------------------------------

    def write(self, vals):
        """Go back a step when what was read or checked no longer holds."""
        if {'file', 'encoding', 'kind', 'sheet_id'} & vals.keys() and 'state' not in vals:
            self._check_not_started()
            vals = {**vals, 'state': 'draft'}
            if 'file' in vals:
                vals = {'sheet_id': False, 'mapping_id': False, **vals}
                self.sheet_ids.unlink()
            self.column_ids.unlink()
            self.problem_ids.unlink()
        elif READ_BY & vals.keys() and 'state' not in vals:
            self._check_not_started()
            self.filtered(lambda record: record.state in ('checking', 'checked'))._forget_check()
        result = super().write(vals)
        if vals.get('mapping_id') and 'state' not in vals:
            self._apply_mapping()
        return result

    def _apply_mapping(self):
        """Choose the columns as they were chosen for an earlier file."""
        for record in self:
            targets = record.mapping_id.targets or {}
            for column in record.column_ids:
                if column.header in targets:
                    column[f'{record.kind[:-1]}_field'] = targets[column.header] or False

    def _remember_columns(self):
        """Keep the choice of columns for the next file, under the name it has or a new one."""
        self.ensure_one()
        Mapping = self.env['healthcare.import.mapping']
        field = f'{self.kind[:-1]}_field'
        targets = {column.header: column[field] or '' for column in self.column_ids}
        if not self.mapping_id:
            name, number = self.system_id.name, 1
            taken = Mapping.search(
                [('system_id', '=', self.system_id.id), ('kind', '=', self.kind)]
            ).mapped('name')
            while name in taken:
                number += 1
                name = f'{self.system_id.name} ({number})'
            mapping = Mapping.create(
                {'name': name, 'kind': self.kind, 'system_id': self.system_id.id}
            )
            # 'state' is named because the columns stay as they were checked
            self.write({'mapping_id': mapping.id, 'state': self.state})
        self.mapping_id._remember(targets)

    def _check_not_started(self):
        if any(record.state in ('running', 'paused', 'done') for record in self):
            raise UserError(
                self.env._("This import has begun and cannot be changed. Start a new one instead.")
            )

    def _forget_check(self):
        self.problem_ids.unlink()
        self.write({'state': 'mapped', 'note_counts': False, 'position': 0})

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if any(record.state in ('running', 'paused', 'done') for record in self):
            raise UserError(
                self.env._(
                    "An import that has begun stays on record: it says where patients and "
                    "appointments came from."
                )
            )

    # -- Buttons -----------------------------------------------------------------------------

    def action_read(self):
        """Read the file and guess its columns."""
        self.ensure_one()
        self._check_not_started()
        table = self._read_table()
        headers = table.headers
        kind = self.kind or columns.guess_kind(headers)
        mapping = self.mapping_id
        if mapping.kind != kind or mapping.system_id != self.system_id:
            mapping = self.env['healthcare.import.mapping']._find_for(self.system_id, kind, headers)
        targets = columns.guess_targets(headers, kind, mapping.targets, self._get_labels(kind))
        self.column_ids.unlink()
        self.problem_ids.unlink()
        self._keep_sheets(table)
        self.write(
            {
                'state': 'mapped',
                'kind': kind,
                'mapping_id': mapping.id,
                'row_count': len(table.rows),
                'position': 0,
                'note_counts': False,
                'column_ids': [
                    Command.create(
                        {
                            'sequence': index,
                            'header': header,
                            'sample': self._get_sample(table, index),
                            f'{kind[:-1]}_field': targets[index] or False,
                        }
                    )
                    for index, header in enumerate(headers)
                ],
            }
        )
        if not self.date_order:
            order, certain = self._guess_date_order(table)
            self.date_order = certain and order
        return True

    def _keep_sheets(self, table):
        """Offer the sheets of a spreadsheet that has several."""
        names = table.sheets if len(table.sheets) > 1 else ()
        if names != tuple(self.sheet_ids.mapped('name')):
            self.sheet_ids.unlink()
            self.sheet_ids = [Command.create({'name': name}) for name in names]
        sheet = self.sheet_ids.filtered(lambda sheet: sheet.name == table.sheet)
        # 'state' is named so that the columns just read stay
        self.write({'sheet_id': sheet.id, 'state': self.state})

    def _get_labels(self, kind):
        """Return ``{header: target}`` of the headers an export writes, in every language."""
        Column = self.env['healthcare.import.column']
        field = Column._fields[f'{kind[:-1]}_field']
        labels = {}
        for code, _name in self.env['res.lang'].get_installed():
            selection = field._description_selection(Column.with_context(lang=code).env)
            labels.update({label: target for target, label in selection})
        return labels

    def action_check(self):
        """Read every line as the import would, write nothing, and keep what is wrong."""
        self.ensure_one()
        self._check_not_started()
        if self.state == 'draft':
            # another file or kind was chosen since: its columns want a look first
            return self.action_read()
        opened = self._open_file()
        self.problem_ids.unlink()
        self._reset_counts(opened)
        if len(opened.table.rows) > LINES_AT_ONCE:
            self.user_id = self.env.user
            self._start('checking')
            return True
        writer = self._get_writer(dry_run=True, within=self._find_in_file(opened))
        for start in range(0, len(opened.table.rows), BATCH_SIZE):
            parsed = opened.parse(start, start + BATCH_SIZE)
            self._add_outcomes(self._sort_out(parsed, writer))
        self.state = 'checked'
        return True

    def _start(self, state):
        """Have the lines looked at in the background."""
        self.write(
            {
                'state': state,
                'last_patient_id': self._get_last_patient_id() if state == 'running' else 0,
                'failure': False,
                'pace_at': fields.Datetime.now(),
                'pace_position': self.position,
            }
        )
        self._trigger_cron()

    def _get_last_patient_id(self):
        """Return the last id there is: whoever comes later came with the file, or meanwhile."""
        ((last,),) = self.env.execute_query(SQL('SELECT max(id) FROM res_partner'))
        return last or 0

    def action_import(self):
        """Start importing in the background."""
        self.ensure_one()
        if self.state != 'checked':
            raise UserError(self.env._("Check the file first: the check shows what would happen."))
        opened = self._open_file()
        self.problem_ids.unlink()
        self._reset_counts(opened)
        self._remember_columns()
        self.write({'user_id': self.env.uid, 'started_at': fields.Datetime.now()})
        self._start('running')
        return True

    def action_pause(self):
        self.filtered(lambda record: record.state == 'running').state = 'paused'
        return True

    def action_resume(self):
        for record in self.filtered(lambda record: record.state == 'paused'):
            record._start('running')
        return True

    def action_back(self):
        """Return to the columns."""
        self._check_not_started()
        self._forget_check()
        return True

    def action_view_problems(self):
        self.ensure_one()
        return {
            **self.env['ir.actions.act_window']._for_xml_id(
                'healthcare_crm.healthcare_import_problem_action'
            ),
            'domain': [('import_id', '=', self.id)],
        }

    def action_download_report(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_url',
            'url': f'/web/content/{self._name}/{self.id}/report?download=true'
            '&filename_field=report_name',
            'target': 'self',
        }

    # -- The file ----------------------------------------------------------------------------

    def _read_table(self, keep=False):
        """Read the file, or say why it cannot be read.

        :param bool keep: whether the next call of this process will want it too
        """
        self.ensure_one()
        self.check_access('read')
        attachment = self._get_sealed_attachments('file')[:1]
        key = (attachment.checksum, self.encoding, self.sheet_id.name)
        if kept := _kept_tables.get(key):
            return kept
        try:
            reading.check_size(attachment.file_size)
            table = reading.read_table(
                self._read_sealed_file('file'), self.encoding, self.sheet_id.name
            )
        except FileProblem as error:
            sentence = self.env._(FILE_SENTENCES[error.code])
            raise UserError(sentence % error.values) from None
        if keep:
            _kept_tables.clear()
            _kept_tables[key] = table
        return table

    def _open_file(self, keep=False):
        """Read the file with the chosen columns, or say which choice is missing."""
        self.ensure_one()
        table = self._read_table(keep)
        mapping = {column.header: column.target or '' for column in self.column_ids}
        labels = dict(
            self.column_ids._fields[f'{self.kind[:-1]}_field']._description_selection(self.env)
        )
        missing, double = columns.mapping_problems(mapping, self.kind)
        if missing:
            raise UserError(
                self.env._(
                    "Choose the column that holds: %(fields)s.",
                    fields=', '.join(labels[code] for code in missing),
                )
            )
        if double:
            raise UserError(
                self.env._(
                    "Two columns are chosen for: %(fields)s. Leave one of them out.",
                    fields=', '.join(labels[code] for code in double),
                )
            )
        country, Partner = self.country_id, self.env['res.partner']
        options = rows.Options(
            kind=self.kind,
            headers=table.headers,
            mapping=mapping,
            today=fields.Date.context_today(self),
            normalize_email=_normalize_email,
            normalize_phone=lambda number: Partner._phone_format_number(number, country) or '',
            order=self.date_order or values.DAY_FIRST,
            epoch=table.epoch,
        )
        return OpenFile(table, options, self._find_repeated(table, options, keep))

    def _find_repeated(self, table, options, keep):
        """Return ``rows.find_repeated``, kept with the table: it goes through the whole file."""
        key = ('repeated', id(table), options.key, tuple(options.mapping.items()))
        if key not in _kept_tables:
            repeated = rows.find_repeated(table, options)
            if not keep:
                return repeated
            _kept_tables[key] = repeated
        return _kept_tables[key]

    def _get_sample(self, table, index):
        """Return the first three different values of a column."""
        cells = (row.cells[index] for row in table.rows[:200] if index < len(row.cells))
        samples = list(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))
        return ' · '.join(samples[:3])[:200]

    def _guess_date_order(self, table):
        """Return ``(order of day and month or None, whether it is certain)``."""
        dated = {code for code, target in columns.TARGETS[self.kind].items() if target.dated}
        positions = [
            position for position, column in enumerate(self.column_ids) if column.target in dated
        ]
        cells = (
            row.cells[position]
            for row in table.rows
            for position in positions
            if position < len(row.cells)
        )
        return values.guess_order(cells)

    # -- Lines -------------------------------------------------------------------------------

    def _reset_counts(self, opened):
        table = opened.table
        notes = {}
        for column in self.column_ids.filtered(lambda column: not column.target):
            code = 'clinical_column' if column.is_clinical else 'unused_column'
            notes[f'{code}||{column.header}'] = len(table.rows)
        for item in table.notes:
            notes[f'{item.code}|{item.value.replace("|", " ")}|'] = int(item.detail or 1)
        if not self.date_order and not self._guess_date_order(table)[1]:
            notes['dates_ambiguous||'] = 1
        if (self.kind, self.duplicates) == ('patients', 'link') and not self._matches_in_file():
            notes['twice_not_foretold||'] = MATCHED_LINES
        self.write(
            {
                'row_count': len(table.rows),
                'position': 0,
                'note_counts': notes,
                'warning_count': 0,
                'review_count': 0,
                **{f'{result}_count': 0 for result in RESULTS},
            }
        )

    def _add_outcomes(self, outcomes):
        """Count what became of these lines, and keep their problems."""
        self.ensure_one()
        counts = dict.fromkeys((*RESULTS, 'warning', 'review'), 0)
        notes = dict(self.note_counts or {})
        vals_list = []
        for outcome in outcomes:
            counts[outcome.result] += 1
            listed = [item for item in outcome.problems if item.level != NOTE]
            levels = {item.level for item in listed}
            if levels - {LINKED} and outcome.result not in ('error', 'repeated'):
                counts['warning'] += 1
            counts['review'] += any(item.code == 'may_be_known' for item in listed)
            for item in outcome.problems:
                if item.level == NOTE:
                    key = f'{item.code}|{item.value}|{item.column}'
                    notes[key] = notes.get(key, 0) + 1
            vals_list += [
                {
                    'import_id': self.id,
                    'row_index': outcome.row.index,
                    'line': outcome.row.line,
                    'level': item.level,
                    'code': item.code,
                    'column': item.column,
                    'value': item.value[:200],
                    'detail': item.detail,
                }
                for item in listed
            ]
        self.env['healthcare.import.problem'].create(vals_list)
        self.write(
            {
                'note_counts': notes,
                **{
                    f'{name}_count': self[f'{name}_count'] + count for name, count in counts.items()
                },
            }
        )

    def _matches_in_file(self):
        """Return whether who stands in the file twice is found before its first line."""
        return (
            self.kind == 'patients'
            and self.duplicates == 'link'
            and self.row_count <= MATCHED_LINES
        )

    def _find_in_file(self, opened):
        """Return who stands in the file twice, see ``InFile``.

        The check and the import must decide alike, so neither finds them batch by batch.
        """
        if not self._matches_in_file():
            return None
        options = opened.options
        key = ('within', id(opened.table), options.order, *options.mapping.items())
        if key not in _kept_tables:
            good = (
                row
                for start in range(0, len(opened.table.rows), BATCH_SIZE)
                for row in opened.parse(start, start + BATCH_SIZE)
                if not row.failed and not is_repeated(row)
            )
            found = self._get_writer(dry_run=True).matcher.find_within(good)
            if all(kept is not opened.table for kept in _kept_tables.values()):
                return found
            _kept_tables[key] = found
        return _kept_tables[key]

    def _get_left_out(self, indexes):
        """Return which of some earlier lines were not imported."""
        if not indexes:
            return set()
        problems = self.env['healthcare.import.problem'].search_fetch(
            [('import_id', '=', self.id), ('row_index', 'in', indexes), ('level', '=', ERROR)],
            ['row_index'],
        )
        return set(problems.mapped('row_index'))

    def _get_writer(self, dry_run=False, within=None):
        """Return the model that turns lines into records, bound to this import."""
        self.ensure_one()
        user = self.user_id or self.env.user
        # In the name of the person who started it, and with the rights of the import: what it may
        # do is decided by who may start one.
        record = (
            self.with_user(user)
            .sudo()
            .with_company(self.company_id)
            .with_context(
                lang=user.lang,
                tz=user.tz,
                **BULK_CONTEXT,
            )
        )
        return WRITERS[self.kind](record, dry_run, within)

    def _sort_out(self, parsed_rows, writer):
        """Return the outcome of every line: those that cannot be imported, then the others."""
        outcomes, good = [], []
        for row in parsed_rows:
            if row.failed:
                outcomes.append(Outcome(row, 'error', row.problems))
            elif is_repeated(row):
                outcomes.append(Outcome(row, 'repeated', row.problems))
            else:
                good.append(row)
        if good:
            outcomes += self._write_rows(good, writer)
        return outcomes

    def _write_rows(self, parsed_rows, writer):
        """Import lines together or, when one of them is refused, all but that one.

        Halving finds one bad line among 500 in ten attempts.
        """
        try:
            with self.env.cr.savepoint():
                return writer.write_rows(parsed_rows)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Nothing is wrong with the lines: the batch is tried again as a whole.
            raise
        except Exception as error:
            if len(parsed_rows) == 1:
                row = parsed_rows[0]
                refused = problem('refused', level=ERROR, detail=self._explain(error))
                return [Outcome(row, 'error', row.problems + [refused])]
            half = len(parsed_rows) // 2
            return self._write_rows(parsed_rows[:half], writer) + self._write_rows(
                parsed_rows[half:], writer
            )

    def _explain(self, error):
        """Return why the database refused a line, in the words of its rule where there are any."""
        if isinstance(error, UserError):
            return str(error.args[0])
        if isinstance(error, psycopg2.IntegrityError):
            table = error.diag.table_name
            model = next((m for m in self.env.registry.values() if m._table == table), None)
            return self.env[model._name if model else 'base']._sql_error_to_message(error)
        _logger.exception("Import %s: a line could not be written", self.id)
        return self.env._("an unexpected error (%s)", type(error).__name__)

    # -- Running -----------------------------------------------------------------------------

    def _trigger_cron(self):
        self.env.ref('healthcare_crm.ir_cron_healthcare_import')._trigger()

    @api.model
    def _cron_run(self):
        """Check and import files, a batch of lines per transaction.

        Checks come first, since somebody waits for them; then the oldest.
        """
        records = self.search([('state', 'in', ('checking', 'running'))], order='id').sorted(
            lambda record: record.state != 'checking'
        )
        remaining = sum(record.row_count - record.position for record in records)
        # A file that is paused or breaks leaves the list, so this ends.
        self.env['ir.cron']._commit_progress(remaining=remaining)
        for record in records:
            try:
                if not record._run():
                    # Lines remain after this call: without a trigger, the scheduler would wait
                    # for up to a minute between its turns.
                    self._trigger_cron()
                    self.env['ir.cron']._commit_progress()
                    return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Somebody changed the same records meanwhile. The batch is undone, and the job is
                # called again because lines remain.
                self.env.cr.rollback()
                return
            except Exception as error:
                # Not a line's fault (those are reported): the file is unreadable, the disk full.
                # The batch is undone; waiting in sight beats trying again for ever.
                self.env.cr.rollback()
                _logger.exception("Import %s stopped", record.id)
                record._lock()
                record.write(
                    {
                        'state': 'mapped' if record.state == 'checking' else 'paused',
                        'failure': str(error.args[0])
                        if isinstance(error, UserError)
                        else repr(error),
                    }
                )
                self.env['ir.cron']._commit_progress(record.row_count - record.position)

    def _run(self):
        """Import from ``position`` on; return whether there is time for another file."""
        self.ensure_one()
        self = self.with_context(lang=self.user_id.lang)
        opened = self._open_file(keep=True)
        deadline = time.monotonic() + CALL_SECONDS
        state = self.state
        within = self._find_in_file(opened)
        if state == 'running' and not self.position:
            self._activate_languages(opened)
        while self._lock() and self.state == state:
            # A new one for each batch: what it remembers of the database ends with a commit.
            writer = self._get_writer(dry_run=state == 'checking', within=within)
            parsed = opened.parse(self.position, self.position + BATCH_SIZE)
            self._add_outcomes(self._sort_out(parsed, writer))
            self.position += len(parsed)
            if self.position >= len(opened.table.rows):
                done = {'state': 'done', 'done_at': fields.Datetime.now()}
                self.write(done if state == 'running' else {'state': 'checked', 'position': 0})
            self.env['ir.cron']._commit_progress(len(parsed))
            # Also frees the memory: the records of a batch are not needed by the next.
            self.env.invalidate_all()
            if self.state == state and time.monotonic() > deadline:
                return False
        _kept_tables.clear()
        return True

    def _lock(self):
        """Keep others from changing or running this import until the end of the transaction."""
        try:
            self.lock_for_update()
        except LockError:
            return False
        self.invalidate_recordset(['state', 'position'])
        return True

    def _activate_languages(self, opened):
        """Switch on the languages of the patients, with their translations.

        A patient can only be given an active language, and one who is written to in another
        language than their own was not reached.
        """
        header = next((h for h, code in opened.options.mapping.items() if code == 'language'), None)
        if not header:
            return
        position = opened.table.headers.index(header)
        cells = {row.cells[position] for row in opened.table.rows if position < len(row.cells)}
        codes = set()
        for cell in cells:
            try:
                codes.add(values.language(cell))
            except values.ValueProblem:
                continue
        languages = (
            self.env['res.lang']
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ('code', 'in', list(codes)),
                    ('active', '=', False),
                ]
            )
        )
        languages.action_unarchive()


def is_repeated(row):
    """Return whether a parsed line says nothing that an earlier one does not."""
    return any(item.code == 'repeated_same' for item in row.problems)


def _normalize_email(text):
    """The e-mail address as patients keep it, or nothing when it is not valid."""
    return text if single_email_re.match(email_normalize(text) or '') else ''
