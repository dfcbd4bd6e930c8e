"""Signing on the clinic's screen, a wording put in use, and the pages on a patient's phone."""

import os
import tempfile
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.web.tests import test_js

from .screenshots import taking_screenshots


@tagged('post_install', '-at_install')
class TestConsentInBrowser(HttpCase):
    browser_size = '1180x820'

    def setUp(self):
        super().setUp()
        new_test_user(self.env, 'desk', groups='healthcare_crm.group_reception', name="Annie Chang")
        new_test_user(
            self.env, 'leading', groups='healthcare_crm.group_clinic_administrator', name="Grace Lo"
        )
        self.env['healthcare.consent.form'].search([]).active = False
        self.patient = self.env['res.partner'].create(
            {
                'name': "Lin Mei",
                'is_patient': True,
                'lang': 'en_US',
                'birth_date': fields.Date.today() - timedelta(days=12000),
            }
        )
        form = self.env['healthcare.consent.form'].create(
            {'name': "Our messages", 'company_id': False}
        )
        self.version = self.env['healthcare.consent.form.version'].create(
            {
                'form_id': form.id,
                'line_ids': [
                    (
                        0,
                        0,
                        {'purpose_id': self.env.ref('healthcare_crm.consent_purpose_reminder').id},
                    )
                ],
                'wording_ids': [
                    (
                        0,
                        0,
                        {
                            'lang': 'en_US',
                            'title': "Our messages",
                            'body': "We send you reminders.\n\n# Your choice\n- What you like.",
                            'statement': "I decide for myself what I may be sent.",
                        },
                    )
                ],
            }
        )
        self.version.action_publish()

    def use(self, path, tour, login, *pictures):
        """Go through ``tour`` from ``path``, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login=login)
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()

    def test_desk(self):
        self.use(
            f'/odoo/patients/{self.patient.id}',
            'healthcare_consent_desk',
            'desk',
            'consent-1-patient',
            'consent-2-signing',
            'consent-3-signed',
            'consent-4-history',
        )
        signature = self.patient.consent_signature_ids
        self.assertEqual(signature._verify().state, 'valid')
        self.assertEqual(
            {(one.channel, one.decision) for one in self.patient.consent_ids},
            {('sms', 'permit'), ('email', 'deny')},
        )

    def test_a_new_wording(self):
        self.use(
            '/odoo/consent-forms',
            'healthcare_consent_form',
            'leading',
            'consent-5-preview',
            'consent-6-form',
        )
        self.assertEqual(self.version.state, 'replaced')
        self.assertEqual(self.version.form_id.version_id.number, 2)


@tagged('post_install', '-at_install')
class TestPatientsPhone(HttpCase):
    """The pages of the patient on a phone."""

    browser_size = '390x844'

    def setUp(self):
        super().setUp()
        self.patient = self.env['res.partner'].create(
            {'name': "Lin Mei", 'is_patient': True, 'lang': 'en_US'}
        )

    def look(self, path, code, picture):
        folder = Path(
            os.environ.get('SCREENSHOTS') or self.enterContext(tempfile.TemporaryDirectory())
        )
        with taking_screenshots(folder) as taken:
            self.browser_js(
                path,
                f"""
                {code}
                setTimeout(() => console.log("screenshot: {picture}"), 300);
                setTimeout(() => console.log("test successful"), 1500);
                """,
                timeout=60,
            )
        self.assertEqual([one.stem for one in taken], [picture])

    def test_centre(self):
        fits = "if (document.documentElement.scrollWidth > innerWidth) throw new Error('too wide');"
        self.look(self.patient._get_consent_path(), fits, 'consent-7-centre')

    def test_signing_with_a_finger(self):
        version = self.env.ref('healthcare_crm.consent_form_telehealth').version_id
        code = """
            const canvas = document.querySelector('canvas');
            const box = canvas.getBoundingClientRect();
            if (document.documentElement.scrollWidth > innerWidth) throw new Error('too wide');
            if (!box.width) throw new Error('no field to sign in');
            canvas.setPointerCapture = () => {};
            const at = (x) => ({bubbles: true, buttons: 1, pointerId: 1,
                clientX: box.left + x * box.width,
                clientY: box.top + box.height * (0.5 + 0.3 * Math.sin(x * 25))});
            canvas.dispatchEvent(new PointerEvent('pointerdown', at(0.1)));
            for (let x = 0.1; x < 0.9; x += 0.02) {
                canvas.dispatchEvent(new PointerEvent('pointermove', at(x)));
            }
            document.querySelector('[name=agree]').checked = true;
            document.querySelector('[name=name]').value = 'Lin Mei';
            canvas.scrollIntoView();
        """
        self.look(self.patient._get_sign_path(version), code, 'consent-8-signing')


@tagged('post_install', '-at_install')
class TestConsentUnits(HttpCase):
    """What was ticked, and what is missing before a form can be signed."""

    def test_units(self):
        suite = '@healthcare_crm/consent'
        number = 0
        for char in suite:  # how Hoot names a suite in an address
            number = ((number << 5) - number + ord(char)) & 0xFFFFFFFF
        self.browser_js(
            f'/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={number:08x}',
            '',
            '',
            login='admin',
            timeout=300,
            success_signal='[HOOT] Test suite succeeded',
            error_checker=test_js.unit_test_error_checker,
        )
