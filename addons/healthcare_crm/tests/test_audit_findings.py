from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..auditing import events
from ..models import healthcare_audit_finding
from .common import HealthcareCase

AT = datetime(2030, 1, 8, 3, 0)  # a Tuesday, eleven o'clock in Taipei


@tagged('post_install', '-at_install')
class TestAuditFindings(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Finding = cls.env['healthcare.audit.finding']
        cls.officer = new_test_user(
            cls.env, 'find_officer', groups='healthcare_crm.group_privacy_officer'
        )
        cls.nurse = new_test_user(
            cls.env, 'find_nurse', name="Thái Văn Nam", groups='healthcare_crm.group_nurse'
        )
        cls.other = new_test_user(cls.env, 'find_other', groups='healthcare_crm.group_nurse')
        cls.patient = cls.make_patient(name="Trịnh Thị Hoa")
        calendar = cls.company.resource_calendar_id
        calendar.tz = 'Asia/Taipei'
        cls.env.flush_all()

    def look(self, patients, user=None, at=AT, action='read', **values):
        """Insert a row on the test's own cursor: what is found is about its content alone."""
        event = events.Event(
            (user or self.nurse).id,
            (user or self.nurse).login,
            'nurse',
            self.company.id,
            action,
            'res.partner',
            'birth_date',
            (),
            tuple(patients.ids),
            **values,
        )
        self.env.flush_all()
        self.env.cr.execute("SELECT nextval('healthcare_audit_event_id_seq')")
        (id_,) = self.env.cr.fetchone()
        row = (*events._make_row(id_, at, event), b'')
        self.env.cr.execute(
            f"INSERT INTO healthcare_audit_event ({events.SELECT_COLUMNS}, mac) VALUES %s", [row]
        )
        return id_

    def find(self, *ids):
        """Return what is found in these rows."""
        before = self.Finding.search([])
        self.Finding._find(min(ids) - 1, max(ids))
        return self.Finding.search([]) - before

    def test_usual_look(self):
        self.assertFalse(self.find(self.look(self.patient)))

    def test_well_known_patient(self):
        self.patient.is_vip = True
        first = self.find(self.look(self.patient))
        self.assertEqual((first.kind, first.patient_id), ('vip', self.patient))
        self.assertFalse(self.find(self.look(self.patient)))
        self.assertEqual(first.look_count, 2)

    def test_well_known_patient_among_many(self):
        self.patient.is_vip = True
        many = self.patient | self.Partner.create(
            [{'name': f"P {n}", 'is_patient': True} for n in range(5)]
        )
        self.assertFalse(self.find(self.look(many)))

    def test_own_family_name(self):
        cousin = self.make_patient(name="Thái Thị Sen")
        found = self.find(self.look(cousin), self.look(self.patient))
        self.assertEqual((found.kind, found.patient_id), ('family_name', cousin))

    def test_common_family_name_needs_more(self):
        cousins = self.Partner.create(
            [{'name': f"Thái Văn {n}", 'is_patient': True} for n in ('Sen', 'Anh', 'Bảo')]
        )
        self.patch(healthcare_audit_finding, 'COMMON', 0.0)
        self.assertFalse(self.find(self.look(cousins[0])))
        (cousins[0] | self.nurse.partner_id).write({'street': "1 Lane", 'city': "Taipei"})
        self.assertEqual(self.find(self.look(cousins[0])).kind, 'family_name')

    def test_outside_opening_hours(self):
        night = self.find(self.look(self.patient, at=AT + timedelta(hours=11)))
        self.assertEqual(night.kind, 'hours')
        sunday = self.find(self.look(self.patient, at=AT + timedelta(days=5)))
        self.assertEqual(sunday.kind, 'hours')

    def test_unusually_many(self):
        patients = self.Partner.create([{'name': f"P {n}", 'is_patient': True} for n in range(40)])
        usual = [
            self.look(patients[:10], user=user, at=AT - timedelta(days=day))
            for day in (7, 14)
            for user in (self.nurse, self.other)
        ]
        self.assertFalse(self.find(*usual))
        found = self.find(self.look(patients))
        self.assertEqual((found.kind, found.look_count), ('volume', 40))
        self.assertEqual((found.usual, found.usual_of_role), (10, 10))

    def test_break_glass(self):
        found = self.find(self.look(self.patient, action='break_glass'))
        self.assertEqual((found.kind, found.patient_id), ('break_glass', self.patient))

    def test_review(self):
        found = self.find(self.look(self.patient, action='break_glass')).with_user(self.officer)
        found.action_explain()
        self.assertEqual((found.state, found.reviewed_by_id), ('explained', self.officer))
        with self.assertRaises(AccessError):
            found.with_user(self.nurse).action_incident()

    def test_looks_of_a_finding(self):
        id_ = self.look(self.patient, action='break_glass')
        found = self.find(id_).with_user(self.officer)
        events_found = self.env['healthcare.audit.event'].with_user(self.officer)
        self.assertEqual(events_found.search(found.action_view_looks()['domain']).ids, [id_])

    # ------------------------------------------------------------ what privacy officers ask

    def test_who_looked_at_this_patient(self):
        id_ = self.look(self.patient)
        action = self.patient.with_user(self.officer).action_view_looks()
        event = self.env['healthcare.audit.event'].with_user(self.officer).search(action['domain'])
        self.assertIn(id_, event.ids)
        event = event.browse(id_)
        self.assertEqual(event.patient_ids, self.patient)
        self.assertIn("Trịnh", event.patient_names)
        groups = event.formatted_read_group([('id', '=', id_)], ['user_id'], ['patient_count:sum'])
        self.assertEqual(groups[0]['user_id'][0], self.nurse.id)

    def test_search_by_name(self):
        self.patient.name = "Zebedee Quux"
        id_ = self.look(self.patient)
        Event = self.env['healthcare.audit.event'].with_user(self.officer)
        self.assertEqual(Event.search([('patient_ids', 'ilike', "Quux")]).ids, [id_])
        self.assertFalse(Event.search([('patient_ids', 'ilike', "Quuxy")]))
        self.assertEqual(Event.search([('patient_ids', '=', self.patient.id)]).ids, [id_])

    def test_only_privacy_officers(self):
        id_ = self.look(self.patient)
        for user in (self.nurse, self.env.ref('base.user_admin')):
            user.group_ids -= self.env.ref('healthcare_crm.group_privacy_officer')
            with self.assertRaises(AccessError):
                self.env['healthcare.audit.event'].browse(id_).with_user(user).read(['login'])
            with self.assertRaises(AccessError):
                self.patient.with_user(user)._write_looks_csv()

    def test_whoever_looked_stays(self):
        self.look(self.patient, user=self.other)
        with self.assertRaises(UserError):
            self.other.unlink()
        self.other.active = False
        new_test_user(self.env, 'find_gone', groups='healthcare_crm.group_nurse').unlink()

    def test_affected_patients(self):
        second = self.make_patient()
        self.look(self.patient | second)
        self.look(second, user=self.other)
        find = self.env['healthcare.audit.event']._get_affected_patients
        since, until = AT - timedelta(hours=1), AT + timedelta(hours=1)
        everybody = sorted((self.patient | second).ids)
        self.assertEqual(find(since, until), everybody)
        self.assertEqual(find(since, until, self.other.ids), second.ids)
        self.assertEqual(find(until, until + timedelta(days=1)), [])

    def test_file_for_the_patient(self):
        self.nurse.partner_id.name = "=cmd()"
        self.look(self.patient)
        content = self.patient.with_user(self.officer)._write_looks_csv().decode()
        self.assertIn("2030-01-08 03:00:00,'=cmd(),nurse", content)
