"""The panels beside the canvas: an administrator edits a step without leaving it."""

import tempfile

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots


@tagged('post_install', '-at_install')
class TestStepPanel(HttpCase, FollowupCase):
    """A clinic administrator edits words and outcomes in the panel of a step."""

    def test_words_and_outcomes_are_edited_in_the_panel(self):
        new_test_user(
            self.env,
            'panelling',
            groups='healthcare_crm.group_clinic_administrator',
            name="Panel Administrator",
            lang='en_US',
        )
        # what clinics share is not for one of them to change, and there may be others
        self.email_template.company_id = self.env.company
        flow = self.workflow(name="Edited in panels")
        message, call = flow.step_ids
        with tempfile.TemporaryDirectory() as folder, taking_screenshots(folder) as taken:
            self.start_tour('/odoo/workflows', 'healthcare_step_panel', login='panelling')
        self.assertEqual(
            {picture.stem for picture in taken}, {'step-panel-1-words', 'step-panel-2-outcome'}
        )
        self.env.invalidate_all()
        self.assertEqual(
            self.email_template.with_context(lang='zh_TW').body, "{patient_name} 您好，明天見"
        )
        self.assertEqual((message.name, call.name), ("E-mail", "Call them"))
        self.assertEqual(call.edge_ids.mapped('name'), ["Asked to come"])
