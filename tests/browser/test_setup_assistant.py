import tempfile
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import config

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.base.models.ir_module import IrModuleModule
from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from ..fakes.mail_catcher import MailCatcher
from .screenshots import taking_screenshots

PICTURES = {
    'setup-1-clinic',
    'setup-2-hours',
    'setup-3-languages',
    'setup-4-channels',
    'setup-5-workflows',
    'setup-6-test',
    'setup-7-overview',
}


@tagged('post_install', '-at_install')
class TestSetupAssistant(HttpCase, FollowupCase):
    """The first administrator of a new clinic, from the login to workflows that run."""

    # with all add-ons, all of an administrator's menus have room
    browser_size = '1536x864'

    def test_first_start(self):
        new_test_user(
            self.env,
            'first_administrator',
            groups='healthcare_crm.group_clinic_administrator',
            email='boss@example.org',
            lang='en_US',
        )
        company = self.env.company
        company.write({'healthcare_setup': False, 'sms_provider': 'iap'})
        self.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        self.appointment(self.patient(), fields.Datetime.now() + timedelta(days=3))
        self.env.ref('base.lang_zh_CN').active = False
        loaded = []
        self.enterContext(
            patch.object(
                IrModuleModule,
                '_update_translations',
                lambda _modules, codes, *_more: loaded.extend(codes),
            )
        )
        folder = self.enterContext(tempfile.TemporaryDirectory())
        catcher = self.enterContext(MailCatcher(f'{folder}/mail'))
        pictures = self.enterContext(taking_screenshots(f'{folder}/pictures'))
        self.enterContext(
            patch.dict(config.options, {'smtp_server': '127.0.0.1', 'smtp_port': catcher.port})
        )
        self.enterContext(
            patch.object(IrMail_Server, '_disable_send', classmethod(lambda cls: False))
        )

        self.start_tour('/odoo', 'healthcare_setup_assistant', login='first_administrator')

        self.env.invalidate_all()
        self.assertEqual({picture.stem for picture in pictures}, PICTURES)
        calendar = company.resource_calendar_id
        self.assertEqual(
            (company.name, company.country_id.code, calendar.tz, company.partner_id.lang),
            ("Lotus Clinic", 'VN', 'Asia/Ho_Chi_Minh', 'vi_VN'),
        )
        evenings = calendar.attendance_ids.filtered(lambda line: line.hour_from == 18)
        self.assertEqual(evenings.mapped('hour_to'), [20.5] * 5)
        self.assertEqual(loaded, ['zh_CN'])
        running = self.env['healthcare.workflow'].search([('state', '=', 'published')])
        self.assertIn('reminder_24h', running.mapped('gallery_code'))
        [letter] = catcher.messages()
        self.assertEqual(letter['To'], 'boss@example.org')
        self.assertIn("Lotus Clinic", letter['Subject'])

        self.start_tour('/odoo', 'healthcare_setup_comes_back', login='first_administrator')
