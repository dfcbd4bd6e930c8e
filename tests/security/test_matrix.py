"""Who reads and writes which sensitive field, asked in every way: as the register says."""

from collections import Counter
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from odoo.addons.healthcare_crm.tests.common import let_identity_be_shown

from .matrix import Matrix
from .world import World

CELLS = 6400


@tagged('post_install', '-at_install')
class TestMatrix(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        let_identity_be_shown(cls)
        cls.world = World(cls.env)

    def test_every_cell(self):
        matrix = Matrix(self.world).run()
        wrong = Counter(
            (one.model, one.field, one.way, one.identity, one.seen)
            for one in matrix.cells
            if one.is_wrong
        )
        self.assertFalse(sorted(wrong))
        self.assertGreaterEqual(len(matrix.cells), CELLS)

    def test_every_model_is_asked_about(self):
        models = {model for model, fields in self.world.register.items() if fields}
        self.assertFalse(models - self.world.records.keys())

    def test_a_field_without_groups_is_found(self):
        field = self.env['healthcare.condition']._fields['severity']
        with patch.object(field, 'groups', None):
            self.assertTrue(self.find_wrong('healthcare.condition', 'severity'))

    def test_a_field_that_nobody_reads_any_more_is_found(self):
        field = self.env['healthcare.condition']._fields['severity']
        with patch.object(field, 'groups', '.'):
            self.assertTrue(self.find_wrong('healthcare.condition', 'severity'))

    def test_a_rule_that_was_dropped_is_found(self):
        rule = self.env.ref('healthcare_crm.healthcare_alert_rule_company')
        rule.active = False
        self.assertTrue(self.find_wrong('healthcare.alert', 'kind'))

    def find_wrong(self, model, name):
        """Return the wrong cells about a field."""
        world = self.world
        register = {model: {name: world.register[model][name]}}
        with patch.object(world, 'register', register):
            return [one for one in Matrix(world).run().cells if one.is_wrong]
