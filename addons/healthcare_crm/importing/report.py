# Part of Healthcare CRM for Odoo. License LGPL-3.
"""The file of lines to mend: the lines as they were, with what is wrong before them."""

import csv
import io

# A spreadsheet runs a cell that starts with one of these, also with their full-width forms.
_FORMULA_STARTS = tuple('=+-@\t\r\n＝＋－＠')
# What the writer of spreadsheets takes for a formula or a link.
_LINK_STARTS = ('{=', 'http:', 'https:', 'ftp:', 'mailto:', 'internal:', 'external:', 'file:')


def neutralize(cell):
    """Text a spreadsheet shows and does not run; ``rows.unescape`` takes it back."""
    return "'" + cell if cell.startswith(_FORMULA_STARTS) else cell


def neutralize_spreadsheet(cell):
    """Like :func:`neutralize`, where text is also made into formulas and links by itself."""
    if cell.lower().startswith(_LINK_STARTS):
        return "'" + cell
    return neutralize(cell)


def write_report(headers, lines):
    """A CSV file, with the mark by which spreadsheets recognise UTF-8.

    :param headers: translated headers of the first columns, then those of the file
    :param lines: lists of text, as long as the headers
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([neutralize(header) for header in headers])
    writer.writerows([neutralize(str(cell)) for cell in line] for line in lines)
    return buffer.getvalue().encode('utf-8-sig')
