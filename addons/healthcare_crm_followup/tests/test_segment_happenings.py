from odoo.tests import tagged

from ..engine import graph
from .common import FollowupCase


@tagged('post_install', '-at_install')
class TestSegmentHappenings(FollowupCase):
    """Entering and leaving a segment are happenings, where a workflow listens."""

    def setUp(self):
        super().setUp()
        self.segment = self.env['healthcare.segment'].create(
            {'name': "Ladies", 'domain': "[('name', 'like', 'Happening')]"}
        )
        self.an, self.hoa = self.patient("Happening An"), self.patient("Happening Hoa")

    def listen(self, trigger=None, **values):
        """Run a workflow with ``trigger``, about patients."""
        definition = {
            'schema': graph.SCHEMA,
            'subject': 'res.partner',
            'tz': 'Asia/Taipei',
            'triggers': {'t1': trigger or {'kind': 'segment', 'segment': self.segment.id}},
            'start': 's1',
            'steps': {'s1': {'kind': 'end', 'name': "End"}},
        }
        return self.publish(definition | values)

    def happened(self):
        """Return (code, patient, payload) of what the inbox holds about segments."""
        events = self.env['healthcare.workflow.event'].search([('kind', '=like', 'segment_%')])
        return sorted(
            (event.kind, event.patient_id, event.payload['segment'], event.shard)
            for event in events
        )

    def row(self, code, patient):
        return code, patient.id, self.segment.id, patient.id % 16

    def test_entering_and_leaving(self):
        self.listen()
        self.segment._refresh()
        entered = sorted(self.row('segment_entered', one) for one in (self.an, self.hoa))
        self.assertEqual(self.happened(), entered)
        self.an.name = "An"
        self.segment._refresh()
        self.assertEqual(self.happened(), [*entered, self.row('segment_left', self.an)])

    def test_told_once(self):
        self.listen()
        entered, _left = self.segment._refresh()
        self.segment._membership_changed(entered, [])
        self.assertEqual(len(self.happened()), 2)

    def test_coming_back_is_told_again(self):
        self.listen()
        for name in ("Happening An", "An", "Happening An"):
            self.an.name = name
            self.segment._refresh()
        codes = [code for code, patient, *_rest in self.happened() if patient == self.an.id]
        self.assertEqual(codes, ['segment_entered', 'segment_entered', 'segment_left'])

    def test_nobody_listens(self):
        self.segment._refresh()
        self.listen(trigger={'kind': 'hook'})
        self.an.name = "An"
        self.segment._refresh()
        self.assertEqual(self.happened(), [])

    def test_an_exit_rule_listens(self):
        self.listen({'kind': 'hook'}, exits=[{'name': "Moved", 'event': 'segment_entered'}])
        self.segment._refresh()
        self.assertEqual(len(self.happened()), 2)

    def test_a_waiting_step_listens(self):
        wait = {'kind': 'wait', 'name': "Wait", 'event': 'segment_left', 'amount': 1}
        self.listen({'kind': 'hook'}, steps={'s1': wait | {'unit': 'days', 'next': {}}})
        self.segment._refresh()
        self.assertEqual(len(self.happened()), 2)

    def test_the_engine_is_woken(self):
        self.listen()
        self.env['ir.cron.trigger'].search([]).unlink()
        self.segment._refresh()
        tick = self.env.ref('healthcare_crm_followup.ir_cron_tick')
        self.assertTrue(self.env['ir.cron.trigger'].search([('cron_id', '=', tick.id)]))
