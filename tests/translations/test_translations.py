import io
import re
from pathlib import Path

import polib
from lxml import etree

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

LANGUAGES = ('zh_TW', 'zh_CN', 'vi')
ADDONS = sorted(
    path.parent.name for path in Path(__file__).parents[2].glob('addons/*/__manifest__.py')
)
PLACEHOLDERS = re.compile(r'%\(\w+\)[sd]|%[sd]|\{\w+\}')


@tagged('post_install', '-at_install')
class TestTranslations(TransactionCase):
    """Every word a user can see is there in every language of the clinics."""

    def exported(self, addon):
        """Return {term: where it is used} of what Odoo would have translated in ``addon``."""
        # demo data is not part of the product: its own terms are the story's
        self.env.cr.execute(
            """
            DELETE FROM ir_model_data WHERE module = %s AND (model IN (
                'healthcare.practitioner', 'healthcare.department', 'healthcare.service',
                'healthcare.specialty', 'healthcare.workflow', 'healthcare.workflow.step',
                'healthcare.care.task', 'healthcare.enquiry.page', 'resource.calendar',
                'resource.calendar.attendance', 'res.users', 'res.partner', 'res.company',
                'calendar.event', 'healthcare.campaign', 'healthcare.club',
                'healthcare.club.talk', 'healthcare.coupon.batch', 'healthcare.loyalty.earning',
                'healthcare.loyalty.tier', 'loyalty.program', 'loyalty.reward', 'utm.campaign')
                OR name LIKE 'consent_form_mole%%'
                OR model = 'healthcare.segment' AND module = 'healthcare_crm_loyalty')
            """,
            [addon],
        )
        buffer = io.BytesIO()
        trans_export(False, [addon], buffer, 'po', self.env)
        return {
            entry.msgid: entry.occurrences for entry in polib.pofile(buffer.getvalue().decode())
        }

    def test_every_term_is_translated(self):
        for addon in ADDONS:
            terms = self.exported(addon)
            self.assertTrue(terms)
            for lang in LANGUAGES:
                with self.subTest(addon=addon, lang=lang):
                    found = polib.pofile(f'{get_module_path(addon)}/i18n/{lang}.po')
                    done = {entry.msgid for entry in found.translated_entries()}
                    self.assertFalse(sorted(terms.keys() - done), "not translated")
                    self.assertFalse(found.fuzzy_entries(), "fuzzy")
                    stale = {entry.msgid for entry in found} - terms.keys()
                    self.assertFalse(sorted(stale), "no longer used")

    def test_placeholders_and_tags_survive_translation(self):
        for addon in ADDONS:
            for lang in LANGUAGES:
                for entry in polib.pofile(f'{get_module_path(addon)}/i18n/{lang}.po'):
                    with self.subTest(addon=addon, lang=lang, term=entry.msgid):
                        self.assertEqual(
                            sorted(PLACEHOLDERS.findall(entry.msgid)),
                            sorted(PLACEHOLDERS.findall(entry.msgstr)),
                        )
                        self.assertEqual(entry.msgid.count('<'), entry.msgstr.count('<'))

    def test_odoos_own_words_in_the_identity_dialog(self):
        """Everybody meets this dialog, and Odoo has not every word of it in every language."""

        def words(lang):
            dialog = self.env['res.users.identitycheck'].with_context(lang=lang)
            form = etree.fromstring(dialog.get_view(view_type='form')['arch'])
            found = {text.strip() for text in form.itertext()}
            return (found | set(form.xpath('//@string | //@placeholder'))) - {''}

        english = words('en_US')
        self.assertTrue(english)
        for lang in ('zh_TW', 'zh_CN', 'vi_VN'):
            with self.subTest(lang=lang):
                self.assertFalse(english & words(lang))

    def test_templates_are_up_to_date(self):
        for addon in ADDONS:
            with self.subTest(addon=addon):
                template = polib.pofile(f'{get_module_path(addon)}/i18n/{addon}.pot')
                self.assertEqual({entry.msgid for entry in template}, self.exported(addon).keys())
