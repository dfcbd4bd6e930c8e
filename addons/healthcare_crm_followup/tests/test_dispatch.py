from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..channels import Answer
from ..engine import dispatch
from .common import NOW, FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestDispatch(FollowupCase):
    """What may happen between deciding a message and sending it."""

    def queued(self, name="An Nguyen"):
        """Return a patient, an appointment and its reminder, decided and not yet sent."""
        patient = self.patient(name)
        visit = self.appointment(patient)
        self.workflow()._publish(NOW)
        self.moment = visit.start - DAY
        self.go(self.moment, send=False)
        return patient, visit, self.ledger(patient)

    def send(self, commit=None):
        dispatch.run(self.env, self.channels, lambda: self.moment, commit or self._no_commit)
        self.env.invalidate_all()

    def test_row_cancelled_while_its_sender_has_it_in_hand_is_not_sent(self):
        _an, _visit, row = self.queued()
        batch = dispatch.Batch(
            self.env, self.channels['email'](self.env), lambda: self.moment, self._no_commit
        )
        self.assertTrue(batch.take())
        row.status = 'cancelled'
        self.env.flush_all()
        batch.send()
        self.assertFalse(self.sent)
        self.assertEqual(row.status, 'cancelled')

    def test_appointment_given_away_after_deciding_is_told_to_nobody(self):
        _an, visit, row = self.queued()
        visit.patient_id = self.patient("Binh Tran")
        self.send()
        self.assertFalse(self.sent)
        self.assertEqual((row.status, row.reason), ('suppressed', 'subject_cancelled'))

    def test_appointment_deleted_after_deciding_is_not_announced(self):
        _an, visit, row = self.queued()
        visit.unlink()
        self.send()
        self.assertFalse(self.sent)
        self.assertEqual((row.status, row.reason), ('suppressed', 'subject_cancelled'))

    def test_address_corrected_after_deciding_is_the_one_used(self):
        an, _visit, row = self.queued()
        an.email = 'right@example.org'
        self.send()
        self.assertEqual([message.to for message in self.sent], ['right@example.org'])
        self.assertEqual(row.address, 'right@example.org')

    def test_when_time_is_up_the_rest_is_free_for_the_next_run(self):
        patients = self.patient("An Nguyen") | self.patient("Binh Tran") | self.patient("Chi Le")
        for patient in patients:
            self.appointment(patient)
        self.workflow()._publish(NOW)
        self.moment = NOW + DAY
        self.go(self.moment, send=False)

        def commit(processed):
            self._no_commit(processed)
            return 0 if processed else float('inf')

        self.send(commit)
        self.assertEqual(len(self.sent), 1)
        waiting = self.ledger(patients).filtered(lambda row: row.status == 'queued')
        self.assertEqual(len(waiting), 2)
        self.assertFalse(any(waiting.mapped('lease_until')))
        self.send()
        self.assertEqual(len(self.sent), 3)

    def test_channel_that_raises_leaves_a_question_and_holds_up_nobody(self):
        an, binh = self.patient(), self.patient("Binh Tran")
        for patient in (an, binh):
            self.appointment(patient)
        self.workflow()._publish(NOW)
        send = self.channels['email'].send

        def fragile(adapter, message):
            if message.to == an.email:
                raise ValueError("nobody thought of this")
            return send(adapter, message)

        self.channels['email'].send = fragile
        with mute_logger('odoo.addons.healthcare_crm_followup.channels.registry'):
            self.go(NOW + DAY)
        self.assertEqual(self.ledger(an).status, 'unknown')
        self.assertEqual(self.ledger(binh).status, 'sent')
        self.assertEqual(len(self.tasks(an)), 1)

    def test_provider_that_fell_silent_gives_a_task(self):
        an, _visit, row = self.queued()
        self.answers.append(Answer('unknown', 'provider_error', "timed out"))
        self.send()
        self.assertEqual(row.status, 'unknown')
        self.assertEqual(len(self.tasks(an)), 1)

    def test_result_is_recorded_though_somebody_writes_the_appointment_meanwhile(self):
        _an, _visit, row = self.queued()
        record = dispatch.record
        failures = [SerializationFailure()]

        def contended(*args, **kwargs):
            if failures:
                raise failures.pop()
            return record(*args, **kwargs)

        with (
            patch.object(dispatch, 'record', contended),
            patch.object(self.env.cr, 'rollback') as rollback,
        ):
            self.send()
        rollback.assert_called_once()
        self.assertEqual(row.status, 'sent')
        self.assertEqual(len(self.sent), 1)

    def test_paused_workflow_holds_back_what_was_decided_already(self):
        _an, visit, row = self.queued()
        flow = visit.enrollment_ids.workflow_id
        flow.action_pause()
        self.send()
        self.assertFalse(self.sent)
        self.assertEqual(row.status, 'queued')
        self.assertIsNone(dispatch.next_due(self.env, self.channels))
        flow._resume(self.moment)
        self.send()
        self.assertEqual(len(self.sent), 1)

    def test_what_waited_in_the_queue_for_too_long_follows_the_late_policy(self):
        _an, _visit, row = self.queued()
        self.moment += timedelta(hours=21)
        self.send()
        self.assertFalse(self.sent)
        self.assertEqual((row.status, row.reason), ('suppressed', 'late'))

    def test_workflow_in_the_archive_is_paused_however_it_got_there(self):
        _an, visit, _row = self.queued()
        flow = visit.enrollment_ids.workflow_id
        flow.active = False
        self.assertEqual(flow.state, 'paused')

    # ------------------------------------------------------------ many messages

    def many(self, count):
        """Return as many patients, whose reminders are decided and not yet sent."""
        patients = self.env['res.partner'].union(
            *(self.patient(f"Patient {number}") for number in range(count))
        )
        for patient in patients:
            self.appointment(patient)
        self.workflow()._publish(NOW)
        self.moment = NOW + DAY
        self.go(self.moment, send=False)
        return patients

    def queries(self, work, *args):
        """Return how many queries ``work`` makes."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work(*args)
        return self.env.cr.sql_log_count - before

    def test_looking_for_work_where_there_is_none_costs_next_to_nothing(self):
        self.many(1)
        self.send()
        asked = self.queries(
            dispatch.run, self.env, self.channels, lambda: self.moment, self._no_commit
        )
        asked += self.queries(dispatch.next_due, self.env, self.channels)
        self.assertLessEqual(asked, 5)

    def test_another_message_costs_a_mark_and_a_record(self):
        costs = {}
        for count in (5, 15):
            self.many(count)
            asked, before = self.queries(self.send), sum(costs)
            costs[len(self.sent) - before] = asked
            self.env['healthcare.workflow'].search([]).action_archive()
        (few, asked_for_few), (many, asked_for_many) = costs.items()
        self.assertGreater(many, few)
        # mark, record, and the appointment that remembers its reminder
        self.assertLessEqual((asked_for_many - asked_for_few) / (many - few), 3)

    def test_consent_withdrawn_while_the_batch_is_under_way_is_seen(self):
        an, binh = self.many(2)
        send = self.channels['email'].send

        def slowly(adapter, message):
            self.moment += timedelta(seconds=3)
            self.consent(binh, 'deny', 'email')
            self.env.flush_all()
            return send(adapter, message)

        self.channels['email'].send = slowly
        self.send()
        self.assertEqual([message.to for message in self.sent], [an.email])
        self.assertEqual(self.ledger(binh).reason, 'consent_denied')
        self.assertEqual(self.ledger(an).status, 'sent')

    def test_message_that_cannot_be_written_holds_up_no_other(self):
        an, binh = self.many(2)
        prepare = self.channels['email'].prepare

        def fragile(adapter, communication):
            if communication.patient_id == an:
                adapter.env.cr.execute('SELECT 1 / 0')
            return prepare(adapter, communication)

        self.channels['email'].prepare = fragile
        with mute_logger('odoo.sql_db'):
            self.send()
        self.assertEqual(
            (self.ledger(an).status, self.ledger(an).reason), ('failed', 'render_error')
        )
        self.assertEqual(self.ledger(binh).status, 'sent')

    def test_long_queue_of_one_channel_holds_up_no_other(self):
        patients = self.many(3)
        last = self.ledger(patients)[2]
        last.write({'channel': 'sms', 'address': '+886912345678'})
        order = []
        for code in ('email', 'sms'):
            adapter = self.channels[code]
            adapter.send = lambda one, message, send=adapter.send: (
                order.append(one.code) or send(one, message)
            )
        with patch.object(dispatch, 'BATCH', 1), patch.object(dispatch.claim, '__defaults__', (1,)):
            self.send()
        self.assertEqual(order, ['email', 'sms', 'email'])

    def test_provider_that_refuses_for_now_is_tried_ever_later_and_not_for_ever(self):
        _an, _visit, row = self.queued()
        row.expires_at = False
        waits = []
        while row.status == 'queued':
            self.answers.append(Answer('failed', 'provider_error', "busy", is_temporary=True))
            self.send()
            waits.append(row.due_at - self.moment)
            self.moment = max(self.moment, row.due_at)
        self.assertEqual((row.status, row.attempt), ('failed', dispatch.MAX_ATTEMPTS))
        self.assertEqual(waits[:3], [timedelta(minutes=minutes) for minutes in (2, 4, 8)])

    def test_answer_that_comes_after_the_row_was_given_up_is_the_truth(self):
        an, _visit, row = self.queued()
        send = self.channels['email'].send

        def very_slowly(adapter, message):
            self.moment += dispatch.LEASE + timedelta(seconds=1)
            dispatch.settle_crashed(self.env, self.channels, self.moment)
            self.assertEqual(row.status, 'unknown')
            return send(adapter, message)

        self.channels['email'].send = very_slowly
        self.send()
        self.assertEqual(row.status, 'sent')
        self.assertEqual(self.tasks(an).state, 'cancelled')

    def test_receipt_that_is_quicker_than_the_answer_stands(self):
        _an, _visit, row = self.queued()
        send = self.channels['email'].send

        def receipt(adapter, message):
            row.status = 'delivered'
            self.env.flush_all()
            return send(adapter, message)

        self.channels['email'].send = receipt
        self.send()
        self.assertEqual(row.status, 'delivered')
