import tempfile
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots

HOUR = timedelta(hours=1)


class WorklistScreenCase(HttpCase, FollowupCase):
    def setUp(self):
        super().setUp()
        self.env['healthcare.care.task'].search([]).unlink()
        self.now = fields.Datetime.now()
        self.caller, self.helper = (
            new_test_user(
                self.env,
                login,
                groups='healthcare_crm.group_call_desk',
                name=name,
                lang='en_US',
                tz='Asia/Taipei',
            )
            for login, name in (('calling', "Main Caller"), ('helping', "Main Helper"))
        )
        self.an, self.binh, self.chi = (
            self.task(self.patient(name, lang=lang), hours=hours, **values)
            for name, lang, hours, values in (
                (
                    "An Nguyen",
                    'vi_VN',
                    3,
                    {
                        'priority': '2',
                        'own_outcomes': [{'outcome': 'outcome1', 'name': "Needs a wheelchair"}],
                    },
                ),
                ("Binh Tran", 'en_US', -1, {}),
                ("Chi Pham", 'en_US', 2, {}),
            )
        )

    def task(self, patient, hours, **values):
        visit = self.appointment(patient, self.now + timedelta(days=3))
        task = self.env['healthcare.care.task'].create(
            {
                'name': "Ask whether the patient comes",
                'patient_id': patient.id,
                'appointment_id': visit.id,
                'role': 'call_desk',
                'window_start': self.now - 3 * HOUR,
                'window_end': self.now + hours * HOUR,
                'instruction': "Good day, this is {clinic}. We expect {patient_name} on "
                "{appointment_date} at {appointment_time}. Does that suit you?",
            }
            | values
        )
        task.with_context(lang='vi_VN').instruction = (
            "Xin chào, đây là {clinic}. Chúng tôi hẹn {patient_name} vào {appointment_date} lúc "
            "{appointment_time}. Thời gian này có thuận tiện không ạ?"
        )
        return task

    def use(self, path, tour, *pictures, login='calling'):
        """Go through ``tour`` from ``path``, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login=login)
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestWorklistScreen(WorklistScreenCase):
    """Somebody at the call desk works through three tasks."""

    def test_one_task_after_the_other(self):
        self.use(
            '/odoo/worklist',
            'healthcare_worklist',
            'worklist-1-task',
            'worklist-2-next',
            'worklist-3-later',
            'worklist-4-nothing',
        )
        self.assertEqual((self.an.own_outcome, self.an.note), ('outcome1', "Walks badly"))
        self.assertEqual(self.an.appointment_id.patient_response, 'needs-action', "taken back")
        self.assertEqual((self.binh.state, self.binh.attempts), ('requested', 1))
        self.assertEqual(self.chi.appointment_id.appointment_status, 'cancelled')
        self.assertFalse((self.an | self.binh | self.chi).held_by_id)

    def test_a_lead_hands_over_several_at_once(self):
        new_test_user(
            self.env,
            'leading',
            groups='healthcare_crm.group_clinic_administrator',
            name="Main Lead",
            lang='en_US',
        )
        tasks = self.an | self.binh | self.chi
        tasks.user_id = self.caller
        self.use('/odoo/workload', 'healthcare_workload', 'worklist-7-workload', login='leading')
        self.assertEqual(tasks.user_id, self.helper)


@tagged('post_install', '-at_install')
class TestWorklistOnAPhone(WorklistScreenCase):
    """The list, then the task: one after the other."""

    browser_size = '390x844'
    touch_enabled = True

    def test_list_then_task(self):
        self.use(
            '/odoo/worklist',
            'healthcare_worklist_phone',
            'worklist-5-phone-list',
            'worklist-6-phone-task',
        )
        self.assertFalse(self.an.held_by_id)
