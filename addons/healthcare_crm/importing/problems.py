# Part of Healthcare CRM for Odoo. License LGPL-3.
"""What can be wrong with a file, a line or a cell, as data."""

from typing import NamedTuple

ERROR = 'error'  # the line is not imported
WARNING = 'warning'  # the line is imported, without or despite this
LINKED = 'linked'  # the line is about somebody on file; nothing is wrong
NOTE = 'note'  # holds for many lines: counted, not listed

LEVELS = {
    # lines
    'too_many_cells': ERROR,
    'too_few_cells': WARNING,
    'repeated_same': WARNING,
    'repeated_different': ERROR,
    # identifiers and other required cells
    'missing_required': ERROR,
    'id_shortened': ERROR,
    'id_too_long': ERROR,
    'id_fraction': WARNING,
    'no_clinic_number': ERROR,
    # cells that are read or dropped
    'bad_date': WARNING,
    'bad_datetime': WARNING,
    'bad_age': WARNING,
    'bad_gender': WARNING,
    'bad_yes_no': WARNING,
    'bad_channel': WARNING,
    'bad_language': WARNING,
    'bad_email': WARNING,
    'bad_phone': WARNING,
    'bad_status': WARNING,
    'bad_number': WARNING,
    'bad_country': WARNING,
    'bad_state': WARNING,
    'bad_practitioner': WARNING,
    'bad_document': WARNING,
    'document_taken': WARNING,
    'may_be_known': WARNING,
    'left_out': ERROR,
    'linked': LINKED,
    'birth_date_future': WARNING,
    'birth_date_old': WARNING,
    'negative_age': WARNING,
    'absurd_age': WARNING,
    'booked_later': WARNING,
    'stop_before_start': WARNING,
    # counted
    'no_time': NOTE,
    'blank_lines': NOTE,
    'encoding_guessed': NOTE,
    'dates_ambiguous': NOTE,
    'title_lines': NOTE,
    'merged_cells': NOTE,
    'hidden_rows': NOTE,
    'other_sheets': NOTE,
}


class Problem(NamedTuple):
    """One problem of one line.

    >>> Problem("bad_date", "BirthDate", "31/02/1990")
    Problem(code='bad_date', column='BirthDate', value='31/02/1990', level='warning', detail='')

    ``detail`` is what the sentence needs besides the column and the value: the number of another
    line, or the words of the database.
    """

    code: str
    column: str = ''
    value: str = ''
    level: str = ''
    detail: str = ''


def problem(code, column='', value='', level=None, detail=''):
    return Problem(code, column, value, level or LEVELS[code], str(detail))


class FileProblem(Exception):
    """The file as a whole cannot be read: ``code`` and the named ``values`` of its sentence."""

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


class ValueProblem(Exception):
    """One cell cannot be read."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code
