import base64
import io
import unicodedata
from datetime import datetime, timedelta

from PIL import Image, ImageDraw

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.pdf import PdfReader

from odoo.addons.healthcare_crm.consenting import seal

from .common import HealthcareCase


def draw():
    """Return a drawn signature as a data URL."""
    picture = Image.new('RGBA', (300, 100), (255, 255, 255, 0))
    ImageDraw.Draw(picture).line([(10, 80), (120, 20), (280, 90)], fill='black', width=3)
    out = io.BytesIO()
    picture.save(out, 'PNG')
    return 'data:image/png;base64,' + base64.b64encode(out.getvalue()).decode()


@tagged('post_install', '-at_install')
class TestConsentForm(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient("Nguyễn Thị Hoa 阮氏花", birth_date='1980-01-01')
        for code in ('vi_VN', 'zh_TW'):
            cls.env['res.lang']._activate_lang(code)
        cls.form = cls.env['healthcare.consent.form'].create(
            {'name': "Surgery", 'company_id': False}
        )
        cls.version = cls.env['healthcare.consent.form.version'].create(
            {
                'form_id': cls.form.id,
                'validity_months': 6,
                'line_ids': [(0, 0, {'purpose_id': cls.purpose_reminder.id})],
                'wording_ids': [
                    (0, 0, {'lang': 'en_US', 'title': "Surgery", 'body': "What we do."}),
                    (
                        0,
                        0,
                        {'lang': 'zh_TW', 'title': "手術同意書", 'body': "# 說明\n- 醫師已說明。"},
                    ),
                    (0, 0, {'lang': 'vi_VN', 'title': "Phẫu thuật", 'body': "Điều đã giải thích."}),
                ],
            }
        )
        cls.version.action_publish()

    def sign(self, lang='en_US', **values):
        return self.env['healthcare.consent.signature']._sign(
            self.patient,
            self.version,
            values.pop('answers', set()),
            lang=lang,
            signer=self.patient,
            method='desk',
            name="Nguyễn Thị Hoa",
            image=draw(),
            **values,
        )

    def test_the_sealed_copy_has_chinese_and_vietnamese_letters(self):
        if self.env['ir.actions.report'].get_wkhtmltopdf_state() == 'install':
            self.skipTest("wkhtmltopdf is not installed")
        for lang, words in (('zh_TW', "手術同意書"), ('vi_VN', "Phẫu thuật")):
            pdf = self.sign(lang)._get_pdf()
            self.assertEqual(seal.verify(pdf, seal.load().certificates).state, 'valid')
            pages = PdfReader(io.BytesIO(pdf)).pages
            # some letters come back as the radicals they look like, and blanks as tabs
            read = unicodedata.normalize('NFKC', ''.join(page.extract_text() for page in pages))
            text = ' '.join(read.split())
            for part in (words, "阮氏花", "Nguyễn Thị Hoa", self.version._get_wording(lang).sha256):
                self.assertIn(part, text)
            fonts = str(pdf).count('/FontFile')
            self.assertGreater(fonts, 0, "the letters are in the file, whatever the reader has")

    def test_words_in_a_near_language(self):
        self.assertEqual(self.version._get_wording('zh_CN').lang, 'zh_TW')
        self.assertEqual(self.version._get_wording('fr_FR').lang, 'en_US')
        self.assertEqual(self.version._get_wording(False).lang, 'en_US')

    def test_one_row_for_each_decision(self):
        signature = self.sign(answers={(self.purpose_reminder.id, 'sms')})
        rows = signature.consent_ids
        self.assertEqual(
            {(row.channel, row.decision) for row in rows}, {('sms', 'permit'), ('email', 'deny')}
        )
        self.assertEqual(set(rows.mapped('wording_sha256')), {signature.wording_sha256})
        self.assertTrue(rows.filtered('expires_on').decision == 'permit')
        self.assertTrue(all(row.has_proof for row in rows))

    def test_signatures_in_force_in_one_query(self):
        patients = self.Partner.create(
            [{'name': str(number), 'is_patient': True} for number in range(30)]
        )
        self.sign()
        self.env.flush_all()
        with self.assertQueryCount(1):
            found = self.env['healthcare.consent.signature']._in_force(
                (patients | self.patient).ids, self.form.ids
            )
        self.assertEqual(list(found), [(self.patient.id, self.form.id)])

    def test_withdrawing_takes_back_what_came_with_it(self):
        signature = self.sign(answers={(self.purpose_reminder.id, 'sms')})
        signature.action_withdraw()
        decisions = self.Consent._decisions(
            self.patient.ids, self.purpose_reminder.ids, ['sms', 'email']
        )
        self.assertEqual({decision for decision, _id in decisions.values()}, {'deny'})
        self.assertFalse(
            self.env['healthcare.consent.signature']._in_force(self.patient.ids, self.form.ids)
        )

    def test_a_draft_starts_with_the_present_words(self):
        action = self.form.action_new_version()
        draft = self.env[action['res_model']].browse(action['res_id'])
        self.assertEqual((draft.state, draft.number), ('draft', 2))
        self.assertEqual(len(draft.wording_ids), 3)
        self.assertEqual(draft.line_ids.purpose_id, self.purpose_reminder)
        self.assertFalse(any(draft.wording_ids.mapped('sha256')))
        self.assertEqual(self.form.action_new_version()['res_id'], draft.id, "one draft at a time")
        draft.wording_ids[0].body = "Other words."
        draft.action_publish()
        self.assertEqual(self.form.version_id, draft)
        self.assertEqual(self.version.state, 'replaced')

    def test_shipped_forms_are_in_use(self):
        for name in ('privacy', 'messages', 'marketing', 'procedure', 'telehealth'):
            form = self.env.ref(f'healthcare_crm.consent_form_{name}')
            self.assertEqual(form.version_id.state, 'in_use')
            form.version_id.wording_ids._check_intact()
        for purpose in self.env['healthcare.consent.purpose'].search([('code', '!=', False)]):
            if purpose.get_external_id()[purpose.id].startswith('healthcare_crm.'):
                self.assertTrue(purpose.retention, purpose.code)

    def test_age_of_majority_follows_the_country(self):
        company = self.env['res.company'].create(
            {'name': "Bangkok", 'country_id': self.env.ref('base.th').id}
        )
        self.assertEqual(company.healthcare_age_of_majority, 20)
        company.healthcare_age_of_majority = 18
        young = self.make_patient(
            "Young",
            birth_date=fields.Date.today() - timedelta(days=19 * 365),
            company_id=company.id,
        )
        self.assertFalse(young._is_minor())
        company.healthcare_age_of_majority = 20
        self.assertTrue(young._is_minor())

    def test_wizard_keeps_the_paper(self):
        desk = self.make_user('reception')
        wizard = (
            self.env['healthcare.consent.wizard']
            .with_user(desk)
            .create(
                {
                    'patient_id': self.patient.id,
                    'purpose_ids': [(6, 0, self.purpose_reminder.ids)],
                    'channel_sms': True,
                    'method': 'form',
                    'form_id': self.form.id,
                    'date': datetime(2026, 1, 5, 3),
                    'proof': 'JVBERi0=',
                    'proof_name': 'scan.pdf',
                }
            )
        )
        wizard.action_record()
        consent = self.patient.consent_ids
        self.assertEqual(consent.date, datetime(2026, 1, 5, 3))
        self.assertEqual(consent.form_version_id, self.version)
        self.assertEqual(str(consent.expires_on), '2026-07-05')
        self.assertTrue(consent.has_proof)
        self.assertEqual(consent.create_uid, desk)
        self.assertEqual(consent.sudo().document_id.kind, 'consent')

    def test_wizard_asks_for_the_guardian(self):
        child = self.make_patient("Child", birth_date=fields.Date.today() - timedelta(days=3000))
        wizard = self.env['healthcare.consent.wizard'].create(
            {
                'patient_id': child.id,
                'purpose_ids': [(6, 0, self.purpose_reminder.ids)],
                'channel_sms': True,
            }
        )
        with self.assertRaisesRegex(UserError, "guardian"):
            wizard.action_record()
        wizard.decision = 'deny'
        wizard.action_record()
        self.assertEqual(child.consent_ids.decision, 'deny', "a no needs nobody")
