from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.base.models.ir_module import IrModuleModule

from ..channels import CHANNEL_ADAPTERS, Adapter, Answer
from .common import FollowupCase

CLINIC = {'name': "Camphor Clinic", 'city': "Taipei", 'time_zone': 'Asia/Ho_Chi_Minh'}


@tagged('post_install', '-at_install')
class TestSetupAssistant(FollowupCase):
    """What the assistant may write in the name of a clinic administrator, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env,
            'setting_up',
            groups='healthcare_crm.group_clinic_administrator',
            email='boss@example.org',
            phone='0912 345 678',
            lang='en_US',
        )
        cls.env.company.healthcare_setup = False
        cls.env.company.country_id = cls.env.ref('base.tw')
        cls.assistant = cls.env['healthcare.setup'].with_user(cls.administrator)

    def save(self, step, **values):
        """Save ``step`` as it is but for ``values``; return the page."""
        return self.assistant.save(step, self.assistant.load()['values'][step] | values)

    def state_of(self, page, step):
        return next(line['state'] for line in page['steps'] if line['id'] == step)

    # ------------------------------------------------------------ who and when

    def test_only_for_clinic_administrators(self):
        nurse = new_test_user(self.env, 'setup_nurse', groups='healthcare_crm.group_nurse')
        assistant = self.env['healthcare.setup'].with_user(nurse)
        for call in (
            assistant.load,
            assistant.finish,
            assistant.progress,
            assistant.check_mail,
            lambda: assistant.save('clinic', CLINIC),
            lambda: assistant.skip('clinic'),
            lambda: assistant.add_language('vi_VN'),
            lambda: assistant.send_test('email', 'nurse@example.org'),
            lambda: assistant.reach('reminder_24h'),
        ):
            with self.assertRaises(AccessError):
                call()
        self.assertFalse(assistant._is_wanted())

    def test_wanted_until_it_was_seen(self):
        self.assertTrue(self.assistant._is_wanted())
        self.assistant.load()
        self.assertFalse(self.assistant._is_wanted())

    def test_not_wanted_where_workflows_run(self):
        workflow = self.workflow()
        self.assertTrue(self.assistant._is_wanted(), "a draft is no workflow that runs")
        workflow.action_publish()
        self.assertFalse(self.assistant._is_wanted())

    def test_not_wanted_in_a_branch(self):
        branch = self.env['res.company'].create(
            {'name': "Branch", 'parent_id': self.env.company.id}
        )
        self.administrator.company_ids |= branch
        self.assertFalse(self.assistant.with_company(branch)._is_wanted())

    def test_progress(self):
        page = self.assistant.skip('clinic')
        self.assertEqual(self.state_of(page, 'clinic'), 'skipped')
        page = self.save('clinic', **CLINIC)
        self.assertEqual(self.state_of(page, 'clinic'), 'done')
        self.assertIn("Camphor Clinic", page['steps'][0]['said'])
        self.assertEqual(self.state_of(self.assistant.skip('clinic'), 'clinic'), 'done')
        found = self.assistant.progress()
        self.assertEqual([is_done for _name, is_done in found['steps']], [True] + [False] * 5)
        self.assertFalse(found['over'])
        self.assistant.finish()
        self.assertTrue(self.assistant.progress()['over'])

    def test_unknown_step(self):
        with self.assertRaises(UserError):
            self.assistant.save('colour', {})

    # ------------------------------------------------------------ what it writes

    def test_clinic(self):
        company = self.env.company
        before = company.currency_id
        self.save(
            'clinic', **CLINIC, vat='12345678', currency_id=1, country=self.env.ref('base.vn').id
        )
        self.assertEqual(
            (company.name, company.city, company.country_id.code, company.resource_calendar_id.tz),
            ("Camphor Clinic", "Taipei", 'VN', 'Asia/Ho_Chi_Minh'),
        )
        self.assertFalse(company.vat, "nothing but what the step is about")
        self.assertEqual(company.currency_id, before)

    def test_companies_stay_closed_otherwise(self):
        with self.assertRaises(AccessError):
            self.env.company.with_user(self.administrator).write({'name': "Mine"})
        with self.assertRaises(AccessError):
            self.env['res.lang'].with_user(self.administrator)._activate_lang('fr_FR')

    def test_clinic_needs_a_name_and_a_known_time_zone(self):
        for wrong in ({'name': ' '}, {'time_zone': 'Moon/Base'}):
            with self.assertRaises(UserError):
                self.save('clinic', **(CLINIC | wrong))

    def test_hours(self):
        days = [[[9, 12], False, [18, 21]]] + [[False, [14, 17.5], False]] * 4 + [[False] * 3] * 2
        page = self.save('hours', days=days, quiet_from=22.0, quiet_to=7.5, quiet_holidays=True)
        lines = self.env.company.resource_calendar_id.attendance_ids
        monday = lines.filtered(lambda line: line.dayofweek == '0')
        self.assertEqual(
            monday.mapped(lambda line: (line.hour_from, line.hour_to)), [(9, 12), (18, 21)]
        )
        self.assertEqual(set(lines.mapped('dayofweek')), set('01234'))
        self.assertEqual(page['values']['hours']['days'], days)
        company = self.env.company
        self.assertEqual(
            (
                company.healthcare_quiet_from,
                company.healthcare_quiet_to,
                company.healthcare_quiet_holidays,
            ),
            (22.0, 7.5, True),
        )

    def test_hours_in_disorder(self):
        for monday in (
            [[9, 8], False, False],
            [[9, 15], [14, 17], False],
            [[False, 12], False, False],
        ):
            with self.assertRaises(UserError):
                self.save('hours', days=[monday] + [[False] * 3] * 6)

    def test_hours_beyond_the_grid_are_left_alone(self):
        calendar = self.env.company.resource_calendar_id
        calendar.attendance_ids.unlink()
        self.env['resource.calendar.attendance'].create(
            [
                {
                    'name': "Short",
                    'calendar_id': calendar.id,
                    'dayofweek': '0',
                    'hour_from': hour,
                    'hour_to': hour + 1,
                }
                for hour in (8, 10, 14, 18)
            ]
        )
        self.assertFalse(self.assistant.load()['values']['hours']['editable'])
        self.save('hours', days=[[False] * 3] * 7)
        self.assertEqual(len(calendar.attendance_ids), 4)

    def test_sessions_keep_their_place(self):
        calendar = self.env.company.resource_calendar_id
        calendar.attendance_ids.unlink()
        for day, sessions in enumerate(
            ([False, [13, 17], [18, 21]], [[8, 10], [10, 12], False], [False, False, [19, 21]])
        ):
            self.assistant._open_on(calendar, day, sessions)
            self.assertEqual(self.assistant._sessions_of(calendar, day), sessions)

    def test_languages(self):
        loaded = []
        with patch.object(
            IrModuleModule, '_update_translations', lambda _self, codes, *_: loaded.extend(codes)
        ):
            self.env.ref('base.lang_zh_CN').active = False
            self.assistant.add_language('zh_CN')
            with self.assertRaises(UserError):
                self.assistant.add_language('fr_FR')
        self.assertTrue(self.env.ref('base.lang_zh_CN').active)
        self.assertEqual(loaded, ['zh_CN'])
        page = self.save('languages', clinic='vi_VN')
        self.assertEqual(self.env.company.partner_id.lang, 'vi_VN')
        self.assertIn("Tiếng Việt", page['steps'][2]['said'])

    # ------------------------------------------------------------ channels and the test message

    def test_text_messages(self):
        company = self.env.company
        company.write({'sms_provider': 'twilio', 'sms_twilio_account_sid': False})
        self.assertFalse(self.assistant._sms_state(company)['ok'])
        company.write({'sms_twilio_account_sid': 'AC' + 32 * 'a', 'sms_twilio_auth_token': 'b'})
        company.sms_twilio_number_ids.unlink()
        self.assertIn("number", self.assistant._sms_state(company)['text'])
        self.env['sms.twilio.number'].create(
            {'company_id': company.id, 'number': '+886900000000', 'country_id': self.ref('base.tw')}
        )
        self.assertTrue(self.assistant._sms_state(company)['ok'])
        self.assertNotIn('AC' + 32 * 'a', str(self.assistant.load()))

    def test_message(self):
        answers = [
            Answer('sent'),
            Answer('failed', 'provider_error', "no such number"),
            Answer('sent'),
        ]
        sent = []

        class Fake(Adapter):
            code = 'email'

            def send(self, message):
                sent.append(message)
                return answers.pop(0)

        with patch.dict(CHANNEL_ADAPTERS, {'email': Fake, 'sms': Fake}):
            done = self.assistant.send_test('email', 'Boss@Example.org ')
            failed = self.assistant.send_test('sms', '0911 222 333')
            self.assertFalse(self.assistant.send_test('sms', 'nobody')['ok'])
            with self.assertRaises(UserError):
                self.assistant.send_test('email', ' ')
            with self.assertRaises(UserError):
                self.assistant.send_test('call', '1')
        self.assertTrue(done['ok'])
        self.assertFalse(failed['ok'])
        self.assertIn("no such number", failed['text'])
        self.assertEqual([message.to for message in sent], ['boss@example.org', '+886911222333'])
        self.assertEqual(self.administrator.email, 'Boss@Example.org')
        self.assertIn("Test Clinic", sent[0].body)

    def test_mail_server(self):
        with patch.object(CHANNEL_ADAPTERS['email'], 'check', lambda *_: Answer('sent')):
            self.assertTrue(self.assistant.check_mail()['ok'])
        self.env.company.email = False
        self.env.company.alias_domain_id = False
        found = self.assistant.check_mail()
        self.assertEqual(found['ok'], bool(self.env['ir.mail_server']._get_default_from_address()))
