"""What becomes of patients and letters when workers are killed at any moment, and by a bad record.

script/bench faults                              two workers, 200 kills
script/bench faults --kills 500 --seed 7
script/bench faults --processes odoo --kills 12  two whole Odoo servers on the one database

Workers are forked from this process, which has the registry loaded: a kill costs nothing but the
kill. They run the tick and the dispatch as the crons do, letters go over SMTP to a catcher in a
process of its own, and somebody at the desk books, moves and cancels appointments all the while.
The clock is this program's. It moves on only while no worker has anything in hand, by more than a
lease: as if the servers had been down that long.
"""

import argparse
import logging
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import psutil

from odoo import sql_db
from odoo.tools import SQL, config, mute_logger

from odoo.addons.healthcare_crm_followup.channels import CHANNEL_ADAPTERS
from odoo.addons.healthcare_crm_followup.engine import dispatch, sql, tick

from tests.bench import DATABASE, environment, figure, forget_connections
from tests.bench import _clinic as clinic
from tests.bench._mail import mailbox
from tests.fakes.mail_catcher import free_port

BENCH = 'faults'
WORKERS = 2
PATIENTS = 5_000
#: Appointments booked each time the clock moves on.
BOOKED = 120
#: Longer than a lease: whoever had one by then is dead.
NAP = dispatch.LEASE + timedelta(minutes=5)
#: The first moment of the run; the appointments of the bad record are over by then.
START = clinic.DUE + 60 * clinic.DAY
FINAL_STATES = ('done', 'exited')
FINAL_STATUSES = ('sent', 'delivered', 'failed', 'suppressed', 'cancelled', 'unknown')
#: What a worker is doing; from PREPARING on it is in the dispatch.
RESTING, TICKING, PREPARING, TALKING, ACCEPTED = range(5)
PHASES = ('resting', 'ticking', 'preparing letters', 'talking SMTP', 'letter accepted')
#: Rows of a tick that meets one bad record.
BAD_BATCH = 5_000


def fault_steps(env):
    """Return the steps of the run: two letters with a wait between, calls where none may go."""
    return {
        's1': clinic.message(env, sent='s2', suppressed='s5'),
        's2': clinic.wait(30, 'minutes', 's3'),
        's3': clinic.has_confirmed('s6', 's4'),
        's4': clinic.message(env, sent='s6', suppressed='s5'),
        's5': clinic.care_task(timeout='s6'),
        's6': clinic.end(),
    }


# ---------------------------------------------------------------- one bad record


def measure_bad_record(env, people):
    """Let one of 5,000 records that are due at once raise; return how many others it delays."""
    appointments = clinic.appointments(env, people, BAD_BATCH)
    document = clinic.definition(env, appointments, {'s1': clinic.message(env)})
    workflow = clinic.publish(env, document)
    # to the engine it is an error like any other: the database refuses this patient's ledger row
    bad = people[0] + BAD_BATCH // 2
    env.cr.execute(
        SQL('ALTER TABLE healthcare_communication ADD CONSTRAINT bad CHECK (patient_id != %s)', bad)
    )
    env.cr.commit()
    with mute_logger('odoo.sql_db'):
        tick.run(env, clinic.DUE, env['ir.cron']._commit_progress)
    env.cr.execute('ALTER TABLE healthcare_communication DROP CONSTRAINT bad')
    rows = env.execute_query(
        SQL(
            """
            SELECT count(*) FILTER (WHERE patient_id != %s AND state = 'active'),
                   count(*) FILTER (WHERE patient_id = %s AND state = 'active')
              FROM healthcare_workflow_enrollment WHERE workflow_id = %s
            """,
            bad,
            bad,
            workflow.id,
        )
    )
    delayed, stuck = rows[0]
    if stuck != 1:
        raise SystemExit("The bad record was not bad.")
    workflow.action_archive()
    env.cr.execute(
        "UPDATE healthcare_communication SET status = 'cancelled' WHERE status = 'queued'"
    )
    env.cr.commit()
    figure(BENCH, 'bad_record_delay', delayed, 'records')


# ---------------------------------------------------------------- workers


class World:
    """What this process shares with the workers and the desk, in memory that outlives them."""

    def __init__(self):
        self.fork = multiprocessing.get_context('fork')
        self.moment = self.fork.Value('d', START.timestamp(), lock=False)
        self.round = self.fork.Value('i', 0, lock=False)
        self.booked_round = self.fork.Value('i', -1, lock=False)
        self.is_pausing = self.fork.Value('b', 0, lock=False)
        self.is_over = self.fork.Value('b', 0, lock=False)
        self.phases = self.fork.Array('i', WORKERS, lock=False)
        self.is_idle = self.fork.Array('b', WORKERS, lock=False)
        self.is_paused = self.fork.Array('b', WORKERS, lock=False)

    def now(self):
        """Return the moment it is in this world, naive UTC."""
        return datetime.fromtimestamp(self.moment.value)

    def start(self, target, *args):
        """Fork a process that runs ``target(self, …)``."""
        process = self.fork.Process(target=_child, args=(target, self, *args), daemon=True)
        process.start()
        return process


def _child(target, *args):
    forget_connections()
    # a write that meets another is begun anew; it need not be read about
    logging.getLogger('odoo.sql_db').setLevel(logging.CRITICAL)
    target(*args)


def work(world, slot):
    """Be a worker: tick and dispatch in turn, each time with a cursor of its own as a cron has."""

    def phase(value):
        world.phases[slot] = value

    channels = {code: _watched(cls, phase) for code, cls in CHANNEL_ADAPTERS.items()}
    while not world.is_over.value:
        phase(RESTING)
        world.is_paused[slot] = world.is_pausing.value
        if world.is_pausing.value:
            time.sleep(0.001)
            continue
        try:
            with environment() as env:
                commit = env['ir.cron']._commit_progress
                phase(TICKING)
                done = tick.run(env, world.now(), commit, WORKERS)
                phase(PREPARING)
                done += dispatch.run(env, channels, world.now, commit)
        except sql.CONFLICTS as error:
            # a cron that fails is run again
            print(f'worker {slot}: {error}'.strip(), file=sys.stderr)
            continue
        if not done and world.booked_round.value == world.round.value:
            phase(RESTING)
            world.is_idle[slot] = True
            time.sleep(0.005)


def _watched(adapter_class, phase):
    """Return the adapter that tells through ``phase`` how far it is with a letter."""

    class Watched(adapter_class):
        def prepare_many(self, *args, **kwargs):
            phase(PREPARING)
            return super().prepare_many(*args, **kwargs)

        def send(self, *args, **kwargs):
            phase(TALKING)
            answer = super().send(*args, **kwargs)
            phase(ACCEPTED)
            return answer

    return Watched


class Killer:
    """Kills workers and puts others in their place."""

    def __init__(self, world, seed):
        self.world = world
        self.chance = random.Random(seed)
        self.killed = Counter()
        self.workers = [world.start(work, slot) for slot in range(WORKERS)]

    @property
    def kills(self):
        return self.killed.total()

    @property
    def kills_in_dispatch(self):
        return sum(self.killed[phase] for phase in (PREPARING, TALKING, ACCEPTED))

    def run(self, kills):
        """Kill until ``kills`` are dead, at least half of them in the dispatch."""
        while self.kills < kills or self.kills_in_dispatch * 2 < self.kills:
            for _ in range(self.chance.randint(2, 9)):
                slot = self._wait_for_victim()
                if slot is None:
                    break
                self._kill(slot)
                self._replace(slot)
            if all(self.world.is_idle):
                self._pause()
            else:
                for slot in range(WORKERS):
                    self._kill(slot)
            self._move_clock()
        self.world.is_over.value = True
        for worker in self.workers:
            worker.join()

    def _wait_for_victim(self):
        """Wait for the next moment to strike; return the worker, or ``None`` when all are idle."""
        world, chance = self.world, self.chance
        if self.kills_in_dispatch * 2 > self.kills:
            time.sleep(chance.uniform(0, 0.3))
            return None if all(world.is_idle) else chance.randrange(WORKERS)
        wanted = chance.choice((PREPARING, TALKING, ACCEPTED))
        time.sleep(chance.uniform(0, 0.05))
        while not all(world.is_idle):
            for slot in range(WORKERS):
                if world.phases[slot] == wanted:
                    return slot
            time.sleep(0.0002)
        return None

    def _kill(self, slot):
        """Kill -9; what it was doing is read while it stands still."""
        worker = self.workers[slot]
        os.kill(worker.pid, signal.SIGSTOP)
        os.waitpid(worker.pid, os.WUNTRACED)
        self.killed[self.world.phases[slot]] += 1
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()

    def _replace(self, slot):
        world = self.world
        world.phases[slot], world.is_idle[slot], world.is_paused[slot] = RESTING, False, False
        self.workers[slot] = world.start(work, slot)

    def _pause(self):
        """Let the workers put down what they have in hand."""
        world = self.world
        world.is_pausing.value = True
        while not all(world.is_paused):
            time.sleep(0.001)

    def _move_clock(self):
        world = self.world
        world.moment.value += NAP.total_seconds()
        world.round.value += 1
        for slot, worker in enumerate(self.workers):
            world.is_idle[slot] = False
            if not worker.is_alive():
                self._replace(slot)
        world.is_pausing.value = False


# ---------------------------------------------------------------- the desk


def attend(world, people, seed):
    """Be the desk: book appointments for the coming round, move, cancel and confirm others."""
    chance = random.Random(seed)
    while not world.is_over.value:
        with environment() as env:
            if world.booked_round.value != world.round.value:
                book(env, people, world.now() + clinic.DAY, NAP, chance)
                world.booked_round.value = world.round.value
            change_one(env, people, world.now(), chance)
        time.sleep(chance.uniform(0, 0.03))


def book(env, people, start, spread, chance):
    """Book :data:`BOOKED` appointments whose workflow is to start within ``spread``."""
    patients = people[0] + chance.randrange(people[1] - people[0] - BOOKED), people[1]
    first, last = clinic.appointments(env, patients, BOOKED, start, spread)
    events = env['calendar.event'].browse(range(first, last + 1))
    # as the ORM does for appointments it creates
    events._workflow_happened('created')
    env.cr.commit()


def change_one(env, people, now, chance):
    """Move, cancel, confirm or delete an appointment that is still to come."""
    found = env.execute_query(
        SQL(
            """
            SELECT id FROM calendar_event
             WHERE is_appointment AND active AND start > %s AND appointment_status = 'booked'
               AND patient_id BETWEEN %s AND %s
             ORDER BY id DESC LIMIT 1 OFFSET %s
            """,
            now,
            *people,
            chance.randrange(2 * BOOKED),
        )
    )
    event = env['calendar.event'].browse([one for (one,) in found])
    if not event:
        return
    shift = timedelta(minutes=chance.choice((-90, -20, 20, 45, 24 * 60)))
    start = event.start + shift
    deed = chance.choice(('move', 'move', 'cancel', 'confirm', 'delete'))

    def do():
        if deed == 'move':
            event.write({'start': start, 'stop': start + timedelta(minutes=30)})
        elif deed == 'cancel':
            event.appointment_status = 'cancelled'
        elif deed == 'confirm':
            event.patient_response = 'accepted'
        else:
            event.unlink()
        env.cr.commit()

    with suppress(sql.CONFLICTS), mute_logger('odoo.sql_db'):
        sql.retried(env, do)


# ---------------------------------------------------------------- two Odoo servers


class Servers:
    """Two whole Odoo servers with their crons on this database, to be killed."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.kills = self.kills_in_dispatch = 0
        self.log = Path(config['config']).with_name('bench_servers.log').open('wb')
        self.servers = [self._start() for _ in range(WORKERS)]

    def _start(self):
        command = [sys.executable, '-m', 'odoo', '--database', DATABASE, '--log-level', 'error']
        command += ['--http-interface', '127.0.0.1', '--http-port', str(free_port())]
        command += ['--max-cron-threads', '2', '--smtp-port', str(config['smtp_port'])]
        command += ['--smtp', config['smtp_server']]
        return subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def run(self, env, people, kills):
        """Kill ``kills`` servers, half of them while they send."""
        while self.kills < kills:
            now = datetime.now()
            book(env, people, now + clinic.DAY, timedelta(seconds=10), self.chance)
            victim = self._wait_for(env, self.kills_in_dispatch * 2 <= self.kills, people)
            victim.send_signal(signal.SIGSTOP)
            self.kills += 1
            self.kills_in_dispatch += _is_sending(victim)
            victim.kill()
            victim.wait()
            self.servers[self.servers.index(victim)] = self._start()
        for server in self.servers:
            server.terminate()
            server.wait()

    def _wait_for(self, env, wants_dispatch, people):
        """Let the desk work until the next moment to strike; return the server."""
        deadline = time.monotonic() + self.chance.uniform(1, 20 if wants_dispatch else 6)
        while time.monotonic() < deadline:
            found = wants_dispatch and [one for one in self.servers if _is_sending(one)]
            if found:
                return self.chance.choice(found)
            change_one(env, people, datetime.now(), self.chance)
            time.sleep(0.01)
        return self.chance.choice(self.servers)

    def close(self):
        for server in self.servers:
            server.kill()
            server.wait()
        self.log.close()


def _is_sending(server):
    """Say whether a server is connected to the mail server: it is while it dispatches."""
    connections = psutil.Process(server.pid).connections('tcp')
    return any(one.raddr and one.raddr.port == config['smtp_port'] for one in connections)


# ---------------------------------------------------------------- the end


def finish(env, now):
    """Let what is left go its way, with nobody killed any more, until nothing is due ever."""
    commit = env['ir.cron']._commit_progress
    due = now
    while due:
        # past every lease and every try that was put off
        now = max(now, due) + NAP
        tick.run(env, now, commit)
        dispatch.run(env, CHANNEL_ADAPTERS, lambda now=now: now, commit)
        env.invalidate_all()
        waiting = (tick.next_due(env), dispatch.next_due(env, CHANNEL_ADAPTERS))
        due = min(filter(None, waiting), default=None)


def report(env, workflow, box):
    """Report what the database and the catcher know, and whether they agree."""
    env.invalidate_all()
    states = dict(
        env.execute_query(
            SQL(
                """
                SELECT state, count(*) FROM healthcare_workflow_enrollment
                 WHERE workflow_id = %s GROUP BY state
                """,
                workflow.id,
            )
        )
    )
    ledger = env.execute_query(
        SQL(
            """
            SELECT idempotency_key, status FROM healthcare_communication
             WHERE enrollment_id IN (SELECT id FROM healthcare_workflow_enrollment
                                      WHERE workflow_id = %s)
            """,
            workflow.id,
        )
    )
    unknown_tasks = env.execute_query(
        SQL("SELECT count(*) FROM healthcare_care_task WHERE idempotency_key LIKE 'unknown:%%'")
    )[0][0]
    status = dict(ledger)
    letters = box.keys()
    may_have_gone = ('sent', 'delivered', 'unknown')
    lost = {
        "enrollments without an end": sum(states.values())
        - sum(states.get(state, 0) for state in FINAL_STATES),
        "ledger rows without an end": sum(one not in FINAL_STATUSES for one in status.values()),
        "sent, but never seen": sum(
            one in ('sent', 'delivered') and key not in letters for key, one in status.items()
        ),
        "seen, but not in the ledger": sum(status.get(key) not in may_have_gone for key in letters),
    }
    twice = {
        "delivered more than once": sum(count > 1 for count in letters.values()),
        "more than once in the ledger": len(ledger) - len(status),
    }
    statuses = Counter(status.values())
    print(states, dict(statuses), {'letters': letters.total()}, lost, twice, file=sys.stderr)
    figure(BENCH, 'enrolled', sum(states.values()), 'enrollments')
    figure(BENCH, 'lost', sum(lost.values()), 'rows')
    figure(BENCH, 'duplicate_keys', sum(twice.values()), 'keys')
    figure(BENCH, 'unknown', statuses['unknown'], 'rows')
    figure(BENCH, 'unknown_tasks', unknown_tasks, 'tasks')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--kills', type=int)
    parser.add_argument('--seed', type=int, default=random.randrange(10**6))
    parser.add_argument('--processes', choices=MODES, default='forked')
    options = parser.parse_args()
    run, kills = MODES[options.processes]
    print(f'--seed {options.seed}', file=sys.stderr)
    start = time.monotonic()
    with mailbox() as box:
        with environment() as env:
            clinic.silence(env)
            people = clinic.patients(env, PATIENTS)
            clinic.analyze(env, 'res_partner', 'healthcare_consent')
            measure_bad_record(env, people)
            workflow = open_workflow(env, people)
        sql_db.close_all()
        killed, in_dispatch, now = run(people, options.kills or kills, options.seed)
        print(f'{time.monotonic() - start:.0f} s until the last kill', file=sys.stderr)
        figure(BENCH, 'kills', killed, 'kills')
        figure(BENCH, 'kills_in_dispatch', in_dispatch, 'kills')
        with environment() as env:
            finish(env, now)
            report(env, workflow.with_env(env), box)
    figure(BENCH, 'seconds', time.monotonic() - start, 's')


def open_workflow(env, people):
    """Publish the workflow of the run; nobody is in it yet."""
    document = clinic.definition(
        env,
        (1, 2**31 - 1),
        fault_steps(env),
        entry=[['appointment_status', '=', 'booked'], ['patient_id', '>=', people[0]]],
    )
    # by the end of all time there is nobody left to enroll
    return clinic.publish(env, document, datetime(2100, 1, 1))


def run_forked(people, kills, seed):
    """Kill forked workers; return how many, how many of them in the dispatch, and the moment."""
    world = World()
    desk = world.start(attend, people, seed + 1)
    killer = Killer(world, seed)
    killer.run(kills)
    desk.join()
    for phase, count in sorted(killer.killed.items()):
        print(f'killed while {PHASES[phase]}: {count}', file=sys.stderr)
    return killer.kills, killer.kills_in_dispatch, world.now()


def run_servers(people, kills, seed):
    """Kill whole servers; return the same."""
    with environment() as env:
        share_crons(env)
        servers = Servers(seed)
        try:
            servers.run(env, people, kills)
        finally:
            servers.close()
    return servers.kills, servers.kills_in_dispatch, datetime.now()


def share_crons(env):
    """Give each server a cron of each kind, and none but the engine's."""
    workflows = env['healthcare.workflow']
    crons = workflows._get_crons('_cron_tick') | workflows._get_crons('_cron_dispatch')
    (env['ir.cron'].search([]) - crons).active = False
    for cron in crons:
        cron.copy()
    env.cr.commit()


#: How the workers run -> (what kills them, how many by default)
MODES = {'forked': (run_forked, 200), 'odoo': (run_servers, 12)}


if __name__ == '__main__':
    main()
