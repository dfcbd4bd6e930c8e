# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Reading files of patients and appointments, without the ORM.

``reading`` turns bytes into a table, ``columns`` guesses what each column holds, ``values``
reads one cell, ``rows`` reads one line, ``report`` writes the file of lines to mend. Every
problem is data (a code, a column, a value); the models turn it into a sentence in the
reader's language.
"""

from . import columns, problems, reading, report, rows, values
