# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Writing files of patients, without the ORM: what an import reads back."""

from . import columns, writing
