from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine import document
from ..engine.placeholders import PLACEHOLDERS, samples
from ..models.healthcare_message_template import TEMPLATE_CHANNELS
from .common import FollowupCase


@tagged('post_install', '-at_install')
class TestTemplateEditor(FollowupCase):
    """The words of a message, in every language, as the editor shows and keeps them."""

    def setUp(self):
        super().setUp()
        self.template = self.env['healthcare.message.template'].create(
            {'name': "Hello", 'channel': 'email', 'subject': "Hello", 'body': "Dear {patient_name}"}
        )

    def shown(self, **values):
        """Return what the editor shows of the template."""
        return self.template.editor_load(**values)['templates'][0]

    def test_words_are_kept_language_by_language(self):
        self.template.editor_save({'zh_TW': "您好"}, {'zh_TW': "{patient_name} 您好"})
        self.assertEqual(self.shown()['subject'], {'en_US': "Hello", 'zh_TW': "您好"})
        self.assertEqual(self.template.with_context(lang='zh_TW').body, "{patient_name} 您好")
        self.assertEqual(self.template.with_context(lang='vi_VN').body, "Dear {patient_name}")
        self.template.editor_save({'zh_TW': ""}, {'zh_TW': " "})
        self.assertEqual(self.shown()['body'], {'en_US': "Dear {patient_name}"})

    def test_words_that_nothing_fills_are_refused_in_any_language(self):
        for subject, body in (
            ({}, {'zh_TW': "{nonsense}"}),
            ({'vi_VN': "{nonsense}"}, {}),
            ({}, {'en_US': " "}),
            ({'en_US': ""}, {}),
            ({}, {'zh_TW': 5}),
            ({}, {'xx_XX': "Hello"}),
        ):
            with self.subTest(subject=subject, body=body):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self.template.editor_save(subject, body)
        self.assertEqual(self.shown()['body'], {'en_US': "Dear {patient_name}"})

    def test_who_else_uses_the_words_is_told(self):
        flow, other = self.workflow(), self.workflow(name="Other")
        self.template = self.email_template
        self.assertIn("Other", self.shown(workflow_id=flow.id)['used_by'])
        self.assertNotIn("Other", self.shown(workflow_id=other.id)['used_by'])

    def test_new_words_begin_with_the_old_ones_or_with_a_greeting(self):
        templates = self.env['healthcare.message.template']
        self.template.editor_save({}, {'zh_TW': "您好"})
        copied = templates.browse(
            templates.editor_create('email', "Remind", self.template.id)['id']
        )
        self.assertEqual(copied.with_context(lang='zh_TW').body, "您好")
        self.assertNotEqual(copied.name, self.template.name)
        for channel, _label in TEMPLATE_CHANNELS:
            with self.subTest(channel=channel):
                made = templates.browse(templates.editor_create(channel, "Remind")['id'])
                self.assertEqual(made.channel, channel)
                self.assertEqual(made.company_id, self.env.company)
        asking = templates.editor_create('sms', "How are you?", survey=True)
        self.assertEqual(templates.browse(asking['id']).body, "{clinic}: {survey_link}")

    def test_a_language_without_words_is_told_and_keeps_nobody_from_publishing(self):
        flow = self.workflow()
        flow.step_ids.template_ids = self.env['healthcare.message.template'].create(
            {'name': "Only English", 'channel': 'email', 'subject': "Hello", 'body': "Hello"}
        )
        (told,) = (one for one in flow._get_problems() if one.code == 'missing_language')
        self.assertEqual(told.level, 'warning')
        self.assertFalse(flow.has_errors)

    def test_every_placeholder_has_a_sample_in_every_language(self):
        for code, _name in self.env['res.lang'].get_installed():
            found = samples(self.env, code)
            self.assertEqual(found.keys(), PLACEHOLDERS.keys())
            with self.subTest(lang=code):
                self.assertFalse(
                    [
                        name
                        for name, value in found.items()
                        if not value and name != 'clinic_address'
                    ]
                )
        self.assertIn("2030", samples(self.env, 'zh_TW')['appointment_date'])

    def test_a_receptionist_may_read_but_not_write(self):
        reception = new_test_user(self.env, 'words_reception', 'healthcare_crm.group_reception')
        theirs = self.template.with_user(reception)
        self.assertFalse(theirs.editor_load()['templates'][0]['can_write'])
        self.assertFalse(theirs.editor_load()['can_create'])
        with self.assertRaises(AccessError):
            theirs.editor_save({}, {'en_US': "Mine"})
        with self.assertRaises(AccessError):
            theirs.editor_create('sms', "Mine")

    def test_the_schema_knows_every_happening_and_channel(self):
        known = document.validator().schema['$defs']
        self.assertEqual(
            set(known['event']['enum']),
            set(dict(self.env['healthcare.workflow']._selection_event())),
        )
        self.assertEqual(
            set(known['channel']['enum']),
            {'preferred', *(code for code, _label in TEMPLATE_CHANNELS)},
        )
