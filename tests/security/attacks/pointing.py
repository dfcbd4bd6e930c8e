"""Records of one's own that are pointed at records of the other clinic.

Odoo shows the name of whatever a record points at, and asks rules about the record alone. Whoever
may make a record thus asks for the name of any patient, by number.
"""

from functools import partial

from . import clinics
from .book import Attack, add

#: between them they may make whatever may be made
WHO = ('nurse', 'clinic_administrator', 'privacy_officer')
#: where a field leads that is worth attacking
_NOT_TARGETS = ('res.users', 'ir.model')


def point(field, attempt):
    """Make a record that points over there, and turn one's own to there; then read them."""
    model, name = field
    if not attempt.env[model].has_access('create'):
        return
    there = attempt.there.records
    target = attempt.env[model]._fields[name]
    ids = there[target.comodel_name].ids
    value = [[6, 0, ids]] if target.type in ('one2many', 'many2many') else ids[0]
    own = attempt.here.records[model]
    values = own.sudo().with_context(active_test=False).copy_data()[0]
    values = {key: _plain(held) for key, held in values.items()}
    made = attempt.call(model, 'create', [{**values, name: value}])
    for ids in (made if isinstance(made, list) else [], own.ids):
        attempt.call(model, 'write', {name: value}, ids=ids)
        spec = {
            key: {'fields': {'display_name': {}}} if field.relational else {}
            for key, field in attempt.env[model]._fields.items()
            if attempt.env[model].sudo(False)._has_field_access(field, 'read')
        }
        for key in ('display_name', name):
            attempt.call(model, 'web_read', {key: spec.get(key, {})}, ids=ids)
        attempt.call(model, 'web_read', spec, ids=ids)
        attempt.call(model, 'web_save', {name: value}, {name: spec.get(name, {})}, ids=ids)
    attempt.call(
        model,
        'onchange',
        {name: value},
        [name],
        {key: {} for key in (name, 'display_name')},
        ids=[],
    )
    attempt.call(model, 'default_get', [name, 'display_name'], context={f'default_{name}': value})


def _plain(value):
    return value.decode() if isinstance(value, bytes) else value


def enter(registry):
    """Enter one attack for each field that leads from a record to what another clinic has."""
    for model in sorted(clinics.MODELS):
        for name, field in sorted(registry[model]._fields.items()):
            if not field.relational or field.comodel_name in _NOT_TARGETS:
                continue
            if field.comodel_name not in clinics.MODELS or not (field.store or field.inverse):
                continue
            add(
                Attack(
                    f'pointing {model}.{name} at the other clinic',
                    WHO,
                    partial(point, (model, name)),
                    group=f'pointing {model}',
                )
            )
