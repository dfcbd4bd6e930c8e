"""Which column holds which value of a definition, kind by kind.

A kind of another addon adds its list to :data:`STEPS` or :data:`TRIGGERS`.
"""

from .convert import (
    WEEKDAYS,
    Choices,
    Clock,
    DomainText,
    Minutes,
    Quiet,
    Rank,
    Score,
    Signed,
    Slot,
    Texts,
    Variant,
    Weekdays,
    Words,
)

WORKFLOW = [
    Slot('subject', 'subject_model', 'calendar.event'),
    Slot('entry', 'entry_domain', [], DomainText()),
    Slot('reentry/per', 'reentry_per', 'episode'),
    Slot('reentry/days', 'reentry_days', 0),
    Variant('has_goal', {True: 'goal', False: None}),
    Slot('goal/domain', 'goal_domain', [], DomainText(), only=('has_goal', (True,))),
    Slot('goal/event', 'goal_event', only=('has_goal', (True,))),
    Slot('goal/days', 'goal_days', 30, only=('has_goal', (True,))),
    Slot(
        'guards/quiet',
        ('quiet', 'quiet_from', 'quiet_to', 'quiet_holidays'),
        'company',
        Quiet(),
    ),
    Slot('guards/caps', 'caps', True),
    Slot('guards/priority', 'message_priority', 1, Rank()),
    Slot('siblings', 'sibling_group'),
]

EXIT = [
    Slot('name', 'name'),
    Slot('domain', 'domain', [], DomainText()),
    Slot('event', 'event'),
]

TRIGGERS = {
    'date': [
        Slot('field', 'field_name'),
        Slot('amount', ('amount', 'direction'), 0, Signed()),
        Slot('unit', 'unit', 'days'),
    ],
    'anniversary': [
        Variant('anniversary_of', {'holiday': 'holiday', 'day': 'month', 'field': None}),
        Slot('field', 'field_name', 'birth_date', only=('anniversary_of', ('field',))),
        Slot('feb29', 'feb29', 'before', only=('anniversary_of', ('field',))),
        Slot('month', 'month', 1, Rank(), only=('anniversary_of', ('day',))),
        Slot('day', 'day', 1, only=('anniversary_of', ('day',))),
        Slot('holiday', 'holiday', only=('anniversary_of', ('holiday',))),
        Slot('country', 'country_code', only=('anniversary_of', ('holiday',))),
        Slot('days', ('amount', 'direction'), 0, Signed()),
        Slot('at', 'at_time', '09:00', Clock()),
    ],
    'event': [
        Slot('event', 'event'),
        Slot('fields', 'event_fields', [], Words()),
        Variant('has_delay', {True: 'delay', False: None}),
        Slot('delay/amount', 'amount', only=('has_delay', (True,))),
        Slot('delay/unit', 'unit', 'days', only=('has_delay', (True,))),
    ],
    'segment': [
        Slot('segment', 'segment_id'),
        Slot('change', 'segment_change', 'enters'),
    ],
    'cycle': [
        Slot('of', 'cycle_model'),
        Slot('date', 'field_name'),
        Slot('domain', 'domain', [], DomainText()),
        Slot('amount', ('amount', 'cycle_direction'), 0, Signed()),
        Slot('unit', 'unit', 'days'),
    ],
    'hook': [
        Slot('code', 'hook_code'),
    ],
}

_TEXT = [
    Slot('purpose', 'purpose_id'),
    Slot(
        'channels',
        ('channel_1', 'channel_2', 'channel_3', 'channel_4', 'channel_5'),
        ['preferred'],
        Choices(),
    ),
    Slot('templates', 'template_ids', {}, Texts()),
    Slot('late/policy', 'late_policy', 'skip'),
    Slot('late/minutes', 'late_hours', 0, Minutes()),
    Slot('answer_hours', 'answer_hours', 24),
]

STEPS = {
    'message': _TEXT,
    'care_task': [
        Slot('type', 'task_type', 'call'),
        Slot('purpose', 'purpose_id'),
        Slot('role', 'role'),
        Slot('user', 'user_id'),
        Slot('practitioner', 'for_practitioner', False),
        Slot('instruction', 'instruction'),
        Slot('hours', 'window_hours', 8),
        Slot('priority', 'priority', '0'),
        Variant('escalates', {True: 'escalate', False: None}),
        Slot('escalate/hours', 'escalate_hours', 4, only=('escalates', (True,))),
        Slot('escalate/role', 'escalate_role', only=('escalates', (True,))),
        Slot('escalate/user', 'escalate_user_id', only=('escalates', (True,))),
        Slot('escalate/priority', 'escalate_priority', '1', only=('escalates', (True,))),
    ],
    'survey': [
        *_TEXT,
        Slot('survey', 'survey_id'),
        Slot('days', 'survey_days', 7),
        Slot('red_flag', ('flag_bounds', 'flag_min', 'flag_max'), None, Score()),
    ],
    'action': [
        Slot('action', 'action_id'),
        Slot('on', 'action_on', 'subject'),
    ],
    'wait': [
        Variant(
            'wait_for', {'window': 'until', 'event': 'event', 'date': 'field', 'duration': None}
        ),
        Slot('field', 'wait_field', only=('wait_for', ('date',))),
        Slot(
            'amount', ('wait_amount', 'wait_direction'), 0, Signed(), only=('wait_for', ('date',))
        ),
        Slot('event', 'wait_event', only=('wait_for', ('event',))),
        Slot('amount', 'wait_amount', 0, only=('wait_for', ('duration', 'event'))),
        Slot('unit', 'wait_unit', 'days', only=('wait_for', ('duration', 'event', 'date'))),
        Slot(
            'until/weekdays', WEEKDAYS, [0, 1, 2, 3, 4], Weekdays(), only=('wait_for', ('window',))
        ),
        Slot('until/from', 'wait_from', '09:00', Clock(), only=('wait_for', ('window',))),
        Slot('until/to', 'wait_to', '18:00', Clock(), only=('wait_for', ('window',))),
    ],
    'branch': [],
    'split': [
        Slot('holdout', 'holdout', 0),
    ],
    'join': [
        Slot('mode', 'join_mode', 'all'),
    ],
    'goto': [
        Slot('limit', 'goto_limit', 3),
    ],
    'workflow': [
        Slot('workflow', 'sub_workflow_id'),
        Slot('wait', 'sub_waits', True),
    ],
    'end': [
        Slot('as', 'meaning', 'neutral'),
    ],
}

_NAME = Slot('name', 'name')
#: kind → (key of the list in the definition, what codes begin with, slots of an edge): the ways out
#: of a step that its administrator makes up
WAYS = {
    'branch': ('ways', 'way', [_NAME, Slot('domain', 'domain', [], DomainText())]),
    'split': ('ways', 'way', [_NAME, Slot('weight', 'weight', 1)]),
    'survey': (
        'ways',
        'way',
        [
            _NAME,
            Slot('score', ('decides', 'score_min', 'score_max'), None, Score('answer')),
            Slot('answer', 'answer_id', only=('decides', ('answer',))),
        ],
    ),
    'message': ('replies', 'reply', [_NAME, Slot('keywords', 'keywords', [], Words())]),
    'care_task': ('outcomes', 'outcome', [_NAME]),
}
