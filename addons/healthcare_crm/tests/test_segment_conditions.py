from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..segmenting import KINDS, Scope
from ..segmenting.scope import UNITS
from .common import HealthcareCase

COUNTING = 'odoo.addons.healthcare_crm.models.healthcare_segment_counting'


class SegmentCase(HealthcareCase):
    """Three patients of a clinic of their own, and what is asked about them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env['res.company'].create({'name': "Segment Clinic"})
        cls.env.user.company_ids |= cls.clinic
        cls.today = fields.Date.context_today(cls.Partner)
        cls.hoa, cls.lan, cls.an = (
            cls.make_patient(
                name,
                company_id=cls.clinic.id,
                gender=gender,
                birth_date=cls.today - relativedelta(years=age),
            )
            for name, gender, age in (
                ("Hoa", 'female', 33),
                ("Lan", 'female', 60),
                ("An", 'male', 8),
            )
        )

    @classmethod
    def make_segment(cls, *conditions, **values):
        return cls.env['healthcare.segment'].create(
            {
                'name': "Group",
                'company_id': cls.clinic.id,
                'condition_ids': [Command.create(condition) for condition in conditions],
                **values,
            }
        )

    def who(self, *conditions, **values):
        """Return the names of the patients of this clinic who meet the conditions."""
        segment = self.make_segment(*conditions, **values)
        segment._refresh()
        members = self.env['healthcare.segment.member'].search([('segment_id', '=', segment.id)])
        found = members.patient_id.filtered(lambda one: one.company_id == self.clinic)
        return sorted(found.mapped('name'))

    def assertWho(self, kind, names, **values):
        """Check who meets a condition, and that everybody else meets its opposite."""
        condition = {'kind': kind, **values}
        with self.subTest(condition=condition):
            self.assertEqual(self.who(condition), sorted(names))
            others = sorted({'Hoa', 'Lan', 'An'} - set(names))
            self.assertEqual(self.who(condition | {'negative': True}), others)

    def ago(self, **distance):
        return self.today - relativedelta(**distance)

    def come(self, patient, days, **values):
        """Book an appointment that took place so many days ago."""
        return self.make_appointment(
            patient,
            fields.Datetime.now() - timedelta(days=days),
            **{'appointment_status': 'fulfilled', 'company_id': self.clinic.id, **values},
        )

    def user(self, role):
        """Return the one user of this clinic with a role."""
        known = self.env['res.users'].search([('login', '=', f'segment-{role}')])
        return known or self.make_user(
            role,
            f'segment-{role}',
            company_id=self.clinic.id,
            company_ids=[Command.set(self.clinic.ids)],
        )


@tagged('post_install', '-at_install')
class TestSegmentKinds(SegmentCase):
    # ------------------------------------------------------------ who they are

    def test_age(self):
        self.assertWho('age', ['Hoa'], number_from=25, number_to=40)
        self.assertWho('age', ['Hoa'], number_from=33, number_to=33)
        self.assertWho('age', ['Hoa', 'Lan'], number_from=9)
        self.assertWho('age', ['An'], number_to=8)
        self.hoa.birth_date = self.ago(years=41) + timedelta(days=1)
        self.assertWho('age', ['Hoa'], number_from=40, number_to=40)
        self.hoa.birth_date -= timedelta(days=1)
        self.assertWho('age', [], number_from=40, number_to=40)
        self.hoa.birth_date = False
        self.assertWho('age', ['Lan'], number_from=18)

    def test_sex(self):
        self.assertWho('gender', ['Hoa', 'Lan'], options=['female'])
        self.assertWho('gender', ['An', 'Hoa', 'Lan'], options=['female', 'male'])
        self.an.gender = False
        self.assertWho('gender', ['Hoa', 'Lan'], options=['female'])

    def test_residence(self):
        self.hoa.write({'city': "Taipei", 'country_id': self.env.ref('base.tw').id})
        self.lan.write({'zip': '110-01', 'country_id': self.env.ref('base.tw').id})
        self.assertWho('residence', ['Hoa'], text="taipei")
        self.assertWho('residence', ['Lan'], text="110")
        taiwan = [Command.set(self.env.ref('base.tw').ids)]
        self.assertWho('residence', ['Hoa', 'Lan'], country_ids=taiwan)
        self.assertWho('residence', ['Hoa'], country_ids=taiwan, text="Taipei")

    def test_language_stage_source_practitioner_tag(self):
        self.hoa.lang = 'vi_VN'
        self.assertWho('language', ['Hoa'], options=['vi_VN'])
        self.lan.lifecycle_stage = 'dormant'
        self.assertWho('stage', ['Lan'], options=['dormant', 'former'])
        source = self.env['utm.source'].create({'name': "A friend"})
        self.an.source_id = source
        self.assertWho('source', ['An'], source_ids=[Command.set(source.ids)])
        lin = self.make_practitioner()
        self.an.practitioner_id = lin
        self.assertWho('practitioner', ['An'], practitioner_ids=[Command.set(lin.ids)])
        tag = self.env['res.partner.category'].create({'name': "VIP"})
        self.hoa.category_id = tag
        self.assertWho('tag', ['Hoa'], tag_ids=[Command.set(tag.ids)])

    def test_occupation_and_household(self):
        self.hoa.occupation = "Teacher"
        self.assertWho('occupation', ['Hoa'], text="teach")
        self.env['healthcare.household'].create(
            {'name': "Home", 'member_ids': [Command.set((self.hoa | self.an).ids)]}
        )
        self.assertWho('household', ['An', 'Hoa'], number_from=2)
        self.assertWho('household', [], number_from=3)

    def test_insurance(self):
        self.env['healthcare.coverage'].create(
            [
                {'patient_id': self.hoa.id, 'kind': 'private'},
                {'patient_id': self.lan.id, 'kind': 'private', 'end_date': self.ago(days=1)},
            ]
        )
        self.assertWho('insurance', ['Hoa'], options=['private'])
        self.assertWho('insurance', ['Hoa'])
        self.assertWho('insurance', [], options=['national'])

    # ------------------------------------------------------------ health

    def test_condition_and_course(self):
        self.env['healthcare.condition'].create(
            [
                {'patient_id': self.hoa.id, 'code': 'E11.9', 'name': "Type 2 diabetes"},
                {
                    'patient_id': self.lan.id,
                    'code': 'E11.0',
                    'name': "Diabetes",
                    'clinical_status': 'resolved',
                },
                {
                    'patient_id': self.an.id,
                    'code': 'E11.1',
                    'name': "Diabetes",
                    'verification_status': 'refuted',
                },
            ]
        )
        self.assertWho('illness', ['Hoa'], text='e11')
        self.assertWho('illness', ['Hoa'], text="diabetes")
        self.assertWho('illness', [], text='E1_')
        self.env['healthcare.condition'].search(
            [('patient_id', '=', self.hoa.id)]
        ).course = 'chronic'
        self.assertWho('course', ['Hoa'], options=['chronic'])
        self.assertWho('course', [], options=['acute'])

    def test_medicine_and_allergy_and_family(self):
        self.env['healthcare.medication'].create(
            [
                {'patient_id': self.hoa.id, 'code': 'A10BA02', 'name': "Metformin"},
                {'patient_id': self.lan.id, 'name': "Metformin", 'status': 'stopped'},
            ]
        )
        self.assertWho('medicine', ['Hoa'], text='a10')
        self.assertWho('medicine', ['Hoa'], text='metf')
        self.env['healthcare.allergy'].create({'patient_id': self.an.id, 'name': "Penicillin"})
        self.assertWho('allergy', ['An'], text='penicillin')
        self.env['healthcare.family.history'].create(
            {'patient_id': self.lan.id, 'relationship': 'MTH', 'name': "Breast cancer"}
        )
        self.assertWho('family_history', ['Lan'], text='cancer')

    def test_vaccination_in_a_time(self):
        self.env['healthcare.immunization'].create(
            [
                {
                    'patient_id': patient.id,
                    'vaccine_code': 'segmentflu',
                    'name': "Flu",
                    'date': self.ago(days=days),
                    'status': status,
                }
                for patient, days, status in (
                    (self.hoa, 400, 'completed'),
                    (self.lan, 20, 'completed'),
                    (self.an, 20, 'not-done'),
                )
            ]
        )
        vaccine = {'text': 'SegmentFlu '}
        self.assertWho('vaccination', ['Hoa', 'Lan'], **vaccine)
        last = {'timeframe': 'last', 'period': 3, 'period_unit': 'month'}
        self.assertWho('vaccination', ['Lan'], **vaccine, **last)
        self.assertWho('vaccination', ['Lan'], timeframe='since', date=self.ago(days=20), **vaccine)
        self.assertWho('vaccination', [], timeframe='since', date=self.ago(days=19), **vaccine)
        yearly = self.ago(days=20) - relativedelta(years=7)
        self.assertWho('vaccination', ['Lan'], timeframe='yearly', date=yearly, **vaccine)
        self.assertWho('vaccination', ['Hoa', 'Lan'], text="FLU")

    def test_procedure_and_observation(self):
        now = fields.Datetime.now()
        self.env['healthcare.procedure'].create(
            [
                {
                    'patient_id': self.hoa.id,
                    'code': '0SRD0J9',
                    'name': "Knee",
                    'status': 'completed',
                    'performed_at': now - timedelta(days=40),
                },
                {'patient_id': self.lan.id, 'name': "Knee"},
            ]
        )
        self.assertWho('procedure', ['Hoa'], text='knee')
        self.assertWho('procedure', [], text='knee', timeframe='last', period=1)
        self.env['healthcare.observation'].create(
            [
                {'patient_id': self.hoa.id, 'code': '4548-4', 'name': "HbA1c", 'value': 8.1},
                {
                    'patient_id': self.lan.id,
                    'code': '4548-4',
                    'name': "HbA1c",
                    'value': 5.9,
                    'date': now - timedelta(days=300),
                },
                {'patient_id': self.an.id, 'name': "HbA1c", 'status': 'entered-in-error'},
            ]
        )
        self.assertWho('observation', ['Hoa', 'Lan'], text='HbA1c')
        self.assertWho('observation', ['Hoa', 'Lan'], text='4548-4')
        self.assertWho('observation', ['Hoa'], text='hba1c', timeframe='last', period=6)
        self.assertWho('observation', ['Hoa'], text='HbA1c', amount_from=7)
        self.assertWho('observation', ['Lan'], text='HbA1c', amount_from=5, amount_to=6.5)

    # ------------------------------------------------------------ visits

    def test_seen_and_last_visit(self):
        lin = self.make_practitioner(
            company_id=self.clinic.id,
            specialty_ids=[Command.create({'name': "Segmentology"})],
        )
        service = self.make_service()
        self.come(self.hoa, 10, practitioner_id=lin.id)
        self.come(self.hoa, 300)
        self.come(self.lan, 300, service_id=service.id)
        self.come(self.an, 5, appointment_status='noshow')
        year = {'timeframe': 'last', 'period': 1, 'period_unit': 'year'}
        self.assertWho('visit', ['Hoa', 'Lan'], **year)
        self.assertWho('visit', ['Hoa'], timeframe='last', period=1)
        self.assertWho('visit', ['Hoa'], practitioner_ids=[Command.set(lin.ids)])
        self.assertWho('visit', ['Hoa'], specialty_ids=[Command.set(lin.specialty_ids.ids)])
        self.assertWho('visit', ['Lan'], service_ids=[Command.set(service.ids)])
        self.assertWho('last_visit', ['Lan'], number_from=6, number_to=12)
        self.assertWho('last_visit', ['Hoa'], number_to=6)
        self.assertWho('last_visit', ['Hoa'], number_from=1, number_to=2, period_unit='week')
        self.assertWho('missed', ['An'], **year)

    def test_visits_to_other_clinics_do_not_count(self):
        other = self.env['res.company'].create({'name': "Other"})
        self.come(self.hoa, 10, company_id=other.id)
        self.assertWho('visit', [])
        self.assertWho('frequency', [], number_from=1)

    def test_frequency_and_cycle(self):
        for days in (10, 41, 70):
            self.come(self.hoa, days)
        self.come(self.lan, 10)
        self.assertWho('frequency', ['Hoa'], number_from=3)
        self.assertWho('frequency', ['Lan'], number_from=1, number_to=2)
        self.assertWho('frequency', ['An', 'Lan'], number_to=2)
        self.assertWho('frequency', ['Hoa'], number_from=2, timeframe='last', period=2)
        self.assertWho('cycle', ['Hoa'], number_from=29, number_to=31)
        self.assertWho('cycle', [], number_from=31)

    def test_appointment_ahead(self):
        self.make_appointment(self.an, company_id=self.clinic.id)
        self.assertWho('coming', ['An'])

    def test_encounters(self):
        now = fields.Datetime.now()
        # nobody of the demo clinic is among those who spent most
        self.env['healthcare.encounter'].search([]).amount = 0
        self.env['healthcare.encounter'].create(
            [
                {
                    'patient_id': patient.id,
                    'encounter_class': where,
                    'priority': priority,
                    'severity': severity,
                    'start': now - timedelta(days=30),
                    'amount': amount,
                    'company_id': self.clinic.id,
                }
                for patient, where, priority, severity, amount in (
                    (self.hoa, 'inpatient', 'emergency', 'critical', 900_000),
                    (self.hoa, 'ambulatory', 'elective', 'normal', 200_000),
                    (self.lan, 'ambulatory', 'elective', 'normal', 500_000),
                )
            ]
        )
        self.assertWho('setting', ['Hoa'], options=['inpatient'])
        self.assertWho(
            'setting', [], options=['inpatient'], timeframe='last', period=1, period_unit='week'
        )
        self.assertWho('priority', ['Hoa'], options=['emergency', 'urgent'])
        self.assertWho('severity', ['Hoa', 'Lan'], options=['normal'])
        self.assertWho('spend', ['Hoa'], amount_from=1_000_000)
        self.assertWho('spend', ['Hoa', 'Lan'], amount_from=500_000)
        self.assertWho('spend', ['An', 'Lan'], amount_to=500_000)
        self.assertWho('top_spend', ['Hoa'], number_from=1)
        self.assertWho('top_spend', ['Hoa', 'Lan'], number_from=5)

    # ------------------------------------------------------------ contact

    def test_response(self):
        now = fields.Datetime.now()
        for patient, days in ((self.hoa, 10), (self.lan, 10), (self.an, 200)):
            self.make_communication(patient, status='sent', date=now - timedelta(days=days))
        self.make_communication(
            self.lan, direction='in', status='received', date=now - timedelta(days=9)
        )
        last = {'timeframe': 'last', 'period': 90, 'period_unit': 'day'}
        self.assertWho('response', ['Lan'], options=['answered'], **last)
        self.assertWho('response', ['Hoa'], options=['silent'], **last)
        self.assertWho('response', ['An'], options=['none'], **last)
        self.assertWho('response', ['An', 'Hoa'], options=['silent'])

    def test_consent(self):
        now = fields.Datetime.now()
        for patient in (self.hoa, self.lan):
            self.make_consent(patient, 'email', date=now - timedelta(days=2))
        self.make_consent(self.lan, 'email', 'deny', date=now - timedelta(days=1))
        purpose = {'purpose_id': self.purpose_reminder.id}
        self.assertWho('consent', ['Hoa'], options=['email'], **purpose)
        self.assertWho('consent', [], options=['sms'], **purpose)
        self.assertWho('consent', ['Hoa'], options=['sms', 'email'], **purpose)

    def test_reachable(self):
        self.hoa.email = self.lan.email = 'a@example.org'
        self.lan.contact_blocked = True
        self.assertWho('reachable', ['Hoa'], options=['email'])

    # ------------------------------------------------------------ every kind

    def test_every_kind_has_its_words(self):
        values = {
            'number_from': 2,
            'number_to': 3,
            'amount_from': 2,
            'text': "x",
            'timeframe': 'yearly',
            'date': '2020-10-01',
            'purpose_id': self.purpose_reminder.id,
            'practitioner_ids': [Command.create({'name': "Dr Lin"})],
            'source_ids': [Command.create({'name': "A source"})],
            'tag_ids': [Command.create({'name': "A tag"})],
            'segment_ids': [Command.create({'name': "Others"})],
        }
        fields = self.env['healthcare.segment.condition']._fields
        seen = set()
        for code, kind in KINDS.items():
            if not kind.is_offered(self.env):
                continue
            others = {
                name: self.env[fields[name].comodel_name].name_create("Another add-on's")[:1]
                for name in kind.required
                if isinstance(name, str) and name.endswith('_ids') and name not in values
            }
            options = [choice for choice, _label in kind.choices(self.env)][:2]
            for negative in (False, True):
                segment = self.make_segment(
                    {'kind': code, 'negative': negative, 'options': options, **values, **others}
                )
                sentence = segment.condition_ids.sentence
                with self.subTest(kind=code, negative=negative):
                    self.assertNotIn('%', sentence)
                    self.assertNotIn('not complete', sentence)
                    self.assertNotIn(sentence, seen)
                    seen.add(sentence)
                    scope = Scope.of(self.env, self.clinic)
                    self.assertIsInstance(kind.fact(segment.condition_ids, scope, self.hoa), str)
        self.assertIn("Not vaccinated against x since the last October 1", seen)
        self.assertIn("Aged 2 to 3", seen)

    def test_units(self):
        field = self.env['healthcare.segment.condition']._fields['period_unit']
        self.assertEqual(set(field.get_values(self.env)), set(UNITS))

    def test_what_cannot_be_met_is_refused(self):
        for values in (
            {'kind': 'age'},
            {'kind': 'age', 'number_from': 40, 'number_to': 25},
            {'kind': 'age', 'number_from': -1},
            {'kind': 'age', 'number_from': 2_000_000},
            {'kind': 'gender'},
            {'kind': 'gender', 'options': ['no such']},
            {'kind': 'gender', 'options': {'female': 1}},
            {'kind': 'illness'},
            {'kind': 'visit', 'timeframe': 'since'},
            {'kind': 'visit', 'timeframe': 'last', 'period': 0},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.make_segment(values)

    def test_hostile_text_is_only_text(self):
        for text in ("'; DROP TABLE res_partner; --", "%", "\\", "100%_", "{}", "%(patient)s"):
            with self.subTest(text=text):
                for kind in ('illness', 'vaccination', 'residence', 'observation'):
                    self.assertEqual(self.who({'kind': kind, 'text': text}), [])


@tagged('post_install', '-at_install')
class TestSegmentTogether(SegmentCase):
    def test_all_or_any(self):
        women, old = {'kind': 'gender', 'options': ['female']}, {'kind': 'age', 'number_from': 60}
        young = {'kind': 'age', 'number_to': 10}
        self.assertEqual(self.who(women, old), ['Lan'])
        self.assertEqual(self.who(old, young, match='any'), ['An', 'Lan'])
        self.assertEqual(
            self.who(old, domain="[('name', '=', 'Hoa')]", match='any'), ['Hoa', 'Lan']
        )
        self.assertEqual(self.who(women, domain="[('name', '=', 'Hoa')]"), ['Hoa'])

    def test_the_deceased_are_left_out_unless_wanted(self):
        self.lan.deceased = True
        self.assertEqual(self.who(), ['An', 'Hoa'])
        self.assertEqual(self.who(with_deceased=True), ['An', 'Hoa', 'Lan'])

    def test_segments_of_segments(self):
        women = self.make_segment({'kind': 'gender', 'options': ['female']}, name="Women")
        old = self.make_segment({'kind': 'age', 'number_from': 30}, name="Old")
        both = [Command.set((women | old).ids)]
        for looked_up in (False, True):
            with self.subTest(looked_up=looked_up):
                self.assertWho('segment', ['Hoa', 'Lan'], segment_ids=both, options=['any'])
                self.assertWho('segment', ['Hoa', 'Lan'], segment_ids=both, options=['all'])
                only = [Command.set(women.ids)]
                self.assertWho('segment', ['Hoa', 'Lan'], segment_ids=only)
            self.hoa.gender = 'male'
            women._refresh()
            old._refresh()
            self.assertWho('segment', ['Lan'], segment_ids=both, options=['all'])
            self.hoa.gender = 'female'
            women._refresh()

    def test_what_was_archived_is_still_asked(self):
        women = self.make_segment({'kind': 'gender', 'options': ['female']}, name="Women")
        women._refresh()
        service, lin = self.make_service(), self.make_practitioner(company_id=self.clinic.id)
        self.come(self.hoa, 10, service_id=service.id)
        self.come(self.lan, 10, practitioner_id=lin.id)
        tag = self.env['res.partner.category'].create({'name': "VIP"})
        self.an.category_id = tag
        for record in (women, service, lin, tag):
            record.active = False
        self.assertWho('segment', ['Hoa', 'Lan'], segment_ids=[Command.set(women.ids)])
        self.assertWho('visit', ['Hoa'], service_ids=[Command.set(service.ids)])
        self.assertWho('visit', ['Lan'], practitioner_ids=[Command.set(lin.ids)])
        self.assertWho('tag', ['An'], tag_ids=[Command.set(tag.ids)])

    def test_a_segment_is_never_made_of_itself(self):
        first = self.make_segment(name="First")
        second = self.make_segment(
            {'kind': 'segment', 'segment_ids': [Command.set(first.ids)]}, name="Second"
        )
        third = self.make_segment(
            {'kind': 'segment', 'segment_ids': [Command.set(second.ids)]}, name="Third"
        )
        for asked in (first, second, third):
            with self.subTest(asked=asked.name), self.assertRaises(ValidationError):
                first.condition_ids = [
                    Command.create({'kind': 'segment', 'segment_ids': [Command.set(asked.ids)]})
                ]

    def test_those_asked_are_looked_up_first(self):
        asked = self.make_segment({'kind': 'gender', 'options': ['male']}, name="Z men")
        asking = self.make_segment(
            {'kind': 'segment', 'segment_ids': [Command.set(asked.ids)], 'negative': True},
        )
        self.assertEqual((asking | asked)._after_those_asked(), asked | asking)
        self.assertEqual(
            [one.id for one in (asking | asked)._after_those_asked()], [asked.id, asking.id]
        )

    def test_a_changed_condition_is_looked_up_anew(self):
        segment = self.make_segment({'kind': 'age', 'number_from': 30})
        for change in (
            lambda: segment.condition_ids.write({'number_from': 50}),
            lambda: segment.write({'match': 'any'}),
            lambda: segment.write({'with_deceased': True}),
            lambda: segment.condition_ids.unlink(),
        ):
            segment._refresh()
            self.assertTrue(segment.refreshed_at)
            change()
            self.assertFalse(segment.refreshed_at)

    def test_a_copy_asks_the_same(self):
        segment = self.make_segment(
            {'kind': 'age', 'number_from': 30}, domain="[('name', '=', 'Hoa')]"
        )
        copy = segment.copy()
        self.assertEqual(copy.domain, segment.domain)
        self.assertEqual(copy.condition_ids.number_from, 30)


@tagged('post_install', '-at_install')
class TestSegmentAccess(SegmentCase):
    CLINICAL = {'kind': 'illness', 'text': 'E11'}

    def test_the_author_asks_only_for_what_they_may_read(self):
        admin, nurse = self.user('clinic_administrator'), self.user('nurse')
        values = {'name': "A", 'company_id': self.clinic.id}
        Segment = self.env['healthcare.segment']
        for condition in (self.CLINICAL, {'kind': 'spend', 'amount_from': 1}):
            values['condition_ids'] = [Command.create(condition)]
            Segment.with_user(nurse).create(values)
            with self.assertRaises(UserError):
                Segment.with_user(admin).create(values)
        plain = Segment.with_user(admin).create(values | {'condition_ids': []})
        for create in (
            lambda: plain.write({'condition_ids': [Command.create(self.CLINICAL)]}),
            lambda: plain.write({'domain': "[('condition_ids.code', '=like', 'E11%')]"}),
            lambda: plain.write({'stored_domain': "[]"}),
            lambda: self.env['healthcare.segment.condition']
            .with_user(admin)
            .create({'segment_id': plain.id, **self.CLINICAL}),
        ):
            with self.assertRaises(UserError):
                create()

    def test_conditions_are_read_by_those_who_may_know(self):
        segment = self.make_segment(
            self.CLINICAL,
            {'kind': 'insurance'},
            {'kind': 'age', 'number_from': 30},
            domain="[('condition_ids.code', '=like', 'E11%')]",
        )
        for role, count, domain in (
            ('nurse', 3, True),
            ('reception', 2, False),
            ('clinic_administrator', 2, False),
            ('marketing', 0, False),
        ):
            with self.subTest(role=role):
                self.env.invalidate_all()
                mine = segment.with_user(self.user(role))
                (read,) = mine.web_read(
                    {
                        'condition_ids': {'fields': {'sentence': {}, 'text': {}}},
                        'domain': {},
                        'sentence': {},
                        'has_hidden': {},
                    }
                )
                self.assertEqual(len(read['condition_ids']), count)
                self.assertEqual(bool(read['domain']), domain)
                self.assertEqual('E11' in str(read), domain)
                self.assertEqual(read['has_hidden'], not domain)
                self.assertEqual("may not read" in read['sentence'], not domain)
                with self.assertRaises(AccessError):
                    mine.read(['stored_domain'])
                conditions = self.env['healthcare.segment.condition'].with_user(mine.env.user)
                self.assertEqual(conditions.search_count([('segment_id', '=', segment.id)]), count)
                self.assertEqual(conditions.search_count([('text', '=', 'E11')]), domain)

    def test_nobody_changes_what_they_do_not_know(self):
        segment = self.make_segment(self.CLINICAL)
        mine = segment.with_user(self.user('clinic_administrator'))
        mine.name = "Renamed"
        for values in (
            {'match': 'any'},
            {'domain': "[('name', '=', 'Lan')]"},
            {'condition_ids': [Command.create({'kind': 'age', 'number_from': 3})]},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                mine.write(values)
        with self.assertRaises(UserError):
            self.env['healthcare.segment.condition'].with_user(mine.env.user).create(
                {'segment_id': segment.id, 'kind': 'age', 'number_from': 3}
            )

    def test_conditions_of_other_clinics_are_hidden(self):
        segment = self.make_segment({'kind': 'age', 'number_from': 3})
        other = self.make_user('nurse')
        conditions = self.env['healthcare.segment.condition'].with_user(other)
        self.assertFalse(conditions.search([('segment_id', '=', segment.id)]))

    def test_the_menu_offers_what_may_be_asked(self):
        def offered(role):
            menu = self.env['healthcare.segment.condition'].with_user(self.user(role)).get_menu()
            return {entry['kind'] for group in menu for entry in group['kinds']}

        self.assertEqual(
            offered('nurse'), {code for code, kind in KINDS.items() if kind.is_offered(self.env)}
        )
        self.assertIn('age', offered('clinic_administrator'))
        self.assertNotIn('illness', offered('clinic_administrator'))
        self.assertNotIn('insurance', offered('marketing'))


@tagged('post_install', '-at_install')
class TestSegmentCounting(SegmentCase):
    def changes(self, *conditions, **values):
        return {
            'name': "New",
            'company_id': self.clinic.id,
            'domain': '[]',
            'condition_ids': [
                [Command.CREATE, f'virtual_{n}', condition]
                for n, condition in enumerate(conditions)
            ],
            **values,
        }

    @property
    def Segment(self):
        return self.env['healthcare.segment']

    def local(self, **values):
        """Return changes about the patients of this clinic alone."""
        return {'domain': f"[('company_id', '=', {self.clinic.id})]", **values}

    def test_before_saving(self):
        women = {'kind': 'gender', 'options': ['female']}
        before = self.Segment.search_count([])
        answer = self.Segment.count_now(False, self.changes(women, **self.local()))
        self.assertEqual(answer['count'], 2)
        self.assertRegex(answer['text'], r'^2 patients · \d+\.\d s$')
        self.assertEqual(self.Segment.search_count([]), before)
        old = {'kind': 'age', 'number_from': 60}
        answer = self.Segment.count_now(False, self.changes(women, old, **self.local()))
        self.assertRegex(answer['text'], r'^1 patient · ')

    def test_with_changes_of_a_saved_one(self):
        segment = self.make_segment({'kind': 'gender', 'options': ['female']}, **self.local())
        self.assertEqual(self.Segment.count_now(segment.id, {})['count'], 2)
        change = {'condition_ids': [[1, segment.condition_ids.id, {'options': ['male']}]]}
        self.assertEqual(self.Segment.count_now(segment.id, change)['count'], 1)
        change = {'condition_ids': [[2, segment.condition_ids.id]]}
        self.assertEqual(self.Segment.count_now(segment.id, change)['count'], 3)
        self.assertEqual(segment.condition_ids.options, ['female'])

    def test_each_condition_alone(self):
        answer = self.Segment.funnel_now(
            False,
            self.changes(
                {'kind': 'gender', 'options': ['female']},
                {'kind': 'age', 'number_from': 60},
                **self.local(),
            ),
        )
        self.assertGreaterEqual(answer['all'], 3)
        self.assertEqual(
            [part['sentence'] for part in answer['parts']],
            ["Sex: Female", "Aged 60 or more", "More conditions"],
        )
        self.assertEqual(answer['parts'][2]['count'], 3)

    def test_a_sample(self):
        segment = self.make_segment({'kind': 'age', 'number_from': 60}, **self.local())
        answer = self.Segment.sample_now(segment.id, {})
        self.assertEqual(
            answer['patients'],
            [
                {
                    'id': self.lan.id,
                    'name': "Lan",
                    'detail': f'60 years, {self.lan.patient_number}',
                }
            ],
        )

    def test_what_takes_too_long_is_stopped(self):
        slow = self.Segment.new({'company_id': self.clinic.id})
        timeout = self.env.execute_query_dict
        self.assertTrue(timeout)
        self.patch(type(slow), '_set_limits', lambda one: None)
        self.patch(
            type(slow),
            '_count_all',
            lambda one, scope: one.env.cr.execute(
                "SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(3)", log_exceptions=False
            ),
        )
        answer = self.Segment.count_now(False, self.changes())
        self.assertIn("was stopped", answer['problem'])
        self.env.cr.execute("SHOW statement_timeout")
        self.assertEqual(self.env.cr.fetchone()[0], '0')

    def test_hostile_input(self):
        nurse = self.Segment.with_user(self.user('nurse'))
        for changes in (
            self.changes(domain='[('),
            self.changes(domain="[('no_such_field', '=', 1)]"),
            self.changes(domain="__import__('os').system('true')"),
            self.changes({'kind': 'age'}),
            self.changes({'kind': 'age', 'number_from': "many"}),
            self.changes({'kind': 'no such kind'}),
            self.changes({'number_from': 3}),
            self.changes({'kind': 'gender', 'options': ['x']}),
            self.changes(condition_ids="x"),
            self.changes(condition_ids=[[1, 2]]),
            [],
            None,
            'x',
        ):
            with self.subTest(changes=changes):
                answer = nurse.count_now(False, changes)
                self.assertTrue(answer.get('problem') or answer['count'] == 0)

    def test_who_may_count(self):
        clinical = self.changes({'kind': 'illness', 'text': 'E11'})
        nurse, admin = self.user('nurse'), self.user('clinic_administrator')
        self.assertIn('count', self.Segment.with_user(nurse).count_now(False, clinical))
        self.assertIn('problem', self.Segment.with_user(admin).count_now(False, clinical))
        hidden = self.changes(domain="[('condition_ids.code', '=like', 'E11%')]")
        self.assertIn('problem', self.Segment.with_user(admin).count_now(False, hidden))
        for role in ('marketing', 'reception'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.Segment.with_user(self.user(role)).count_now(False, self.changes())

    def test_not_of_other_clinics(self):
        nurse = self.make_user('nurse')
        with self.assertRaises(AccessError):
            self.Segment.with_user(nurse).count_now(False, self.changes())
        segment = self.make_segment()
        with self.assertRaises(AccessError):
            self.Segment.with_user(nurse).count_now(segment.id, {})

    def test_hidden_conditions_are_not_counted_with(self):
        segment = self.make_segment({'kind': 'illness', 'text': 'E11'})
        with self.assertRaises(AccessError):
            self.Segment.with_user(self.user('clinic_administrator')).count_now(
                segment.id, {'domain': "[('name', '=', 'Lan')]"}
            )


@tagged('post_install', '-at_install')
class TestSegmentExplanation(SegmentCase):
    def setUp(self):
        super().setUp()
        self.env['healthcare.immunization'].create(
            {
                'patient_id': self.lan.id,
                'vaccine_code': 'segmentflu',
                'name': "Flu",
                'date': '2026-10-03',
            }
        )
        self.segment = self.make_segment(
            {'kind': 'age', 'number_from': 25, 'number_to': 65},
            {'kind': 'vaccination', 'text': 'segmentflu', 'negative': True},
        )
        self.segment._refresh()

    def explained(self, patient, role='nurse'):
        answer = self.segment.with_user(self.user(role)).explain(patient.id)
        return answer, [(part['sentence'], part['met'], part['fact']) for part in answer['parts']]

    def test_why_in(self):
        answer, parts = self.explained(self.hoa)
        self.assertTrue(answer['is_in'])
        self.assertTrue(answer['since'])
        self.assertEqual(
            parts,
            [
                ("Aged 25 to 65", True, '33'),
                ("Not vaccinated against segmentflu at any time", True, ''),
            ],
        )

    def test_why_out(self):
        answer, parts = self.explained(self.lan)
        self.assertFalse(answer['is_in'] or answer['since'])
        self.assertEqual(parts[1][1:], (False, '10/03/2026'))
        self.hoa.deceased = True
        answer, parts = self.explained(self.hoa)
        self.assertFalse(answer['is_in'])
        self.assertEqual(parts[0], ("The patient is deceased", False, ''))

    def test_only_what_the_reader_may_read(self):
        _answer, parts = self.explained(self.lan, 'reception')
        self.assertEqual(
            parts, [("Aged 25 to 65", True, '60'), ("Something you may not read", None, '')]
        )
        self.segment.domain = "[('condition_ids', '=', False)]"
        _answer, parts = self.explained(self.lan, 'reception')
        self.assertEqual(parts[2], ("Something you may not read", None, ''))
        _answer, parts = self.explained(self.lan, 'nurse')
        self.assertEqual(parts[2], ("More conditions", True, ''))

    def test_not_for_those_who_may_not_know_who_is_in(self):
        with self.assertRaises(AccessError):
            self.explained(self.lan, 'marketing')
        with self.assertRaises(AccessError):
            self.segment.with_user(self.make_user('nurse')).explain(self.lan.id)
        with self.assertRaises(UserError):
            self.explained(self.env.user.partner_id)
