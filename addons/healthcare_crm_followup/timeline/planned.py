"""Where each workflow stands with the patient, and what comes next.

A message that a workflow would send next is put to the gates as if its moment had come: who reads
the timeline learns today that it would not go, and why.
"""

from dataclasses import dataclass

from odoo.tools import SQL, format_datetime

from ..engine import gates, guards
from ..engine.facts import read_people
from .sources import COMING, visible
from .words import CHANNEL_ICONS, advice, entry

STEP_ICONS = {
    'message': 'fa-envelope-o',
    'survey': 'fa-list-alt',
    'care_task': 'fa-check-square-o',
    'action': 'fa-bolt',
    'wait': 'fa-clock-o',
}


@dataclass(frozen=True)
class Place:
    """Where a patient stands in a workflow: a token and its step, and the step after a wait."""

    id: int
    due_at: object
    state: str
    awaits: str | None
    held: bool
    step: dict
    following: dict | None
    guards: dict
    company_id: int
    workflow: str
    is_running: bool

    @property
    def is_waiting(self):
        """Whether the patient is inside a wait, and not before a step."""
        return self.state == 'parked' and self.step['kind'] == 'wait'

    @property
    def next_step(self):
        """The step that comes at ``due_at``."""
        return self.following if self.is_waiting else self.step

    @property
    def is_to_send(self):
        """Whether the next thing is a message."""
        step = self.next_step
        return bool(
            step
            and step['kind'] in ('message', 'survey')
            and step.get('channels')
            and (self.is_waiting or self.state == 'scheduled')
        )


def read_places(env, patient, now):
    """Return the entries of where the patient stands in each workflow, and what comes next."""
    return _say_places(env, patient, _read_places(env, patient), now)


def _read_places(env, patient):
    """Return the :class:`Place` of every path the patient is on, in one query."""
    if not env['healthcare.workflow.enrollment'].has_access('read'):
        return []
    after = SQL("version.graph->'steps'->token.step_key->'next'->'done'")
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT token.id, token.due_at, token.state, token.awaits, token.held,
                   version.graph->'steps'->token.step_key,
                   version.graph->'steps'->(
                       CASE jsonb_typeof(%(after)s) WHEN 'array' THEN %(after)s->>0
                                                    ELSE %(after)s #>> '{}' END),
                   COALESCE(version.graph->'guards', '{}'),
                   COALESCE(enrollment.company_id, workflow.company_id),
                   COALESCE(workflow.name->>%(lang)s, workflow.name->>'en_US'),
                   workflow.state = 'published'
              FROM healthcare_workflow_enrollment AS enrollment
              JOIN healthcare_workflow_token AS token ON token.enrollment_id = enrollment.id
              JOIN healthcare_workflow_version AS version ON version.id = token.version_id
              JOIN healthcare_workflow AS workflow ON workflow.id = enrollment.workflow_id
             WHERE enrollment.patient_id = %(patient)s AND enrollment.state = 'active'
               AND token.state != 'done' AND enrollment.id IN %(visible)s
             ORDER BY token.due_at, token.id LIMIT %(limit)s
            """,
            after=after,
            lang=env.lang or 'en_US',
            patient=patient.id,
            visible=visible(env, 'healthcare.workflow.enrollment', patient),
            limit=COMING,
        )
    )
    return [Place(*row) for row in rows if row[5]]


def _say_places(env, patient, places, now):
    has_tasks = env['healthcare.care.task'].has_access('read')
    places = [
        # the task itself is listed
        place
        for place in places
        if not (has_tasks and place.state == 'parked' and place.step['kind'] == 'care_task')
    ]
    verdicts = _judge(env, patient, [one for one in places if one.is_to_send], now)
    return [_say_place(env, place, verdicts.get(place.id), now) for place in places]


def _judge(env, patient, places, now):
    """Return {token id: (:class:`~..engine.gates.Verdict`)} of the messages that come next, as if
    their moment were now."""
    if not places:
        return {}
    person = read_people(env, {patient.id}, now.date())[patient.id]
    clinics = guards.read_clinics(env, {place.company_id for place in places})
    verdicts = {}
    for place in places:
        clinic, step = clinics[place.company_id], place.next_step
        channels = gates.order_channels(step['channels'], person.preferred_channel)
        limits = gates.Limits(
            now=max(place.due_at or now, now),
            tz=person.tz or clinic.tz,
            quiet=clinic.quiet_for(person, place.guards),
        )
        if channels:
            verdicts[place.id] = gates.decide(person, channels, step['purpose'], limits)
    return verdicts


def _say_place(env, place, verdict, now):
    step, following = place.step, place.next_step or place.step
    if place.state == 'incident':
        title, badge = env._("“%s” failed", step['name']), (env._("Needs a person"), 'danger')
    elif place.is_waiting:
        title, badge = _say_wait(env, place), (env._("Waits"), 'muted')
    elif place.state == 'parked':
        title = env._("Waits for what comes of “%s”", step['name'])
        badge = (env._("Waits"), 'muted')
    else:
        title, badge = env._("Next: “%s”", step['name']), (env._("Planned"), 'info')
    if place.held or not place.is_running:
        badge = (env._("Workflow is paused"), 'warning')
    what, reason = _say_verdict(env, verdict)
    icon = STEP_ICONS.get(following['kind'], 'fa-sitemap')
    if verdict and verdict.allowed:
        icon = CHANNEL_ICONS.get(verdict.channel, icon)
    return entry('workflow', icon, title, badge, [what, place.workflow], advice(env, reason)) | {
        'id': f'place-{place.id}',
        'date': place.due_at and place.due_at.strftime('%Y-%m-%d %H:%M:%S'),
    }


def _say_wait(env, place):
    if place.awaits and place.step.get('event'):
        events = dict(env['healthcare.workflow']._selection_event())
        return env._("Waits for: %s", events.get(place.step['event'], place.step['event']))
    if place.following:
        return env._("Next: “%s”", place.following['name'])
    return env._("Waits: “%s”", place.step['name'])


def _say_verdict(env, verdict):
    """Return what would become of a message now, and the reason if it would not go at once."""
    if verdict is None:
        return '', None
    message = env['healthcare.communication'].new(
        {'channel': verdict.channel, 'reason': verdict.reason}
    )
    channel = message._get_channel_word()
    if verdict.wait_until:
        until = format_datetime(env, verdict.wait_until, dt_format='short')
        return env._("quiet hours then: would wait until %s", until), None
    if verdict.allowed:
        return env._("would go by %s", channel), None
    return (
        env._("would not be sent: %s", message._get_reason_sentence()),
        verdict.reason,
    )
