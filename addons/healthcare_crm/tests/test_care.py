from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import HealthcareCase

#: model of a health record -> what one needs
RECORDS = {
    'healthcare.condition': {'name': "Measles"},
    'healthcare.medication': {'name': "Aspirin"},
    'healthcare.procedure': {'name': "Bandage"},
    'healthcare.observation': {'name': "Pulse"},
    'healthcare.immunization': {'name': "Influenza", 'vaccine_code': 'influenza'},
    'healthcare.allergy': {'name': "Penicillin"},
    'healthcare.family.history': {'name': "Stroke", 'relationship': 'FTH'},
    'healthcare.lifestyle': {'smoking': 'never'},
    'healthcare.document': {'name': "X-ray"},
    'healthcare.encounter': {},
    'healthcare.referral': {'reason': "Measles"},
}


class CareCase(HealthcareCase):
    """Two departments with a practitioner and a user each, and a patient of nobody's."""

    record_access = 'care'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env['res.company'].create({'name': "Care Clinic"})
        cls.here = {'company_id': cls.clinic.id, 'company_ids': [Command.set(cls.clinic.ids)]}
        cls.surgery, cls.eyes = cls.env['healthcare.department'].create(
            [
                {'name': "Surgery", 'company_id': cls.clinic.id},
                {'name': "Eyes", 'company_id': cls.clinic.id},
            ]
        )
        cls.doctor = cls.make_user('practitioner', 'care-doctor', **cls.here)
        cls.practitioner = cls.make_practitioner(
            "Dr Care", user_id=cls.doctor.id, company_id=cls.clinic.id
        )
        cls.colleague = cls.make_practitioner(
            "Dr Colleague", department_id=cls.surgery.id, company_id=cls.clinic.id
        )
        cls.an = cls.make_patient("Care Patient", company_id=cls.clinic.id)
        cls.records = {}
        for model, values in RECORDS.items():
            records = cls.env[model].with_company(cls.clinic)
            record = records.create({'patient_id': cls.an.id, **values})
            cls.records[model] = cls.env[model].browse(record.id)

    def setUp(self):
        super().setUp()
        self.settle()

    def settle(self):
        self.env.flush_all()
        self.env.invalidate_all()

    def reads(self, user, patient=None):
        """Return whether a user reads the health record: asked in every way, answered alike."""
        self.settle()
        patient = patient or self.an
        answers = {}
        for model, records in self.records.items():
            record = records.with_user(user)
            mine = [('patient_id', '=', patient.id)]
            answers[model, 'access'] = record.has_access('read')
            answers[model, 'search'] = bool(record.search(mine))
            answers[model, 'count'] = bool(record.search_count(mine))
            answers[model, 'group'] = bool(record._read_group(mine, ['patient_id']))
        partners = patient.with_user(user)
        for name in ('condition_ids', 'medication_ids', 'document_ids', 'encounter_ids'):
            answers[name, 'list'] = bool(partners[name])
            ids = patient[name].ids
            for asked in (
                (name, '!=', False),
                (name, 'in', ids),
                (name, 'any', []),
                (name, 'any', [('id', 'in', ids)]),
                ('id', 'any', [(name, '!=', False)]),
            ):
                answers[name, 'through', str(asked)] = bool(
                    partners.search([('id', '=', patient.id), asked])
                )
            for asked in ((name, '=', False), (name, 'not in', ids), (name, 'not any', [])):
                answers[name, 'through', str(asked)] = not partners.search(
                    [('id', '=', patient.id), asked]
                )
        through = ('patient_id.condition_ids.name', '=', "Measles")
        for model in ('calendar.event', 'healthcare.waitlist.entry', 'healthcare.consent'):
            answers[model, 'through'] = bool(
                self.env[model].with_user(user).search([through, ('patient_id', '=', patient.id)])
            )
        answers['flag'] = partners.is_in_care
        answers['flag', 'search'] = bool(
            partners.search([('id', '=', patient.id), ('is_in_care', '=', True)])
        )
        answers['flag', 'not'] = not partners.search(
            [('id', '=', patient.id), ('is_in_care', '=', False)]
        )
        answers['user'] = user._is_in_care(patient.ids)
        return answers

    def assertReads(self, user, expected, patient=None):
        answers = self.reads(user, patient)
        wrong = [asked for asked, answer in answers.items() if answer != expected]
        self.assertFalse(wrong, f"{user.login} should{'' if expected else ' not'} read")


@tagged('post_install', '-at_install')
class TestCare(CareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # what the search through other models finds
        cls.visit = cls.make_appointment(cls.an, company_id=cls.clinic.id)
        cls.env['healthcare.waitlist.entry'].create(
            {'patient_id': cls.an.id, 'company_id': cls.clinic.id}
        )
        cls.make_consent(cls.an)

    def ago(self, **spans):
        return datetime.now().replace(microsecond=0) - timedelta(**spans)

    def test_a_stranger_reads_nothing_but_who_it_is(self):
        self.assertTrue(self.doctor.care_restricted)
        self.assertReads(self.doctor, False)
        an = self.an.with_user(self.doctor)
        self.assertEqual(an.name, "Care Patient")
        self.assertTrue(an.patient_number)
        self.assertTrue(an.appointment_ids)

    def test_a_stranger_writes_nothing(self):
        for model, values in RECORDS.items():
            with self.subTest(model=model):
                record = self.records[model].with_user(self.doctor)
                self.assertFalse(record.has_access('write'))
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    record.create({'patient_id': self.an.id, **values})

    def test_the_patients_practitioner(self):
        self.an.practitioner_id = self.practitioner
        self.assertReads(self.doctor, True)
        self.an.practitioner_id = self.colleague
        self.assertReads(self.doctor, False)

    def test_an_appointment_until_two_years_have_passed(self):
        self.visit.practitioner_id = self.practitioner
        self.assertReads(self.doctor, True)
        self.visit.write({'start': self.ago(days=700), 'stop': self.ago(days=699)})
        self.assertReads(self.doctor, True)
        self.visit.write({'start': self.ago(days=740), 'stop': self.ago(days=739)})
        self.assertReads(self.doctor, False)

    def test_a_cancelled_appointment_is_none(self):
        self.visit.practitioner_id = self.practitioner
        self.visit.appointment_status = 'cancelled'
        self.assertReads(self.doctor, False)

    def test_a_visit_until_two_years_have_passed(self):
        visit = self.records['healthcare.encounter']
        visit.write({'practitioner_id': self.practitioner.id, 'start': self.ago(days=10)})
        self.assertReads(self.doctor, True)
        visit.start = self.ago(days=740)
        self.assertReads(self.doctor, False)
        visit.write({'start': self.ago(days=10), 'status': 'entered-in-error'})
        self.assertReads(self.doctor, False)

    def test_a_referral_once_it_was_sent(self):
        referral = self.records['healthcare.referral']
        referral.practitioner_id = self.practitioner
        self.assertReads(self.doctor, False)
        referral.status = 'active'
        self.assertReads(self.doctor, True)
        referral.status = 'revoked'
        self.assertReads(self.doctor, False)

    def test_a_department(self):
        visit = self.records['healthcare.encounter']
        service = self.make_service(department_id=self.surgery.id, company_id=self.clinic.id)
        self.doctor.healthcare_department_ids = self.eyes
        changes = {
            'practitioner': (self.an, {'practitioner_id': self.colleague.id}),
            'visit': (visit, {'department_id': self.surgery.id}),
            'appointment': (self.visit, {'practitioner_id': self.colleague.id}),
            'service': (self.visit, {'service_id': service.id}),
            'referral': (
                self.records['healthcare.referral'],
                {'department_id': self.surgery.id, 'status': 'active'},
            ),
        }
        for what, (record, values) in changes.items():
            with self.subTest(what=what):
                before = {
                    name: record._fields[name].convert_to_write(record[name], record)
                    for name in values
                }
                record.write(values)
                self.assertReads(self.doctor, False)
                self.doctor.healthcare_department_ids = self.surgery
                self.assertReads(self.doctor, True)
                self.doctor.healthcare_department_ids = self.eyes
                record.write(before)

    def test_a_nurse_reads_the_clinic_or_the_departments(self):
        nurse = self.make_user('nurse', 'care-nurse', **self.here)
        self.assertFalse(nurse.care_restricted)
        self.assertReads(nurse, True)
        nurse.healthcare_department_ids = self.surgery
        self.assertTrue(nurse.care_restricted)
        self.assertReads(nurse, False)
        self.an.practitioner_id = self.colleague
        self.assertReads(nurse, True)
        nurse.healthcare_department_ids = self.eyes
        self.assertReads(nurse, False)

    def test_the_setting_of_the_clinic(self):
        self.clinic.record_access = 'clinic'
        self.assertReads(self.doctor, True)
        # not that of another clinic
        self.clinic.record_access = 'care'
        self.env['res.company'].create({'name': "Open Clinic", 'record_access': 'clinic'})
        self.assertReads(self.doctor, False)

    def test_a_patient_of_no_clinic_goes_by_the_users(self):
        self.an.company_id = False
        self.assertReads(self.doctor, False)
        self.clinic.record_access = 'clinic'
        self.assertReads(self.doctor, True)

    def test_another_clinic_reads_nothing_whatever_the_relation(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self.make_user(
            'practitioner',
            'care-stranger',
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        self.an.practitioner_id = self.make_practitioner(
            "Dr Stranger", user_id=stranger.id, company_id=elsewhere.id
        )
        self.settle()
        for model, record in self.records.items():
            with self.subTest(model=model):
                self.assertFalse(record.with_user(stranger).has_access('read'))
                self.assertFalse(record.with_user(stranger).search([('id', '=', record.id)]))

    def test_a_merged_patient_is_who_they_became(self):
        mine = self.make_patient("Mine", company_id=self.clinic.id)
        mine.practitioner_id = self.practitioner
        self.assertReads(self.doctor, False)
        self.an._merge_into(mine)
        self.settle()
        for model, record in self.records.items():
            with self.subTest(model=model):
                self.assertEqual(record.patient_id, mine)
                self.assertTrue(record.with_user(self.doctor).has_access('read'))

    def test_the_relations_say_why(self):
        self.visit.practitioner_id = self.practitioner
        self.records['healthcare.encounter'].department_id = self.surgery
        self.doctor.healthcare_department_ids = self.surgery
        self.settle()
        relations = self.an.with_user(self.doctor).care_relation_ids
        self.assertEqual(
            {(one.user_id, one.reason) for one in relations},
            {(self.doctor, 'appointment'), (self.doctor, 'department')},
        )
        (treated,) = relations.filtered(lambda one: one.reason == 'appointment')
        self.assertEqual(treated.until.year, self.visit.start.year + 2)
        relations.invalidate_recordset()
        self.assertEqual(relations.browse(treated.id).patient_id, self.an)
        self.assertFalse(relations.browse(treated.id + 1).exists())
        marketing = self.make_user('marketing', 'care-marketing', **self.here)
        with self.assertRaises(AccessError):
            relations.with_user(marketing).search([])

    def test_the_relations_and_the_rules_agree(self):
        patients = self.an
        for name in ('practitioner_id', 'visit', 'encounter', 'referral'):
            patient = self.make_patient(name, company_id=self.clinic.id)
            patients |= patient
            if name == 'practitioner_id':
                patient.practitioner_id = self.colleague
            elif name == 'visit':
                self.make_appointment(
                    patient, company_id=self.clinic.id, practitioner_id=self.practitioner.id
                )
            elif name == 'encounter':
                self.env['healthcare.encounter'].create(
                    {'patient_id': patient.id, 'practitioner_id': self.practitioner.id}
                )
        for departments in (self.eyes, self.surgery):
            self.doctor.healthcare_department_ids = departments
            self.settle()
            related = self.env['healthcare.care.relation'].search(
                [('user_id', '=', self.doctor.id), ('patient_id', 'in', patients.ids)]
            )
            self.assertEqual(set(related.patient_id.ids), self.doctor._get_in_care(patients.ids))
            self.assertEqual(len(related.patient_id), 2 + (departments == self.surgery))


@tagged('post_install', '-at_install')
class TestCareGuard(CareCase):
    """Nobody makes themselves the one who treats a patient."""

    def setUp(self):
        super().setUp()
        self.mine = self.make_patient(
            "Mine", company_id=self.clinic.id, practitioner_id=self.practitioner.id
        )
        self.own = self.make_appointment(
            self.mine, company_id=self.clinic.id, practitioner_id=self.practitioner.id
        )
        self.visit = self.make_appointment(self.an, company_id=self.clinic.id)
        self.settle()

    def assertRefused(self, call):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call()
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.doctor._is_in_care(self.an.ids))

    def test_by_any_way(self):
        me = self.practitioner.id
        events = self.env['calendar.event'].with_user(self.doctor)
        an = self.an.with_user(self.doctor)
        booking = {
            'is_appointment': True,
            'patient_id': an.id,
            'practitioner_id': me,
            'start': '2027-03-01 09:00:00',
            'company_id': self.clinic.id,
        }
        ways = {
            'practitioner': lambda: an.write({'practitioner_id': me}),
            'booking': lambda: events.create(booking),
            'default': lambda: events.with_context(default_patient_id=an.id).create(
                {name: value for name, value in booking.items() if name != 'patient_id'}
            ),
            'another patient': lambda: self.own.with_user(self.doctor).write({'patient_id': an.id}),
            'another practitioner': lambda: self.visit.with_user(self.doctor).write(
                {'practitioner_id': me}
            ),
            'visit': lambda: self.env['healthcare.encounter']
            .with_user(self.doctor)
            .create({'patient_id': an.id, 'practitioner_id': me}),
            'referral': lambda: self.env['healthcare.referral']
            .with_user(self.doctor)
            .create({'patient_id': an.id, 'practitioner_id': me, 'status': 'active'}),
            'list': lambda: an.write(
                {'appointment_ids': [Command.create(booking | {'patient_id': an.id})]}
            ),
        }
        for way, call in ways.items():
            with self.subTest(way=way):
                self.assertRefused(call)

    def test_nor_by_a_merge(self):
        mine, an = self.mine.with_user(self.doctor), self.an.with_user(self.doctor)
        for merged, kept in ((an, mine), (mine, an)):
            self.assertTrue(merged._get_merge_problem(kept))
        self.assertFalse(self.an._get_merge_problem(self.mine))

    def test_ones_own_patients_are_booked_and_registered(self):
        events = self.env['calendar.event'].with_user(self.doctor)
        events.create(
            {
                'is_appointment': True,
                'patient_id': self.mine.id,
                'practitioner_id': self.practitioner.id,
                'start': '2027-03-01 09:00:00',
                'company_id': self.clinic.id,
            }
        )
        new = self.Partner.with_user(self.doctor).create(
            {'name': "New", 'is_patient': True, 'company_id': self.clinic.id}
        )
        self.assertEqual(new.practitioner_id, self.practitioner)
        self.assertTrue(new.is_in_care)

    def test_others_book_them(self):
        desk = self.make_user('reception', 'care-desk', **self.here)
        self.visit.with_user(desk).practitioner_id = self.practitioner
        self.settle()
        self.assertTrue(self.doctor._is_in_care(self.an.ids))

    def test_what_the_screens_say_of_a_stranger(self):
        an = self.an.with_user(self.doctor)
        self.assertFalse(an.allergy_status)
        shown = {block['name'] for block in an.get_overview()['blocks']}
        self.assertLessEqual({'alerts', 'contact', 'appointments'}, shown)
        self.assertFalse(shown & {'conditions', 'medication', 'documents', 'observations'})
        self.assertIsNone(an.get_overview_block('alerts')['allergies'] or None)
        with self.assertRaises(AccessError):
            an.get_overview_block('conditions')
        parts = self.env['report.healthcare_crm.patient_summary'].with_user(self.doctor)
        self.assertFalse({'conditions', 'medication'} & set(parts._get_parts(an)))
        self.assertNotIn("Measles", str(parts._get_report_values(an.ids)['parts']))

    def test_a_segment_tells_nothing_of_strangers(self):
        self.env['healthcare.condition'].create({'patient_id': self.mine.id, 'name': "Measles"})
        segments = self.env['healthcare.segment'].with_user(self.doctor)
        asked = {'domain': "[('condition_ids.name', '=', 'Measles')]", 'name': "Bait"}
        asked['company_id'] = self.clinic.id
        self.assertEqual(segments.count_now(False, asked).get('count'), 1)
        self.assertEqual(segments.funnel_now(False, asked)['all'], 1)
        segment = segments.create(asked)
        segment.sudo()._refresh()
        self.settle()
        self.assertEqual(segment.sudo().patient_count, 2)
        self.assertEqual(segment.patient_count, 1)
        self.assertEqual(segment.member_ids.patient_id, self.mine)
        with self.assertRaises(AccessError):
            segment.explain(self.an.id)
        for name in ('member_count', 'revision'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                segment.read([name])
