from lxml import etree

from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestViews(HealthcareCase):
    def test_the_calendar_keeps_its_views(self):
        for view_type in ('form', 'list', 'calendar', 'search'):
            view_id, _name = self.env['ir.ui.view'].default_view('calendar.event', view_type), None
            with self.subTest(view=view_type):
                self.assertNotIn(
                    'healthcare_crm',
                    self.env['ir.ui.view'].browse(view_id).xml_id,
                )

    def test_contacts_keep_their_views(self):
        for view_type in ('form', 'list', 'kanban', 'search'):
            view_id = self.env['ir.ui.view'].default_view('res.partner', view_type)
            with self.subTest(view=view_type):
                self.assertNotIn(
                    'healthcare_crm',
                    self.env['ir.ui.view'].browse(view_id).xml_id,
                )

    def test_every_action_has_an_address_and_teaches(self):
        actions = (
            self.env['ir.actions.act_window']
            .search([])
            .filtered(
                lambda action: (action.get_external_id()[action.id] or '').startswith(
                    'healthcare_crm.',
                )
                and action.target != 'new'
                and action.view_mode != 'form',
            )
        )
        self.assertGreaterEqual(len(actions), 9)
        for action in actions:
            with self.subTest(action=action.name):
                self.assertTrue(action.path)
                self.assertIn('o_view_nocontent', action.help or '')

    def test_views_open_for_every_role(self):
        views = {
            'res.partner': 'res_partner_action_patient',
            'calendar.event': 'calendar_event_action_appointment',
            'healthcare.communication': 'healthcare_communication_action',
        }
        for role in ('reception', 'marketing', 'quality', 'privacy_officer', 'nurse'):
            user = self.make_user(role)
            for model, xmlid in views.items():
                action = self.env.ref(f'healthcare_crm.{xmlid}')
                with self.subTest(role=role, model=model):
                    result = (
                        self.env[model]
                        .with_user(user)
                        .get_views(
                            [[view_id, mode] for view_id, mode in action.views],
                            {'action_id': action.id},
                        )
                    )
                    self.assertIn('form', result['views'])

    def test_all_that_privacy_officers_review_is_under_privacy(self):
        """Where the reminder of late reviews says that it is."""
        menu = self.env.ref('healthcare_crm.menu_healthcare_break_glass')
        self.assertEqual(menu.complete_name, "Healthcare/Privacy/Opened With a Reason")
        seen = self.env['ir.ui.menu'].with_user(self.make_user('privacy_officer'))
        self.assertIn(menu.id, seen._visible_menu_ids())
        other = self.env['ir.ui.menu'].with_user(self.make_user('practitioner'))
        self.assertNotIn(menu.id, other._visible_menu_ids())

    def test_menus_are_for_healthcare_users(self):
        root = self.env.ref('healthcare_crm.menu_healthcare_root')
        Menu = self.env['ir.ui.menu']
        self.assertNotIn(root.id, Menu.with_user(self.make_user())._visible_menu_ids())
        reception = Menu.with_user(self.make_user('reception'))._visible_menu_ids()
        self.assertIn(root.id, reception)
        configuration = self.env.ref('healthcare_crm.menu_healthcare_configuration')
        self.assertNotIn(configuration.id, reception)
        administrator = self.make_user('clinic_administrator')
        self.assertIn(configuration.id, Menu.with_user(administrator)._visible_menu_ids())

    def test_who_only_reads_appointments_is_offered_no_button(self):
        action = self.env.ref('healthcare_crm.calendar_event_action_appointment')
        for role, offered in (('reception', True), ('marketing', False)):
            Event = self.Event.with_user(self.make_user(role))
            for view_id, mode in action.views:
                if mode not in ('list', 'kanban', 'calendar', 'form'):
                    continue
                arch = etree.fromstring(Event.get_view(view_id, mode)['arch'])
                with self.subTest(role=role, mode=mode):
                    self.assertEqual(arch.get('create') != '0', offered)
                    if mode in ('list', 'form'):
                        self.assertEqual(bool(arch.findall('header/button')), offered)

    def test_others_keep_the_buttons_of_the_calendar(self):
        Event = self.Event.with_user(self.make_user('marketing'))
        self.assertFalse(etree.fromstring(Event.get_view(view_type='form')['arch']).get('create'))
