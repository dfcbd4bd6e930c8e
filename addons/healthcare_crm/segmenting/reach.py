"""How far a condition that somebody wrote may look."""

from collections.abc import Collection

from odoo.fields import Domain

CONTACT = 'res.partner'


def within(model, domain, clinics):
    """Return ``domain``, meeting nothing of other people who are of other clinics.

    Patients are looked up in sudo, where no record rule hides them: a guardian of another clinic
    would answer whatever is asked of a guardian.

    :param model: whose domain it is
    :param clinics: ids of companies
    """
    elsewhere = Domain('company_id', 'not in', [False, *clinics])
    # a rule does not ask who is archived
    elsewhere &= Domain('active', 'in', [True, False])

    def guard(condition):
        paths = dict.fromkeys(_contacts(model, condition))
        return Domain.AND([condition, *(~Domain(path, 'any', elsewhere) for path in paths)])

    return domain.map_conditions(guard)


def _contacts(model, condition, before=''):
    """Return the paths on which a condition meets contacts, and asks something of them."""
    paths, at, names = [], model, condition.field_expr.split('.')
    value = condition.value
    has_domain = condition.operator in ('any', 'not any')
    # a text is looked for in their names
    values = value if isinstance(value, Collection) and not isinstance(value, str) else [value]
    asks_last = has_domain or any(isinstance(one, str) for one in values)
    for position, name in enumerate(names):
        field = at._fields.get(name)
        if field is None or not field.relational:
            return paths
        at = at.env[field.comodel_name]
        if at._name == CONTACT and (asks_last or position + 1 < len(names)):
            paths.append(before + '.'.join(names[: position + 1]))
    if has_domain:
        for inner in Domain(value).iter_conditions():
            paths += _contacts(at, inner, f'{before}{condition.field_expr}.')
    return paths
