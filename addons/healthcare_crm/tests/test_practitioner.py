from odoo.tests import TransactionCase, tagged


@tagged('post_install', '-at_install')
class TestPractitioner(TransactionCase):
    def test_duplicate(self):
        """Duplicating a practitioner gives another one with the same working hours."""
        calendar = self.env['resource.calendar'].create({'name': "Mornings"})
        practitioner = self.env['healthcare.practitioner'].create(
            {'name': "Dr. Ho", 'resource_calendar_id': calendar.id}
        )
        copy = practitioner.copy()
        self.assertIn("Dr. Ho", copy.name)
        self.assertNotEqual(copy.resource_id, practitioner.resource_id)
        self.assertEqual(copy.resource_calendar_id, calendar)

    def test_resource_goes_with_its_practitioner(self):
        practitioner = self.env['healthcare.practitioner'].create({'name': "Dr. Ho"})
        resource = practitioner.resource_id
        practitioner.unlink()
        self.assertFalse(resource.exists())
