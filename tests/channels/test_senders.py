import threading
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm_followup.channels import Adapter, Answer, Message
from odoo.addons.healthcare_crm_followup.engine import dispatch

NOW = datetime(2030, 1, 7, 1, 0)
ROWS = 60
CHANNEL = 'email'


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


@tagged('post_install', '-at_install')
class TestSenders(BaseCase):
    """Several senders on one database, each with a connection of its own and real commits."""

    def setUp(self):
        super().setUp()
        self.heard = []
        self.now = NOW
        with Connection() as env:
            purpose = env.ref('healthcare_crm.consent_purpose_reminder')
            patient = env['res.partner'].create(
                {'name': "An Nguyen", 'is_patient': True, 'email': 'an@example.org'}
            )
            env['healthcare.consent'].create(
                {
                    'patient_id': patient.id,
                    'purpose_id': purpose.id,
                    'channel': CHANNEL,
                    'decision': 'permit',
                    'date': datetime.now() - timedelta(days=1),
                }
            )
            env['healthcare.communication'].create(
                [
                    {
                        'patient_id': patient.id,
                        'purpose_id': purpose.id,
                        'channel': CHANNEL,
                        'status': 'queued',
                        'due_at': NOW,
                        'date': NOW,
                        'address': 'an@example.org',
                        'idempotency_key': f'senders:{number}',
                    }
                    for number in range(ROWS)
                ]
            )
            self.patient_id = patient.id
        self.addCleanup(self.forget)

    def forget(self):
        with Connection() as env:
            for table in (
                'healthcare_care_task',
                'healthcare_communication',
                'healthcare_consent',
            ):
                env.cr.execute(f'DELETE FROM {table} WHERE patient_id = %s', [self.patient_id])
            env['res.partner'].browse(self.patient_id).unlink()

    def channels(self, deduplicates=False, hear=None):
        """Return a channel whose provider remembers what it heard, and calls ``hear`` first."""
        test = self

        class Provider(Adapter):
            code = CHANNEL

            def prepare(self, communication):
                return Message(
                    to=communication.address,
                    subject='',
                    body='',
                    lang='en_US',
                    company=self.env.company,
                    key=communication.idempotency_key,
                )

            def send(self, message):
                if hear:
                    hear(message)
                test.heard.append(message.key)
                return Answer('sent', provider_ref=message.key)

        Provider.deduplicates = deduplicates
        return {CHANNEL: Provider}

    def run_sender(self, channels):
        with Connection() as env:

            def commit(_done):
                env.cr.commit()
                return float('inf')

            dispatch.run(env, channels, lambda: self.now, commit)

    def statuses(self):
        """Return {status: keys}."""
        with Connection() as env:
            rows = env['healthcare.communication'].search(
                [('patient_id', '=', self.patient_id)], order='id'
            )
            return {
                status: some.mapped('idempotency_key')
                for status, some in rows.grouped('status').items()
            }

    def die_at(self, number):
        """Return what the provider hears of a sender that dies at its ``number``-th message."""

        def hear(_message):
            if len(self.heard) == number:
                raise Killed

        return hear

    def test_two_senders_share_the_queue_and_send_nothing_twice(self):
        meet, met = threading.Barrier(2), set()

        def hear(_message):
            if threading.get_ident() not in met:
                met.add(threading.get_ident())
                # neither is done before the other has begun
                meet.wait(60)

        channels = self.channels(hear=hear)
        senders = [threading.Thread(target=self.run_sender, args=[channels]) for _one in range(2)]
        # who meets the other one begins anew: Odoo's log tells of every try
        with mute_logger('odoo.sql_db'):
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
        self.assertEqual(len(self.heard), ROWS)
        self.assertEqual(len(set(self.heard)), ROWS)
        self.assertEqual(list(self.statuses()), ['sent'])

    def test_sender_that_dies_leaves_one_question_and_no_message_is_lost(self):
        with self.assertRaises(Killed):
            self.run_sender(self.channels(hear=self.die_at(7)))
        self.assertEqual(
            {status: len(keys) for status, keys in self.statuses().items()},
            {'sent': 7, 'sending': 1, 'queued': ROWS - 8},
        )
        in_question = self.statuses()['sending']
        self.now += dispatch.LEASE + timedelta(seconds=1)
        self.run_sender(self.channels())
        self.assertEqual(self.statuses().get('unknown'), in_question)
        self.assertEqual(len(self.statuses()['sent']), ROWS - 1)
        self.assertEqual(len(self.heard), len(set(self.heard)))

    def test_sender_that_dies_after_the_provider_heard_leaves_one_question_too(self):
        deliver = Adapter.deliver

        def dying(adapter, message):
            answer = deliver(adapter, message)
            if len(self.heard) == 7:
                raise Killed
            return answer

        with patch.object(Adapter, 'deliver', dying), self.assertRaises(Killed):
            self.run_sender(self.channels())
        self.now += dispatch.LEASE + timedelta(seconds=1)
        self.run_sender(self.channels())
        self.assertEqual(self.statuses()['unknown'], [self.heard[6]])
        self.assertEqual(len(self.heard), ROWS)
        self.assertEqual(len(set(self.heard)), ROWS)

    def test_provider_that_knows_its_messages_gets_the_one_in_question_again(self):
        deliver = Adapter.deliver

        def dying(adapter, message):
            answer = deliver(adapter, message)
            if len(self.heard) == 7:
                raise Killed
            return answer

        with patch.object(Adapter, 'deliver', dying), self.assertRaises(Killed):
            self.run_sender(self.channels(deduplicates=True))
        self.now += dispatch.LEASE + timedelta(seconds=1)
        self.run_sender(self.channels(deduplicates=True))
        self.assertEqual(list(self.statuses()), ['sent'])
        self.assertEqual(len(self.heard), ROWS + 1)
        self.assertEqual(self.heard.count(self.heard[6]), 2)
        self.assertEqual(len(set(self.heard)), ROWS)

    def test_slow_sender_keeps_its_messages(self):
        others = []

        def hear(_message):
            # a minute for every message: far longer than the lease for all of them
            self.now += timedelta(minutes=1)
            with Connection() as env:
                others.append(dispatch.settle_crashed(env, self.channels(), self.now))

        self.run_sender(self.channels(hear=hear))
        self.assertEqual(set(others), {0})
        self.assertEqual(len(self.heard), len(set(self.heard)))
        self.assertEqual(list(self.statuses()), ['sent'])


class Connection:
    """An environment on a connection of its own."""

    def __enter__(self):
        self.cr = Registry(get_db_name()).cursor()
        return Environment(self.cr, SUPERUSER_ID, {})

    def __exit__(self, kind, *_error):
        try:
            if kind is None:
                self.cr.commit()
            else:
                # as the database does when the process at the other end is gone
                self.cr.rollback()
        finally:
            self.cr.close()
