from datetime import timedelta

from odoo.tests import tagged

from ..engine import enroll, sql
from .common import NOW, FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestMerge(FollowupCase):
    def test_merging_patients_loses_no_enrollment(self):
        an, twin = self.patient(), self.patient("An Nguyen Twin")
        shared = self.appointment(an)
        later = self.appointment(an, NOW + 4 * DAY)
        self.workflow()._publish(NOW)
        shared.patient_id = twin
        self.go(NOW)
        self.assertEqual(len(shared.enrollment_ids), 2)
        enrollments = shared.enrollment_ids | later.enrollment_ids
        self.env['base.partner.merge.automatic.wizard']._merge((an | twin).ids, twin)
        self.env.invalidate_all()
        self.assertEqual(enrollments.exists(), enrollments)
        self.assertEqual(enrollments.patient_id, twin)
        self.go(shared.start - DAY)
        self.go(later.start - DAY)
        self.assertEqual([message.to for message in self.sent], [twin.email, twin.email])

    def test_one_of_two_enrollments_of_a_merged_patient_goes_on(self):
        an, twin, other = self.patient(), self.patient("An Twin"), self.patient("Binh Tran")
        steps = {'wait': {'kind': 'wait', 'name': "Wait", 'amount': 5, 'unit': 'days'}}
        flow = self.publish(
            {
                'schema': 1,
                'subject': 'res.partner',
                'tz': 'Asia/Taipei',
                'triggers': {'t1': {'kind': 'hook'}},
                'reentry': {'per': 'patient'},
                'siblings': 'win back',
                'start': 'wait',
                'steps': steps,
            }
        )
        enroll.by_hand(self.env, flow, (an | twin | other).ids, NOW)
        self.go(NOW)
        self.env['base.partner.merge.automatic.wizard']._merge((an | twin).ids, twin)
        self.env.invalidate_all()
        found = self.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', '=', flow.id)], order='id'
        )
        self.assertEqual(found.mapped('state'), ['exited', 'active', 'active'])
        self.assertEqual(found.mapped('patient_id'), twin | other)
        self.assertEqual(found[:2].mapped('subject_id'), [twin.id, twin.id])
        self.assertEqual(found[1].token_ids.shard, twin.id % sql.SHARDS)
        # a second time is as little possible as before
        self.assertEqual(enroll.by_hand(self.env, flow, twin.ids, NOW), {})
        self.go(NOW + 5 * DAY)
        self.assertEqual(found.mapped('state'), ['exited', 'done', 'done'])

    def test_undoing_a_merge_lets_both_go_on(self):
        an, twin = self.patient(), self.patient("An Twin")
        steps = {'wait': {'kind': 'wait', 'name': "Wait", 'amount': 5, 'unit': 'days'}}
        flow = self.publish(
            {
                'schema': 1,
                'subject': 'res.partner',
                'tz': 'Asia/Taipei',
                'triggers': {'t1': {'kind': 'hook'}},
                'reentry': {'per': 'patient'},
                'start': 'wait',
                'steps': steps,
            }
        )
        enroll.by_hand(self.env, flow, (an | twin).ids, NOW)
        self.go(NOW)
        found = self.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', '=', flow.id)], order='id'
        )
        before = [found.read(), found.token_ids.read(), found.log_ids.read()]
        merge = an._merge_into(twin)
        self.assertEqual(found.mapped('state'), ['exited', 'active'])
        merge.action_undo()
        self.assertEqual([found.read(), found.token_ids.read(), found.log_ids.read()], before)
        self.go(NOW + 5 * DAY)
        self.assertEqual(found.mapped('state'), ['done', 'done'])

    def test_what_happened_before_the_merge_is_heard_of_after_it(self):
        an, twin = self.patient(), self.patient("An Twin")
        steps = {'wait': {'kind': 'wait', 'name': "Wait", 'amount': 5, 'unit': 'days'}}
        flow = self.publish(
            {
                'schema': 1,
                'subject': 'res.partner',
                'triggers': {'t1': {'kind': 'event', 'event': 'appointment_booked'}},
                'start': 'wait',
                'steps': steps,
            }
        )
        self.appointment(an)
        self.env['base.partner.merge.automatic.wizard']._merge((an | twin).ids, twin)
        self.go(NOW)
        found = self.env['healthcare.workflow.enrollment'].search([('workflow_id', '=', flow.id)])
        self.assertEqual(found.patient_id, twin)
