from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from odoo.addons.healthcare_crm.segmenting import KINDS
from odoo.addons.healthcare_crm_followup.engine.placeholders import offered, samples


@tagged('post_install', '-at_install')
class TestWithoutMembers(TransactionCase):
    """What is offered in a database without members, on a server that has others with them."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(self.registry.models))
        for model in list(self.registry.models):
            if model.startswith(('loyalty.', 'healthcare.campaign', 'healthcare.club')):
                del self.registry.models[model]

    def test_no_words_about_members(self):
        self.assertNotIn('points', offered(self.env))
        self.assertIn('patient_name', offered(self.env))
        self.assertNotIn('points', samples(self.env, 'en_US'))

    def test_no_workflows_about_cards(self):
        subjects = dict(self.env['healthcare.workflow']._selection_subject_model())
        self.assertNotIn('loyalty.card', subjects)
        self.assertIn('calendar.event', subjects)

    def test_no_conditions_about_campaigns(self):
        for code in ('attended', 'campaign', 'clicked', 'club', 'quoted'):
            with self.subTest(kind=code):
                self.assertFalse(KINDS[code].is_offered(self.env))
