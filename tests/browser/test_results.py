"""The results page, as a clinic administrator uses it."""

import tempfile

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.engine.effects import counters
from odoo.addons.healthcare_crm_followup.tests.common import NOW, FollowupCase

from .screenshots import taking_screenshots

COUNTS = {
    'enrolled': 400, 'entered': 400, 'holdout': 20, 'holdout/goal': 11, 'way1': 70, 'way1/goal': 49,
    'way2': 70, 'way2/goal': 40, 'exited/condition': 6,
}  # fmt: skip


@tagged('post_install', '-at_install')
class TestResultsPage(HttpCase, FollowupCase):
    """Where patients are, who reached the goal, and which way did better."""

    def setUp(self):
        super().setUp()
        new_test_user(
            self.env,
            'counting',
            groups='healthcare_crm.group_clinic_administrator',
            name="Main Administrator",
            lang='en_US',
        )
        self.flow = self.workflow(name="Recall", has_goal=True, goal_event='appointment_booked')
        split = self.env['healthcare.workflow.step'].create(
            {'workflow_id': self.flow.id, 'name': "Which?", 'kind': 'split', 'sequence': 5}
        )
        split.holdout = 10
        self.env['healthcare.workflow.edge'].create(
            [
                {'step_id': split.id, 'outcome': 'way', 'name': name, 'target_id': target.id}
                for name, target in zip(
                    ("Reminder", "Telephone"), self.flow.step_ids - split, strict=True
                )
            ]
        )
        self.flow._publish(NOW)
        visit = self.appointment(self.patient("An Nguyen"), fields.Datetime.now())
        self.env['healthcare.workflow.enrollment'].create(
            {
                'workflow_id': self.flow.id,
                'version_id': self.flow.version_id.id,
                'patient_id': visit.patient_id.id,
                'subject_model': 'calendar.event',
                'subject_id': visit.id,
                'occurrence': 'one',
                'date_start': fields.Datetime.now(),
            }
        )
        version = self.flow.version_id.id
        counters.add(
            self.env,
            {(version, split.key, code): number for code, number in COUNTS.items()}
            | {(version, '', 'goal'): 150},
            fields.Date.today(),
        )
        self.env.flush_all()

    def test_results(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour('/odoo/workflow-results', 'healthcare_results', login='counting')
        self.assertEqual(
            {picture.stem for picture in taken},
            {'results-1-overview', 'results-2-workflow', 'results-3-split'},
        )

    def test_the_page_can_be_bookmarked(self):
        self.start_tour(
            f'/odoo/workflow-results/{self.flow.id}?period=90',
            'healthcare_results_reloaded',
            login='counting',
        )
