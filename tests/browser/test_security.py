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

    @mute_logger('odoo.http', 'odoo.addons.base.models.res_users')
    def test_break_glass(self):
        """Who does not treat a patient opens the record with a reason; privacy looks at it."""
        company = self.env.company
        company.record_access = 'care'
        doctor, officer = (
            new_test_user(
                self.env, login, groups=f'healthcare_crm.group_{role}', name=name, lang='en_US'
            )
            for login, role, name in (
                ('security_doctor', 'practitioner', "Dr. Tour"),
                ('security_officer', 'privacy_officer', "Tour Officer"),
            )
        )
        patient = self.env['res.partner'].create(
            {'name': "Tour Closed", 'is_patient': True, 'company_id': company.id}
        )
        self.env['healthcare.condition'].create({'patient_id': patient.id, 'name': "Asthma"})
        self.use(
            f'/odoo/patients/{patient.id}',
            'healthcare_break_glass',
            doctor.login,
            *('security-3-closed', 'security-4-reason'),
        )
        opening = self.env['healthcare.break.glass'].search([('patient_id', '=', patient.id)])
        self.assertEqual((opening.user_id, opening.reason), (doctor, 'standing_in'))
        self.assertIn(officer, opening.activity_ids.user_id)
        self.use(
            '/odoo/opened-with-a-reason',
            'healthcare_break_glass_review',
            officer.login,
            'security-5-opening',
        )
        self.env.invalidate_all()
        self.assertEqual((opening.reviewed_by_id, opening.verdict), (officer, 'justified'))

    @mute_logger('odoo.http', 'odoo.addons.base.models.res_users')
    def test_step_up_at_an_export(self):
        user = new_test_user(
            self.env,
            'security_export',
            groups='healthcare_crm.group_clinic_administrator,base.group_allow_export',
            lang='en_US',
        )
        self.env['res.partner'].create({'name': "Tour Export", 'is_patient': True})
        self.use('/odoo/patients', 'healthcare_step_up_export', user.login)
        export = self.env['healthcare.export'].search([('user_id', '=', user.id)])
        self.assertEqual(export.mapped('state'), ['done'])
