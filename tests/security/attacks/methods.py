"""Every public method of ours, called with what belongs to the other clinic, by everybody."""

import inspect
import itertools
from functools import partial

from odoo.exceptions import AccessError
from odoo.service.model import get_public_method

from .book import Attack, add
from .clinics import MODELS, ROLES

#: whoever tries, the strongest first
WHO = (
    'practitioner',
    'clinic_administrator',
    'privacy_officer',
    'marketing',
    'reception',
    'quality',
    'employee',
    'portal',
)
#: of those with a right on a model, and of those without: any more is stopped by the same
_MOST_WITH, _MOST_WHO = 3, 4
OURS = 'odoo.addons.healthcare_crm'
#: what every model has, and a client may call with anything
STOCK = ('read', 'write', 'unlink', 'copy', 'web_save', 'web_read', 'export_data', 'onchange')
_MOST_CALLS = 3


def enter(registry, env):
    """Enter one attack for each public method of each model of ours."""
    for model in sorted(registry):
        cls = registry[model]
        names = {
            name
            for base in cls.__mro__
            if base.__module__.startswith(OURS) and base.__name__ != 'Base'
            for name, value in vars(base).items()
            if inspect.isfunction(value) and not name.startswith('_')
        }
        if model in MODELS:
            names |= set(STOCK)
        who = _who(env, model)
        for name in sorted(names):
            try:
                method = get_public_method(env[model], name)
            except (AccessError, AttributeError):
                continue
            add(
                Attack(
                    f'calling {model}.{name} about the other clinic',
                    who,
                    partial(call, (model, name, _arguments(method))),
                    group=f'calling {model}',
                )
            )


def _who(env, model):
    """Return who tries the methods of a model: some who may read it, and some who may not."""
    reading = env['ir.model.access'].search([('model_id.model', '=', model), ('perm_read', '=', 1)])
    everybody = any(not access.group_id for access in reading)
    may = [
        role for role in WHO if everybody or env.ref(ROLES[role]).all_implied_ids & reading.group_id
    ]
    may_not = [role for role in reversed(WHO) if role not in may]
    return tuple([*may[:_MOST_WITH], *may_not, *may[_MOST_WITH:]][:_MOST_WHO])


def call(method, attempt):
    """Call it on records of the other clinic, of one's own and on none, with hostile arguments."""
    model, name, parameters = method
    choices = [_hostile(attempt, parameter) for parameter in parameters]
    is_model = getattr(getattr(type(attempt.env[model]), name), '_api_model', False)
    targets = [None]
    if not is_model:
        targets = [
            records[model].ids
            for records in (attempt.there.records, attempt.here.records)
            if records.get(model)
        ] or [[1]]
    for ids in targets:
        for arguments in itertools.islice(itertools.product(*choices), _MOST_CALLS):
            attempt.call(model, name, *arguments, ids=ids)


def _arguments(method):
    """Return the parameters of a method that are given by position, without the records."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = inspect.signature(method).parameters.values()
    return [one for one in found if one.kind in kinds][1:]


def _hostile(attempt, parameter):
    """Return what a parameter may be given, the most promising first."""
    there = attempt.there
    patient = there.patient.id
    known = {
        'patient_id': [patient],
        'patient_ids': [[patient]],
        'other_ids': [[patient]],
        'user_id': [2, attempt.user.id],
        'version_id': [there.version.id],
        'form_ids': [there.version.form_id.ids],
        'segment_id': [there.records['healthcare.segment'].id],
        'template_id': [there.records['healthcare.message.template'].id],
        'workflow_id': [there.records['healthcare.workflow'].id],
        'appointment_id': [there.visit.id],
        'vals': [
            {'patient_id': patient},
            {'name': "HACK", 'company_id': attempt.here.company.id},
            {'active': False},
        ],
        'vals_list': [[{'patient_id': patient, 'name': "HACK"}]],
        'values': [{'name': "HACK", 'patient_id': patient}, {'patient_id': patient}],
        'specification': [{'display_name': {}, 'patient_id': {'fields': {'name': {}}}}],
        'fields': [['display_name', 'patient_id', 'name']],
        'fields_to_export': [
            ['id', 'name', 'patient_id', 'patient_id/name', 'patient_id/condition_ids/name']
        ],
        'changes': [{}, {'domain': f"[('id', '=', {patient})]"}],
        'lang': ['en_US'],
        'period': ['all'],
        'figure': ['entered'],
        'view': ['mine', {}],
        'names': [['patient_id', 'name', 'user_id']],
        'channel': ['sms'],
        'outcome': ['reached'],
        'decision': ['same'],
        'model': ['res.partner'],
        'answers': [[]],
        'image': ['data:,'],
        'step': ['clinic'],
        'code': ['no_show', 'patients'],
    }
    choices = list(known.get(parameter.name, ()))
    if parameter.default is not parameter.empty:
        choices.append(parameter.default)
    return choices or [patient, 'x', [patient]]
