"""What the page of a patient's benefits is made of."""

from typing import NamedTuple


class Benefit(NamedTuple):
    """One block of the page, see ``_get_benefit_blocks`` of patients.

    :param sequence: its place: membership 10, coupons 40, rewards 50, introductions 60,
        family 70, clubs 75, history 90
    :param template: external id of the QWeb template that draws it; it finds ``values`` as
        ``block.values``, and what the page itself knows: ``lang``, ``patient``, ``holder``, ``key``
    """

    sequence: int
    template: str
    values: dict
