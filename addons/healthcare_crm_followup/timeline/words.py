"""What a timeline says of each line: a title, a badge, the reason, and what to do about it."""

from datetime import datetime

from odoo.tools import LazyTranslate, format_datetime

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

_lt = LazyTranslate(__name__)

GROUP_CLINICAL = 'healthcare_crm.group_clinical'

CHANNEL_ICONS = {
    'email': 'fa-envelope-o',
    'sms': 'fa-commenting-o',
    'call': 'fa-phone',
    'letter': 'fa-file-text-o',
    'link': 'fa-link',
}
OTHER_ICON = 'fa-comment-o'
MESSAGE_TONES = {
    'sent': 'success',
    'delivered': 'success',
    'received': 'success',
    'failed': 'danger',
    'suppressed': 'warning',
    'unknown': 'warning',
    'handed': 'info',
    'queued': 'info',
    'sending': 'info',
    'held': 'warning',
}
TASK_TONES = {'completed': 'success', 'failed': 'danger'}
APPOINTMENT_TONES = {'fulfilled': 'success', 'noshow': 'danger', 'booked': 'info'}
#: reason -> what staff can do about it, and which button helps
ADVICE = {
    'no_consent': (_lt("Ask the patient, and record the answer."), 'consent'),
    'consent_denied': (_lt("The patient decides. Use another way they agreed to."), False),
    'guardian': (_lt("Ask the guardian, and record the answer."), 'consent'),
    'no_address': (_lt("Ask for it, and enter it in the patient's record."), False),
    'bad_address': (_lt("Correct it in the patient's record."), False),
    'wrong_number': (_lt("Ask for the right number, and correct it."), False),
    'no_answer': (_lt("Try again at another hour."), 'call'),
    'provider_error': (_lt("Call instead, and tell the clinic administrator."), 'call'),
    'render_error': (_lt("Tell the clinic administrator: its template cannot be filled."), False),
    'crash': (_lt("Ask the patient whether it arrived."), 'call'),
    'blocked': (_lt("Nothing is sent as long as the record says Do Not Contact."), False),
    'archived': (_lt("Take the patient out of the archive first."), False),
}


def say(env, found):
    """Return the entries of ``found``, a list of :class:`~.sources.Found`, as the page shows
    them."""
    Messages = env['healthcare.communication']
    messages = Messages.browse([one.id for one in found if one.source == 'message'])
    # few queries for all of them
    for name in ('summary', 'reason_detail'):
        messages.mapped(name)
    messages.sudo().mapped('subject')
    return [_SAY[one.source](env, one) | _common(one) for one in found]


def _common(one):
    return {
        'id': f'{one.source}-{one.id}',
        'date': one.date and one.date.strftime('%Y-%m-%d %H:%M:%S'),
    }


def entry(kind, icon, title, badge=None, detail='', advice=None, more=None):
    """Return what the page gets of one line.

    :param badge: (label, tone), or ``None``
    :param detail: list of short texts, or one
    :param advice: a reason of :data:`ADVICE`
    :param more: (model, id, fields) of the words behind it, read when somebody asks for them
    """
    parts = [detail] if isinstance(detail, str) else detail
    return {
        'kind': kind,
        'icon': icon,
        'title': title,
        'badge': badge and {'label': badge[0], 'tone': badge[1]},
        'detail': ' · '.join(part for part in parts if part),
        'advice': advice,
        'more': more and {'model': more[0], 'id': more[1], 'fields': more[2]},
    }


def advice(env, reason):
    """Return what to do about a reason, ``None`` where nothing helps."""
    if reason not in ADVICE:
        return None
    text, action = ADVICE[reason]
    return {'text': env._(text), 'action': action}


def label(env, model, field, value):
    """Return the label of a value of a selection field in the reader's language."""
    return dict(env[model]._fields[field]._description_selection(env)).get(value, '')


def _message(env, one):
    message = env['healthcare.communication'].browse(one.id)
    seen = [
        env._("opened %s", format_datetime(env, message.opened_at, dt_format='short'))
        if message.opened_at
        else '',
        env._("link clicked %s", format_datetime(env, message.clicked_at, dt_format='short'))
        if message.clicked_at
        else '',
    ]
    provider = message.reason_detail or ''
    # sudo: only whether the name of the step says the same
    subject = message.sudo().subject
    step = one.data['step'] and one.data['step'] != subject and one.data['step']
    return entry(
        'message',
        'fa-reply' if message.direction == 'in' else CHANNEL_ICONS.get(message.channel, OTHER_ICON),
        message.summary,
        (
            label(env, message._name, 'status', message.status),
            MESSAGE_TONES.get(message.status, 'muted'),
        ),
        [*seen, provider, one.data['workflow'], step or ''],
        advice(env, message.reason) if message.direction == 'out' else None,
        (message._name, one.id, ['subject', 'body'])
        if one.data['has_words'] and env.user.has_group(GROUP_STAFF)
        else None,
    )


def _task(env, one):
    data = one.data
    own = {way['outcome']: way['name'] for way in data['own_outcomes'] or ()}
    outcome = own.get(data['own_outcome']) or label(
        env, 'healthcare.care.task', 'outcome', data['outcome']
    )
    state = label(env, 'healthcare.care.task', 'state', data['state'])
    is_open = data['state'] in ('requested', 'in-progress')
    badge = (outcome or state, TASK_TONES.get(data['state'], 'info' if is_open else 'muted'))
    if is_open and one.date and one.date < env.cr.now():
        badge = (env._("Overdue"), 'danger')
    who = data['who'] or (is_open and label(env, 'healthcare.care.task', 'role', data['role']))
    return entry(
        'task',
        {'call': 'fa-phone', 'letter': 'fa-file-text-o'}.get(data['type'], 'fa-check-square-o'),
        env._(
            "%(task)s: %(name)s",
            task=label(env, 'healthcare.care.task', 'task_type', data['type']),
            name=data['name'],
        ),
        badge,
        [who or '', data['workflow'] if data['workflow'] != data['name'] else ''],
        advice(env, data['outcome']),
        ('healthcare.care.task', one.id, ['note']) if data['has_words'] else None,
    )


def _appointment(env, one):
    data, model = one.data, 'calendar.event'
    status = data['status']
    badge = (
        label(env, model, 'appointment_status', status),
        APPOINTMENT_TONES.get(status, 'muted'),
    )
    answer = ''
    if data['response'] not in (None, 'needs-action'):
        answer = label(env, model, 'patient_response', data['response'])
        if data['response_channel']:
            channel = label(env, model, 'response_channel', data['response_channel'])
            answer = env._("%(answer)s: %(channel)s", answer=answer, channel=channel)
    if status == 'booked' and data['response'] == 'accepted':
        badge = (label(env, model, 'patient_response', 'accepted'), 'success')
    when = ''
    start = datetime.fromisoformat(data['start'])
    if one.date != start:
        when = env._("was on %s", format_datetime(env, start, dt_format='short'))
    reason = data['reason'] and env._(
        "cancelled by: %s", label(env, model, 'cancellation_reason', data['reason'])
    )
    return entry(
        'appointment',
        'fa-calendar',
        env._("Appointment: %s", data['service']) if data['service'] else env._("Appointment"),
        badge,
        [data['practitioner'], when, answer, reason or ''],
    )


def _consent(env, one):
    data, model = one.data, 'healthcare.consent'
    agreed = data['decision'] == 'permit'
    return entry(
        'consent',
        'fa-check-circle-o' if agreed else 'fa-ban',
        env._(
            "%(purpose)s by %(channel)s",
            purpose=data['purpose'],
            channel=label(env, model, 'channel', data['channel']),
        ),
        (label(env, model, 'decision', data['decision']), 'success' if agreed else 'danger'),
        [
            label(env, model, 'method', data['method']),
            data['given_by'] and env._("given by %s", data['given_by']),
            data['who'] and env._("recorded by %s", data['who']),
        ],
    )


def _survey(env, one):
    data = one.data
    badge = detail = None
    # what somebody answered about their health is for those who treat them, or read surveys
    if env.user.has_group(GROUP_CLINICAL) or env['survey.user_input'].has_access('read'):
        if data['is_red_flag']:
            badge = (env._("Alarming answer"), 'danger')
        if data['scored'] != 'no_scoring':
            detail = env._("Score: %s %%", round(data['score'] or 0))
    return entry(
        'survey',
        'fa-list-alt',
        env._("Questionnaire answered: %s", data['title']),
        badge or (env._("Answered"), 'success'),
        detail or '',
    )


def _enrolled(env, one):
    data = one.data
    if data['is_called']:
        why = env._("another workflow called it")
    elif data['trigger']:
        why = label(env, 'healthcare.workflow.trigger', 'kind', data['trigger'])
    else:
        why = env._("by hand")
    return entry('workflow', 'fa-sign-in', env._("Entered “%s”", data['workflow']), None, why)


def _left(env, one):
    data, model = one.data, 'healthcare.workflow.enrollment'
    done = data['state'] == 'done'
    return entry(
        'workflow',
        'fa-sign-out',
        env._("Completed “%s”", data['workflow']) if done else env._("Left “%s”", data['workflow']),
        None,
        [label(env, model, 'exit_reason', data['reason']), data['rule'] or ''],
    )


_SAY = {
    'message': _message,
    'task': _task,
    'appointment': _appointment,
    'consent': _consent,
    'survey': _survey,
    'enrolled': _enrolled,
    'left': _left,
}
