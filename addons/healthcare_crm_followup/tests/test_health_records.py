from datetime import datetime, timedelta

from odoo.tests import new_test_user, tagged

from ..engine import graph, placeholders
from ..engine.subjects import SUBJECTS
from .common import NOW, FollowupCase

DAY = timedelta(days=1)
DIED = [['patient_id.deceased', '=', True]]
RECORDS = {
    'healthcare.condition': {'name': "Pregnancy", 'code': 'Z34'},
    'healthcare.medication': {'name': "Metformin", 'code': 'A10BA02'},
    'healthcare.procedure': {'name': "Knee replacement"},
    'healthcare.observation': {'name': "HbA1c", 'code': '4548-4'},
    'healthcare.immunization': {'name': "Influenza", 'vaccine_code': 'influenza'},
    'healthcare.family.history': {'name': "Stroke", 'relationship': 'FTH'},
    'healthcare.lifestyle': {'smoking': 'never'},
    'healthcare.alert': {'kind': 'hearing'},
    'healthcare.coverage': {},
    'healthcare.referral': {},
    'healthcare.waitlist.entry': {},
}
#: records whose coming has a name of its own
NAMED = {
    'healthcare.allergy': ({'name': "Penicillin"}, 'allergy_recorded'),
    'healthcare.document': ({'name': "Blood count"}, 'document_added'),
    'healthcare.encounter': ({}, 'encounter_finished'),
}


class HealthRecordCase(FollowupCase):
    def start(self, subject, trigger, now=NOW, **values):
        """Publish a workflow about ``subject`` that opens a task; return it."""
        return self.publish(
            {
                'schema': graph.SCHEMA,
                'subject': subject,
                'tz': 'Asia/Taipei',
                'triggers': {'t1': trigger},
                'entry': [],
                'start': 'call',
                'steps': {
                    'call': {
                        'kind': 'care_task',
                        'name': "Call",
                        'task': 'call',
                        'role': 'nurse',
                        'hours': 24,
                        'next': {},
                    }
                },
            }
            | values,
            now,
        )

    def make(self, model, **values):
        """Return a record of ``model``, of a new patient unless told otherwise."""
        if 'patient_id' not in values:
            values['patient_id'] = self.patient().id
        return self.env[model].create(RECORDS[model] | values)

    def department(self):
        return self.env['healthcare.department'].create({'name': "Heart"})

    def listen(self):
        """Let a workflow run, so that happenings are noted."""
        self.start('res.partner', {'kind': 'hook'})

    def told(self):
        """Return what was noted since the last call, in order: (code, model, fields)."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE healthcare_workflow_event SET processed_at = now() WHERE processed_at IS NULL
            RETURNING id, kind, subject_model, payload
            """
        )
        return [
            (kind, model, (payload or {}).get('fields'))
            for _id, kind, model, payload in sorted(self.env.cr.fetchall(), key=lambda row: row[0])
        ]


@tagged('post_install', '-at_install')
class TestRecordHappenings(HealthRecordCase):
    def test_a_new_stage_has_a_name_of_its_own(self):
        self.listen()
        condition = self.make('healthcare.condition', stage="Preparation")
        self.told()
        condition.write({'stage': "Aftercare", 'onset_date': '2030-01-01'})
        self.assertEqual(
            self.told(),
            [
                ('changed', 'healthcare.condition', ['onset_date', 'stage']),
                ('stage_changed', 'healthcare.condition', None),
            ],
        )
        condition.onset_date = '2030-01-02'
        self.assertEqual([code for code, *_rest in self.told()], ['changed'])

    def test_what_comes_has_a_name_of_its_own(self):
        self.listen()
        patient = self.patient()
        self.told()
        for model, (values, code) in NAMED.items():
            with self.subTest(model=model):
                record = self.env[model].create({'patient_id': patient.id, **values})
                self.assertEqual(self.told(), [('created', model, None), (code, model, None)])
                status = record._status_field
                record[status] = 'entered-in-error'
                self.assertEqual(self.told(), [('changed', model, [status])])
        patient.action_no_known_allergies()
        self.assertEqual([code for code, *_rest in self.told()], ['created'])

    def test_a_value_outside_what_is_usual(self):
        self.listen()
        patient = self.patient()
        self.told()
        values = {'patient_id': patient.id, 'code': '4548-4', 'name': "HbA1c"}
        usual = self.env['healthcare.observation'].create(values | {'value': 5.2})
        self.assertEqual([code for code, *_rest in self.told()], ['created'])
        usual.value = 9
        self.assertEqual(
            [code for code, *_rest in self.told()], ['changed', 'observation_abnormal']
        )
        usual.value = 9.5
        self.assertEqual([code for code, *_rest in self.told()], ['changed'], "it was already")
        self.env['healthcare.observation'].create(values | {'value': 9})
        self.assertEqual(
            [code for code, *_rest in self.told()], ['created', 'observation_abnormal']
        )

    def test_a_workflow_follows_a_value_outside_what_is_usual(self):
        self.start('res.partner', {'kind': 'event', 'event': 'observation_abnormal'})
        patients = self.patient(), self.patient("Binh")
        for patient, value in zip(patients, (9, 5.2), strict=True):
            self.env['healthcare.observation'].create(
                {'patient_id': patient.id, 'code': '4548-4', 'name': "HbA1c", 'value': value}
            )
        self.go(NOW)
        self.assertEqual([len(self.tasks(patient)) for patient in patients], [1, 0])

    def test_what_happens_to_the_patient_besides_may_be_a_reason_to_leave(self):
        lost = ['patient_id.condition_ids', 'any', [['code', '=', 'O03']]]
        exits = [{'name': "Lost", 'domain': [lost]}, {'name': "Died", 'domain': DIED}]
        self.start(
            'healthcare.condition',
            {'kind': 'event', 'event': 'created'},
            entry=[['code', '=', 'Z34']],
            exits=exits,
        )
        first, second, third = [self.make('healthcare.condition') for _number in range(3)]
        self.go(NOW)
        self.make('healthcare.condition', patient_id=first.patient_id.id, code='O03', name="Loss")
        self.make('healthcare.condition', patient_id=second.patient_id.id, code='J00', name="Cold")
        third.patient_id.deceased = True
        self.go(NOW + timedelta(hours=1))
        patients = first.patient_id + second.patient_id + third.patient_id
        left = [patient.enrollment_ids.exit_detail for patient in patients]
        self.assertEqual(left, ["Lost", False, "Died"])
        self.assertEqual(self.tasks(first.patient_id).state, 'cancelled')

    def test_the_emergency_number_is_that_of_the_clinics_country(self):
        patient = self.patient(lang='vi_VN', company_id=self.env.company.id)
        for country, number in (('base.tw', '119'), ('base.vn', '115'), ('base.fr', '112')):
            self.env.company.country_id = self.env.ref(country)
            found = placeholders.values(
                self.env, patient, self.env['calendar.event'], 'vi_VN', {'emergency_number'}
            )
            self.assertEqual(found, {'emergency_number': number})

    def test_created_changed_deleted(self):
        self.listen()
        status = {
            'healthcare.condition': {'clinical_status': 'resolved'},
            'healthcare.referral': {'status': 'on-hold'},
            'healthcare.waitlist.entry': {'status': 'cancelled'},
        }
        patient = self.patient()
        self.told()
        for model in RECORDS:
            with self.subTest(model=model):
                record = self.make(model, patient_id=patient.id)
                self.assertEqual(self.told(), [('created', model, None)])
                values = status.get(model, {'status': 'entered-in-error'})
                record.write(values)
                record.write(values)  # the same again
                self.assertEqual(self.told(), [('changed', model, list(values))])
                record.unlink()
                self.assertEqual(self.told(), [('deleted', model, None)])

    def test_a_date_that_follows_from_another(self):
        self.listen()
        medication = self.make('healthcare.medication')
        self.told()
        medication.days_supply = 30
        self.assertEqual(self.told(), [('changed', 'healthcare.medication', ['supply_end_date'])])
        medication.dose = "twice a day"
        self.assertFalse(self.told())

    def test_a_procedure_is_completed(self):
        self.listen()
        procedure = self.make('healthcare.procedure', performed_at=NOW)
        self.told()
        procedure.status = 'completed'
        self.assertIn(('procedure_completed', 'healthcare.procedure', None), self.told())
        procedure.outcome = "Well"
        self.assertFalse(self.told())
        self.make('healthcare.procedure', performed_at=NOW, status='completed')
        self.assertIn(('procedure_completed', 'healthcare.procedure', None), self.told())

    def test_a_referral_from_sending_to_answer(self):
        self.listen()
        referral = self.make('healthcare.referral', department_id=self.department().id)
        self.told()
        referral.action_send()
        self.assertIn(('referral_sent', 'healthcare.referral', None), self.told())
        referral.action_complete()
        self.assertIn(('referral_completed', 'healthcare.referral', None), self.told())

    def test_an_answer_is_overdue_once_for_each_deadline(self):
        self.listen()
        referral = self.make('healthcare.referral', department_id=self.department().id)
        referral.action_send()
        cron = self.env.ref('healthcare_crm_followup.ir_cron_referral_overdue')
        overdue = ('referral_overdue', 'healthcare.referral', None)

        def run():
            self.told()
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
            return self.told()

        run()  # what is overdue in the demo clinic
        self.assertNotIn(overdue, run())
        ago = datetime.now().replace(microsecond=0) - timedelta(days=9)
        referral.write({'sent_at': ago, 'deadline': ago + DAY})
        self.assertIn(overdue, run())
        self.assertNotIn(overdue, run())
        later = datetime.now().replace(microsecond=0) + DAY
        referral.deadline = later
        self.assertNotIn(overdue, run())
        self.env.cr.execute(
            "UPDATE healthcare_referral SET deadline = now() at time zone 'utc' - interval '1 min',"
            " overdue_told_at = now() at time zone 'utc' - interval '1 hour' WHERE id = %s",
            [referral.id],
        )
        referral.invalidate_recordset()
        self.assertIn(overdue, run())
        referral.answered_at = datetime.now()
        self.env.cr.execute(
            'UPDATE healthcare_referral SET overdue_told_at = NULL WHERE id = %s', [referral.id]
        )
        self.assertNotIn(overdue, run())

    def test_a_patient_recommends_the_clinic(self):
        self.listen()
        an = self.patient()
        contact = self.env['res.partner'].create({'name': "Taxi driver"})
        self.told()
        told = ('patient_recommended', 'res.partner', None)
        self.patient("Binh", referrer_id=an.id)
        self.assertIn(told, self.told())
        self.patient("Chi", referrer_id=contact.id)
        self.assertNotIn(told, self.told())
        dung = self.patient("Dung")
        dung.referrer_id = an
        self.assertIn(told, self.told())
        dung.referrer_id = an
        self.assertNotIn(told, self.told())

    def test_of_whom_it_is_told(self):
        an = self.patient()
        self.start('res.partner', {'kind': 'event', 'event': 'patient_recommended'})
        binh = self.patient("Binh", referrer_id=an.id)
        self.go(NOW)
        self.assertTrue(self.tasks(an))
        self.assertFalse(self.tasks(binh))


@tagged('post_install', '-at_install')
class TestRecordTriggers(HealthRecordCase):
    def test_the_medicine_runs_out_in_a_week(self):
        trigger = {'kind': 'date', 'field': 'supply_end_date', 'amount': -7, 'unit': 'days'}
        self.start('healthcare.medication', trigger)
        medication = self.make('healthcare.medication', start_date=NOW.date(), days_supply=28)
        patient = medication.patient_id
        self.go(NOW + 20 * DAY)
        self.assertFalse(self.tasks(patient))
        self.go(NOW + 22 * DAY)
        self.assertEqual(len(self.tasks(patient)), 1)

    def test_it_follows_a_longer_supply(self):
        trigger = {'kind': 'date', 'field': 'supply_end_date', 'amount': -7, 'unit': 'days'}
        self.start('healthcare.medication', trigger)
        medication = self.make('healthcare.medication', start_date=NOW.date(), days_supply=28)
        self.go(NOW)
        medication.days_supply = 56
        self.go(NOW + 22 * DAY)
        self.assertFalse(self.tasks(medication.patient_id))
        self.go(NOW + 50 * DAY)
        self.assertEqual(len(self.tasks(medication.patient_id)), 1)

    def test_three_months_after_the_last_test(self):
        trigger = {
            'kind': 'cycle',
            'of': 'healthcare.observation',
            'date': 'date',
            'amount': 3,
            'unit': 'months',
            'domain': [['code', '=', '4548-4'], ['status', 'in', ['final', 'amended']]],
        }
        patient = self.patient()
        for months, code in ((0, '4548-4'), (1, '4548-4'), (2, '2089-1')):
            self.make(
                'healthcare.observation',
                patient_id=patient.id,
                code=code,
                date=NOW + months * 30 * DAY,
            )
        flow = self.start('res.partner', trigger, NOW + 60 * DAY)
        for days, expected in ((100, 0), (118, 0), (120, 1), (130, 1)):
            flow._sweep(NOW + days * DAY, self._no_commit)
            self.go(NOW + days * DAY)
            with self.subTest(days=days):
                self.assertEqual(len(self.tasks(patient)), expected)

    def test_what_is_gone(self):
        gone = {
            'healthcare.condition': ({'onset_date': NOW.date()}, 'onset_date', 'resolved'),
            'healthcare.medication': ({'start_date': NOW.date()}, 'start_date', 'stopped'),
            'healthcare.procedure': ({'performed_at': NOW}, 'performed_at', 'not-done'),
            'healthcare.observation': ({'date': NOW}, 'date', 'entered-in-error'),
            'healthcare.immunization': ({'date': NOW.date()}, 'date', 'entered-in-error'),
            'healthcare.lifestyle': ({'date': NOW.date()}, 'date', 'entered-in-error'),
            'healthcare.alert': (
                {'date_to': '2200-01-01', 'date_from': NOW.date()},
                'date_from',
                'inactive',
            ),
            'healthcare.coverage': ({'end_date': NOW.date()}, 'end_date', 'cancelled'),
            'healthcare.referral': ({'sent_at': NOW}, 'sent_at', 'revoked'),
            'healthcare.waitlist.entry': ({'date_from': NOW.date()}, 'date_from', 'cancelled'),
        }
        for model, (values, field, status) in gone.items():
            self.start(model, {'kind': 'date', 'field': field, 'amount': 7, 'unit': 'days'})
            kept, left = self.make(model, **values), self.make(model, **values)
            self.go(NOW)
            left['clinical_status' if model == 'healthcare.condition' else 'status'] = status
            self.go(NOW + 9 * DAY)
            with self.subTest(model=model):
                self.assertTrue(self.tasks(kept.patient_id))
                self.assertFalse(self.tasks(left.patient_id))

    def test_every_record_is_a_subject(self):
        self.assertLessEqual(set(RECORDS), set(SUBJECTS))
        choices = dict(self.env['healthcare.workflow']._selection_subject_model())
        for model in RECORDS:
            with self.subTest(model=model):
                self.assertIn(model, choices)
                self.assertEqual(SUBJECTS[model].table, self.env[model]._table)

    def test_a_slot_is_offered_and_taken_by_link(self):
        offer = {
            'kind': 'message',
            'name': "Offer",
            'purpose': self.reminder.id,
            'channels': ['sms'],
            'templates': {'sms': {'body': {'en_US': "{appointment_time}? {confirm_link}"}}},
            'next': {},
        }
        self.start(
            'healthcare.waitlist.entry',
            {'kind': 'event', 'event': 'slot_freed'},
            steps={'offer': offer},
            start='offer',
        )
        an, binh = self.patient(), self.patient("Binh")
        entry = self.make('healthcare.waitlist.entry', patient_id=binh.id, date_from=NOW.date())
        self.appointment(an).action_cancel()
        self.assertEqual(entry.status, 'offered')
        self.go(NOW)
        message = self.ledger(binh)
        self.assertEqual(message.status, 'sent', message.reason)
        self.assertEqual(message.appointment_id, entry.appointment_id)
        self.assertEqual(message.appointment_id.start, NOW + 2 * DAY)
        self.assertIn("9:00", self.sent[0].body)
        self.assertIn('/healthcare/appointment/', self.sent[0].body)
        entry.appointment_id._patient_confirm()
        self.assertEqual(entry.status, 'booked')

    def test_yes_on_the_phone_books_the_offered_slot(self):
        self.start('healthcare.waitlist.entry', {'kind': 'event', 'event': 'slot_freed'})
        entry = self.make('healthcare.waitlist.entry', date_from=NOW.date())
        self.appointment(self.patient("Binh")).action_cancel()
        self.go(NOW)
        task = self.tasks(entry.patient_id)
        self.assertEqual(task.appointment_id, entry.appointment_id)
        task.action_confirmed()
        self.assertEqual(entry.status, 'booked')
        self.assertEqual(entry.appointment_id.patient_response, 'accepted')

    def test_who_does_not_answer_makes_room_for_the_next(self):
        action = self.env.ref('healthcare_crm_followup.action_waitlist_next')
        steps = {
            'wait': {
                'kind': 'wait',
                'name': "Wait",
                'amount': 2,
                'unit': 'hours',
                'next': {'done': 'next'},
            },
            'next': {'kind': 'action', 'name': "Next", 'action': action.id, 'next': {}},
        }
        self.start(
            'healthcare.waitlist.entry',
            {'kind': 'event', 'event': 'slot_freed'},
            steps=steps,
            start='wait',
        )
        first = self.make('healthcare.waitlist.entry', date_from=NOW.date())
        self.appointment(self.patient("Binh")).action_cancel()
        second = self.make('healthcare.waitlist.entry', date_from=NOW.date())
        self.go(NOW)
        self.go(NOW + timedelta(hours=3))
        self.assertEqual((first | second).mapped('status'), ['declined', 'offered'])


@tagged('post_install', '-at_install')
class TestRecordTasks(HealthRecordCase):
    def test_a_task_says_what_it_is_about_to_those_who_may_know(self):
        self.start('healthcare.medication', {'kind': 'event', 'event': 'created'})
        medication = self.make('healthcare.medication')
        self.go(NOW)
        task = self.tasks(medication.patient_id)
        for role, words in (('nurse', "Medication: Metformin"), ('call_desk', "Medication")):
            user = new_test_user(self.env, f'about_{role}', f'healthcare_crm.group_{role}')
            with self.subTest(role=role):
                self.assertEqual(task.with_user(user).subject_name, words)
        action = task.action_open_subject()
        self.assertEqual((action['res_model'], action['res_id']), (medication._name, medication.id))

    def test_a_referral_is_named_by_where_it_goes(self):
        self.start('healthcare.referral', {'kind': 'event', 'event': 'referral_sent'})
        referral = self.make(
            'healthcare.referral', department_id=self.department().id, status='active'
        )
        self.go(NOW)
        self.assertEqual(
            self.tasks(referral.patient_id).subject_name, "Referral: Referral to Heart"
        )

    def test_a_task_about_a_patient_says_no_more(self):
        self.start('res.partner', {'kind': 'event', 'event': 'patient_created'})
        patient = self.patient()
        self.go(NOW)
        self.assertFalse(self.tasks(patient).subject_name)

    def test_messages_say_the_day_and_the_workflows_clinic(self):
        branch = self.env['res.company'].create({'name': "Branch", 'phone': '+886 2 2700 9999'})
        trigger = {'kind': 'date', 'field': 'supply_end_date', 'amount': -7, 'unit': 'days'}
        flow = self.start('healthcare.medication', trigger)
        medication = self.make('healthcare.medication', start_date=NOW.date(), days_supply=28)
        self.go(NOW)
        flow.company_id = branch
        message = self.env['healthcare.communication'].create(
            {
                'patient_id': medication.patient_id.id,
                'channel': 'sms',
                'enrollment_id': medication.patient_id.enrollment_ids.id,
            }
        )

        def said(name):
            return placeholders.values(
                self.env,
                medication.patient_id,
                self.env['calendar.event'],
                'en_US',
                {name},
                message,
            )[name]

        self.assertEqual(said('due_date'), "Monday, February 4, 2030")
        self.assertEqual(said('clinic'), "Branch")
        self.assertEqual(said('clinic_phone'), '+886 2 2700 9999')
        message = None
        self.assertEqual(said('due_date'), '')
