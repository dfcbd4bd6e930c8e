"""What has to be true of every addon's register of sensitive fields."""

AUTOMATIC = {'id', 'display_name', 'create_uid', 'create_date', 'write_uid', 'write_date'}
CLASSES = {'identifier', 'contact', 'clinical', 'free_text'}


class SensitiveChecks:
    """The register of an addon is complete, and the fields are protected as it says.

    A test case inherits from this and sets ``module``, ``sensitive`` and ``plain``.
    """

    module = None
    sensitive = {}
    plain = {}

    def _own_fields(self, model):
        """Return the fields this addon adds to a model, or defines on its own."""
        return {
            name
            for name, field in self.env[model]._fields.items()
            if name not in AUTOMATIC and field._modules and field._modules[0] == self.module
        }

    def test_every_field_is_listed(self):
        for model in self.sensitive:
            listed = set(self.sensitive[model]) | self.plain[model]
            with self.subTest(model=model):
                own = self._own_fields(model)
                self.assertTrue(own)
                self.assertFalse(own - listed, "new fields must be listed in sensitive.py")
                self.assertFalse(listed - own, "sensitive.py lists fields that do not exist")
                self.assertFalse(set(self.sensitive[model]) & self.plain[model])

    def test_every_model_with_a_patient_is_listed(self):
        for name, model in self.env.registry.items():
            if model._original_module != self.module or model._transient or model._abstract:
                continue
            to_patient = any(
                field.type == 'many2one' and field.comodel_name == 'res.partner' and field.store
                for field in model._fields.values()
            )
            if to_patient:
                with self.subTest(model=name):
                    self.assertIn(name, self.sensitive)

    def test_groups(self):
        for model, entries in self.sensitive.items():
            for name, entry in entries.items():
                with self.subTest(model=model, field=name):
                    self.assertIn(entry.cls, CLASSES)
                    self.assertEqual(self.env[model]._fields[name].groups, entry.read)

    def test_traps(self):
        for model, entries in self.sensitive.items():
            Model = self.env[model]
            order = {part.split()[0] for part in Model._order.split(',')}
            for name in entries:
                field = Model._fields[name]
                with self.subTest(model=model, field=name):
                    self.assertFalse(getattr(field, 'tracking', None), "followers receive it")
                    if field.related and not field.store:
                        self.assertFalse(field.compute_sudo, "grouping would reveal it")
                    if Model._original_module != self.module:
                        self.assertNotIn(name, order)
                        self.assertNotEqual(Model._rec_name, name)

    def test_identifying_fields_are_not_copied(self):
        for name, entry in self.sensitive.get('res.partner', {}).items():
            field = self.env['res.partner']._fields[name]
            if entry.cls == 'identifier' and field.store:
                with self.subTest(field=name):
                    self.assertFalse(field.copy)
