"""Conditions of an administrator, read at the engine's own time.

Odoo counts a relative date (``-7d``, ``today +1m``) from the present of the server. A workflow that
is rehearsed or simulated runs at another moment, so relative dates become absolute ones here first.
"""

from dateutil.relativedelta import relativedelta

from odoo.fields import Domain
from odoo.tools.date_utils import WEEKDAY_NUMBER

from .clock import to_local, to_utc

_UNITS = {'d': 'days', 'w': 'weeks', 'm': 'months', 'y': 'years'}
_TIME_UNITS = {'H': 'hours', 'M': 'minutes', 'S': 'seconds'}
_DAY_START = relativedelta(hour=0, minute=0, second=0, microsecond=0)
#: Setting a part of a date puts the smaller parts to their least value.
_TRUNCATED = {
    'd': _DAY_START,
    'm': _DAY_START + relativedelta(day=1),
    'y': _DAY_START + relativedelta(day=1, month=1),
    'H': relativedelta(minute=0, second=0, microsecond=0),
    'M': relativedelta(second=0, microsecond=0),
    'S': relativedelta(microsecond=0),
}


def at(env, model, domain, now, tz):
    """Return ``domain`` over ``model`` with the dates that are relative made absolute.

    :param domain: list or tuple form, as stored; sub-domains of ``any`` included
    :param now: the moment they are relative to, naive UTC; days are those of the zone ``tz``
    """
    return Domain(list(domain)).map_conditions(
        lambda condition: _absolute(env, model, condition, now, tz)
    )


def _absolute(env, model, condition, now, tz):
    field = _field_of(env, model, condition.field_expr)
    if field is None:
        return condition
    name, operator, value = condition.field_expr, condition.operator, condition.value
    if operator in ('any', 'not any') and isinstance(value, Domain | list | tuple):
        return Domain(name, operator, at(env, field.comodel_name, value, now, tz))
    if field.type in ('date', 'datetime') and isinstance(value, str):
        moment = moment_of(value, now, tz)
        if moment is not None:
            return Domain(name, operator, moment)
    return condition


def _field_of(env, model, path):
    """Return the field at the end of ``path``; ``None`` where it is not a plain path."""
    field = None
    for name in path.split('.'):
        if model is None or name not in env[model]._fields:
            return None
        field = env[model]._fields[name]
        model = field.comodel_name
    return field


def moment_of(value, now, tz):
    """Return what a relative date of Odoo's means at ``now``; ``None`` if ``value`` is none.

    The grammar is that of ``odoo.tools.date_utils.parse_date``: ``today`` or ``now``, then offsets
    such as ``+3d``, ``=1m``, ``-monday``. Without a week's first day of its own the engine begins
    weeks on Monday, as ISO 8601 does.

    :return: a date after ``today``, else a naive UTC datetime
    """
    terms = value.split()
    if not terms or terms[0][0].isdigit():
        return None
    moment = to_local(now, tz)
    is_day = terms[0] == 'today'
    if is_day:
        moment += _DAY_START
    try:
        for term in terms[terms[0] in ('today', 'now') :]:
            moment = _moved(moment, term, is_day)
    except (KeyError, ValueError, IndexError):
        return None
    return moment.date() if is_day else to_utc(moment)


def _moved(moment, term, is_day):
    """Return ``moment`` after one offset of the grammar."""
    operator, rest = term[0], term[1:]
    if rest in WEEKDAY_NUMBER or rest == 'week_start':
        days = WEEKDAY_NUMBER.get(rest, 0) - moment.weekday()
        if operator == '=':
            moment += _DAY_START
        elif operator == '+':
            days %= 7
        else:
            days = -(-days % 7)
        return moment + relativedelta(days=days)
    unit, number = term[-1], int(rest[:-1])
    if operator not in '+-=' or (is_day and unit in _TIME_UNITS):
        raise ValueError(term)
    if operator != '=':
        name = (_UNITS | _TIME_UNITS)[unit]
        return moment + relativedelta(**{name: number if operator == '+' else -number})
    name = {'d': 'day', 'm': 'month', 'y': 'year', 'H': 'hour', 'M': 'minute', 'S': 'second'}[unit]
    moment += _TRUNCATED[unit]
    return moment + relativedelta(**{name: number})
