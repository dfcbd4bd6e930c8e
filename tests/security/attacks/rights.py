"""Getting more rights, hiding what one did, and going around what asks for rights."""

from functools import partial

from odoo import fields
from odoo.fields import Command

from odoo.addons.healthcare_crm import sensitive

from .book import Attack, add, attack
from .clinics import ROLES

EVERYBODY = ('reception', 'practitioner', 'marketing', 'quality', 'privacy_officer',
             'clinic_administrator', 'employee', 'portal')  # fmt: skip
GROUPS = (
    'base.group_system',
    'base.group_erp_manager',
    'base.group_sanitize_override',
    'mail.group_mail_template_editor',
    'healthcare_crm.group_clinical',
    'healthcare_crm.group_practitioner',
    'healthcare_crm.group_privacy_officer',
    'healthcare_crm.group_clinic_administrator',
    'healthcare_crm.group_identifier_clear',
    'healthcare_crm.group_patient_export',
)


def _groups(user):
    user.invalidate_recordset()
    return set(user.all_group_ids.ids)


def take_group(xmlid, attempt):
    """Give oneself a group, from either side and by every kind of command."""
    user, group = attempt.user, attempt.case.env.ref(xmlid)
    before = _groups(user)
    own = user.group_ids[:1]
    for command in ([4, group.id], [6, 0, [*user.group_ids.ids, group.id]]):
        attempt.call('res.users', 'write', {'group_ids': [command]}, ids=user.ids)
        attempt.call(
            'res.users', 'web_save', {'group_ids': [command]}, {'group_ids': {}}, ids=user.ids
        )
    attempt.call('res.users', 'write', {f'in_group_{group.id}': True}, ids=user.ids)
    attempt.call('res.users', 'write', {f'sel_groups_{group.id}': group.id}, ids=user.ids)
    attempt.call('res.users', 'write', {'role': 'group_system'}, ids=user.ids)
    attempt.call('res.groups', 'write', {'user_ids': [[4, user.id]]}, ids=group.ids)
    attempt.call('res.groups', 'write', {'implied_ids': [[4, group.id]]}, ids=own.ids)
    attempt.call('res.groups', 'write', {'implied_by_ids': [[4, own.id]]}, ids=group.ids)
    through = {'user_ids': [[1, user.id, {'group_ids': [[4, group.id]]}]]}
    attempt.call('res.partner', 'write', through, ids=user.partner_id.ids)
    attempt.call('res.users', 'create', [{'name': "x", 'login': 'x', 'group_ids': [[4, group.id]]}])
    attempt.call('res.users', 'copy', {'login': 'y', 'group_ids': [[4, group.id]]}, ids=user.ids)
    attempt.call('res.company', 'write', through, ids=attempt.here.company.ids)
    attempt.won_if(_groups(user) - before, f"{attempt.role} got {xmlid}")
    others = attempt.case.env['res.users'].sudo().search([('login', 'in', ['x', 'y'])])
    attempt.won_if(others, f"{attempt.role} made a user")


for _group in GROUPS:
    add(
        Attack(f'taking the group {_group}', EVERYBODY, partial(take_group, _group), group='taking')
    )


@attack('another clinic as one\'s own', EVERYBODY)
def take_company(attempt):
    user, there = attempt.user, attempt.there.company
    for values in (
        {'company_ids': [[4, there.id]]},
        {'company_ids': [[6, 0, there.ids]], 'company_id': there.id},
        {'company_id': there.id},
    ):
        attempt.call('res.users', 'write', values, ids=user.ids)
    attempt.call('res.company', 'write', {'user_ids': [[4, user.id]]}, ids=there.ids)
    attempt.call('res.company', 'write', {'parent_id': attempt.here.company.id}, ids=there.ids)
    attempt.call('res.company', 'create', [{'name': "x", 'parent_id': there.id}])
    attempt.call('res.partner', 'write', {'company_id': False}, ids=attempt.there.patient.ids)
    user.invalidate_recordset()
    attempt.won_if(there in user.company_ids, "the clinic is theirs")


CONTEXTS = {
    'of the clinic': lambda there: {'allowed_company_ids': there.company.ids},
    'of both clinics': lambda there: {'allowed_company_ids': [*there.company.ids, 1]},
    'of clinics as a word': lambda there: {'allowed_company_ids': str(there.company.ids)},
    'of forced company': lambda there: {
        'force_company': there.company.id,
        'company_id': there.company.id,
        'default_company_id': there.company.id,
    },
    'of programs': lambda _there: {
        'install_mode': True,
        'module': 'healthcare_crm',
        'uid': 1,
        'su': True,
        'sudo': True,
        'bypass_access': True,
        'tracking_disable': True,
        'mail_notrack': True,
        'mail_create_nolog': True,
    },
    'of what is put away': lambda _there: {'active_test': False, 'bin_size': False},
    'of another user': lambda _there: {'uid': 2, 'user_id': 2, 'login_uid': 2, 'tz': "'); --"},
    'of a search': lambda there: {
        'search_default_patient_id': there.patient.id,
        'active_id': there.patient.id,
        'active_ids': there.patient.ids,
        'active_model': 'res.partner',
        'default_patient_id': there.patient.id,
        'res_partner_search_mode': 'customer',
        'show_address': 1,
        'show_email': True,
        'address_inline': True,
    },
    'of another language': lambda _there: {'lang': "xx'; SELECT 1; --", 'edit_translations': True},
    'of an import': lambda _there: {
        'import_file': True,
        'import_compat': False,
        'name_create_enabled_fields': {'patient_id': True},
        '_import_current_module': 'healthcare_crm',
        'noupdate': True,
    },
    'of no prefetching': lambda _there: {'prefetch_fields': False, 'prefetch_langs': True},
    'of reading': lambda _there: {
        'skip_audit': True,
        'no_audit': True,
        'healthcare_audit': False,
        'mail_notify_force_send': False,
        'healthcare_sealed': 'clear',
        'unsealed': True,
    },
}


def read_with(name, attempt):
    """Read over there, and what is hidden here, with a context that programs use."""
    context = CONTEXTS[name](attempt.there)
    for model in (
        'res.partner',
        'healthcare.condition',
        'healthcare.communication',
    ):
        for clinic in (attempt.there, attempt.here):
            record = clinic.records[model]
            # in turn: Odoo refuses a whole read for one field that is hidden
            for field in (
                'display_name',
                'name',
                'body',
                'note',
                'condition_ids',
            ):
                if field in record._fields:
                    attempt.call(model, 'read', [field], ids=record.ids, context=context)
            attempt.call(model, 'search_read', [], ['display_name'], context=context)
            attempt.call(model, 'name_search', 'ZQ', context=context)
            attempt.call(
                model, 'export_data', ['id', 'display_name'], ids=record.ids, context=context
            )
            attempt.call(model, 'write', {'display_name': 'x'}, ids=record.ids, context=context)
        attempt.call(model, 'default_get', list(attempt.env[model]._fields), context=context)


for _name in CONTEXTS:
    add(
        Attack(
            f'a context {_name}',
            ('reception', 'employee'),
            partial(read_with, _name),
            group='contexts',
        )
    )


@attack(
    'the records of looks, changed', ('privacy_officer', 'clinic_administrator', 'practitioner')
)
def change_looks(attempt):
    for model in ('healthcare.audit.event', 'healthcare.audit.block', 'healthcare.audit.check'):
        ids = attempt.case.env[model].sudo().search([], limit=3).ids or [1]
        for method, args in (
            ('write', [{'action': 'read', 'mac': 'x'}]),
            ('unlink', []),
            ('copy', []),
            ('web_save', [{'detail': 'x'}, {}]),
            ('action_archive', []),
            ('update_field_translations', ['detail', {'en_US': 'x'}]),
        ):
            answer = attempt.call(model, method, *args, ids=ids)
            attempt.won_if(
                answer is True or (isinstance(answer, list) and answer), f"{model}.{method}"
            )
        attempt.refused(f"{model} is made up", model, 'create', [{'user_id': 1}])
        attempt.call(model, 'load', ['id', 'user_id'], [['x', '1']])
    for method in ('_record', '_gc', '_prune', 'init', '_seal', '_look', '_record_shown'):
        attempt.refused(
            f"{method} is called", 'healthcare.audit.event', method, 'read', 'res.partner'
        )
        attempt.refused(f"{method} is called", 'healthcare.audit', method, 'read', 'res.partner')


@attack('parameters and keys of the system', EVERYBODY)
def parameters(attempt):
    params = 'ir.config_parameter'
    secret = attempt.case.env[params].sudo().get_param('database.secret')
    for method, args in (
        ('get_param', ['database.secret']),
        ('search_read', [[], ['key', 'value']]),
        ('set_param', ['healthcare_crm.outgoing_allowed', '0.0.0.0/0']),
        ('set_param', ['mail.restrict.template.rendering', '']),
        ('create', [[{'key': 'x', 'value': 'y'}]]),
        ('get_bool', ['database.secret']),
    ):
        answer = attempt.call(params, method, *args)
        attempt.won_if(
            method in ('set_param', 'create') and not isinstance(answer, Exception),
            f"{method} {args}",
        )
        attempt.won_if(secret in str(answer), "the secret of the database")
    for model in ('healthcare.key', 'healthcare.workflow.hook.secret', 'healthcare.login.throttle'):
        answer = attempt.call(model, 'search_read', [])
        attempt.won_if(isinstance(answer, list) and answer, f"{model} is read")


@attack('opening a record without need', ('reception', 'marketing', 'nurse', 'quality'))
def break_glass(attempt):
    model = 'healthcare.break.glass'
    for clinic in (attempt.here, attempt.there):
        values = {
            'patient_id': clinic.patient.id,
            'user_id': attempt.user.id,
            'reason': "x",
            'expires_at': '2099-01-01 00:00:00',
            'opened_at': '2020-01-01 00:00:00',
            'company_id': clinic.company.id,
        }
        attempt.refused("opened by hand", model, 'create', [values])
        attempt.refused("opened unasked", model + '.open', 'action_open', ids=[1])
        made = attempt.call(model + '.open', 'create', [{'patient_id': clinic.patient.id}])
        if isinstance(made, list):
            for values in ({}, {'reason': ''}, {'reason': '   '}, {'reason': 'emergency'}):
                attempt.call(model + '.open', 'write', values, ids=made)
                attempt.call(model + '.open', 'action_check', ids=made)
    attempt.won_if(
        attempt.case.env[model].sudo().search_count([('user_id', '=', attempt.user.id)]),
        "a record stands open",
    )


@attack('lengthening one\'s own opening', 'practitioner')
def lengthen(attempt):
    glass = attempt.case.env['healthcare.break.glass'].sudo()
    opening = glass.with_user(attempt.user)._open(
        attempt.here.patient.with_user(attempt.user), 'emergency', "Nobody else is there now."
    )
    for record in opening:
        for values in (
            {'expires_at': '2099-01-01 00:00:00'},
            {'user_id': 2},
            {'patient_id': attempt.here.other.id},
            {'verdict': 'justified'},
        ):
            attempt.refused(f"{values} written", glass._name, 'write', values, ids=record.ids)
        attempt.refused("deleted", glass._name, 'unlink', ids=record.ids)


@attack('treating a patient by one\'s own word', 'practitioner')
def make_oneself_treat(attempt):
    patient, user = attempt.here.patient, attempt.user
    doctor = (
        attempt.case.env['healthcare.practitioner']
        .sudo()
        .create({'name': "Me", 'user_id': user.id, 'company_id': attempt.here.company.id})
    )
    attempt.case.env.flush_all()
    for model, values, ids in (
        ('res.partner', {'practitioner_id': doctor.id}, patient.ids),
        ('calendar.event', {'practitioner_id': doctor.id}, attempt.here.visit.ids),
        (
            'healthcare.referral',
            {'practitioner_id': doctor.id},
            attempt.here.records['healthcare.referral'].ids,
        ),
        ('healthcare.practitioner', {'user_id': user.id}, attempt.here.practitioner.ids),
        ('healthcare.department', {'name': "x"}, attempt.here.department.ids),
        ('res.users', {'healthcare_department_ids': [[4, attempt.here.department.id]]}, user.ids),
    ):
        attempt.call(model, 'write', values, ids=ids)
        attempt.call(model, 'web_save', values, {}, ids=ids)
    for model, values in (
        (
            'calendar.event',
            {
                'is_appointment': True,
                'patient_id': patient.id,
                'practitioner_id': doctor.id,
                'start': fields.Datetime.now(),
            },
        ),
        ('healthcare.referral', {'patient_id': patient.id, 'practitioner_id': doctor.id}),
        ('healthcare.encounter', {'patient_id': patient.id, 'practitioner_id': doctor.id}),
        ('healthcare.care.task', {'patient_id': patient.id, 'user_id': user.id, 'name': "x"}),
        ('healthcare.care.relation', {'patient_id': patient.id, 'user_id': user.id}),
        ('healthcare.waitlist.entry', {'patient_id': patient.id, 'practitioner_id': doctor.id}),
    ):
        attempt.call(model, 'create', [values])
    attempt.call(
        'healthcare.condition',
        'read',
        ['name', 'note'],
        ids=attempt.here.records['healthcare.condition'].ids,
    )
    attempt.won_if(user._is_in_care(patient.ids), "they treat the patient")


@attack('writing what the software alone knows', EVERYBODY, keeps_own=False)
def protected_fields(attempt):
    """The register says of each field who writes it."""
    register = attempt.env['healthcare.sensitive']._get_register()
    for model, entries in register.items():
        record = attempt.here.records.get(model)
        if not record:
            continue
        for name, entry in entries.items():
            field = record._fields.get(name)
            if not field or field.type in ('one2many', 'many2many') or not field.store:
                continue
            may = entry.write != 'system' and attempt.user.has_groups(entry.write)
            if may or (field.compute and not field.inverse and field.readonly):
                continue
            before = record.sudo()[name]
            value = {
                'boolean': not before,
                'many2one': False,
                'integer': 4711,
                'float': 4711.0,
                'date': '2001-01-01',
                'datetime': '2001-01-01 00:00:00',
            }.get(field.type, "HACK")
            if field.type == 'selection':
                value = next(
                    (one for one in field.get_values(attempt.case.env) if one != before), False
                )
            attempt.call(model, 'write', {name: value}, ids=record.ids)
            record.invalidate_recordset([name], flush=False)
            attempt.won_if(record.sudo()[name] != before, f"{attempt.role} wrote {model}.{name}")


@attack('entering what the software alone knows', EVERYBODY)
def entered_fields(attempt):
    """What nobody may write afterwards is not to be had by making a new record either."""
    register = attempt.env['healthcare.sensitive']._get_register()
    for model, entries in register.items():
        record = attempt.here.records.get(model)
        # who enters a call or a letter says what it said
        if not record or model == 'healthcare.communication' or not record.has_access('create'):
            continue
        if not attempt.env[model].has_access('create'):
            continue
        system = [name for name, entry in entries.items() if entry.write == 'system']
        [copied] = record.sudo().copy_data()
        plain = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in copied.items()
            if name not in system
        }
        for name in system:
            field = record._fields[name]
            if field.type not in _INVENTED or not field.store or (field.compute and field.readonly):
                continue
            value = _INVENTED[field.type]
            made = attempt.call(model, 'create', [{**plain, name: value}])
            if isinstance(made, list):
                kept = record.sudo().browse(made)[name]
                attempt.won_if(str(kept) == value, f"{attempt.role} entered {model}.{name}")


#: what somebody makes up, by the type of a field
_INVENTED = {'char': "HACK", 'text': "HACK", 'date': '2001-01-01'}


@attack('two roles that exclude each other', 'clinic_administrator')
def exclusive(attempt):
    """By an administrator of users, who may write groups: in one write, in several, by a group."""
    env = attempt.case.env
    user = attempt.case.users['marketing']
    manager = attempt.user
    manager.sudo().group_ids = [Command.link(env.ref('base.group_erp_manager').id)]
    env.flush_all()
    clinical, marketing = env.ref(ROLES['nurse']), env.ref(ROLES['marketing'])
    between = env['res.groups'].sudo().create({'name': "Between"})
    for model, ids, values in (
        ('res.users', user.ids, {'group_ids': [[4, clinical.id]]}),
        ('res.users', user.ids, {'group_ids': [[6, 0, [clinical.id, marketing.id]]]}),
        ('res.groups', clinical.ids, {'user_ids': [[4, user.id]]}),
        ('res.groups', marketing.ids, {'implied_ids': [[4, clinical.id]]}),
        ('res.groups', clinical.ids, {'implied_by_ids': [[4, marketing.id]]}),
        ('res.users', user.ids, {'group_ids': [[4, between.id]]}),
        ('res.groups', between.ids, {'implied_ids': [[4, clinical.id]]}),
    ):
        attempt.call(model, 'write', values, ids=ids)
        user.invalidate_recordset()
        attempt.won_if(
            user.has_group('healthcare_crm.group_clinical') and user.has_group(ROLES['marketing']),
            f"{model} {values}",
        )


@attack('somebody else\'s settings and devices', EVERYBODY)
def preferences(attempt):
    other = attempt.case.users['nurse']
    for values in (
        {'signature': "HACK"},
        {'password': 'Hacked-Passw0rd!'},
        {'login': 'hacked'},
        {'totp_secret': 'x'},
        {'email': 'x@example.org'},
        {'active': False},
    ):
        if attempt.role == 'clinic_administrator' and 'email' in values:
            continue
        attempt.refused(f"{values} of another", 'res.users', 'write', values, ids=other.ids)
    for method in (
        'action_totp_disable',
        'action_reset_password',
        'revoke_all_devices',
        'preference_change_password',
        'action_revoke_all_devices',
        '_change_password',
    ):
        answer = attempt.call('res.users', method, ids=other.ids)
        attempt.won_if(method == 'action_totp_disable' and answer is True, method)
    before = other.sudo().password
    attempt.call('change.password.own', 'create', [{'new_password': 'x', 'confirm_password': 'x'}])
    attempt.call(
        'change.password.wizard',
        'create',
        [{'user_ids': [[0, 0, {'user_id': other.id, 'new_passwd': 'Hacked-Passw0rd!'}]]}],
    )
    attempt.call('change.password.wizard', 'change_password_button', ids=[1])
    attempt.call('res.users.apikeys', 'search_read', [])
    attempt.call('res.users.apikeys', 'create', [{'name': 'x', 'user_id': other.id}])
    attempt.call('res.users.apikeys.description', 'create', [{'name': 'x'}])
    attempt.won_if(other.sudo().password != before, "the password")


@attack('programs by actions, templates and jobs', EVERYBODY, 'template')
def programs(attempt):
    ref = attempt.case.env.ref
    model = attempt.case.env['ir.model']._get_id('res.partner')
    for target, values in (
        ('ir.actions.server', {'name': 'x', 'model_id': model, 'state': 'code', 'code': 'x=1'}),
        ('ir.cron', {'name': 'x', 'model_id': model, 'state': 'code', 'code': 'x=1'}),
        ('base.automation', {'name': 'x', 'model_id': model, 'trigger': 'on_create'}),
        ('mail.template', {'name': 'x', 'model_id': model, 'body_html': '<t t-out="object.env"/>'}),
        ('ir.ui.view', {'name': 'x', 'type': 'qweb', 'arch': '<t t-out="1"/>'}),
        ('ir.actions.report', {'name': 'x', 'model': 'res.partner', 'report_name': 'x'}),
        ('ir.rule', {'name': 'x', 'model_id': model, 'domain_force': '[(1,"=",1)]'}),
        ('ir.model.access', {'name': 'x', 'model_id': model, 'perm_read': True}),
        (
            'ir.model.fields',
            {'name': 'x_x', 'model_id': model, 'ttype': 'char', 'related': 'condition_ids.name'},
        ),
        (
            'mail.alias',
            {
                'alias_name': 'x',
                'alias_model_id': model,
                'alias_defaults': "{'x': __import__('os')}",
            },
        ),
        ('fetchmail.server', {'name': 'x'}),
        ('ir.mail_server', {'name': 'x', 'smtp_host': 'x'}),
        ('ir.sequence', {'name': 'x', 'prefix': '%(x)s'}),
    ):
        if target not in attempt.case.env:
            continue
        attempt.refused(f"{attempt.role} makes a {target}", target, 'create', [values])
    for record in (
        ref('healthcare_crm.report_patient_summary', False),
        attempt.case.env['mail.template'].sudo().search([], limit=1),
    ):
        if record:
            attempt.refused("changed", record._name, 'write', {'name': 'x'}, ids=record.ids)
    for values in ({'body_html': '<t t-out="object.env.cr"/>', 'subject': '{{ 7*7 }}'},):
        attempt.call(
            'mail.compose.message',
            'create',
            [
                {
                    'model': 'res.partner',
                    'res_ids': str(attempt.here.patient.ids),
                    'composition_mode': 'mass_mail',
                    **values,
                }
            ],
        )


@attack('filters and lists of others', EVERYBODY)
def shared_filters(attempt):
    other = attempt.case.users['nurse']
    filters = attempt.case.env['ir.filters'].sudo().create({
        'name': attempt.there.mark(), 'model_id': 'res.partner', 'user_ids': [[6, 0, other.ids]],
        'domain': f"[('name', '=', '{attempt.there.mark()}')]"})  # fmt: skip
    attempt.call('ir.filters', 'get_filters', 'res.partner')
    attempt.call('ir.filters', 'search_read', [], ['name', 'domain'])
    attempt.call('ir.filters', 'read', ['name', 'domain'], ids=filters.ids)
    attempt.call('ir.filters', 'write', {'user_ids': [[6, 0, []]]}, ids=filters.ids)
    attempt.call('ir.exports', 'search_read', [], ['name', 'export_fields'])
    hidden = attempt.call(
        'ir.filters',
        'create',
        [
            {
                'name': 'x',
                'model_id': 'res.partner',
                'user_ids': [[6, 0, attempt.user.ids]],
                'domain': "[('condition_ids.name', '=', 'x')]",
                'sort': '["identifier_number"]',
            }
        ],
    )
    attempt.look(hidden if isinstance(hidden, list) else '')


@attack(
    'merging with a patient of another clinic',
    ('reception', 'nurse', 'clinic_administrator'),
    'merge',
)
def merging(attempt):
    here, there = attempt.here, attempt.there
    ids = [here.patient.id, there.patient.id]
    wizard = attempt.call(
        'base.partner.merge.automatic.wizard',
        'create',
        [{'partner_ids': [[6, 0, ids]], 'dst_partner_id': here.patient.id}],
    )
    if isinstance(wizard, list):
        for method in ('action_merge', 'action_skip', 'action_start_automatic_process'):
            attempt.call('base.partner.merge.automatic.wizard', method, ids=wizard)
        attempt.call(
            'base.partner.merge.automatic.wizard',
            'web_read',
            {
                'partner_ids': {'fields': {'display_name': {}, 'email': {}}},
                'dst_partner_id': {'fields': {'display_name': {}}},
            },
            ids=wizard,
        )
    attempt.call(
        'base.partner.merge.automatic.wizard',
        'default_get',
        ['partner_ids'],
        context={'active_ids': ids, 'active_model': 'res.partner'},
    )
    attempt.call('res.partner', 'action_compare', ids=ids)
    attempt.call('res.partner', 'mark_different', [there.patient.id], ids=here.patient.ids)
    attempt.call('healthcare.patient.link', 'create', [{'patient_id': ids[0], 'other_id': ids[1]}])
    attempt.call('healthcare.patient.merge', 'create', [{'kept_id': ids[0], 'merged_id': ids[1]}])
    attempt.call('res.partner', 'write', {'merged_into_id': ids[0]}, ids=[ids[1]])
    attempt.call('res.partner', 'write', {'parent_id': ids[1]}, ids=[ids[0]])
    # an invented patient with the values of theirs: the answer repeats them
    attempt.bring(there.mark('base.group_user'))
    candidates = attempt.call(
        'res.partner',
        'match_candidates',
        {
            'name': there.patient.name,
            'phone': there.patient.phone,
            'email': there.patient.email,
            'birth_date': '1980-02-03',
        },
    )
    attempt.won_if(
        isinstance(candidates, list) and {one['id'] for one in candidates} & set(there.patient.ids),
        "their patient is a candidate",
    )


@attack('duplicates as an oracle of the other clinic', ('reception', 'clinic_administrator'))
def duplicates(attempt):
    """Whether a number is taken there tells who goes there."""
    number = attempt.there.number
    # a number that is taken is refused, and repeated, to whoever has it from the patient's card
    attempt.bring(attempt.there.mark(sensitive.GROUP_IDENTIFIER_CLEAR))
    system = attempt.there.records['healthcare.patient.identifier'].system_id
    taken = attempt.call(
        'healthcare.patient.identifier',
        'create',
        [{'patient_id': attempt.here.patient.id, 'system_id': system.id, 'value': number}],
    )
    attempt.won_if(attempt.there.patient.name in str(taken), "whose number it is")
    attempt.call('res.partner', 'search_count', [('identifier_ids.value', '=', number)])
    found = attempt.call('res.partner', 'search', [('identifier_number', '=', number)])
    attempt.won_if(isinstance(found, list) and found, "found by the number")
    found = attempt.call('healthcare.patient.identifier', 'search', [('value', '=', number)])
    attempt.won_if(isinstance(found, list) and found, "found by the number")


@attack('a segment as an oracle', ('clinic_administrator', 'marketing', 'reception', 'quality'))
def segment_oracle(attempt):
    """How many there are of whom tells about each, where one may ask anything."""
    for domain in (
        "[('condition_ids.name', '=', 'x')]",
        "[('condition_ids', '!=', False)]",
        "[('identifier_ids.value', '=', 'x')]",
        "[('identifier_ids.value_index', '!=', False)]",
        "[('document_ids.file_name', '!=', False)]",
        "[('privacy_request_ids', '!=', False)]",
        "[('user_ids.password', 'ilike', 'a')]",
        "[('company_id.partner_id.user_ids.totp_secret', '!=', False)]",
        f"[('company_id', '=', {attempt.there.company.id})]",
        f"[('id', 'in', {attempt.there.patient.ids})]",
        "[('id', 'any!', [])]",
        "[('name', 'in', __import__('os').listdir('/'))]",
    ):
        made = attempt.call(
            'healthcare.segment',
            'create',
            [{'name': 'x', 'company_id': attempt.here.company.id, 'domain': domain}],
        )
        for method in ('count_now', 'funnel_now', 'sample_now'):
            answer = attempt.call(
                'healthcare.segment',
                method,
                False,
                {'domain': domain, 'company_id': attempt.here.company.id, 'name': 'x'},
            )
            attempt.won_if(
                str(attempt.there.company.id) in domain
                and isinstance(answer, dict)
                and (answer.get('count') or answer.get('patients')),
                f"{method} counts over there: {answer}",
            )
        if isinstance(made, list):
            attempt.call('healthcare.segment', 'action_refresh', ids=made)
            attempt.case.env['healthcare.segment'].sudo().browse(made)._refresh()
            members = (
                attempt.case.env['healthcare.segment.member']
                .sudo()
                .search([('segment_id', 'in', made)])
            )
            attempt.won_if(
                members.patient_id & (attempt.there.patient | attempt.there.other),
                f"{domain} has a patient of the other clinic",
            )
            hidden = any(word in domain for word in ('condition', 'value', 'file_name', 'password'))
            attempt.won_if(hidden, f"{attempt.role} asks {domain}")


@attack('conditions of a workflow about what one may not read', 'clinic_administrator')
def workflow_conditions(attempt):
    workflow = attempt.here.records['healthcare.workflow']
    for domain in (
        "[('patient_id.condition_ids.name', '=', 'x')]",
        "[('patient_id.identifier_ids.value', '=', 'x')]",
        "[('create_uid.password', '!=', False)]",
        "[('patient_id', 'any!', [])]",
        "[('id', '=', __import__('os').getpid())]",
        "[(lambda: 1)()]",
    ):
        for model in ('healthcare.workflow.trigger', 'healthcare.workflow.exit'):
            made = attempt.call(
                model,
                'create',
                [{'workflow_id': workflow.id, 'name': 'x', 'domain': domain, 'kind': 'event'}],
            )
            del made
        attempt.call('healthcare.workflow', 'write', {'goal_domain': domain}, ids=workflow.ids)
        answer = attempt.call('healthcare.workflow', 'action_publish', ids=workflow.ids)
        attempt.won_if(answer is True, f"{domain} runs")


@attack('messages that ask for what is hidden', 'clinic_administrator', 'template')
def template_placeholders(attempt):
    template = attempt.here.records['healthcare.message.template']
    for body in (
        '{{ object.condition_ids }}',
        '<t t-out="object.env"/>',
        '{condition_ids}',
        '{patient_name.__class__}',
        '{env}',
        '${object.name}',
        '%(patient)s',
    ):
        attempt.call('healthcare.message.template', 'write', {'body': body}, ids=template.ids)
        attempt.call('healthcare.message.template', 'editor_save', 'x', body, ids=template.ids)
        attempt.call(
            'healthcare.workflow',
            'simulate_words',
            'start',
            'sms',
            'en_US',
            attempt.there.patient.id,
            attempt.there.visit.id,
            ids=attempt.here.records['healthcare.workflow'].ids,
        )


@attack(
    'a file moved to another record', ('reception', 'marketing', 'employee', 'portal'), 'attachment'
)
def attachments(attempt):
    files = attempt.case.env['ir.attachment'].sudo()
    own = files.create(
        {
            'name': 'x',
            'raw': b'x',
            'res_model': 'res.users',
            'res_id': attempt.user.id,
            'create_uid': attempt.user.id,
        }
    )
    theirs = files.search(
        [
            ('res_model', '=', 'healthcare.document'),
            ('res_field', '!=', False),
            (
                'res_id',
                'in',
                [
                    attempt.there.records['healthcare.document'].id,
                    attempt.here.records['healthcare.document'].id,
                ],
            ),
        ]
    )
    for values in (
        {
            'res_model': 'healthcare.document',
            'res_field': 'file_sealed',
            'res_id': attempt.there.records['healthcare.document'].id,
        },
        {'res_model': 'res.partner', 'res_id': attempt.there.patient.id},
        {'store_fname': theirs[:1].store_fname},
        {'checksum': theirs[:1].checksum},
    ):
        attempt.call('ir.attachment', 'write', values, ids=own.ids)
    for values in (
        {'res_model': 'res.users', 'res_id': attempt.user.id, 'res_field': False},
        {'public': True},
        {'access_token': 'x'},
    ):
        attempt.refused("moved", 'ir.attachment', 'write', values, ids=theirs.ids)
    for method in ('generate_access_token', 'read', 'copy', 'search_read'):
        attempt.call('ir.attachment', method, ids=theirs.ids if method != 'search_read' else None)
    attempt.call(
        'ir.attachment',
        'create',
        [
            {
                'name': 'x',
                'res_model': 'healthcare.document',
                'res_id': theirs[:1].res_id,
                'raw': 'eA==',
            }
        ],
    )
    found = attempt.call(
        'ir.attachment',
        'search',
        [('res_field', '!=', False), ('res_model', '=', 'healthcare.document')],
    )
    attempt.won_if(isinstance(found, list) and set(found) & set(theirs.ids), "the files are listed")
    own.invalidate_recordset()
    attempt.won_if(own.store_fname == theirs[:1].store_fname, "a file of a patient is one's own")


@attack('followers of a patient', ('marketing', 'employee', 'reception'), 'tracking')
def followers(attempt):
    there = attempt.there
    for model in ('res.partner', 'healthcare.privacy.request', 'healthcare.enquiry'):
        ids = there.records[model].ids
        attempt.call(model, 'message_subscribe', [attempt.user.partner_id.id], ids=ids)
        attempt.call(model, 'message_post', body="HACK", ids=ids)
        attempt.call(model, 'activity_schedule', ids=ids)
        attempt.call(
            'mail.followers',
            'create',
            [{'res_model': model, 'res_id': ids[0], 'partner_id': attempt.user.partner_id.id}],
        )
        attempt.call(
            'mail.activity',
            'create',
            [
                {
                    'res_model_id': attempt.case.env['ir.model']._get_id(model),
                    'res_id': ids[0],
                    'user_id': attempt.user.id,
                }
            ],
        )
        attempt.call(
            'mail.message',
            'create',
            [{'model': model, 'res_id': ids[0], 'body': "HACK", 'message_type': 'comment'}],
        )
    attempt.call('mail.message', 'write', {'body': "HACK"}, ids=there.message.ids)
    attempt.call('mail.message', 'read', ['body', 'subject'], ids=there.message.ids)
    attempt.call('mail.message', 'search_read', [('body', 'ilike', 'ZQ')], ['body'])
    attempt.call('mail.followers', 'search_read', [], ['display_name', 'email'])
    attempt.call('mail.activity', 'search_read', [], ['display_name', 'res_name'])
    attempt.call('mail.mail', 'search_read', [], ['body_html', 'email_to'])
    attempt.call('mail.notification', 'search_read', [], ['display_name'])
    attempt.call('mail.tracking.value', 'search_read', [], [])


@attack('importing into protected fields', ('reception', 'marketing', 'employee', 'nurse'))
def load(attempt):
    there = attempt.there
    for names, rows in (
        (['.id', 'name'], [[str(there.patient.id), "HACK"]]),
        (['name', 'is_patient', 'merged_into_id/.id'], [["x", 'True', str(there.patient.id)]]),
        (['name', 'guardian_id/.id'], [["x", str(there.patient.id)]]),
        (['name', 'condition_ids/name'], [["x", "HACK"]]),
        (['.id', 'consent_link_number'], [[str(attempt.here.patient.id), '7']]),
        (['name', 'guardian_id'], [["x", there.patient.name]]),
    ):
        if there.patient.name in rows[0]:
            # Odoo says that it finds nobody of the name that it was given
            attempt.bring(there.mark('base.group_user'))
        attempt.call('res.partner', 'load', names, rows)
        for record in attempt.case.env['res.partner'].sudo().search([('name', '=', 'x')]):
            attempt.won_if(
                record.merged_into_id
                or record.guardian_id == there.patient
                or (record.condition_ids and attempt.role != 'nurse'),
                f"{names} were taken",
            )
    attempt.call('base_import.import', 'create', [{'res_model': 'res.partner', 'file': 'eA=='}])


@attack('making records by their name', ('employee', 'marketing', 'portal'), keeps_own=True)
def name_create(attempt):
    for model in (
        'res.partner',
        'healthcare.condition',
        'healthcare.department',
        'healthcare.household',
        'healthcare.segment',
        'healthcare.enquiry',
    ):
        answer = attempt.call(
            model,
            'name_create',
            "x",
            context={
                'default_is_patient': True,
                'default_company_id': attempt.there.company.id,
                'default_patient_id': attempt.there.patient.id,
            },
        )
        attempt.won_if(
            not isinstance(answer, Exception)
            and (
                model != 'res.partner'
                or attempt.case.env['res.partner'].sudo().browse(answer[0]).is_patient
            ),
            f"{model} made",
        )


@attack('free values put on a record', ('reception', 'employee'))
def properties(attempt):
    for model in ('res.partner', 'healthcare.enquiry', 'calendar.event'):
        for name, field in attempt.env[model]._fields.items():
            if field.type in ('properties', 'properties_definition', 'json'):
                attempt.call(
                    model,
                    'write',
                    {
                        name: [
                            {
                                'name': 'a',
                                'type': 'many2one',
                                'comodel': 'res.partner',
                                'value': attempt.there.patient.id,
                                'definition_changed': True,
                            }
                        ]
                    },
                    ids=attempt.here.records[model].ids,
                )
                attempt.call(model, 'web_read', {name: {}}, ids=attempt.here.records[model].ids)
        attempt.call(model, 'get_property_definition', 'x')


@attack('order, limit and groups that are SQL', ('reception', 'employee', 'portal'))
def injected(attempt):
    secret = attempt.there.mark()
    for sql in (
        "id; SELECT 1",
        "(SELECT name FROM res_partner LIMIT 1)",
        "id DESC NULLS FIRST, 1",
        "name||(SELECT 1)",
        "id--",
        "CASE WHEN 1=1 THEN id END",
        "id)/*",
        '"id"; --',
    ):
        attempt.refused(f"order {sql}", 'res.partner', 'search', [], order=sql)
        attempt.refused(
            f"group {sql}", 'res.partner', 'formatted_read_group', [], [sql], ['__count']
        )
        attempt.refused(f"sum {sql}", 'res.partner', 'formatted_read_group', [], [], [f'{sql}:sum'])
        attempt.refused(f"field {sql}", 'res.partner', 'search_read', [], [sql])
        attempt.refused(f"domain {sql}", 'res.partner', 'search', [(sql, '=', 1)])
        attempt.refused(f"operator {sql}", 'res.partner', 'search', [('id', sql, 1)])
        attempt.call('res.partner', 'search', [('name', '=', sql)], limit=sql, offset=sql)
    for value in ({'a': 1}, [[1]], "1' OR '1'='1", 2**70, -1, 1e999, "\x00", ["x"] * 10000):
        answer = attempt.call('res.partner', 'search_read', [('id', '=', value)], ['name'])
        attempt.look(answer)
        attempt.call(
            'res.partner', 'read', ['name'], ids=[value] if not isinstance(value, list) else value
        )
    assert secret


@attack('private methods by other names', EVERYBODY)
def private(attempt):
    for model, method in (
        ('res.partner', '_read_consent_token'),
        ('res.partner', 'sudo'),
        ('res.partner', 'with_user'),
        ('res.partner', 'env'),
        ('res.partner', '__class__'),
        ('res.partner', 'browse'),
        ('res.partner', 'with_env'),
        ('res.partner', 'with_context'),
        ('res.partner', 'mapped'),
        ('res.partner', 'filtered'),
        ('res.partner', 'search_fetch'),
        ('res.partner', 'check_access'),
        ('res.partner', 'invalidate_recordset'),
        ('healthcare.export', '_read_sealed_file'),
        ('healthcare.sealed', '_unseal'),
        ('healthcare.audit', '_record'),
        ('healthcare.erasure', '_erase'),
        ('healthcare.patient.identifier', '_unseal_known'),
        ('res.users', '_compute_session_token'),
        ('ir.config_parameter', '_get_param'),
        ('healthcare.segment', '_refresh'),
        ('ir.cron', 'method_direct_trigger'),
        ('ir.actions.server', 'run'),
        ('bus.bus', '_sendone'),
        ('ir.qweb', '_render'),
        ('mail.template', 'send_mail'),
        ('mail.render.mixin', '_render_template'),
        ('ir.model.data', 'xmlid_to_res_id'),
        ('ir.ui.view', 'render_public_asset'),
    ):
        answer = attempt.call(model, method, ids=attempt.there.patient.ids)
        attempt.won_if(
            not isinstance(answer, Exception) and method.startswith('_'), f"{model}.{method}"
        )
