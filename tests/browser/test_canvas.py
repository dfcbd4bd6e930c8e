"""The canvas of workflows: what an administrator does with it."""

import tempfile
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestCanvas(HttpCase, FollowupCase):
    """A clinic administrator builds and changes workflows on the canvas."""

    def setUp(self):
        super().setUp()
        new_test_user(
            self.env,
            'building',
            groups='healthcare_crm.group_clinic_administrator',
            name="Main Administrator",
            lang='en_US',
        )
        # what the demo clinic has coming up is not what these tests count
        self.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        self.now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)

    def use(self, path, tour, *pictures):
        """Go through ``tour`` from ``path``, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login='building')
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()

    def drawing(self, flow):
        """Return {name of a step: {outcome: names of the steps it leads to}}."""
        steps = flow.canvas_load()['doc']['steps']
        return {
            step['name']: {
                outcome: [steps[key]['name'] for key in keys]
                for outcome, keys in step['next'].items()
            }
            for step in steps.values()
        }

    def named(self, name):
        return self.env['healthcare.workflow'].search([('name', '=', name)])

    def test_built_by_mouse(self):
        self.use(
            '/odoo/workflows',
            'healthcare_canvas_mouse',
            'canvas-1-empty',
            'canvas-2-built',
        )
        self.assertEqual(
            self.drawing(self.named("After the operation")),
            {
                "One day": {'done': ["How are you"]},
                "How are you": {'sent': ["Two more days"], 'suppressed': ["Call"]},
                "Two more days": {'done': ["Is it healing"]},
                "Is it healing": {'no_answer': ["Call"]},
                "Call": {},
            },
        )

    def test_built_by_keyboard(self):
        self.use('/odoo/workflows', 'healthcare_canvas_keyboard', 'canvas-3-shortcuts')
        self.assertEqual(
            self.drawing(self.named("Built by keys")),
            {
                "One day": {'done': ["How are you?"]},
                "How are you?": {'sent': ["Two more days"], 'suppressed': ["Call"]},
                "Two more days": {'done': ["Call"]},
                "Call": {},
            },
        )

    def test_steps_go_into_another_workflow(self):
        first, second = self.workflow(name="First"), self.workflow(name="Second")
        copied = set(self.drawing(first))
        second.step_ids.unlink()
        self.use('/odoo/workflows', 'healthcare_canvas_copy')
        self.assertEqual(set(self.drawing(second)), copied)
        self.assertEqual(self.drawing(second), self.drawing(first))

    def test_undone_and_done_again(self):
        flow = self.workflow(name="Changed my mind")
        before = flow.canvas_load()['doc']
        self.use(f'/odoo/workflows/{flow.id}', 'healthcare_canvas_undo')
        after = flow.canvas_load()['doc']
        self.assertEqual(
            {key: step['name'] for key, step in after['steps'].items()},
            {key: step['name'] for key, step in before['steps'].items()},
        )
        self.assertEqual(self.drawing(flow), self.drawing(flow.copy()))

    def test_a_count_leads_to_the_patients(self):
        self.appointment(self.patient("An Nguyen"), self.now + 2 * DAY)
        flow = self.workflow(name="Counted")
        flow._publish(self.now)
        self.use(f'/odoo/workflows/{flow.id}', 'healthcare_canvas_count', 'canvas-4-counts')
