import tempfile
from datetime import timedelta

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots

#: login of the demo clinic -> its picture
PICTURES = {
    'reception': 'my-day-2-reception',
    'practitioner': 'my-day-3-practitioner',
    'nurse': 'my-day-4-nurse',
    'call_desk': 'my-day-5-call-desk',
    'marketing': 'my-day-6-marketing',
    'quality': 'my-day-7-quality',
    'clinic_admin': 'my-day-8-administrator',
    'privacy': 'my-day-9-privacy',
}
TAKE = """
    console.log("screenshot: %s");
    setTimeout(() => console.log("test successful"), 1000);
"""
READY = """Boolean(document.querySelector(".o_hc_block h2"))
    && !document.querySelector(".o_hc_block[aria-busy=true]")"""


@tagged('post_install', '-at_install')
class TestMyDayPage(HttpCase, FollowupCase):
    """The first page of the day."""

    def test_reception_marks_an_arrival(self):
        new_test_user(
            self.env,
            'arriving',
            groups='healthcare_crm.group_reception',
            name="Main Receptionist",
            lang='en_US',
        )
        self.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        self.env['healthcare.care.task'].search([]).unlink()
        noon = self.env['healthcare.my.day']._midnight() + timedelta(hours=12)
        visit = self.appointment(self.patient("An Nguyen"), noon)
        self.env['healthcare.care.task'].create(
            {
                'name': "Ask whether the patient comes",
                'patient_id': self.patient("Binh Tran").id,
                'role': 'reception',
            }
        )
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder):
            self.start_tour('/odoo/my-day', 'healthcare_my_day', login='arriving')
        self.env.invalidate_all()
        self.assertEqual(visit.appointment_status, 'arrived')


@tagged('post_install', '-at_install')
class TestMyDayPictures(HttpCase):
    """The page of each role of the demo clinic."""

    def test_each_role(self):
        self.env['healthcare.consent.coverage']._cron_count()
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as pictures:
            for login, name in PICTURES.items():
                with self.subTest(login=login):
                    self.browser_js('/odoo', TAKE % name, ready=READY, login=login)
        self.assertEqual([picture.stem for picture in pictures], list(PICTURES.values()))
