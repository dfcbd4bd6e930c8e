from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..channels import CHANNEL_ADAPTERS, Answer
from ..engine import tick
from .common import FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestCrons(FollowupCase):
    """The engine as the server runs it: crons that wake by themselves."""

    def setUp(self):
        super().setUp()
        self.tick = self.env.ref('healthcare_crm_followup.ir_cron_tick')
        self.dispatch = self.env.ref('healthcare_crm_followup.ir_cron_dispatch')
        self.sweep = self.env.ref('healthcare_crm_followup.ir_cron_sweep')
        self.now = fields.Datetime.now()
        # these tests live in the present, where the demo clinic has appointments of its own
        self.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        self.env['ir.cron.trigger'].search([]).unlink()

    def run_cron(self, cron):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def wakings(self, cron):
        """Return the moments ``cron`` is to wake at, besides its interval."""
        return self.env['ir.cron.trigger'].search([('cron_id', '=', cron.id)]).mapped('call_at')

    def test_due_message_is_queued_by_one_cron_and_handed_to_the_other(self):
        an = self.patient()
        self.appointment(an, self.now + DAY + timedelta(minutes=30))
        flow = self.workflow()
        flow._publish(self.now)
        an.enrollment_ids.token_ids.due_at = self.now - timedelta(minutes=1)
        self.run_cron(self.tick)
        self.assertEqual(self.ledger(an).status, 'queued')
        self.assertTrue(self.wakings(self.dispatch))
        self.run_cron(self.dispatch)
        self.assertEqual(self.ledger(an).status, 'sent')

    def test_the_tick_wakes_again_when_the_next_step_is_due(self):
        an = self.patient()
        self.appointment(an, self.now + 3 * DAY)
        self.workflow()._publish(self.now)
        self.run_cron(self.tick)
        due = an.enrollment_ids.token_ids.due_at
        self.assertIn(
            due.replace(second=0), [at.replace(second=0) for at in self.wakings(self.tick)]
        )

    def test_a_tick_that_finds_all_in_other_hands_does_not_ask_again_at_once(self):
        self.appointment(self.patient(), self.now + 3 * DAY)
        with patch.object(tick, 'busy_shards', return_value=[]):
            self.workflow()._publish(self.now)
            self.env['healthcare.workflow.token'].search([]).due_at = self.now - DAY
            self.env['ir.cron.trigger'].search([]).unlink()
            self.run_cron(self.tick)
        self.assertGreater(min(self.wakings(self.tick)), self.now + timedelta(seconds=30))

    def test_the_sweep_takes_up_what_was_set_aside_as_its_workflow_went_on(self):
        an = self.patient()
        self.appointment(an, self.now + 3 * DAY)
        self.workflow()._publish(self.now)
        an.enrollment_ids.token_ids.held = True
        self.run_cron(self.sweep)
        self.assertFalse(an.enrollment_ids.token_ids.held)
        self.assertTrue(self.wakings(self.tick))

    def test_what_happens_to_an_appointment_wakes_the_tick(self):
        self.workflow()._publish(self.now)
        self.env['ir.cron.trigger'].search([]).unlink()
        self.appointment(self.patient(), self.now + 3 * DAY)
        self.assertTrue(self.wakings(self.tick))

    def test_nothing_is_noted_where_no_workflow_runs(self):
        before = self.env['healthcare.workflow.event'].search_count([])
        self.appointment(self.patient(), self.now + 3 * DAY)
        self.assertEqual(self.env['healthcare.workflow.event'].search_count([]), before)

    def test_the_sweep_finds_who_meets_the_conditions_by_now(self):
        flow = self.workflow(entry_domain="[('patient_id.lang', '=', 'vi_VN')]")
        an = self.patient()
        self.appointment(an, self.now + 3 * DAY)
        flow._publish(self.now)
        self.assertFalse(an.enrollment_ids)
        an.lang = 'vi_VN'
        self.run_cron(self.sweep)
        self.assertEqual(an.enrollment_ids.workflow_id, flow)
        self.run_cron(self.sweep)
        self.assertEqual(len(an.enrollment_ids), 1)

    def test_message_to_try_again_wakes_the_sender_at_its_moment(self):
        an = self.patient()
        self.appointment(an, self.now + DAY + timedelta(minutes=30))
        self.workflow()._publish(self.now)
        an.enrollment_ids.token_ids.due_at = self.now - timedelta(minutes=1)
        self.run_cron(self.tick)
        refused = Answer('failed', 'provider_error', "refused", is_temporary=True)
        with patch.object(CHANNEL_ADAPTERS['email'], 'send', lambda *_args: refused):
            self.run_cron(self.dispatch)
        self.assertEqual(self.ledger(an).status, 'queued')
        self.assertIn(self.ledger(an).due_at, self.wakings(self.dispatch))

    def test_workers_are_as_many_crons_as_asked_for(self):
        workflows = self.env['healthcare.workflow']
        workflows._set_workers(3)
        self.assertEqual(workflows._get_workers(), 3)
        self.assertEqual(len(workflows._get_crons('_cron_dispatch')), 3)
        workflows._set_workers(1)
        self.assertEqual(workflows._get_crons('_cron_tick'), self.tick)
        workflows._set_workers(2)
        self.assertEqual(len(workflows._get_crons('_cron_tick', active_test=False)), 3)
