import tempfile
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.engine.steps.message import MessageStep
from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots

DAY = timedelta(days=1)


def out_of_paper(_step, _rows, _scene):
    """Stand in for a step that cannot be run."""
    raise RuntimeError("no paper")


@tagged('post_install', '-at_install')
class TestWorkflows(HttpCase, FollowupCase):
    """What a clinic administrator and a receptionist do with workflows, beside the first one."""

    def setUp(self):
        super().setUp()
        self.administrator = new_test_user(
            self.env,
            'drawing',
            groups='healthcare_crm.group_clinic_administrator',
            name="Main Administrator",
            lang='en_US',
        )
        # what the demo clinic has coming up is not what these tests count
        self.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        self.now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)

    def use(self, path, tour, *pictures, login='drawing'):
        """Go through ``tour`` from ``path``, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login=login)
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()

    def test_parallel_paths_that_an_event_starts(self):
        self.use(
            '/odoo/workflows', 'healthcare_workflow_build', 'workflow-1-start', 'workflow-2-steps'
        )
        flow = self.env['healthcare.workflow'].search([('name', '=', "Who did not come")])
        self.assertEqual(flow.state, 'published')
        definition = flow.version_id.graph
        (trigger,) = definition['triggers'].values()
        self.assertEqual((trigger['kind'], trigger['event']), ('event', 'appointment_noshow'))
        self.assertNotIn('appointment_status', str(definition['entry']))
        keys = {step['name']: key for key, step in definition['steps'].items()}
        after = {name: definition['steps'][key].get('next') for name, key in keys.items()}
        self.assertEqual(after["One day"], {'done': [keys["We missed you"], keys["Call as well"]]})
        join = keys["First to come"]
        self.assertEqual(after["We missed you"], {'sent': join})
        self.assertEqual(after["Call as well"], {'reached': join})
        # a patient who does not come is in it
        visit = self.appointment(self.patient(), self.now - DAY)
        visit.appointment_status = 'noshow'
        self.go(fields.Datetime.now() + timedelta(minutes=1), send=False)
        self.assertEqual(visit.enrollment_ids.workflow_id, flow)

    def test_a_message_is_held_and_released(self):
        new_test_user(
            self.env,
            'holding',
            groups='healthcare_crm.group_reception',
            name="Main Receptionist",
            lang='en_US',
        )
        patients = self.patient("An Nguyen") | self.patient("Binh Tran")
        for patient in patients:
            self.appointment(patient, self.now + DAY + timedelta(hours=2))
        self.workflow()._publish(self.now)
        self.go(self.now + timedelta(hours=2), send=False)
        self.use(
            '/odoo/outgoing-queue', 'healthcare_outgoing_queue', 'queue-1-held', login='holding'
        )
        self.assertEqual(self.ledger(patients).mapped('status'), ['queued', 'queued'])

    def test_an_incident_is_tried_again(self):
        visit = self.appointment(self.patient(), self.now + 2 * DAY)
        self.workflow()._publish(self.now)
        with patch.object(MessageStep, 'run', out_of_paper):
            for hours in range(6):
                self.go(visit.start - DAY + timedelta(hours=hours))
        self.use('/odoo/incidents', 'healthcare_incident_retry', 'incident-1-list')
        token = visit.enrollment_ids.token_ids
        self.assertEqual((token.state, token.attempt), ('scheduled', 0))

    def test_a_file_becomes_a_draft(self):
        flow = self.workflow()
        self.use(f'/odoo/workflows/{flow.id}', 'healthcare_workflow_import', 'workflow-4-import')
        imported = self.env['healthcare.workflow'].search(
            [('name', '=', flow.name), ('id', '!=', flow.id)]
        )
        self.assertEqual(imported.state, 'draft')
        self.assertEqual(imported.step_ids.mapped('name'), ["E-mail", "Call"])
