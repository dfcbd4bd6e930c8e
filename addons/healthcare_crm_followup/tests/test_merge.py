from datetime import timedelta

from odoo.tests import tagged

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
