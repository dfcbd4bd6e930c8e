"""Visits change while others are counted; the tally is true for whoever reads it.

Other connections see only what is committed, so that this needs a database of its own.
"""

from pathlib import Path

from ..databases import QUIET, copied, odoo

SCRIPT = Path(__file__).with_name('count_visits.py')


def test_transactions_that_overlap(templates):
    with copied(templates[1], 'tally') as database:
        said = odoo(
            'shell', '-d', database, *QUIET, input=SCRIPT.read_text(encoding='utf-8')
        ).splitlines()
    told = {line for line in said if line.startswith('tally: ')}
    assert told == {
        'tally: true while another has not ended',
        'tally: true when it has',
        'tally: true when it is counted',
        'tally: one of two who count gives way',
    }, said
