"""Fields one may not read, asked for in every way Odoo has but reading.

A value that is not shown is still told when one may search for it, sort by it, group by it or count
it: 101 questions found a whole number. So each of these must be refused for every field the asker
may not read.
"""

from functools import partial

from .book import Attack, add

WHO = ('marketing', 'reception', 'employee')
MOST_FIELDS = 5
MODELS = (
    'res.partner',
    'calendar.event',
    'healthcare.communication',
    'healthcare.referral',
    'healthcare.patient.identifier',
    'healthcare.coverage',
)
#: many2one fields by which something else leads to a patient
PATHS = {
    'calendar.event': 'patient_id',
    'healthcare.consent': 'patient_id',
    'healthcare.communication': 'patient_id',
    'res.users': 'partner_id',
    'res.partner': 'guardian_id',
}


def hidden_fields(attempt, model):
    """Return the fields of a model that this attacker may not read, as the register says."""
    register = attempt.env['healthcare.sensitive']._get_register().get(model, {})
    fields = attempt.env[model]._fields
    return [
        name
        for name, entry in register.items()
        if name in fields and (entry.read == '.' or not attempt.user.has_groups(entry.read))
    ]


def _some(names, way):
    """Return a few of the fields, others for each way: the matrix of roles asks for all."""
    names = sorted(names)
    step = max(len(names) // MOST_FIELDS, 1)
    return names[sum(way.encode()) % step :: step][:MOST_FIELDS]


WAYS = {
    'searching': lambda f: ('search', [[(f, '!=', False)]], {}),
    'searching for a part of': lambda f: ('search', [[(f, '=ilike', 'Z%')]], {}),
    'counting by': lambda f: ('search_count', [[(f, 'in', ['ZQ', False])]], {}),
    'searching, hidden in an or, by': lambda f: (
        'search',
        [['|', ('id', '=', 0), '!', (f, '=', False)]],
        {},
    ),
    'sorting by': lambda f: ('search', [[]], {'order': f'{f} desc'}),
    'sorting a list by': lambda f: (
        'web_search_read',
        [[], {'display_name': {}}],
        {'order': f'id, {f}'},
    ),
    'grouping by': lambda f: ('formatted_read_group', [[], [f], ['__count']], {}),
    'grouping a list by': lambda f: ('web_read_group', [[], [f], ['__count']], {}),
    'grouping as of old by': lambda f: ('read_group', [[], ['id'], [f]], {}),
    'collecting': lambda f: ('formatted_read_group', [[], [], [f'{f}:array_agg']], {}),
    'counting what differs in': lambda f: (
        'formatted_read_group',
        [[], [], [f'{f}:count_distinct']],
        {},
    ),
    'the greatest of': lambda f: ('formatted_read_group', [[], [], [f'{f}:max']], {}),
    'groups that have': lambda f: (
        'formatted_read_group',
        [[], ['create_uid'], ['__count']],
        {'having': [(f'{f}:max', '>', 0)]},
    ),
    'groups in the order of': lambda f: (
        'formatted_read_group',
        [[], ['create_uid'], ['__count']],
        {'order': f'{f}:max'},
    ),
    'progress bars of': lambda f: (
        'read_progress_bar',
        [[], 'create_uid', {'field': f, 'colors': {'x': 'success'}}],
        {},
    ),
    'the panel of': lambda f: ('search_panel_select_range', [f], {'enable_counters': True}),
    'the filters of the panel of': lambda f: (
        'search_panel_select_multi_range',
        [f],
        {'enable_counters': True},
    ),
    'finding names by': lambda f: ('name_search', [''], {'domain': [(f, '!=', False)]}),
    'reading and searching': lambda f: ('search_read', [[], [f]], {}),
}
OF_RECORDS = {
    'reading': lambda f: ('read', [[f]], {}),
    'reading, nested,': lambda f: ('web_read', [{f: {}}], {}),
    'taking out': lambda f: ('export_data', [[f]], {}),
    'writing': lambda f: ('write', [{f: False}], {}),
}


def ask(model, way, attempt):
    """Ask in one way for every field that is hidden from this attacker."""
    ids = None
    if way in OF_RECORDS:
        ids = attempt.here.records[model].ids
    for name in _some(hidden_fields(attempt, model), way):
        method, args, kwargs = (OF_RECORDS if ids else WAYS)[way](name)
        attempt.refused(
            f"{way} {model}.{name} is not refused", model, method, *args, ids=ids, **kwargs
        )


def ask_along(model, attempt):
    """Ask for the patient's hidden fields from what leads to the patient."""
    path = PATHS[model]
    for name in _some(hidden_fields(attempt, 'res.partner'), model):
        for domain in (
            [(f'{path}.{name}', '!=', False)],
            [(path, 'any', [(name, '!=', False)])],
            [(path, 'not any', [(name, '=', 1)])],
        ):
            attempt.refused(f"{domain} is not refused in {model}", model, 'search_count', domain)
        attempt.refused(
            f"{path}/{name} is taken out of {model}",
            model,
            'export_data',
            [f'{path}/{name}'],
            ids=attempt.here.records[model].ids
            if model in attempt.here.records
            else attempt.user.ids,
        )
        attempt.refused(
            f"groups of {model} by {path}.{name}",
            model,
            'formatted_read_group',
            [],
            [f'{path}.{name}'],
            ['__count'],
        )


def ask_past_the_rules(model, attempt):
    """Ask with the operator that no rule applies to, which is for programs only."""
    for operator in ('any!', 'not any!'):
        for domain in (
            [('create_uid', operator, [])],
            [('id', 'in', [1]), ('company_id', operator, [('id', '>', 0)])],
        ):
            attempt.refused(f"{operator} is taken from a client", model, 'search_count', domain)


def enter():
    for model in MODELS:
        for way in (*WAYS, *OF_RECORDS):
            leak = 'related' if 'group' in way or 'sort' in way else 'search'
            add(
                Attack(
                    f'{way} what is hidden in {model}',
                    WHO,
                    partial(ask, model, way),
                    leak,
                    group=f'asking {model}',
                )
            )
    for model in PATHS:
        add(
            Attack(
                f'asking {model} about its patient',
                WHO,
                partial(ask_along, model),
                'search',
                group='asking',
            )
        )
    for model in ('res.partner', 'calendar.event', 'healthcare.communication'):
        add(
            Attack(
                f'asking {model} past the rules',
                ('reception',),
                partial(ask_past_the_rules, model),
                group='asking',
            )
        )


enter()
