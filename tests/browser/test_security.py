import tempfile

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .screenshots import taking_screenshots


@tagged('post_install', '-at_install')
class TestSecurityScreens(HttpCase):
    """What an administrator sees of the installation, and what asks again who is there."""

    def use(self, path, tour, login, *pictures):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login=login)
        self.assertEqual({picture.stem for picture in taken}, set(pictures))

    def test_security_check(self):
        user = new_test_user(
            self.env,
            'security_boss',
            groups='healthcare_crm.group_clinic_administrator',
            lang='en_US',
        )
        self.use(
            '/odoo/security-check', 'healthcare_security_check', user.login, 'security-1-check'
        )

    @mute_logger('odoo.http', 'odoo.addons.base.models.res_users')
    def test_step_up(self):
        user = new_test_user(
            self.env, 'security_desk', groups='healthcare_crm.group_reception', lang='en_US'
        )
        kept, merged = self.env['res.partner'].create(
            [{'name': name, 'is_patient': True} for name in ("Tour Kept", "Tour Merged")]
        )
        merge = merged._merge_into(kept)
        action = self.env.ref('healthcare_crm.healthcare_patient_merge_action')
        self.use(
            f'/odoo/action-{action.id}/{merge.id}',
            'healthcare_step_up',
            user.login,
            'security-2-step-up',
        )
        self.env.invalidate_all()
        self.assertFalse(merge.undone_at)
