from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import HealthcareCase

#: queries of a block
MOST = 14
DESK = {'alerts', 'contact', 'appointments', 'coverage', 'household', 'referrals', 'quality'}
HEALTH = {
    'conditions',
    'medication',
    'treatments',
    'events',
    'observations',
    'vaccinations',
    'family',
    'documents',
}
DAY = timedelta(days=1)


class OverviewCase(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient(birth_date='1960-05-04', phone='+84912345678')
        cls.practitioner = cls.make_user('practitioner')
        cls.reception = cls.make_user('reception')
        at_clinic = cls.patient.with_context(tz=cls.Partner._get_clinic_tz(cls.company.id))
        cls.today = fields.Date.context_today(at_clinic)
        cls.now = fields.Datetime.now()

    def record(self, model, **values):
        return self.env[f'healthcare.{model}'].create({'patient_id': self.patient.id, **values})

    def block(self, name, user=None):
        """Return a block as ``user`` gets it, a practitioner if nobody is named."""
        self.env.flush_all()
        self.env.invalidate_all()
        patient = self.patient.with_user(user or self.practitioner)
        return patient.get_overview_block(name)

    def names(self, user):
        return {block['name'] for block in self.patient.with_user(user).get_overview()['blocks']}

    def words(self, row):
        return [badge['text'] for badge in row['badges']]


@tagged('post_install', '-at_install')
class TestWhoSeesWhichBlock(OverviewCase):
    def test_by_role(self):
        self.assertLessEqual(DESK | HEALTH, self.names(self.practitioner))
        reception = self.names(self.reception)
        self.assertLessEqual(DESK, reception)
        self.assertFalse(HEALTH & reception)
        self.assertEqual(self.names(self.make_user('marketing')), {'contact', 'consents'})

    def test_blocks_come_in_their_order(self):
        blocks = self.patient.with_user(self.practitioner).get_overview()['blocks']
        self.assertEqual(blocks[0]['name'], 'alerts')
        order = [block['sequence'] for block in blocks]
        self.assertEqual(order, sorted(order))

    def test_every_block_of_a_role_can_be_had_and_no_other(self):
        every = {block.name for block in self.Partner._get_overview_blocks()}
        for user in (self.practitioner, self.reception, self.make_user('quality')):
            mine = self.names(user)
            for name in every:
                with self.subTest(user=user.login, block=name):
                    if name in mine:
                        self.assertIsInstance(self.block(name, user), dict)
                    else:
                        with self.assertRaises(AccessError):
                            self.block(name, user)

    def test_not_for_other_employees_nor_other_clinics(self):
        with self.assertRaises(AccessError):
            self.patient.with_user(self.make_user()).get_overview()
        with self.assertRaises(AccessError):
            self.block(
                'contact', self.env.ref('base.user_demo', False) or self.make_user(None, 'x')
            )
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self.make_user(
            'nurse', company_id=elsewhere.id, company_ids=[Command.set(elsewhere.ids)]
        )
        self.patient.company_id = self.company
        for call in ('get_overview', 'get_overview_block'):
            with self.assertRaises(AccessError):
                getattr(self.patient.with_user(stranger), call)(
                    *(['alerts'] if 'block' in call else [])
                )

    def test_a_name_that_is_no_block(self):
        for name in ('', 'open', '_class__', None, 7, ['alerts'], {'a': 1}):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.block(name)

    def test_reading_changes_nothing(self):
        for call in ('get_overview', 'get_overview_block'):
            self.assertTrue(getattr(type(self.patient), call)._readonly)
        self.env.flush_all()
        self.env.cr.execute('SAVEPOINT overview')
        self.env.cr.execute('SET LOCAL transaction_read_only = on')
        try:
            for name in self.names(self.practitioner):
                with self.subTest(block=name):
                    self.patient.with_user(self.practitioner).get_overview_block(name)
        finally:
            self.env.cr.execute('ROLLBACK TO SAVEPOINT overview')


@tagged('post_install', '-at_install')
class TestBlocks(OverviewCase):
    def test_allergies(self):
        self.assertEqual(self.block('alerts')['allergy_status'], 'unknown')
        self.patient.with_user(self.practitioner).action_no_known_allergies()
        block = self.block('alerts')
        self.assertEqual((block['allergy_status'], block['allergies']), ('none', []))
        self.record('allergy', name="Penicillin", criticality='high', reaction="Hives")
        self.record('allergy', name="Nuts", verification_status='refuted')
        block = self.block('alerts')
        self.assertEqual(block['allergy_status'], 'known')
        (chip,) = block['allergies']
        self.assertEqual((chip['title'], chip['text']), ("Penicillin", "Hives"))
        self.assertEqual(chip['badges'][0]['tone'], 'danger')

    def test_reception_sees_alerts_and_no_allergies(self):
        self.record('allergy', name="Penicillin", criticality='high')
        self.record('alert', kind='needle_fear')
        self.record('alert', kind='mobility', date_to=self.today - DAY, date_from=False)
        block = self.block('alerts', self.reception)
        self.assertEqual([chip['title'] for chip in block['alerts']], ["Fear of needles"])
        self.assertIsNone(block['allergies'])
        self.assertFalse(block['allergy_status'])
        self.assertFalse(block['add_allergy'])
        self.assertTrue(block['add_alert'])

    def test_a_minor_is_reached_through_the_guardian(self):
        mother = self.make_patient("Lê Thị Hoa", phone='+84987654321')
        self.patient.write({'birth_date': self.today - 3000 * DAY, 'guardian_id': mother.id})
        first = self.block('contact', self.reception)['facts'][0]
        self.assertEqual(first['href'], 'tel:+84987654321')
        self.assertIn("Lê Thị Hoa", first['hint'])
        (guardian,) = self.block('household', self.reception)['rows']
        self.assertIn("Guardian", self.words(guardian))

    def test_appointments_next_ones_first(self):
        for days in (-20, -10, 5, 2):
            self.make_appointment(self.patient, self.now + days * DAY)
        rows = self.block('appointments')['rows']
        ids = self.Event.search([('patient_id', '=', self.patient.id)])
        by_start = sorted(ids, key=lambda event: event.start)
        expected = [by_start[2], by_start[3], by_start[1], by_start[0]]
        self.assertEqual(
            [row['id'] for row in rows], [f'calendar.event-{event.id}' for event in expected]
        )
        self.assertEqual([row['muted'] for row in rows], [False, False, True, True])

    def test_who_comes_early_is_still_expected(self):
        event = self.make_appointment(self.patient, self.now + DAY / 24)
        event.appointment_status = 'arrived'
        (row,) = self.block('appointments')['rows']
        self.assertFalse(row['muted'])

    def test_medicine_that_runs_out(self):
        start = self.today - 30 * DAY
        for name, days in (("Gone", 20), ("Soon", 35), ("Long", 90), ("Unknown", 0)):
            self.record('medication', name=name, start_date=start, days_supply=days)
        self.record('medication', name="Past", start_date=start, status='stopped')
        self.record('medication', name="Wrong", start_date=start, status='entered-in-error')
        rows = {row['title']: row for row in self.block('medication')['rows']}
        self.assertEqual(set(rows), {"Gone", "Soon", "Long", "Unknown", "Past"})
        tones = {name: row['badges'][-1]['tone'] for name, row in rows.items()}
        self.assertEqual(
            tones,
            {
                "Gone": 'danger',
                "Soon": 'warning',
                "Long": 'success',
                "Unknown": 'info',
                "Past": 'secondary',
            },
        )
        self.assertTrue(rows["Past"]['muted'])

    def test_what_the_patient_has_comes_before_what_is_over(self):
        self.record('condition', name="Old", onset_date='2020-01-01')
        self.record('condition', name="Flu", onset_date='2024-01-01', clinical_status='resolved')
        self.record('condition', name="Never", verification_status='refuted')
        rows = self.block('conditions')['rows']
        self.assertEqual([row['title'] for row in rows], ["Old", "Flu"])
        self.assertEqual([row['muted'] for row in rows], [False, True])

    def test_treatments_tell_their_effect_and_what_to_try_next(self):
        self.record(
            'procedure',
            name="Physiotherapy",
            status='completed',
            performed_at=self.now - DAY,
            effectiveness='some',
            next_step="An injection",
        )
        (row,) = self.block('treatments')['rows']
        self.assertIn("Some effect", self.words(row))
        self.assertIn("An injection", row['advice'])

    def test_recent_events(self):
        hospital = self.Partner.create({'name': "Taipei Hospital", 'is_company': True})
        self.record('encounter', start=self.now - 400 * DAY, encounter_class='inpatient')
        self.record('encounter', start=self.now - 5 * DAY, encounter_class='ambulatory')
        self.record('encounter', start=self.now - 30 * DAY, encounter_class='inpatient')
        self.record('encounter', start=self.now - 10 * DAY, organization_id=hospital.id)
        self.record('procedure', name="Knee", status='completed', performed_at=self.now - 20 * DAY)
        rows = self.block('events')['rows']
        self.assertEqual(
            [row['title'] for row in rows], ["Taipei Hospital", "Knee", "Hospital stay"]
        )

    def test_insurance_that_has_ended(self):
        self.record('coverage', kind='private', end_date=self.today - DAY)
        block = self.block('coverage', self.reception)
        self.assertEqual(block['rows'][0]['badges'][0]['tone'], 'danger')
        self.assertTrue(block['note'])
        self.record('coverage', kind='national', end_date=self.today)
        self.assertFalse(self.block('coverage', self.reception)['note'])

    def test_observations_the_latest_few_of_each_kind(self):
        for day in range(20):
            self.record('observation', name="Pain", value=day, date=self.now - day * DAY)
        self.record('observation', name="Mood", value=3, date=self.now - 40 * DAY)
        self.record('observation', name="Mistake", value=9, status='entered-in-error')
        pain, mood = self.block('observations')['charts']
        self.assertEqual((pain['name'], mood['name']), ("Pain", "Mood"))
        self.assertEqual([point['value'] for point in pain['points']], list(range(11, -1, -1)))
        self.assertEqual(pain['text'], '0')

    def test_observations_with_their_range(self):
        kind = self.env['healthcare.observation.type'].create(
            {
                'name': "Testing",
                'code': '99999-9',
                'unit': '%',
                'digits': 1,
                'range_ids': [Command.create({'low': 4, 'high': 6})],
            }
        )
        self.record('observation', type_id=kind.id, value=7)
        (chart,) = self.block('observations')['charts']
        self.assertEqual(chart['range'], {'low': 4, 'high': 6})
        self.assertEqual((chart['badge']['text'], chart['badge']['tone']), ("High", 'warning'))
        self.assertEqual(chart['text'], '7.0')

    def test_household_links_those_who_live_together(self):
        household = self.env['healthcare.household'].create({'name': "Nguyễn"})
        wife = self.make_patient("Trần Thị Bình", household_id=household.id)
        self.patient.household_id = household
        (row,) = self.block('household', self.reception)['rows']
        self.assertIn("Trần Thị Bình", row['title'])
        self.assertEqual(row['action']['res_id'], wife.id)

    def test_family_and_lifestyle(self):
        self.record('lifestyle', date=self.today - 400 * DAY, smoking='current')
        self.record('lifestyle', smoking='former', exercise='regular')
        self.record('family.history', name="Diabetes", relationship='MTH', onset_age=50)
        block = self.block('family')
        self.assertEqual(block['facts'][0]['value'], "Has stopped smoking")
        self.assertEqual(self.words(block['rows'][0]), ["Mother"])

    def test_consents_by_purpose_and_channel(self):
        self.make_consent(self.patient, 'sms')
        self.make_consent(self.patient, 'email', 'deny')
        block = self.block('consents')
        line = next(line for line in block['table'] if line['title'] == self.purpose_reminder.name)
        self.assertEqual([cell['text'] for cell in line['cells'][:2]], ["Refused", "Agreed"])

    def test_buttons_only_for_who_may(self):
        marketing = self.make_user('marketing')
        self.assertFalse(self.block('contact', marketing)['add'])
        self.assertFalse(self.block('consents', marketing)['add'])
        self.assertTrue(self.block('consents', self.reception)['add'])
        self.assertTrue(self.block('conditions')['add'])


@tagged('post_install', '-at_install')
class TestManyEvents(OverviewCase):
    """Of a patient with a thousand events, only what is shown is read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        patient = {'patient_id': cls.patient.id}
        doctor = cls.make_practitioner()
        far = [cls.now - number * DAY for number in range(1, 151)]
        cls.env['healthcare.observation'].create(
            [
                {**patient, 'name': f"Test {number % 20}", 'value': number, 'date': date}
                for number, date in enumerate(far)
            ]
        )
        cls.env['healthcare.condition'].create(
            [{**patient, 'name': "Cold", 'onset_date': date.date()} for date in far]
        )
        cls.env['healthcare.medication'].create(
            [{**patient, 'name': f"M{date}", 'start_date': date.date()} for date in far]
        )
        cls.env['healthcare.procedure'].create(
            [
                {
                    **patient,
                    'name': "Massage",
                    'status': 'completed',
                    'performed_at': date,
                    'practitioner_id': doctor.id,
                }
                for date in far
            ]
        )
        cls.env['healthcare.encounter'].create(
            [{**patient, 'start': date, 'encounter_class': 'emergency'} for date in far]
        )
        cls.env['healthcare.document'].create(
            [{**patient, 'name': "Letter", 'date': date.date()} for date in far]
        )
        cls.env['healthcare.communication'].create(
            [
                {
                    **patient,
                    'channel': 'sms',
                    'purpose_id': cls.purpose_reminder.id,
                    'date': date,
                }
                for date in far
            ]
        )
        cls.env.flush_all()

    def test_queries(self):
        patient = self.patient.with_user(self.practitioner)
        names = [block['name'] for block in patient.get_overview()['blocks']]
        self.env.invalidate_all()
        for name in names:
            # who may what and which views there are is known to a server that runs
            patient.get_overview_block(name)
        for name in names:
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            result = patient.get_overview_block(name)
            queries = self.env.cr.sql_log_count - before
            with self.subTest(block=name):
                self.assertLessEqual(queries, MOST, name)
                self.assertLessEqual(len(result.get('rows', ())), 10, name)
