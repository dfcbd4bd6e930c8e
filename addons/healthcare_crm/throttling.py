"""How long an account waits after wrong passwords, without the ORM."""

from datetime import timedelta

#: Everybody mistypes.
FREE = 5
#: The first wait, and the longest, in seconds.
FIRST, LONGEST = 30, 15 * 60
#: After so long without a wrong attempt, the count begins anew.
FORGOTTEN_AFTER = timedelta(days=1)


def wait_after(failures):
    """Return for how many seconds nothing is tried after so many failures in a row.

    Twice as long each time, so that guessing comes to a hundred passwords a day, while nobody can
    keep a colleague out for longer than a quarter of an hour.
    """
    if failures < FREE:
        return 0
    return min(FIRST * 2 ** min(failures - FREE, 30), LONGEST)
