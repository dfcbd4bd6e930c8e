from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import NOW, FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestVersions(FollowupCase):
    """What differs between two versions, in the words of an administrator, and the way back."""

    def setUp(self):
        super().setUp()
        self.administrator = new_test_user(
            self.env, 'comparing', groups='healthcare_crm.group_clinic_administrator'
        )
        self.flow = self.workflow().with_user(self.administrator)
        self.mail, self.call = self.flow.step_ids
        self.flow._publish(NOW)
        self.first = self.flow.version_id

    def add(self, **values):
        """Return a new step of the draft."""
        return self.env['healthcare.workflow.step'].create({'workflow_id': self.flow.id} | values)

    def told(self, before=None, after=False):
        """Return {name: [(label, before, after)]} of what differs; the draft is the second."""
        self.env.flush_all()
        groups = self.flow.versions_compare(before or self.first.id, after)
        return {
            group['name']: [
                (change['label'], change['before'], change['after']) for change in group['changes']
            ]
            for group in groups
        }

    def test_nothing_differs_right_after_publishing(self):
        self.assertEqual(self.told(), {})

    def test_values_are_told_by_the_labels_of_their_fields(self):
        self.call.write(
            {'window_hours': 4.5, 'role': 'nurse', 'priority': '2', 'for_practitioner': True}
        )
        self.assertEqual(
            self.told(),
            {
                "Call": [
                    ("For", "Reception", "Nurse"),
                    ("For The Patient's Practitioner", "No", "Yes"),
                    ("To Be Done Within (Hours)", "8", "4.5"),
                    ("Priority", "Normal", "Urgent"),
                ]
            },
        )

    def test_a_renamed_step_goes_by_its_new_name(self):
        self.call.name = "Ring up"
        self.assertEqual(self.told(), {"Ring up": [("Name", "Call", "Ring up")]})

    def test_channels_policies_and_groups_of_values(self):
        self.mail.write({'channel_2': 'sms', 'late_policy': 'staff', 'late_hours': 2})
        self.call.write({'escalates': True, 'escalate_hours': 2, 'escalate_role': 'nurse'})
        self.assertEqual(
            self.told(),
            {
                "E-mail": [
                    ("First Try", "E-mail", "E-mail, SMS"),
                    ("When Its Moment Has Passed", "Send it anyway", "Hand it to staff"),
                    ("At Most This Many Hours Late", "20 hours", "2 hours"),
                ],
                "Call": [
                    (
                        "Escalate",
                        "",
                        "After Being Late For (Hours): 2; Then For: Nurse; With Priority: High",
                    )
                ],
            },
        )

    def test_texts_are_told_for_each_language_word_by_word(self):
        self.email_template.with_context(lang='en_US').subject = "Your visit {appointment_date}"
        self.email_template.with_context(lang='vi_VN').body = "Chào {patient_name}"
        self.env.flush_all()
        (group,) = self.flow.versions_compare(self.first.id, False)
        changes = {change['label']: change for change in group['changes']}
        subject = changes["E-mail, Subject (English (US))"]
        self.assertIn(['added', "visit"], subject['pieces'])
        self.assertEqual(subject['after'], "Your visit {appointment_date}")
        self.assertEqual(changes["E-mail, Text (Vietnamese)"]['after'], "Chào {patient_name}")

    def test_waits_are_told_as_amounts_of_time(self):
        wait = self.add(name="Rest", kind='wait', sequence=30)
        self.flow._publish(NOW)
        before = self.flow.version_id.id
        wait.write({'wait_amount': 3, 'wait_unit': 'weeks'})
        self.assertEqual(self.told(before), {"Rest": [("How Long", "1 day", "3 weeks")]})
        wait.write({'wait_for': 'window', 'sat': True})
        (change,) = [one for one in self.told(before)["Rest"] if one[2]]
        self.assertEqual(change[0], "Wait For")
        self.assertIn("Mon, Tue, Wed, Thu, Fri, Sat", change[2])
        self.assertIn("09:00", change[2])

    def test_a_step_that_comes_or_goes_is_told_by_what_it_does(self):
        wait = self.add(name="Rest", kind='wait', sequence=5)
        self.call.unlink()
        self.assertEqual(
            self.told(),
            {
                "Rules": [("First Step", "E-mail", "Rest")],
                "Rest": [("Wait", "", "1 day")],
                "E-mail": [("On “Not sent, or not to be called”", "Call", "ends here")],
                "Call": [("Give a task to staff", "Phone call, by Reception within 8 hours", "")],
            },
        )
        groups = self.flow.versions_compare(self.first.id, False)
        self.assertEqual(
            {group['key']: group['status'] for group in groups if group['section'] == 'steps'},
            {wait.key: 'added', self.mail.key: 'changed', self.call_key: 'removed'},
        )

    @property
    def call_key(self):
        """The key of the step that calls, also when it is gone."""
        steps = self.first.sudo().graph['steps']
        return next(key for key, step in steps.items() if step['kind'] == 'care_task')

    def test_ways_and_their_conditions(self):
        branch = self.add(name="Young?", kind='branch', sequence=30)
        edge = self.env['healthcare.workflow.edge'].create(
            {
                'step_id': branch.id,
                'outcome': 'way',
                'name': "Yes",
                'domain': "[('appointment_status', 'in', ['booked', 'arrived'])]",
            }
        )
        self.flow._publish(NOW)
        before = self.flow.version_id.id
        edge.write({'domain': "['|', ('practitioner_id.name', '=', False), ('duration', '>', 1)]"})
        self.assertEqual(
            self.told(before),
            {
                "Young?": [
                    (
                        "Yes: Condition",
                        "Status is one of Booked, Arrived",
                        "(Practitioner › Name is not set or Duration is more than 1)",  # noqa: RUF001 - as shown
                    )
                ]
            },
        )
        edge.target_id = self.mail
        self.assertIn(("On “Yes”", "ends here", "E-mail"), self.told(before)["Young?"])

    def test_starts_and_rules(self):
        self.flow.trigger_ids.amount = 48
        self.flow.write(
            {
                'entry_domain': "[('appointment_status', '!=', 'booked')]",
                'quiet': 'own',
                'has_goal': True,
                'goal_event': 'appointment_booked',
            }
        )
        self.env['healthcare.workflow.exit'].create(
            {'workflow_id': self.flow.id, 'name': "Booked", 'event': 'appointment_booked'}
        )
        told = self.told()
        self.assertEqual(
            told.pop("48 hours before the appointment starts"),
            [("How Long", "24 hours before", "48 hours before")],
        )
        (rules,) = told.values()
        found = {label: (before, after) for label, before, after in rules}
        self.assertEqual(found["Only If"], ("Status is Booked", "Status is not Booked"))
        self.assertEqual(
            found["Quiet Hours"],
            ("As the clinic's", "21:00–08:00; Quiet On Public Holidays"),  # noqa: RUF001 - as shown
        )
        self.assertEqual(found["Has a Goal"][0], "")
        self.assertIn("Within (Days): 30", found["Has a Goal"][1])
        self.assertEqual(found["Leaves Early: Booked"][0], "")
        self.assertIn("booked", found["Leaves Early: Booked"][1])

    def test_two_versions_are_compared_both_ways(self):
        self.call.name = "Ring up"
        self.flow._publish(NOW)
        second = self.flow.version_id.id
        self.assertEqual(self.told(second, self.first.id), {"Call": [("Name", "Ring up", "Call")]})

    def test_what_a_version_spoke_of_may_be_gone(self):
        self.call.user_id = self.env['res.users'].create({'name': "Gone", 'login': 'gone'})
        self.flow._publish(NOW)
        before = self.flow.version_id.id
        self.call.user_id.with_user(self.env.ref('base.user_root')).unlink()
        self.call.user_id = False
        self.assertEqual(self.told(before)["Call"], [("Person", "something that is gone", "")])

    def test_versions_are_listed_with_who_is_on_them(self):
        self.appointment(self.patient())
        self.go(NOW)
        self.call.name = "Ring up"
        self.flow._publish(NOW)
        found = self.flow.versions_load()
        self.assertTrue(found['has_older'])
        self.assertEqual(
            [(one['number'], one['patients'], one['is_current']) for one in found['versions']],
            [(2, 0, True), (1, 1, False)],
        )
        self.assertEqual(found['versions'][0]['publisher'], self.administrator.name)

    def test_the_way_back(self):
        self.mail.write({'x': 40, 'y': 60, 'placed': True})
        self.call.unlink()
        self.flow.name = "Stays"
        self.add(name="Rest", kind='wait')
        self.flow.trigger_ids.amount = 48
        self.assertTrue(self.told())
        self.flow.versions_restore(self.first.id)
        self.assertEqual(self.told(), {})
        self.assertFalse(self.flow.has_changes)
        mail = self.flow.step_ids.filtered(lambda step: step.kind == 'message')
        self.assertEqual((mail.x, mail.y, mail.placed), (40, 60, True))
        self.assertEqual(self.flow.name, "Stays")

    def test_only_who_may_edit_goes_back(self):
        nurse = new_test_user(self.env, 'looking', groups='healthcare_crm.group_nurse')
        with self.assertRaises(AccessError):
            self.flow.with_user(nurse).versions_restore(self.first.id)

    def test_another_workflows_version_is_not_compared(self):
        other = self.workflow()
        other._publish(NOW)
        with self.assertRaises(ValueError):
            self.flow.versions_compare(other.version_id.id, False)
