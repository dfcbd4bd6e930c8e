# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

from ..crypto import keyring
from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_ADMINISTRATOR

_lt = LazyTranslate(__name__)

#: what the index of a cell is for
INDEXED = 'healthcare.import.problem|value'

# Why a file cannot be read at all.
FILE_SENTENCES = {
    'empty_file': _lt(
        "The file is empty. Choose a file with a line of headers and a line for "
        "each patient or appointment."
    ),
    'too_large': _lt(
        "The file holds %(size)s MB, and at most %(megabytes)s MB can be read. Split it into "
        "smaller files, each with the line of headers, and import one after the other."
    ),
    'spreadsheet_too_large': _lt(
        "This spreadsheet grows to %(megabytes)s MB when it is opened. Save it as CSV, or split "
        "it into smaller ones."
    ),
    'document_type': _lt(
        "This spreadsheet holds a document type definition, which none needs and which can do "
        "harm. Open it in a spreadsheet program, save it as .xlsx and choose that file."
    ),
    'encrypted_spreadsheet': _lt(
        "This spreadsheet is protected by a password. Remove the password, save it and choose "
        "that file."
    ),
    'formula_without_value': _lt(
        "Cell %(cell)s holds a formula whose result was never saved (%(count)s such cells). Open "
        "the file in a spreadsheet program, save it and choose it again."
    ),
    'control_character': _lt(
        "Line %(line)s holds a character that no text has (U+%(value)s). Export the file "
        "again, or mend that line."
    ),
    'damaged_spreadsheet': _lt(
        "This spreadsheet is damaged and cannot be opened. Save it again "
        "as .xlsx or CSV and choose that file."
    ),
    'not_a_table': _lt("This file is not a table (%(kind)s). Choose a CSV or an .xlsx file."),
    'bad_byte': _lt(
        "Line %(line)s holds a character that is not %(encoding)s. Choose another "
        "encoding, or save the file as CSV UTF-8."
    ),
    'bad_quote': _lt(
        "In line %(line)s a quotation mark opens or closes in the middle of a cell. "
        "Mend that line and choose the file again."
    ),
    'no_header': _lt(
        "Line %(line)s should name the columns, but holds “%(value)s”. Add a first "
        "line with the names of the columns."
    ),
    'duplicate_header': _lt(
        "Columns %(first)s and %(second)s are both named “%(column)s” in line "
        "%(line)s. Rename one of them."
    ),
    'no_rows': _lt("The file has headers in line %(line)s and nothing below them."),
}

# What is wrong with one line: (column, value) are named before it.
PROBLEM_SENTENCES = {
    'too_many_cells': _lt(
        "The line has more cells than the %(detail)s headers; “%(value)s” is "
        "the first without a header. A comma may lack its quotation marks."
    ),
    'too_few_cells': _lt(
        "The line has fewer cells than the %(detail)s headers; the missing ones were read as empty."
    ),
    'repeated_same': _lt("%(column)s: the same line as line %(detail)s; imported once."),
    'repeated_different': _lt(
        "%(column)s: “%(value)s” stands in line %(detail)s already, with other values."
    ),
    'missing_required': _lt("%(column)s: this cell must not be empty."),
    'id_shortened': _lt(
        "%(column)s: the spreadsheet shortened this number to “%(value)s”, and "
        "digits were lost. Export it as text."
    ),
    'id_too_long': _lt("%(column)s: “%(value)s” is too long for a number."),
    'id_fraction': _lt(
        "%(column)s: “%(value)s” has decimals, which is unusual for a number of a "
        "patient; it was kept as it is."
    ),
    'bad_date': _lt("%(column)s: “%(value)s” is not a date."),
    'bad_datetime': _lt("%(column)s: “%(value)s” is not a date or a time."),
    'bad_age': _lt("%(column)s: “%(value)s” is not an age."),
    'negative_age': _lt("%(column)s: “%(value)s” is not an age: it is below zero."),
    'absurd_age': _lt("%(column)s: “%(value)s” is not an age: nobody is that old."),
    'bad_gender': _lt("%(column)s: “%(value)s” is not understood as a gender and was left out."),
    'bad_yes_no': _lt("%(column)s: “%(value)s” is neither yes nor no and was left out."),
    'bad_channel': _lt("%(column)s: “%(value)s” is not a way to reach a patient and was left out."),
    'bad_language': _lt("%(column)s: “%(value)s” is not a known language and was left out."),
    'bad_email': _lt("%(column)s: “%(value)s” is not a valid e-mail address and was left out."),
    'bad_phone': _lt("%(column)s: “%(value)s” is not a valid phone number and was left out."),
    'bad_status': _lt(
        "%(column)s: “%(value)s” is not a status of an appointment and was left out."
    ),
    'bad_number': _lt("%(column)s: “%(value)s” is not a number and was left out."),
    'birth_date_future': _lt("%(column)s: “%(value)s” is in the future and was left out."),
    'birth_date_old': _lt("%(column)s: “%(value)s” is more than 130 years ago and was left out."),
    'booked_later': _lt("%(column)s: “%(value)s” is after the day of the appointment."),
    'stop_before_start': _lt("%(column)s: “%(value)s” is before the start and was left out."),
    'kept': _lt("%(column)s: the database has another value than “%(value)s” and keeps it."),
    'consent_kept': _lt("%(column)s: a consent is on file already; “%(value)s” did not change it."),
    'patient_created': _lt(
        "%(column)s: no patient has the number “%(value)s”; one was created "
        "with a number for a name."
    ),
    'other_patient': _lt(
        "%(column)s: this appointment belongs to another patient than “%(value)s” in the database."
    ),
    'bad_country': _lt("%(column)s: no country is named “%(value)s”; it was left out."),
    'bad_state': _lt("%(column)s: no state or province is named “%(value)s”; it was left out."),
    'bad_practitioner': _lt(
        "%(column)s: no practitioner, or more than one, is named “%(value)s”; it was left out."
    ),
    'bad_document': _lt("%(column)s: “%(value)s” cannot be right (%(detail)s); it was left out."),
    'document_taken': _lt(
        "%(column)s: “%(value)s” is the number of patient %(detail)s already; it was left out."
    ),
    'linked': _lt("%(column)s: “%(value)s” is %(detail)s."),
    'may_be_known': _lt(
        "%(column)s: “%(value)s” may be %(detail)s: imported, and put up for review."
    ),
    'left_out': _lt(
        "%(column)s: “%(value)s” may be %(detail)s and was left out, as chosen. If they are "
        "different people, import this line again with possible duplicates imported."
    ),
    'no_clinic_number': _lt("%(column)s: no patient of this clinic has the number “%(value)s”."),
    'refused': _lt("The database refused the line: %(detail)s"),
}

# What holds for many lines.
NOTE_SENTENCES = {
    'no_time': _lt(
        "%(column)s: %(count)s lines have a date without a time. They become all-day appointments."
    ),
    'blank_lines': _lt("%(count)s blank lines were skipped."),
    'encoding_guessed': _lt(
        "The encoding was guessed as %(value)s. If names look wrong, choose another one."
    ),
    'dates_ambiguous': _lt(
        "It is not certain whether days or months come first in the dates; "
        "they are read day first unless you choose."
    ),
    'unused_column': _lt("Column “%(column)s” is not imported."),
    'clinical_column': _lt(
        "Column “%(column)s” is not imported: health data is imported by users with a clinical "
        "role, as allergies, conditions or medication."
    ),
    'title_lines': _lt("%(count)s lines above the names of the columns were skipped: “%(value)s”."),
    'merged_cells': _lt(
        "%(count)s ranges of merged cells (%(value)s): their value counts for each of their lines, "
        "in their first column."
    ),
    'hidden_rows': _lt("%(count)s hidden rows of the spreadsheet are read as well."),
    'other_sheets': _lt(
        "Sheet “%(value)s” is read; the spreadsheet has %(count)s more. Choose another one if "
        "need be."
    ),
    'twice_not_foretold': _lt(
        "The file has more than %(count)s lines: the check does not say who stands in it twice. "
        "The import finds them."
    ),
    'language_activated': _lt(
        "%(count)s patients speak a language that is not switched on "
        "(%(value)s). The import switches it on."
    ),
}


class HealthcareImportProblem(models.Model):
    """One problem of one line of a file; kept as data, told in the reader's language."""

    _name = 'healthcare.import.problem'
    _description = "Import Problem"
    _inherit = ['healthcare.sealed']
    _order = 'import_id, row_index, id'
    _rec_name = 'line'

    import_id = fields.Many2one('healthcare.import', required=True, index=True, ondelete='cascade')
    row_index = fields.Integer(help="The place of the line, counted without blank lines.")
    line = fields.Integer(aggregator=None)
    level = fields.Selection(
        [
            ('error', "Not imported"),
            ('warning', "Accepted, please check"),
            ('linked', "Somebody on file"),
        ],
        string="Result",
    )
    code = fields.Char()
    column = fields.Char()
    value = fields.Char(groups=GROUP_ADMINISTRATOR, **sealed('value'))
    value_sealed = sealed_column()
    # whom earlier lines have announced is asked for by number
    value_index = fields.Char(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    detail = fields.Char(groups=GROUP_ADMINISTRATOR)
    reason = fields.Char(compute='_compute_reason', groups=GROUP_ADMINISTRATOR)

    @api.depends('code', 'column', 'value', 'detail')
    @api.depends_context('lang')
    def _compute_reason(self):
        for item in self:
            sentence = self.env._(PROBLEM_SENTENCES[item.code])
            item.reason = sentence % {
                'column': item.column or '',
                'value': item.value or '',
                'detail': item.detail or '',
            }

    @api.model
    def _get_sealed_columns(self, name, id_, value):
        held = super()._get_sealed_columns(name, id_, value)
        if name == 'value':
            held['value_index'] = keyring.get().index(value, INDEXED) if value else None
        return held
