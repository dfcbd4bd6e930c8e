"""How spans, periods and days read inside the sentence of a condition."""

from babel.dates import format_skeleton

from odoo.tools import format_date
from odoo.tools.misc import babel_locale_parse
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

_LAST = {
    'day': (_lt("since yesterday"), _lt("in the last %(count)s days")),
    'week': (_lt("in the last week"), _lt("in the last %(count)s weeks")),
    'month': (_lt("in the last month"), _lt("in the last %(count)s months")),
    'year': (_lt("in the last year"), _lt("in the last %(count)s years")),
}
_DURATION = {
    'day': (_lt("1 day"), _lt("%(count)s days")),
    'week': (_lt("1 week"), _lt("%(count)s weeks")),
    'month': (_lt("1 month"), _lt("%(count)s months")),
    'year': (_lt("1 year"), _lt("%(count)s years")),
}


def when(condition, env):
    """Return the time a condition asks about, as part of a sentence."""
    match condition.timeframe:
        case 'last':
            return _counted(_LAST, condition.period, condition.period_unit, env)
        case 'since':
            return env._("since %(day)s", day=format_date(env, condition.date))
        case 'yearly':
            return env._("since the last %(day)s", day=day_of_year(condition.date, env))
    return env._("at any time")


def duration(count, unit, env):
    """Return "3 months"."""
    return _counted(_DURATION, count, unit, env)


def _counted(table, count, unit, env):
    one, many = table[unit or 'day']
    words = env._(one if count == 1 else many)
    return words % {'count': count}


def day_of_year(day, env):
    """Return a day without its year, "1 October", as the reader writes it."""
    if not day:
        return ''
    return format_skeleton('MMMMd', day, locale=babel_locale_parse(env.lang or 'en_US'))


def span(low, high, env):
    """Return "25 to 40", "25 or more" or "at most 40"."""
    if low and high:
        return env._("%(low)s to %(high)s", low=low, high=high)
    if high:
        return env._("at most %(high)s", high=high)
    return env._("%(low)s or more", low=low)


def number(value):
    """Return a number without needless digits.

    >>> number(6.50)
    '6.5'
    >>> number(1000.0)
    '1000'
    """
    return f'{value:f}'.rstrip('0').rstrip('.')
