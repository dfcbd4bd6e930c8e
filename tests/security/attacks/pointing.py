"""Records of one's own that are pointed at records of the other clinic.

Odoo shows the name of whatever a record points at, and asks rules about the record alone. Whoever
may make a record thus asks for the name of any patient, by number.
"""

from functools import partial

from . import clinics
from .book import Attack, add, attack

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


@attack(
    "forms of Odoo's own that lead to the other clinic",
    ('reception', 'marketing', 'clinic_administrator', 'employee', 'portal', 'public'),
)
def forms(attempt):
    """A form is asked what it would show for a record, and shows its name."""
    targets = {model: records.ids[:1] for model, records in attempt.there.records.items()}
    del targets['res.company']  # names of clinics are no secret
    targets['mail.message'] = attempt.there.message.ids
    for model in sorted(attempt.case.env.registry):
        Model = attempt.env[model]
        if Model._abstract or model in clinics.MODELS or not Model.has_access('create'):
            continue
        for name, field in Model._fields.items():
            if field.relational and (ids := targets.get(field.comodel_name)):
                value = ids[0] if field.type == 'many2one' else [[6, 0, ids]]
                spec = {name: {'fields': {'display_name': {}}}, 'display_name': {}}
                attempt.call(model, 'onchange', {name: value}, [name], spec, ids=[])
                context = {f'default_{name}': ids[0] if field.type == 'many2one' else ids}
                attempt.call(model, 'onchange', {}, [], spec, ids=[], context=context)


@attack(
    'a reminder that is moved to another record',
    ('reception', 'practitioner', 'marketing', 'clinic_administrator', 'employee'),
)
def reminder(attempt):
    """Odoo asks about its record when a reminder is made, and names another one afterwards."""
    env = attempt.env
    todo = env.ref('mail.mail_activity_data_todo').id
    own = {'activity_type_id': todo, 'user_id': attempt.user.id}
    own |= {'res_model_id': attempt.case.env['ir.model']._get_id('res.partner')}
    for clinic in (attempt.there, attempt.here):
        for model in ('res.partner', 'healthcare.enquiry', 'healthcare.condition'):
            target = {
                'res_model_id': attempt.case.env['ir.model']._get_id(model),
                'res_id': clinic.records[model].id,
            }
            made = attempt.call('mail.activity', 'create', [{**own, **target}])
            mine = {**own, 'res_id': attempt.user.partner_id.id}
            moved = attempt.call('mail.activity', 'create', [mine])
            if isinstance(moved, list):
                attempt.call('mail.activity', 'write', target, ids=moved)
            for ids in (made, moved):
                if isinstance(ids, list):
                    attempt.call('mail.activity', 'read', ['res_name', 'display_name'], ids=ids)


@attack('who was written to in the other clinic', ('reception', 'marketing', 'employee', 'portal'))
def written_to(attempt):
    """Odoo lets every employee read all notifications and followers, and names who they are."""
    there = attempt.there
    patient = there.patient.with_context(mail_notify_force_send=False)
    patient.message_subscribe(there.patient.ids)
    patient.message_post(
        body=there.mark(),
        subject=there.mark(),
        partner_ids=there.patient.ids,
        message_type='comment',
        subtype_xmlid='mail.mt_comment',
    )
    attempt.case.env.flush_all()
    attempt.case.env.invalidate_all()
    attempt.changes_there()
    for model in ('mail.notification', 'mail.followers', 'mail.message', 'calendar.attendee'):
        names = list(attempt.env[model].fields_get(attributes=['type']))
        for name in names:
            attempt.call(model, 'search_read', [], [name], order='id desc', limit=200)
            attempt.call(model, 'formatted_read_group', [], [name], ['__count'])


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
