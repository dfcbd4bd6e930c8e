from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm_loyalty.points.lots import Lot, put_back, take

DAY = date(2026, 11, 23)

amounts = st.decimals(min_value='0.01', max_value=1000, places=2)
days = st.none() | st.integers(0, 400).map(lambda number: DAY + timedelta(days=number))
lots_of = st.lists(st.tuples(amounts, days), max_size=8).map(
    lambda rows: [Lot(index, *row) for index, row in enumerate(rows, 1)]
)


@given(lots=lots_of, part=st.fractions(0, 1))
def test_what_is_taken_is_what_was_asked(lots, part):
    held = sum((lot.remaining for lot in lots), Decimal(0))
    points = round(held * part.numerator / part.denominator, 2)
    if points > held:
        return
    taken = take(lots, points)
    assert sum((some for _id, some in taken), Decimal(0)) == points
    left = {lot.id: lot.remaining for lot in lots}
    assert all(0 < some <= left[id_] for id_, some in taken)
    # nothing of a younger lot while there is something left of an older one
    untouched = {lot.id for lot in lots} - {id_ for id_, _some in taken}
    until = {lot.id: lot.expires_on or date.max for lot in lots}
    if taken:
        assert all(
            until[one] >= max(until[id_] for id_, _some in taken[:-1] or taken)
            or until[one] >= until[taken[-1][0]]
            for one in untouched
        )


def test_too_few():
    with pytest.raises(ValueError, match="2"):
        take([Lot(1, Decimal(3), None)], Decimal(5))


def test_a_refund_into_an_expired_lot_needs_a_new_one():
    yesterday = DAY - timedelta(days=1)
    spent = [(1, DAY, Decimal(2)), (2, yesterday, Decimal(3)), (3, None, Decimal(4))]
    assert put_back(spent, DAY) == ([(1, Decimal(2)), (3, Decimal(4))], Decimal(3))
