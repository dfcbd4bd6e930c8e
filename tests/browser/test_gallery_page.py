import tempfile

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots


@tagged('post_install', '-at_install')
class TestGalleryPage(HttpCase, FollowupCase):
    """A clinic administrator looks through the gallery and adds a workflow."""

    def look(self, lang, tour, *pictures):
        """Go through ``tour`` as an administrator who reads ``lang``."""
        login = f'gallery_{lang}'
        new_test_user(
            self.env, login, groups='healthcare_crm.group_clinic_administrator', lang=lang
        )
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour('/odoo/workflow-gallery', tour, login=login)
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()

    def test_one_is_looked_at_and_added_once(self):
        self.look('en_US', 'healthcare_gallery', 'gallery-1-cards', 'gallery-2-workflow')
        workflow = self.env['healthcare.workflow'].search([('gallery_code', '!=', False)])
        self.assertEqual((workflow.gallery_code, workflow.state), ('reminder_24h', 'draft'))
        self.assertFalse(workflow.has_errors)
        self.look('zh_TW', 'healthcare_gallery_added', 'gallery-3-zh-tw')
        self.assertEqual(
            self.env['healthcare.workflow'].search([('gallery_code', '!=', False)]), workflow
        )
