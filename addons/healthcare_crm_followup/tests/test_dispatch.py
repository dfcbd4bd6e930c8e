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
