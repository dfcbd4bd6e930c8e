# Part of Healthcare CRM for Odoo. License LGPL-3.
"""What an export may hold. The codes are those of ``importing.columns``, so that it reads back."""

from typing import NamedTuple


class Column(NamedTuple):
    """One column of an export.

    :param path: the field of a patient; of the records it leads to, those that ``kept`` says
    :param group: what it is shown with: ``person``, ``contact``, ``clinic``, ``documents``,
        ``health``
    """

    code: str
    path: str
    group: str


COLUMNS = (
    Column('clinic_number', 'patient_number', 'person'),
    Column('name', 'name', 'person'),
    Column('gender', 'gender', 'person'),
    Column('birth_date', 'birth_date', 'person'),
    Column('language', 'lang', 'contact'),
    Column('email', 'email', 'contact'),
    Column('phone', 'phone', 'contact'),
    Column('preferred_channel', 'preferred_channel', 'contact'),
    Column('street', 'street', 'contact'),
    Column('city', 'city', 'contact'),
    Column('state', 'state_id', 'contact'),
    Column('zip', 'zip', 'contact'),
    Column('country', 'country_id', 'contact'),
    Column('occupation', 'occupation', 'person'),
    Column('practitioner', 'practitioner_id', 'clinic'),
    Column('source', 'source_id', 'clinic'),
    Column('tags', 'category_id', 'clinic'),
    Column('allergies', 'allergy_ids', 'health'),
    Column('conditions', 'condition_ids', 'health'),
    Column('medications', 'medication_ids', 'health'),
)
BY_CODE = {column.code: column for column in COLUMNS}

#: What marketing may have, of patients who agreed to it.
MARKETING = ('clinic_number', 'name', 'language', 'email', 'phone', 'preferred_channel')
#: Ticked when somebody begins.
USUAL = ('clinic_number', 'name', 'gender', 'birth_date', 'language', 'email', 'phone')
