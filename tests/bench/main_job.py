"""The main job on real input: import, remind 24 hours before on a clock set back, read the rate.

script/bench main_job             messages go to a channel that only counts them
script/bench main_job --smtp      e-mail really goes over SMTP, to a catcher
"""

import argparse
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from odoo.tools import config

from odoo.addons.healthcare_crm_followup.channels import CHANNEL_ADAPTERS, Adapter, Answer
from odoo.addons.healthcare_crm_followup.engine import dispatch, tick

from tests.bench import DATA, environment, figure, timed
from tests.bench.import_file import import_file
from tests.fakes.mail_catcher import MailCatcher

BENCH = 'main_job'
#: The day before the first appointment of the real file, and the day after its last.
FIRST = datetime(2016, 4, 27)
LAST = datetime(2016, 5, 20)


class Counting(Adapter):
    """A channel that writes each message and sends it nowhere."""

    def send(self, message):
        return Answer('sent', provider_ref=message.key)


def make_workflow(env):
    """Return the draft "Remind 24 hours before": e-mail first, else a phone task."""
    workflow = env['healthcare.workflow'].create(
        {
            'name': "Remind 24 hours before",
            # the file tells of the past: its appointments are not booked any more
            'entry_domain': "[('identifier_value', '!=', False)]",
        }
    )
    steps = env['healthcare.workflow.step']
    message = steps.create({'workflow_id': workflow.id, 'name': "E-mail", 'kind': 'message'})
    steps.create(
        {
            'workflow_id': workflow.id,
            'name': "Call",
            'kind': 'care_task',
            'after_id': message.id,
            'after_outcome': 'suppressed',
        }
    )
    return workflow


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default=DATA)
    parser.add_argument('--smtp', action='store_true')
    options = parser.parse_args()
    with ExitStack() as stack:
        env = stack.enter_context(environment())
        channels = {code: type(code, (Counting,), {'code': code}) for code in CHANNEL_ADAPTERS}
        if options.smtp:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            catcher = stack.enter_context(MailCatcher(f'{folder}/mail'))
            config['smtp_server'], config['smtp_port'] = '127.0.0.1', catcher.port
            channels = CHANNEL_ADAPTERS
        admin = env(user=env.ref('base.user_admin'))
        for name in ('contacts.csv', 'appointments.csv'):
            import_file(admin, options.data / name)
        remind(env, channels)
        report(env)


def remind(env, channels):
    """Publish on the evening before the first day, and let the clock go from hour to hour."""

    def commit(_done):
        env.cr.commit()
        return float('inf')

    # what the demo clinic does is not what is measured
    env['healthcare.workflow'].search([]).action_archive()
    workflow = make_workflow(env)
    with timed(BENCH, 'publish'):
        figure(BENCH, 'enrolled', workflow._publish(FIRST), 'appointments')
        env.cr.commit()
    ticking = sending = 0
    spent = Counter()
    now = FIRST
    while now < LAST:
        start = datetime.now()
        ticking += tick.run(env, now, commit)
        between = datetime.now()
        sending += dispatch.run(env, channels, lambda now=now: now, commit)
        spent['tick'] += (between - start).total_seconds()
        spent['send'] += (datetime.now() - between).total_seconds()
        now += timedelta(hours=1)
    figure(BENCH, 'steps', ticking, 'steps')
    figure(BENCH, 'steps per second', ticking / spent['tick'], 'steps/s')
    figure(BENCH, 'messages', sending, 'messages')
    figure(BENCH, 'messages per second', sending / spent['send'], 'messages/s')


def report(env):
    """Report what the ledger holds and what the appointment list shows."""
    ledger = env['healthcare.communication']
    rows = ledger._read_group([('enrollment_id', '!=', False)], ['status', 'reason'], ['__count'])
    for status, reason, count in rows:
        figure(BENCH, f'ledger: {status} {reason or ""}'.strip(), count, 'rows')
    keys = ledger._read_group(
        [('enrollment_id', '!=', False)], [], ['idempotency_key:count_distinct']
    )
    total = ledger.search_count([('enrollment_id', '!=', False)])
    figure(BENCH, 'duplicate keys', total - keys[0][0], 'rows')
    tasks = env['healthcare.care.task'].search_count([('enrollment_id', '!=', False)])
    figure(BENCH, 'phone tasks', tasks, 'tasks')
    with timed(BENCH, 'no-show rate'):
        rates = env['calendar.event'].formatted_read_group(
            [('identifier_value', '!=', False)],
            ['reminder_channel'],
            ['noshow_rate:avg', '__count'],
        )
    for group in rates:
        name = f'no-show rate, reminder {group["reminder_channel"]} ({group["__count"]})'
        figure(BENCH, name, group['noshow_rate:avg'], '%')


if __name__ == '__main__':
    main()
