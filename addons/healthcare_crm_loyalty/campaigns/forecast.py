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


def forecast_parts(parts, ahead):
    """Return what ``ahead`` coming months will be like for each part of a whole.

    The whole is foreseen by :func:`forecast` from the month it began, and shared as it was in the
    last twelve months: few make no trend.

    :param dict parts: lists of whole months of one length, the oldest first, by whatever

    >>> forecast_parts({'old': [0] * 3 + [30.0] * 4, 'young': [0] * 3 + [10.0] * 4}, 2)
    {'old': [30.0, 30.0], 'young': [10.0, 10.0]}
    >>> forecast_parts({'old': [0, 0]}, 2)
    {'old': [0.0, 0.0]}
    """
    totals = [sum(month) for month in zip(*parts.values(), strict=True)]
    begun = next((number for number, total in enumerate(totals) if total), len(totals))
    whole = forecast(totals[begun:], ahead)
    year = sum(totals[-12:])
    if not year:
        return {key: [0.0] * ahead for key in parts}
    return {
        key: [total * sum(values[-12:]) / year for total in whole] for key, values in parts.items()
    }
