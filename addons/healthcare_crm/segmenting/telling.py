"""How a number of patients is told to whoever may not know who they are. Pure."""


def blur(count, step, salt):
    """Return about how many patients a group has: a multiple of ``step``.

    Where one multiple ends and the next begins is as secret as ``salt``, and another for each
    group: of two groups that differ by one patient, either may be told as the larger one.

    :param int count: patients, at least ``step``; of fewer nothing is told
    :param int step: the smallest group of which anything is told
    :param int salt: a secret number of this group
    :return: ``None`` where nothing is told

    >>> [blur(count, 10, 3) for count in (9, 10, 16, 17, 26, 27)]
    [None, 10, 10, 20, 20, 30]
    """
    if count < step:
        return None
    return (count + salt % step) // step * step


def is_news(count, told_of, step):
    """Say whether a number has changed enough to be told anew.

    One patient, or few, who came or went must not be recognised by it: that a number is told anew
    says that at least ``step`` did. But a group that has become too small is closed at once.

    :param int count: how many there are now
    :param int told_of: how many there were when it was told

    >>> is_news(12, 0, 10), is_news(21, 12, 10), is_news(22, 12, 10)
    (True, False, True)
    >>> is_news(9, 12, 10), is_news(10, 9, 10)
    (True, False)
    """
    return abs(count - told_of) >= step or count < step <= told_of
