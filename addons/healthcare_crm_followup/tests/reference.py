"""A second, simple engine to check the first against: one patient, plain Python, no sets.

It knows nothing of SQL, batches or shards; it walks one appointment hour by hour. Where the two
disagree, one of them is wrong.
"""

from dataclasses import dataclass, field

LEAD = 24  # the workflow begins so many hours before the appointment
ANSWERS = ('no_answer', 'confirmed', 'reached')


@dataclass
class Path:
    """Where one path of an enrollment stands."""

    step: str
    due: int | None
    number: int
    woken: str | None = None
    is_parked: bool = False
    loops: dict = field(default_factory=dict)
    live: bool = True
    awaits: str | None = None
    reason: str | None = None


@dataclass
class Enrollment:
    """One way through the workflow, for one date."""

    start: int
    paths: list
    state: str = 'active'
    reason: str | None = None
    log: list = field(default_factory=list)
    has_begun: bool = False

    def living(self):
        """Return the paths under way."""
        return [path for path in self.paths if path.live]


class Reference:
    """The appointment of one patient in one workflow."""

    def __init__(self, definition, start, has_consent=True):
        self.steps = definition['steps']
        self.first = definition['start']
        self.exits = definition.get('exits') or []
        self.goal = definition.get('goal')
        self.start = start
        self.has_consent = has_consent
        self.response = None
        self.is_cancelled = False
        self.enrollments = []
        self.occurrences = set()
        self.sent = 0
        self.tasks = []  # [enrollment, path, state]
        self.happened = []
        if start - LEAD > 0:
            self.enroll(start - LEAD)

    # ------------------------------------------------------------ what happens

    def happen(self, what, hour):
        """Let one thing happen at ``hour``; the engine hears of it at its next tick."""
        match what:
            case 'confirm':
                if self.response != 'accepted':
                    self.happened.append('appointment_confirmed')
                self.response = 'accepted'
            case 'cancel':
                self.is_cancelled = True
                self.happened.append('cancelled')
            case 'withdraw':
                self.has_consent = False
            case ('move', hours):
                self.start += hours
                self.happened.append('moved')
            case ('answer', outcome):
                for task in self.tasks:
                    if task[2] == 'requested':
                        task[2] = 'completed'
                        self.wake(task[1], outcome, hour)
                        if outcome == 'confirmed':
                            if self.response != 'accepted':
                                self.happened.append('appointment_confirmed')
                            self.response = 'accepted'

    def wake(self, path, outcome, hour):
        """Answer a path that waits."""
        if path.live and path.is_parked and not path.woken:
            path.woken = outcome
            path.due = hour

    # ------------------------------------------------------------ the tick

    def tick(self, hour):
        """Take in what happened, then run what is due until nothing is."""
        happened, self.happened = self.happened, []
        for one in self.enrollments:
            for path in one.living():
                if path.awaits in happened and path.is_parked and not path.woken:
                    path.woken, path.due = 'happened', hour
        self.follow(happened, hour)
        while due := self.due(hour):
            # who comes to a step in this round is there for the next
            groups = {}
            for one, path in due:
                groups.setdefault(path.step, []).append((one, path))
            for step, group in groups.items():
                # those left that no other path stopped a moment ago
                batch = [(one, path) for one, path in group if path.live and one.state == 'active']
                self.run(step, batch, hour)

    def due(self, hour):
        """Return the paths whose time has come, the longest waiting first."""
        found = [
            (one, path)
            for one in self.enrollments
            for path in one.living()
            if path.due is not None and path.due <= hour
        ]
        return sorted(found, key=lambda each: (each[1].due, each[1].number))

    def follow(self, happened, hour):
        """Let enrollments follow, leave, or begin, after something happened to the appointment."""
        active = [one for one in self.enrollments if one.state == 'active']
        for rule in self.exits:
            if rule.get('event') in happened:
                self.leave(active, 'rule')
        if not happened:
            return
        if self.is_cancelled:
            self.leave(active, 'subject_cancelled')
            return
        for one in [one for one in active if one.state == 'active' and one.start != self.start]:
            if one.has_begun or self.start in self.occurrences:
                self.leave([one], 'subject_moved')
            else:
                self.occurrences.remove(one.start)
                self.occurrences.add(self.start)
                one.start = self.start
                one.paths[0].due = self.start - LEAD
        if self.goal and self.response == 'accepted':
            self.leave([one for one in active if one.state == 'active'], 'goal')
        is_coming = self.start - LEAD > hour or ('moved' in happened and self.start > hour)
        if is_coming and not any(one.state == 'active' for one in self.enrollments):
            self.enroll(self.start - LEAD)

    def enroll(self, due):
        """Begin, unless it has begun for that date before."""
        if self.start in self.occurrences:
            return
        self.occurrences.add(self.start)
        paths = [Path(self.first, due, number=0)]
        self.enrollments.append(Enrollment(self.start, paths, log=['enrolled']))

    def leave(self, enrollments, reason):
        """End enrollments early."""
        for one in enrollments:
            if one.state == 'active':
                one.log.append(f'exited {reason}')
                self.end(one, 'done' if reason == 'goal' else 'exited', reason)
                # also those that paths which are over left open
                for task in self.tasks:
                    if task[0] is one and task[2] == 'requested':
                        task[2] = 'cancelled'

    def end(self, one, state, reason):
        """End an enrollment with all its paths and their tasks."""
        if reason == 'subject_cancelled' and not one.has_begun:
            self.occurrences.discard(one.start)
        one.state, one.reason = state, reason
        for path in one.living():
            self.stop(path)

    def stop(self, path):
        """Stop a path, with the task it waits for."""
        path.live = False
        for task in self.tasks:
            if task[1] is path and task[2] == 'requested':
                task[2] = 'cancelled'

    # ------------------------------------------------------------ steps

    def run(self, key, batch, hour):
        """Run one step for the paths that stand there."""
        step = self.steps[key]
        if self.goal and self.response == 'accepted':
            self.leave([one for one, _path in batch], 'goal')
            return
        decided = []
        for one, path in batch:
            one.has_begun = True
            outcome = getattr(self, f'run_{step["kind"]}')(step, key, one, path, hour)
            if outcome is None:
                one.log.append(' '.join(filter(None, (key, 'waiting', path.reason))))
                path.reason = None
                path.is_parked = True
                path.woken = None
            else:
                one.log.append(f'{key} left {outcome}')
            decided.append((one, path, outcome))
        # all of a step decide before any of them goes on
        for one, path, outcome in decided:
            if outcome is not None and one.state == 'active' and path.live:
                self.advance(step, one, path, outcome, hour)
        for one in {id(one): one for one, _path in batch}.values():
            self.settle_joins(one, key, hour)

    def advance(self, step, one, path, outcome, hour):
        """Send a path where its outcome leads."""
        if step['kind'] == 'end' and outcome != 'neutral':
            path.live = False
            self.end(one, 'done', outcome)
            return
        targets = (step.get('next') or {}).get(outcome) or []
        targets = [targets] if isinstance(targets, str) else targets
        if not targets:
            path.live = False
            if not one.living():
                one.state = 'done'
            return
        # what follows a moment that was missed until the visit began is late as well
        moment = path.due if path.due < one.start <= hour else hour
        path.step, path.due, path.is_parked = targets[0], moment, False
        path.woken = path.awaits = None
        for target in targets[1:]:
            one.paths.append(Path(target, moment, len(one.paths), loops=dict(path.loops)))

    def settle_joins(self, one, moved_from, hour):
        """Let an enrollment through the joins that wait for nobody."""
        if one.state != 'active':
            return
        for key, step in self.steps.items():
            if step['kind'] != 'join':
                continue
            upstream = self.upstream(key)
            if moved_from != key and moved_from not in upstream:
                continue
            here = [
                path
                for path in one.living()
                if path.step == key and path.is_parked and not path.woken
            ]
            before = [path for path in one.living() if path.step in upstream]
            if not here or (step['mode'] == 'all' and before):
                continue
            winner = min(here, key=lambda path: path.number)
            for path in one.living():
                if path is not winner and (path.step == key or path.step in upstream):
                    self.stop(path)
            winner.woken, winner.due = 'joined', hour

    def upstream(self, key):
        """Return the steps from which ``key`` can be reached, itself left out."""
        found = set()
        while True:
            more = {
                one
                for one, step in self.steps.items()
                for targets in (step.get('next') or {}).values()
                for target in ([targets] if isinstance(targets, str) else targets)
                if target == key or target in found
            }
            if more <= found:
                return found - {key}
            found |= more

    def run_wait(self, step, _key, _one, path, hour):
        """Wait so many hours, or until something happens."""
        if path.woken or path.is_parked:
            if not step.get('event'):
                return 'done'
            return 'happened' if path.woken == 'happened' else 'timeout'
        path.due = hour + step['amount']
        path.awaits = step.get('event')
        return None

    def run_branch(self, _step, _key, _one, _path, _hour):
        """Look whether the patient confirmed."""
        return 'way1' if self.response == 'accepted' else 'otherwise'

    def run_message(self, _step, _key, one, path, hour):
        """Send, if the patient agreed and it is not a moment before the visit that was missed."""
        if not self.has_consent or path.due < one.start <= hour:
            return 'suppressed'
        self.sent += 1
        return 'sent'

    def run_care_task(self, step, _key, one, path, hour):
        """Open a task, and follow its outcome."""
        if path.is_parked:
            if path.woken:
                return path.woken
            if step['next'] and 'timeout' not in step['next']:
                path.due, path.reason = None, 'overdue'
                return None
            for task in self.tasks:
                if task[1] is path and task[2] == 'requested' and 'timeout' in step['next']:
                    task[2] = 'failed'
            return 'timeout'
        self.tasks.append([one, path, 'requested'])
        path.due = hour + step['hours']
        return None

    def run_goto(self, step, key, _one, path, _hour):
        """Go back, so many times."""
        passes = path.loops.get(key, 0)
        if passes >= step['limit']:
            return 'limit'
        path.loops[key] = passes + 1
        return 'again'

    def run_join(self, _step, _key, _one, path, _hour):
        """Wait for the other paths."""
        if path.woken:
            return 'done'
        path.due = None
        return None

    def run_end(self, step, _key, _one, _path, _hour):
        """End."""
        return step['as']
