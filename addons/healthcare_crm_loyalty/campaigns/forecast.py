"""What the coming months will bring, from what the past ones did. Pure."""


def forecast(values, ahead):
    """Return what ``ahead`` coming months will be like.

    The same month of the year before, times how the year grew. Where less than 15 months are
    known, the mean of the last three.

    :param list values: of whole months, the oldest first

    >>> forecast([100.0] * 12 + [110.0] * 12, 2)
    [121.0, 121.0]
    >>> forecast([80.0, 90.0, 100.0, 110.0], 1)
    [100.0]
    >>> forecast([], 1)
    []
    """
    if not values:
        return []
    shared = min(12, len(values) - 12)
    before = sum(values[-shared - 12 : -12]) if shared >= 3 else 0
    if before <= 0:
        last = values[-3:]
        return [sum(last) / len(last)] * ahead
    growth = sum(values[-shared:]) / before
    return [values[-12 + number % 12] * growth for number in range(ahead)]
