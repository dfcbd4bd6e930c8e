"""Kinds of data that a clinic need not keep for ever."""

from typing import NamedTuple


class Kind(NamedTuple):
    """
    :param date: the field that says how old a record is
    :param domain: which records
    :param empties: the fields that are emptied; nothing where the whole record goes
    :param patient: the field that says whom it is about
    """

    model: str
    date: str
    domain: tuple = ()
    empties: tuple = ()
    patient: str = ''


KINDS = {
    'enquiry': Kind(
        'healthcare.enquiry', 'date', (('state', '=', 'lost'), ('patient_id', '=', False))
    ),
    'message': Kind(
        'healthcare.communication',
        'date',
        (
            '|',
            '|',
            ('subject_sealed', '!=', False),
            ('body_sealed', '!=', False),
            ('reason_detail_sealed', '!=', False),
        ),
        ('subject_sealed', 'body_sealed', 'reason_detail_sealed'),
        'patient_id',
    ),
    'import_file': Kind(
        'healthcare.import',
        'done_at',
        (('state', '=', 'done'), ('file_sealed', '!=', False)),
        ('file_sealed',),
    ),
    # those that nothing was entered about since; what the law keeps is asked of each
    'record': Kind('res.partner', 'create_date', (('is_patient', '=', True),), patient='id'),
}
