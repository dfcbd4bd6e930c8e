from datetime import timedelta

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common import NOW, FollowupCase
from .reference import ANSWERS, LEAD, Reference

HOUR = timedelta(hours=1)
TEXTS = {'email': {'subject': {'en_US': "Hello"}, 'body': {'en_US': "Hello"}}}
ACCEPTED = [['patient_response', '=', 'accepted']]
#: How long a workflow is watched: nothing that is drawn here waits longer.
HOURS = 72


@st.composite
def definitions(draw):
    """Draw a workflow of up to eight steps: arrows lead forward, but for those of go-tos."""
    number = draw(st.integers(2, 8))
    keys = [f's{index}' for index in range(number)]
    steps = {key: draw_step(draw, keys, index) for index, key in enumerate(keys)}
    return {
        'schema': 1,
        'subject': 'calendar.event',
        'tz': 'UTC',
        'triggers': {'t1': {'kind': 'date', 'field': 'start', 'amount': -LEAD, 'unit': 'hours'}},
        'guards': {'quiet': None, 'caps': False},
        'exits': draw(
            st.sampled_from([[], [{'name': "Confirmed", 'event': 'appointment_confirmed'}]])
        ),
        'goal': draw(st.sampled_from([None, None, {'domain': ACCEPTED, 'days': 30}])),
        'start': keys[0],
        'steps': steps,
    }


def draw_step(draw, keys, index):
    """Draw the step ``keys[index]``."""
    forward = keys[index + 1 :]

    def arrows(*outcomes):
        """Draw where some of the outcomes lead: to one step, or to two at once."""
        found = {}
        for outcome in outcomes:
            count = draw(st.sampled_from([0, 1, 1, 1, 2]))
            if forward and count:
                targets = draw(
                    st.lists(
                        st.sampled_from(forward),
                        min_size=1,
                        max_size=min(count, len(forward)),
                        unique=True,
                    )
                )
                found[outcome] = targets[0] if len(targets) == 1 else targets
        return found

    kind = draw(
        st.sampled_from(
            ['message', 'message', 'care_task', 'wait', 'event', 'branch', 'join', 'goto', 'end']
        )
    )
    name = {'name': f"Step {index}"}
    match kind:
        case 'message':
            late = {'policy': 'send', 'minutes': 60 * 24 * 90}
            values = {'kind': 'message', 'channels': ['email'], 'templates': TEXTS, 'late': late}
            return name | values | {'next': arrows('sent', 'suppressed')}
        case 'care_task':
            hours = draw(st.integers(1, 5))
            values = {'kind': 'care_task', 'type': 'check', 'role': 'nurse', 'hours': hours}
            return name | values | {'next': arrows('timeout', *ANSWERS)}
        case 'wait':
            values = {'kind': 'wait', 'amount': draw(st.integers(1, 6)), 'unit': 'hours'}
            return name | values | {'next': arrows('done')}
        case 'event':
            values = {'kind': 'wait', 'amount': draw(st.integers(1, 6)), 'unit': 'hours'}
            values |= {'event': 'appointment_confirmed'}
            return name | values | {'next': arrows('happened', 'timeout')}
        case 'branch':
            ways = [{'outcome': 'way1', 'name': "Confirmed", 'domain': ACCEPTED}]
            return name | {'kind': 'branch', 'ways': ways, 'next': arrows('way1', 'otherwise')}
        case 'join':
            mode = draw(st.sampled_from(['all', 'first']))
            return name | {'kind': 'join', 'mode': mode, 'next': arrows('done')}
        case 'goto':
            again = {'again': draw(st.sampled_from(keys[: index + 1]))} if index else {}
            values = {'kind': 'goto', 'limit': draw(st.integers(1, 2))}
            return name | values | {'next': arrows('limit') | again}
        case _:
            meaning = draw(st.sampled_from(['neutral', 'goal', 'exit']))
            return name | {'kind': 'end', 'as': meaning, 'next': {}}


happenings = st.lists(
    st.tuples(
        st.integers(0, HOURS - 1),
        st.one_of(
            st.sampled_from(['confirm', 'cancel', 'withdraw']),
            st.tuples(st.just('move'), st.integers(-20, 20).filter(bool)),
            st.tuples(st.just('answer'), st.sampled_from(ANSWERS)),
        ),
    ),
    max_size=5,
)


@tagged('post_install', '-at_install')
class TestProperties(FollowupCase):
    """Random workflows and random events, in the engine and in the reference interpreter."""

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(definitions(), st.integers(20, 40), st.booleans(), happenings)
    def test_the_engine_does_what_the_reference_does(self, definition, start, agreed, happened):
        for step in definition['steps'].values():
            if step['kind'] == 'message':
                step['purpose'] = self.reminder.id
        note(definition)
        with self.env.cr.savepoint() as savepoint:
            self.compare(definition, start, agreed, happened)
            savepoint.rollback()
        self.env.invalidate_all()

    def compare(self, definition, start, agreed, happened):
        an = self.patient(consents=('email',) if agreed else ())
        visit = self.appointment(an, NOW + start * HOUR)
        reference = Reference(definition, start, agreed)
        self.publish(definition)
        for hour in range(HOURS):
            for at, what in happened:
                if at == hour:
                    self.happen(visit, what)
                    reference.happen(what, hour)
            self.go(NOW + hour * HOUR)
            reference.tick(hour)
            self.assertEqual(self.seen(visit), self.expected(reference), f'after hour {hour}')
        self.assertEqual(
            len(self.ledger(an).filtered(lambda row: row.status == 'sent')), reference.sent
        )
        keys = self.ledger(an).mapped('idempotency_key')
        self.assertEqual(len(keys), len(set(keys)))

    def happen(self, visit, what):
        match what:
            case 'confirm':
                visit.patient_response = 'accepted'
            case 'cancel':
                visit.appointment_status = 'cancelled'
            case 'withdraw':
                self.consent(visit.patient_id, 'deny', 'email')
            case ('move', hours):
                visit.write(
                    {'start': visit.start + hours * HOUR, 'stop': visit.stop + hours * HOUR}
                )
            case ('answer', outcome):
                tasks = self.tasks(visit.patient_id)
                tasks.filtered(lambda task: task.state == 'requested')._complete(outcome)

    def seen(self, visit):
        """Return what the database holds, in the words of the reference."""
        enrollments = visit.enrollment_ids.sorted('id')
        return {
            'enrollments': [
                (
                    one.state,
                    one.exit_reason or None,
                    sorted(
                        ' '.join(
                            filter(None, (line.step_key, line.kind, line.outcome or line.reason))
                        )
                        for line in one.log_ids
                        if line.kind in ('enrolled', 'waiting', 'left', 'exited')
                    ),
                )
                for one in enrollments
            ],
            'tasks': sorted(self.tasks(visit.patient_id).mapped('state')),
        }

    def expected(self, reference):
        """Return what the reference holds, in the same form."""
        return {
            'enrollments': [
                (one.state, one.reason, sorted(one.log)) for one in reference.enrollments
            ],
            'tasks': sorted(state for _one, _path, state in reference.tasks),
        }
