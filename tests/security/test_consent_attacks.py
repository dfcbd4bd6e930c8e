"""Attempts to make consent out of nothing, to read another patient's, and to alter what was signed.

Each test is one attack, and fails when it succeeds.
"""

import base64
import io
import re
from datetime import timedelta
from unittest.mock import patch

from PIL import Image, ImageDraw
from psycopg2 import IntegrityError
from reportlab.pdfgen import canvas

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm import links
from odoo.addons.healthcare_crm.consenting import development, seal
from odoo.addons.healthcare_crm.controllers.consent import ConsentController
from odoo.addons.healthcare_crm.models.calendar_event_link import LINK_SCOPE
from odoo.addons.healthcare_crm.models.healthcare_consent_counter import MAX_DECISIONS, MAX_TRIES
from odoo.addons.healthcare_crm.models.res_partner_consent import (
    CENTRE_PATH,
    CENTRE_SCOPE,
    KEY_SCOPE,
    SIGN_PATH,
    SIGN_SCOPE,
)

KEY = re.compile(r'name="key" value="([^"]+)"')


def draw(size=(300, 100), stroke=True, kind='PNG'):
    """Return a drawn signature as a data URL."""
    picture = Image.new('RGBA' if kind == 'PNG' else 'RGB', size, (255, 255, 255, 0))
    if stroke:
        ImageDraw.Draw(picture).line([(10, 80), (120, 20), (280, 90)], fill='black', width=3)
    out = io.BytesIO()
    picture.save(out, kind)
    return f'data:image/{kind.lower()};base64,' + base64.b64encode(out.getvalue()).decode()


def blank_pdf(*_args, **_options):
    """Return a PDF without asking wkhtmltopdf, which takes a second."""
    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.drawString(100, 700, "signed")
    page.save()
    return out.getvalue()


class ConsentCase(HttpCase):
    """A clinic with a form, an adult, a child with a mother, and a child without anybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref('base.tw')
        cls.purpose = cls.env.ref('healthcare_crm.consent_purpose_reminder')
        cls.marketing = cls.env.ref('healthcare_crm.consent_purpose_marketing')
        cls.Consent = cls.env['healthcare.consent']
        cls.Signature = cls.env['healthcare.consent.signature']
        today = fields.Date.today()
        cls.patient, cls.neighbour, cls.mother = cls.env['res.partner'].create(
            [
                {'name': name, 'is_patient': True, 'birth_date': today - timedelta(days=12000)}
                for name in ("Lin Mei", "Chen Wei", "Nguyễn Thị Hoa")
            ]
        )
        cls.child, cls.orphan = cls.env['res.partner'].create(
            [
                {
                    'name': "Nguyễn Văn Bé",
                    'is_patient': True,
                    'birth_date': today - timedelta(days=3000),
                    'guardian_id': cls.mother.id,
                },
                {
                    'name': "Lonely Child",
                    'is_patient': True,
                    'birth_date': today - timedelta(days=3000),
                },
            ]
        )
        cls.form = cls.env['healthcare.consent.form'].create({'name': "Messages"})
        cls.version = cls.make_version(cls.form)
        cls.version.action_publish()
        cls.desk = new_test_user(cls.env, 'desk', groups='healthcare_crm.group_reception')
        cls.administrator = new_test_user(
            cls.env, 'leading', groups='healthcare_crm.group_clinic_administrator'
        )
        cls.marketer = new_test_user(cls.env, 'selling', groups='healthcare_crm.group_marketing')

    @classmethod
    def make_version(cls, form, body="We send you reminders.", **values):
        return cls.env['healthcare.consent.form.version'].create(
            {
                'form_id': form.id,
                'number': max(form.version_ids.mapped('number'), default=0) + 1,
                'line_ids': [(0, 0, {'purpose_id': cls.purpose.id})],
                'wording_ids': [
                    (0, 0, {'lang': 'en_US', 'title': "Messages", 'body': body}),
                ],
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        self.enterContext(
            patch.object(
                self.registry['ir.actions.report'], '_run_wkhtmltopdf', lambda *a, **k: blank_pdf()
            )
        )

    # -- what a browser does

    def get(self, path, **options):
        return self.url_open(path, **options)

    def key(self, path):
        return KEY.search(self.get(path).text).group(1)

    def post(self, path, key=None, **form):
        form['key'] = key if key is not None else self.key(path)
        return self.url_open(path, data=form, allow_redirects=False)

    def say_yes(self, path, key=None, decision='permit', **form):
        return self.post(path, key, action='save', **{f'd_{self.purpose.id}_sms': decision, **form})

    def rows(self, patient=None):
        self.env.invalidate_all()
        domain = [('patient_id', '=', patient.id)] if patient else []
        return self.Consent.search(domain)

    def decision(self, patient, channel='sms', purpose=None):
        purpose = purpose or self.purpose
        found = self.Consent._decisions(patient.ids, purpose.ids, [channel])
        return found.get((patient.id, purpose.id, channel), (None,))[0]

    def sign(self, patient=None, **options):
        patient = patient or self.patient
        return self.Signature._sign(
            patient,
            options.pop('version', self.version),
            options.pop('answers', {(self.purpose.id, 'sms')}),
            **{
                'lang': 'en_US',
                'signer': patient,
                'method': 'desk',
                'name': "Lin Mei",
                'image': draw(),
                **options,
            },
        )


@tagged('post_install', '-at_install')
class TestCentreAttacks(ConsentCase):
    """The page on which patients choose, and its links."""

    def setUp(self):
        super().setUp()
        self.path = self.patient._get_consent_path()

    def assert_nothing(self, response=None, status=None):
        if status:
            self.assertEqual(response.status_code, status)
        self.assertFalse(self.rows(self.patient))

    def token(self, values, scope=CENTRE_SCOPE, hours=1):
        return links.sign(scope, values, expiration_hours=hours)

    def test_the_page_works(self):
        page = self.get(self.path)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn('checked', page.text, "nothing by default")
        self.assertEqual(self.say_yes(self.path).status_code, 303)
        [row] = self.rows(self.patient)
        self.assertEqual((row.decision, row.method), ('permit', 'link'))
        self.assertIn('127.0.0.1', row.origin)
        self.assertEqual(self.decision(self.patient), 'permit')
        self.say_yes(self.path, decision='deny')
        self.assertEqual(self.decision(self.patient), 'deny')

    def test_stop_everything(self):
        self.say_yes(self.path)
        self.post(self.path, action='stop')
        for channel in ('email', 'sms', 'call', 'letter'):
            self.assertEqual(self.decision(self.patient, channel), 'deny')
            self.assertEqual(self.decision(self.patient, channel, self.marketing), 'deny')

    def test_invented_link(self):
        for token in ('AAAA', 'x' * 300, '..%2f..', '%00'):
            response = self.get(CENTRE_PATH % token)
            self.assertIn(response.status_code, (400, 404), token)
            self.assertNotIn("Lin Mei", response.text)

    def test_changed_link(self):
        for place in (-5, -20, -40):
            swapped = 'A' if self.path[place] != 'A' else 'B'
            path = self.path[:place] + swapped + self.path[place + 1 :]
            self.assertEqual(self.get(path).status_code, 404)

    def test_expired_link(self):
        path = self.patient._get_consent_path(hours=-1)
        self.assertEqual(self.get(path).status_code, 404)
        self.assert_nothing(self.say_yes(path, self.key(self.path)), 404)

    def test_revoked_link(self):
        self.patient.action_revoke_consent_links()
        self.assertEqual(self.get(self.path).status_code, 404)
        self.assertEqual(self.get(self.patient._get_consent_path()).status_code, 200)

    def test_link_signed_for_an_appointment(self):
        token = self.token([self.patient.id, self.patient.id, 0], LINK_SCOPE)
        self.assertEqual(self.get(CENTRE_PATH % token).status_code, 404)

    def test_link_for_signing_opens_no_centre(self):
        token = self.token([self.patient.id, self.patient.id, 0], SIGN_SCOPE)
        self.assertEqual(self.get(CENTRE_PATH % token).status_code, 404)

    def test_key_of_a_form_is_no_link(self):
        self.assertEqual(self.get(CENTRE_PATH % self.key(self.path)).status_code, 404)

    def test_link_held_by_a_stranger(self):
        token = self.token([self.patient.id, self.neighbour.id, 0])
        self.assertEqual(self.get(CENTRE_PATH % token).status_code, 404)

    def test_link_of_a_former_guardian(self):
        path = self.child._get_consent_path()
        self.assertEqual(self.get(path).status_code, 200)
        self.child.guardian_id = self.neighbour
        self.assertEqual(self.get(path).status_code, 404)

    def test_guardians_link_ends_when_the_child_is_of_age(self):
        path = self.child._get_consent_path()
        self.child.birth_date = fields.Date.today() - timedelta(days=12000)
        self.assertEqual(self.get(path).status_code, 404)

    def test_link_of_the_deceased(self):
        self.patient.deceased = True
        self.assertEqual(self.get(self.path).status_code, 404)

    def test_link_of_an_archived_patient(self):
        self.patient.active = False
        self.assertEqual(self.get(self.path).status_code, 404)

    def test_all_bad_links_look_alike(self):
        pages = {
            self.get(path + '?lang=en_US').text
            for path in (CENTRE_PATH % 'AAAA', self.patient._get_consent_path(hours=-1))
        }
        self.assertEqual(len(pages), 1)

    def test_get_does_not_consent(self):
        key = self.key(self.path)
        self.get(f'{self.path}?action=save&d_{self.purpose.id}_sms=permit&key={key}')
        self.get(f'{self.path}?action=stop&key={key}')
        self.assert_nothing()

    def test_head_does_not_consent(self):
        response = self.opener.head(
            f'{self.base_url()}{self.path}?action=stop&key={self.key(self.path)}'
        )
        self.assertEqual(response.status_code, 200)
        self.assert_nothing()

    def test_options_does_not_consent(self):
        response = self.opener.options(
            f'{self.base_url()}{self.path}', data={'action': 'stop', 'key': self.key(self.path)}
        )
        self.assertIn(response.status_code, (204, 405))
        self.assert_nothing()

    def test_prefetch_and_link_preview_do_not_consent(self):
        for headers in (
            {'Sec-Purpose': 'prefetch', 'Purpose': 'prefetch'},
            {'User-Agent': 'facebookexternalhit/1.1'},
            {'User-Agent': 'Slackbot-LinkExpanding 1.0'},
        ):
            for _again in range(3):
                self.get(self.path, headers=headers)
        self.assert_nothing()

    def test_method_override(self):
        for headers in ({'X-HTTP-Method-Override': 'POST'}, {'X-Method-Override': 'POST'}):
            self.get(f'{self.path}?action=stop&_method=POST', headers=headers)
        self.assert_nothing()

    def test_other_methods(self):
        for method in ('PUT', 'DELETE', 'PATCH'):
            response = self.opener.request(
                method, f'{self.base_url()}{self.path}', data={'action': 'stop'}
            )
            self.assertIn(response.status_code, (404, 405))
        self.assert_nothing()

    def test_decision_in_the_address_of_a_post(self):
        key = self.key(self.path)
        path = f'{self.path}?action=stop&key={key}'
        self.assert_nothing(self.url_open(path, data={'lang': 'en_US'}, allow_redirects=False), 422)

    def test_post_without_key(self):
        self.assert_nothing(self.say_yes(self.path, ''), 422)

    def test_post_with_forged_key(self):
        self.assert_nothing(self.say_yes(self.path, 'AAAA'), 422)
        self.assert_nothing(self.say_yes(self.path, 'x' * 4000), 422)

    def test_key_of_another_patient(self):
        key = self.key(self.neighbour._get_consent_path())
        self.assert_nothing(self.say_yes(self.path, key), 422)

    def test_key_of_another_form(self):
        key = self.key(self.patient._get_sign_path(self.version))
        self.assert_nothing(self.say_yes(self.path, key), 422)

    def test_expired_key(self):
        key = self.token([self.patient.id, self.patient.id, 0, 'nonce'], KEY_SCOPE, -1)
        self.assert_nothing(self.say_yes(self.path, key), 422)

    def test_replay(self):
        key = self.key(self.path)
        self.assertEqual(self.say_yes(self.path, key).status_code, 303)
        self.say_yes(self.path, decision='deny')
        response = self.say_yes(self.path, key)
        self.assertEqual(response.status_code, 422)
        self.assertEqual(self.decision(self.patient), 'deny', "the old yes is not said again")

    def test_forged_form_of_another_site(self):
        """A page elsewhere knows neither the link nor the key, and a session gives it nothing."""
        self.authenticate('desk', 'desk')
        response = self.url_open(
            CENTRE_PATH % 'AAAA',
            data={'action': 'stop'},
            headers={'Origin': 'https://evil.example'},
        )
        self.assert_nothing(response, 404)
        headers = self.get(self.path).headers
        self.assertEqual(headers['X-Frame-Options'], 'DENY')
        self.assertIn("frame-ancestors 'none'", headers['Content-Security-Policy'])
        self.assertEqual(headers['Referrer-Policy'], 'no-referrer')
        self.assertIn('no-store', headers['Cache-Control'])

    def test_purposes_and_channels_that_do_not_exist(self):
        key = self.key(self.path)
        names = ('d_999999_sms', f'd_{self.purpose.id}_fax', 'd_x_sms', 'd__sms', 'd_1_sms_x')
        self.post(self.path, key, action='save', **dict.fromkeys(names, 'permit'))
        self.assert_nothing()

    def test_decisions_that_do_not_exist(self):
        self.say_yes(self.path, decision='maybe')
        self.say_yes(self.path, decision="permit' OR 1=1")
        self.assert_nothing()

    def test_a_minor_decides_nothing_alone(self):
        token = self.token([self.child.id, self.child.id, 0])
        path = CENTRE_PATH % token
        self.assertNotIn('type="radio"', self.get(path).text)
        key = self.child._sign_form_key(self.child)
        self.assertEqual(self.say_yes(path, key).status_code, 422)
        self.assertFalse(self.rows(self.child))

    def test_the_guardian_decides_for_the_child(self):
        self.say_yes(self.child._get_consent_path())
        self.assertEqual(self.rows(self.child).given_by_id, self.mother)
        self.assertEqual(self.decision(self.child), 'permit')
        self.assertFalse(self.rows(self.mother))

    def test_too_many_decisions(self):
        counter = self.env['healthcare.consent.counter']
        hour = f'{fields.Datetime.now():%Y-%m-%dT%H}'
        for _time in range(MAX_DECISIONS):
            counter._count('decisions', f'{self.patient.id}@{hour}')
        self.assertEqual(self.say_yes(self.path).status_code, 429)
        self.assert_nothing()

    def test_ten_thousand_tries(self):
        """Counted in the database: no worker forgets them, and no restart either."""
        for number in range(MAX_TRIES + 1):
            self.assertEqual(self.get(CENTRE_PATH % f'try{number}').status_code, 404)
        refused = self.get(CENTRE_PATH % 'try')
        self.assertEqual(refused.status_code, 429)
        self.assertEqual(self.get(self.path).status_code, 429, "also of a link that is guessed")
        counter = self.env['healthcare.consent.counter'].search([], order='count desc', limit=1)
        counter.count = 10_000
        self.assertEqual(self.get(CENTRE_PATH % 'try').status_code, 429)
        self.assertNotIn('127.0.0.1', counter.name, "an address is not kept")

    def test_copy_of_another_patient(self):
        signature = self.sign(self.neighbour, name="Chen Wei")
        mine = self.sign()
        self.assertEqual(self.get(f'{self.path}/copy/{signature.id}').status_code, 404)
        self.assertEqual(self.get(f'{self.path}/copy/999999').status_code, 404)
        copy = self.get(f'{self.path}/copy/{mine.id}')
        self.assertEqual(copy.headers['Content-Type'], 'application/pdf')
        self.assertTrue(copy.content.startswith(b'%PDF'))
        self.assertIn('attachment', copy.headers['Content-Disposition'])

    def test_copy_for_staff_needs_staff(self):
        signature = self.sign()
        self.authenticate(None, None)
        path = f'/healthcare/consent/copy/{signature.id}'
        self.assertNotIn(b'%PDF', self.get(path).content)
        self.authenticate('selling', 'selling')
        with mute_logger('odoo.http'):
            self.assertIn(self.get(path).status_code, (403, 404))
        self.authenticate('desk', 'desk')
        self.assertTrue(self.get(path).content.startswith(b'%PDF'))

    def test_withdrawing_for_another_patient(self):
        signature = self.sign(self.neighbour, name="Chen Wei")
        response = self.post(self.path, action=f'withdraw_{signature.id}')
        self.assertEqual(response.status_code, 422)
        self.assertEqual(self.decision(self.neighbour), 'permit')

    def test_withdrawing_for_another_patient_is_kept_from_by_whose_form_it_is(self):
        """Planted: two checks keep from it, of whose form it is and of what is in force."""

        def anybodys(controller, _patient, number, latest=True):
            return self.Signature.sudo().browse(int(number))

        signature = self.sign(self.neighbour, name="Chen Wei")
        with patch.object(ConsentController, '_find_signature', anybodys):
            self.post(self.path, action=f'withdraw_{signature.id}')
        self.assertEqual(self.decision(self.neighbour), 'deny', "the attack would succeed")

    def test_withdrawing_is_as_easy(self):
        signature = self.sign()
        self.post(self.path, action=f'withdraw_{signature.id}')
        self.assertEqual(self.decision(self.patient), 'deny')
        self.assertFalse(self.Signature._in_force(self.patient.ids, self.form.ids))

    def test_script_in_a_name(self):
        self.patient.name = '<script>alert(1)</script>'
        self.child.name = '"><img src=x onerror=alert(1)>'
        self.sign(name='<b onmouseover=alert(1)>x</b>')
        for path in (self.path, self.child._get_consent_path()):
            page = self.get(path).text
            self.assertNotIn('<script>alert', page)
            self.assertNotIn('<img src=x', page)
            self.assertNotIn('<b onmouseover', page)

    def test_every_page_and_copy_is_recorded(self):
        signature = self.sign()
        told = []

        def record(_self, action, model, patient_ids=(), **more):
            told.append((action, model, tuple(patient_ids), more.get('detail')))

        with patch.object(self.registry['healthcare.audit'], '_record', record):
            key = self.key(self.path)
            self.say_yes(self.path, key, decision="deny")
            self.get(f'{self.path}/copy/{signature.id}')
        mine = (self.patient.id,)
        for expected in (
            ('read', 'healthcare.consent', mine, 'page by signed link'),
            ('consent', 'healthcare.consent', mine, 'by signed link'),
            ('export', 'healthcare.consent.signature', mine, 'copy by signed link'),
        ):
            self.assertIn(expected, told)

    def test_nothing_is_shown_that_cannot_be_recorded(self):
        def fail(*_args, **_options):
            raise UserError("The audit trail cannot be written.")

        with (
            patch.object(self.registry['healthcare.audit'], '_record', fail),
            mute_logger('odoo.http'),
        ):
            response = self.get(self.path)
        self.assertNotIn("Lin Mei", response.text)
        self.assertNotIn('type="radio"', response.text)

    def test_script_in_the_language(self):
        page = self.get(f'{self.path}?lang="><script>alert(1)</script>&notice=<script>').text
        self.assertNotIn('<script>', page)


@tagged('post_install', '-at_install')
class TestSigningAttacks(ConsentCase):
    """Signing by a link, and on the clinic's screen."""

    def setUp(self):
        super().setUp()
        self.path = self.patient._get_sign_path(self.version)

    def send(self, path=None, key=None, **form):
        path = path or self.path
        return self.post(path, key, **{'agree': 'on', 'name': "Lin Mei", 'action': 'sign', **form})

    def assert_unsigned(self, response=None, status=422, patient=None):
        if response is not None:
            self.assertEqual(response.status_code, status)
        self.env.invalidate_all()
        self.assertFalse(self.Signature.search([('patient_id', '=', (patient or self.patient).id)]))

    def test_signing_works(self):
        page = self.get(self.path).text
        self.assertNotIn('checked', page, "nothing by default")
        response = self.send(image=draw(), **{f'ask_{self.purpose.id}_sms': 'on'})
        self.assertEqual(response.status_code, 303)
        self.env.invalidate_all()
        signature = self.Signature.search([('patient_id', '=', self.patient.id)])
        self.assertEqual(self.decision(self.patient, 'sms'), 'permit')
        self.assertEqual(self.decision(self.patient, 'email'), 'deny', "not ticked is a no")
        self.assertEqual(signature._verify().state, 'valid')
        self.assertEqual(signature.document_id.kind, 'consent')
        row = self.rows(self.patient)[0]
        self.assertEqual(row.wording_sha256, self.version.wording_ids.sha256)
        self.assertEqual(row.form_version_id, self.version)

    def test_get_does_not_sign(self):
        key = self.key(self.path)
        self.get(f'{self.path}?agree=on&name=Lin+Mei&key={key}&action=sign')
        self.assert_unsigned()

    def test_head_does_not_sign(self):
        self.opener.head(f'{self.base_url()}{self.path}?agree=on&name=X&key={self.key(self.path)}')
        self.assert_unsigned()

    def test_without_ticking_that_it_was_read(self):
        self.assert_unsigned(self.send(agree=''))

    def test_without_a_name(self):
        self.assert_unsigned(self.send(name=' '))

    def test_replay(self):
        key = self.key(self.path)
        self.assertEqual(self.send(key=key).status_code, 303)
        self.assertEqual(self.send(key=key).status_code, 422)
        self.env.invalidate_all()
        self.assertEqual(self.Signature.search_count([('patient_id', '=', self.patient.id)]), 1)

    def test_link_of_the_centre_signs_nothing(self):
        token = self.patient._get_consent_path().rsplit('/', 1)[-1]
        self.assert_unsigned(self.url_open(SIGN_PATH % token, data={'agree': 'on'}), 404)

    def test_expired_link(self):
        path = self.patient._get_sign_path(self.version, hours=-1)
        self.assert_unsigned(self.send(path, self.key(self.path)), 404)

    def test_link_for_another_form(self):
        other = self.make_version(self.env['healthcare.consent.form'].create({'name': "Other"}))
        other.action_publish()
        key = self.key(self.patient._get_sign_path(other))
        self.assert_unsigned(self.send(key=key))

    def test_link_for_a_draft_or_a_replaced_wording(self):
        draft = self.make_version(self.form)
        path = self.patient._get_sign_path(draft)
        self.assertEqual(self.get(path).status_code, 404)
        draft.action_publish()
        self.assertEqual(self.get(path).status_code, 200)
        self.assertEqual(self.get(self.path).status_code, 404, "the words before are replaced")
        self.assert_unsigned(
            self.send(self.path, self.patient._sign_form_key(self.patient, self.version.id)), 404
        )

    def test_boxes_the_form_does_not_have(self):
        self.assert_unsigned(self.send(**{f'ask_{self.marketing.id}_sms': 'on'}))
        self.assert_unsigned(self.send(**{f'ask_{self.purpose.id}_letter': 'on'}))

    def test_a_minor_alone(self):
        token = links.sign(
            SIGN_SCOPE,
            [self.child.id, self.child.id, 0, self.version.id],
            expiration_hours=1,
        )
        key = self.child._sign_form_key(self.child, self.version.id)
        response = self.send(SIGN_PATH % token, key)
        self.assert_unsigned(response, 422, self.child)

    def test_a_child_without_guardian_gets_no_link(self):
        with self.assertRaises(UserError):
            self.orphan._get_sign_path(self.version)

    def test_guardian_without_saying_how_related(self):
        path = self.child._get_sign_path(self.version)
        for relation in ('', 'self', 'nonsense'):
            self.assert_unsigned(self.send(path, relation=relation), 422, self.child)
        self.assertEqual(self.send(path, relation='parent').status_code, 303)
        self.env.invalidate_all()
        [row] = self.rows(self.child)[:1]
        self.assertEqual(row.given_by_id, self.mother)

    def test_somebody_elses_guardian(self):
        with self.assertRaises(UserError):
            self.sign(self.child, signer=self.neighbour, relation='parent')

    def test_a_guardian_who_is_a_minor(self):
        self.mother.birth_date = fields.Date.today() - timedelta(days=4000)
        with self.assertRaises(UserError):
            self.sign(self.child, signer=self.mother, relation='parent')

    def test_the_child_as_the_adult_at_the_desk(self):
        with self.assertRaises(UserError):
            self.Signature.with_user(self.desk).desk_sign(
                self.child.id, self.version.id, [], "Child", draw(), 'self'
            )

    def test_an_adults_form_for_a_minor(self):
        version = self.make_version(self.form, signer='adult')
        version.action_publish()
        with self.assertRaises(UserError):
            self.sign(self.child, version=version, signer=self.mother, relation='parent')

    def test_bad_signatures(self):
        svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for image in (
            'data:image/svg+xml;base64,' + base64.b64encode(svg.encode()).decode(),
            'data:text/html;base64,' + base64.b64encode(b'<script>').decode(),
            'data:image/png;base64,' + base64.b64encode(b'not a picture').decode(),
            'data:image/png;base64,' + base64.b64encode(b'%PDF-1.4').decode(),
            'data:image/png;base64,!!!!',
            draw(kind='JPEG'),
            draw(kind='JPEG').replace('image/jpeg', 'image/png'),
            'file:///etc/passwd',
            'http://169.254.169.254/latest',
        ):
            with self.subTest(image=image[:40]), self.assertRaises(UserError):
                self.sign(image=image)
        self.assert_unsigned()

    def test_empty_signature(self):
        for image in (draw(stroke=False), '', None):
            with self.assertRaises(UserError):
                self.sign(image=image)

    def test_oversized_signature(self):
        with self.assertRaises(UserError):
            self.sign(image='data:image/png;base64,' + 'A' * 500_000)
        with self.assertRaises(UserError):
            self.sign(image=draw(size=(5000, 5000)))
        response = self.url_open(self.path, data={'image': 'A' * 600_000})
        self.assertEqual(response.status_code, 413)
        self.assert_unsigned()

    def test_what_hides_in_a_picture_is_dropped(self):
        clean = self.Signature._read_image(draw())
        hidden = base64.b64decode(draw().partition(',')[2]) + b'<script>alert(1)</script>'
        again = self.Signature._read_image(
            'data:image/png;base64,' + base64.b64encode(hidden).decode()
        )
        self.assertEqual(again, clean)

    def test_hostile_arguments_at_the_desk(self):
        desk = self.Signature.with_user(self.desk)
        for arguments in (
            (False, self.version.id, [], "Lin", draw()),
            ([self.patient.id], self.version.id, [], "Lin", draw()),
            (self.patient.id, 999999, [], "Lin", draw()),
            (self.patient.id, 'x', [], "Lin", draw()),
            (self.patient.id, self.version.id, [], {'x': 1}, draw()),
            (self.env.company.partner_id.id, self.version.id, [], "Lin", draw()),
            (self.patient.id, self.version.id, 7, "Lin", draw()),
            (self.patient.id, self.version.id, [['x', 'sms']], "Lin", draw()),
        ):
            with self.subTest(arguments=arguments[:2]), self.assertRaises(UserError):
                desk.desk_sign(*arguments)
        self.assert_unsigned()

    def test_marketing_signs_and_reads_nothing(self):
        signature = self.sign()
        seller = self.Signature.with_user(self.marketer)
        for attempt in (
            lambda: seller.desk_load(self.patient.id),
            lambda: seller.desk_sign(self.patient.id, self.version.id, [], "Lin", draw()),
            lambda: seller.search([]),
            lambda: signature.with_user(self.marketer).action_download(),
            lambda: signature.with_user(self.marketer).action_verify(),
            lambda: signature.with_user(self.marketer).action_withdraw(),
            lambda: self.patient.with_user(self.marketer).action_sign_consent(),
            lambda: self.patient.with_user(self.marketer).action_open_consent_link(),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_script_in_the_wording(self):
        version = self.make_version(self.form, body="# <script>alert(1)</script>\n- <img src=x>")
        version.action_publish()
        page = self.get(self.patient._get_sign_path(version)).text
        self.assertNotIn('<script>alert', page)
        self.assertNotIn('<img src=x', page)
        self.assertNotIn('<script>', str(version.wording_ids.preview))

    def test_the_page_runs_our_script_only(self):
        policy = self.get(self.path).headers['Content-Security-Policy']
        self.assertIn("script-src 'self'", policy)
        self.assertNotIn("script-src 'unsafe", policy)
        self.assertIn("default-src 'none'", policy)


@tagged('post_install', '-at_install')
class TestEvidenceAttacks(ConsentCase):
    """Altering what was agreed to, when, and by whom."""

    def test_wording_in_use_is_not_changed(self):
        wording = self.version.wording_ids
        for record, values in (
            (wording, {'body': "We sell your data."}),
            (wording, {'title': "X"}),
            (wording, {'sha256': 'f' * 64}),
            (wording, {'words': "X"}),
            (self.version, {'validity_months': 999}),
            (self.version, {'signer': 'adult'}),
            (self.version, {'form_id': self.form.copy().id}),
            (self.version.line_ids, {'channel_letter': True}),
            (self.version.line_ids, {'purpose_id': self.marketing.id}),
        ):
            for user in (self.administrator, self.env.user):
                with self.subTest(values=values), self.assertRaises(UserError):
                    record.with_user(user).write(values)
                with self.assertRaises(UserError):
                    record.sudo().write(values)

    def test_words_are_not_added_or_taken_away(self):
        for attempt in (
            lambda: self.version.write(
                {'wording_ids': [(0, 0, {'lang': 'vi_VN', 'title': 'x', 'body': 'x'})]}
            ),
            lambda: self.env['healthcare.consent.form.line'].create(
                {'version_id': self.version.id, 'purpose_id': self.marketing.id}
            ),
            self.version.wording_ids.unlink,
            self.version.line_ids.unlink,
            self.version.unlink,
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_a_state_is_not_written(self):
        draft = self.make_version(self.form)
        for values in ({'state': 'in_use'}, {'is_void': True}, {'published_at': '2020-01-01'}):
            with self.assertRaises(AccessError):
                draft.with_user(self.administrator).write(values)

    def test_words_changed_in_the_database_are_not_signed(self):
        self.env.cr.execute(
            "UPDATE healthcare_consent_form_wording SET body = 'We sell it' WHERE version_id = %s",
            [self.version.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "not those"):
            self.sign()
        path = self.patient._get_sign_path(self.version)
        self.assertEqual(self.get(path).status_code, 404)

    def test_words_and_fingerprint_changed_after_signing(self):
        """The copy has the words, and the consent their fingerprint."""
        signature = self.sign()
        before = signature.wording_sha256
        self.env.cr.execute(
            "UPDATE healthcare_consent_form_wording SET body = 'x', words = 'x', sha256 = 'y' "
            'WHERE version_id = %s',
            [self.version.id],
        )
        self.env.invalidate_all()
        self.assertNotEqual(self.version.wording_ids.sha256, before)
        self.assertEqual(signature.consent_ids[0].wording_sha256, before)
        self.assertEqual(signature._verify().state, 'valid')

    def test_a_purpose_renamed_later_changes_no_words(self):
        words = self.version.wording_ids.words
        self.purpose.sudo().name = "Something else"
        self.version.wording_ids._check_intact()
        self.assertEqual(self.version.wording_ids.words, words)

    def test_evidence_is_not_made_up(self):
        values = {
            'patient_id': self.patient.id,
            'purpose_id': self.purpose.id,
            'channel': 'sms',
            'decision': 'permit',
        }
        consent = self.Consent.with_user(self.desk)
        for forged in (
            {'form_version_id': self.version.id},
            {'wording_sha256': 'f' * 64},
            {'signature_id': self.sign(self.neighbour).id},
            {'expires_on': '2099-01-01'},
            {'origin': "10.0.0.1"},
            {'method': 'screen'},
        ):
            with self.subTest(forged=forged), self.assertRaises(AccessError):
                consent.create({**values, **forged})

    def test_dated_back(self):
        for method in ('in_person', 'phone', 'link', 'web', 'reply'):
            with self.assertRaises(UserError):
                self.Consent.with_user(self.desk).create(
                    {
                        'patient_id': self.patient.id,
                        'purpose_id': self.purpose.id,
                        'channel': 'sms',
                        'decision': 'permit',
                        'method': method,
                        'date': fields.Datetime.now() - timedelta(days=30),
                    }
                )

    def test_dated_ahead(self):
        with self.assertRaises(UserError):
            self.Consent.sudo().create(
                {
                    'patient_id': self.patient.id,
                    'purpose_id': self.purpose.id,
                    'channel': 'sms',
                    'decision': 'permit',
                    'date': fields.Datetime.now() + timedelta(days=1),
                }
            )

    def test_a_back_dated_paper_overrules_no_later_refusal(self):
        values = {'patient_id': self.patient.id, 'purpose_id': self.purpose.id, 'channel': 'sms'}
        self.Consent.create({**values, 'decision': 'deny'})
        self.Consent.with_user(self.desk).create(
            {
                **values,
                'decision': 'permit',
                'method': 'form',
                'date': fields.Datetime.now() - timedelta(days=3),
            }
        )
        self.assertEqual(self.decision(self.patient), 'deny')

    def test_signatures_are_not_made_changed_or_deleted(self):
        signature = self.sign()
        values = signature.sudo().read(['patient_id'])[0]
        for user in (self.desk, self.administrator):
            mine = signature.with_user(user)
            with self.assertRaises(AccessError):
                mine.create({'patient_id': values['patient_id'][0]})
            with self.assertRaises(UserError):
                mine.write({'decision': 'deny'})
            with self.assertRaises(UserError):
                mine.unlink()
        for attempt in (lambda: signature.sudo().write({'date': '2020-01-01'}), signature.unlink):
            with self.assertRaises(UserError):
                attempt()

    def test_consents_are_not_changed_or_deleted(self):
        consent = self.sign().consent_ids[:1]
        for attempt in (
            lambda: consent.with_user(self.desk).write({'decision': 'deny'}),
            lambda: consent.sudo().write({'wording_sha256': 'f' * 64}),
            lambda: consent.with_user(self.desk).unlink(),
            consent.sudo().unlink,
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_private_methods_are_not_called(self):
        self.authenticate('desk', 'desk')
        for model, method in (
            ('healthcare.consent.signature', '_sign'),
            ('healthcare.consent.signature', '_withdraw'),
            ('healthcare.consent.signature', '_get_pdf'),
            ('res.partner', '_get_consent_path'),
            ('res.partner', '_decide_by_link'),
            ('res.partner', '_sign_form_key'),
        ):
            with mute_logger('odoo.http'):
                answer = self.url_open(
                    '/web/dataset/call_kw',
                    json={
                        'params': {
                            'model': model,
                            'method': method,
                            'args': [[self.patient.id]],
                            'kwargs': {},
                        }
                    },  # noqa: E501
                ).json()
            self.assertIn('error', answer, method)

    def put(self, signature, data):
        """Put other bytes into the place of the signed copy, as the database's owner may."""
        signature.document_id.sudo().file = base64.b64encode(data)
        self.env.invalidate_all()

    def test_a_copy_is_swapped(self):
        signature, other = self.sign(), self.sign(self.neighbour)
        self.put(signature, other._get_pdf())
        self.assertEqual(signature._verify().state, 'altered')
        action = signature.with_user(self.desk).action_verify()
        self.assertEqual(action['params']['type'], 'danger')
        self.assertIn("Altered", action['params']['message'])

    def test_a_copy_and_its_fingerprint_are_swapped_for_another_sealers(self):
        signature = self.sign()
        forged = seal.Sealer.from_pem(development.make_pem()).seal(blank_pdf(), "forged")
        self.put(signature, forged)
        self.env.cr.execute(
            'UPDATE healthcare_consent_signature SET pdf_sha256 = %s WHERE id = %s',
            [seal.sha256(forged), signature.id],
        )
        self.env.invalidate_all()
        self.assertEqual(signature._verify().state, 'unknown')

    def test_a_copy_without_seal(self):
        signature = self.sign()
        self.put(signature, blank_pdf())
        self.assertEqual(signature._verify().state, 'altered')

    def test_flipped_bytes(self):
        signature = self.sign()
        pdf = signature._get_pdf()
        for place in range(0, len(pdf), 97):
            data = bytearray(pdf)
            data[place] ^= 1
            self.assertNotEqual(seal.verify(bytes(data), seal.load().certificates).state, 'valid')
        self.put(signature, bytes(data))
        self.assertEqual(signature._verify().state, 'altered')

    def test_the_row_of_another_patient(self):
        """One row moved to another patient by SQL: the copy names who signed, and stays valid."""
        signature = self.sign()
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'):
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    'UPDATE healthcare_consent_signature SET patient_id = NULL WHERE id = %s',
                    [signature.id],
                )

    def test_an_expired_consent_counts_no_more(self):
        version = self.make_version(self.form, validity_months=1)
        version.action_publish()
        self.sign(version=version)
        self.assertEqual(self.decision(self.patient), 'permit')
        self.env.cr.execute("UPDATE healthcare_consent SET expires_on = '2020-01-01'")
        self.env.cr.execute("UPDATE healthcare_consent_signature SET expires_on = '2020-01-01'")
        self.env.invalidate_all()
        self.assertIsNone(self.decision(self.patient))
        self.assertFalse(self.Signature._in_force(self.patient.ids, self.form.ids))
        self.assertFalse(self.permitted(self.patient))

    def permitted(self, patient, channel='sms'):
        domain = self.Consent._permits(self.purpose, channel)
        return patient in self.env['res.partner'].search(domain)

    def test_a_wording_that_asks_again(self):
        self.sign()
        self.assertTrue(self.permitted(self.patient))
        self.make_version(self.form, body="Other words.").action_publish()
        self.assertEqual(self.decision(self.patient), 'permit', "earlier consent stays valid")
        self.make_version(self.form, body="New meaning.", keeps_earlier=False).action_publish()
        self.env.invalidate_all()
        self.assertIsNone(self.decision(self.patient))
        self.assertFalse(self.permitted(self.patient))
        self.assertFalse(self.Signature._in_force(self.patient.ids, self.form.ids))

    def test_a_minors_own_yes_is_no_consent(self):
        values = {'patient_id': self.child.id, 'purpose_id': self.purpose.id, 'channel': 'sms'}
        self.Consent.create({**values, 'decision': 'permit'})
        self.assertIsNone(self.decision(self.child))
        self.assertFalse(self.permitted(self.child))
        self.Consent.create({**values, 'decision': 'permit', 'given_by_id': self.child.id})
        self.assertIsNone(self.decision(self.child))
        self.Consent.create({**values, 'decision': 'permit', 'given_by_id': self.mother.id})
        self.assertEqual(self.decision(self.child), 'permit')
        self.assertTrue(self.permitted(self.child))
        self.Consent.create({**values, 'decision': 'deny'})
        self.assertEqual(self.decision(self.child), 'deny', "a no needs nobody")

    def test_booking_without_a_signed_form(self):
        service = self.env['healthcare.service'].create(
            {'name': "Minor surgery", 'consent_form_ids': [(6, 0, self.form.ids)]}
        )
        values = {
            'is_appointment': True,
            'patient_id': self.patient.id,
            'service_id': service.id,
            'start': fields.Datetime.now() + timedelta(days=2),
            'appointment_status': 'booked',
        }
        events = self.env['calendar.event'].with_user(self.desk)
        listed = events.create(values)
        self.assertTrue(listed.consent_missing)
        self.assertIn(listed, events.search([('consent_missing', '=', True)]))
        self.env.company.healthcare_booking_consent = 'block'
        with self.assertRaisesRegex(UserError, "must be signed"):
            events.create(values)
        pending = events.create({**values, 'appointment_status': 'pending'})
        with self.assertRaisesRegex(UserError, "must be signed"):
            pending.appointment_status = 'booked'
        self.sign()
        self.env.invalidate_all()
        pending.appointment_status = 'booked'
        self.assertFalse(listed.consent_missing)
        self.assertNotIn(listed, events.search([('consent_missing', '=', True)]))

    def test_another_clinics_form(self):
        other = self.env['res.company'].create({'name': "Other Clinic"})
        form = self.env['healthcare.consent.form'].create(
            {'name': "Theirs", 'company_id': other.id}
        )
        version = self.make_version(form)
        version.action_publish()
        self.patient.company_id = self.env.company
        with self.assertRaises(UserError):
            self.sign(version=version)
        with self.assertRaises(AccessError):
            self.Signature.with_user(self.desk).desk_sign(
                self.patient.id, version.id, [], "Lin Mei", draw()
            )

    def test_another_clinics_signatures(self):
        other = self.env['res.company'].create({'name': "Other Clinic"})
        self.neighbour.company_id = other
        self.form.company_id = False
        signature = self.sign(self.neighbour, name="Chen Wei")
        mine = self.Signature.with_user(self.desk)
        self.assertFalse(mine.search([('id', '=', signature.id)]))
        for attempt in (
            lambda: signature.with_user(self.desk).action_download(),
            lambda: signature.with_user(self.desk).action_withdraw(),
            lambda: mine.desk_load(self.neighbour.id),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertFalse(
            self.Consent.with_user(self.desk).search([('patient_id', '=', self.neighbour.id)])
        )
