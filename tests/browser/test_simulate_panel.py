"""The panels of the builder that play a draft, count what publishing means, compare versions."""

import tempfile
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.tests.common import NOW, FollowupCase

from .screenshots import taking_screenshots

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestPanels(HttpCase, FollowupCase):
    """A clinic administrator looks at what a workflow would do before it does it."""

    def setUp(self):
        super().setUp()
        new_test_user(
            self.env,
            'playing',
            groups='healthcare_crm.group_clinic_administrator',
            name="Main Administrator",
            lang='en_US',
        )
        # what the demo clinic has coming up is not what these tests count
        self.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        self.appointment(self.patient("An Nguyen"), now + 3 * DAY)
        self.appointment(self.patient("Le Van Nam", email=False), now + 4 * DAY)
        self.flow = self.workflow(quiet='none')

    def use(self, tour, *pictures):
        """Go through ``tour`` on the canvas, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(f'/odoo/workflows/{self.flow.id}', tour, login='playing')
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()

    def add_rest(self, name):
        """Add a step that waits."""
        return self.env['healthcare.workflow.step'].create(
            {'workflow_id': self.flow.id, 'name': name, 'kind': 'wait', 'sequence': 30}
        )

    def test_simulation(self):
        self.flow.step_ids[1]._lead_to(self.add_rest("Try again"), 'no_answer')
        self.use('healthcare_simulate_panel', 'simulate-1-panel')
        self.assertFalse(self.flow.version_id)
        self.assertFalse(self.env['healthcare.communication'].search([('step_key', '!=', False)]))

    def test_preview(self):
        self.use('healthcare_preview_panel', 'simulate-2-preview')
        self.assertEqual((self.flow.state, self.flow.waiting_count), ('published', 2))

    def test_versions(self):
        self.flow._publish(NOW)
        self.flow.step_ids[1].name = "Ring up"
        self.flow.step_ids[1]._lead_to(self.add_rest("Rest"), 'no_answer')
        self.use('healthcare_versions_panel', 'simulate-3-versions')
        self.assertEqual(self.flow.step_ids.mapped('name'), ["E-mail", "Call"])
