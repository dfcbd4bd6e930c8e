# Part of Healthcare CRM for Odoo. License LGPL-3.
import base64
import csv
import io
import re
from datetime import date, datetime, timedelta
from inspect import getsource
from unittest.mock import patch

import openpyxl
import psycopg2.errors
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.importing import columns, reading, spreadsheets
from odoo.addons.healthcare_crm.importing.problems import LEVELS
from odoo.addons.healthcare_crm.models import healthcare_import
from odoo.addons.healthcare_crm.models.healthcare_import import RESULTS
from odoo.addons.healthcare_crm.models.healthcare_import_column import (
    APPOINTMENT_FIELDS,
    PATIENT_FIELDS,
)
from odoo.addons.healthcare_crm.models.healthcare_import_problem import (
    FILE_SENTENCES,
    NOTE_SENTENCES,
    PROBLEM_SENTENCES,
)
from odoo.addons.healthcare_crm.models.healthcare_import_writer import PatientWriter

PATIENTS = """\
PatientId,Name,Gender,BirthDate,Language,Email,Phone,PreferredChannel,ReminderConsent,Diabetes
90071992547409930.0,Lin Mei,F,1954-03-27,zh_TW,mei@example.org,0912345678,phone,yes,1
8.0,Nguyễn An,M,,vi_VN,,+84 91 234 5678,,no,0
9.0,Smith,,,en_US,,,,,0
"""
APPOINTMENTS = """\
PatientId,AppointmentID,Gender,ScheduledDay,AppointmentDay,Age,Diabetes,SMS_received,No_show
90071992547409930.0,71,F,2016-04-29 18:38:08,2016-05-03,62.0,1,1,No
8.0,72,M,2016-04-29 16:08:27,2016-05-03 09:30:00,-1.0,0,0,Yes
"""
MANY = "PatientId,Name\n" + "".join(f"{n},Patient number {n}\n" for n in range(100, 110))


class ImportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.country_id = cls.env.ref('base.tw')
        cls.company.resource_calendar_id.tz = 'Asia/Taipei'
        cls.system = cls.env['healthcare.identifier.system'].create(
            {
                'name': "Former system",
                'code': 'former',
            }
        )
        cls.admin = new_test_user(
            cls.env,
            'import_admin',
            groups='healthcare_crm.group_clinic_administrator',
            tz='Asia/Taipei',
        )
        cls.reminder = cls.env.ref('healthcare_crm.consent_purpose_reminder')

    def make(self, text, name='file.csv', **vals):
        """A file that was uploaded and read."""
        record = (
            self.env['healthcare.import']
            .with_user(self.admin)
            .create(
                {
                    'file': base64.b64encode(text if isinstance(text, bytes) else text.encode()),
                    'file_name': name,
                    'system_id': self.system.id,
                    **vals,
                }
            )
        )
        record.action_read()
        return record

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm.ir_cron_healthcare_import').method_direct_trigger()
        self.env.invalidate_all()

    def load(self, text, **vals):
        """A file that was imported."""
        record = self.make(text, **vals)
        record.action_check()
        record.action_import()
        self.run_cron()
        self.assertEqual(record.state, 'done', record.failure)
        self.assertEqual(self.count(record), record.row_count, "every line is accounted for")
        return record

    def count(self, record):
        return sum(record[f'{result}_count'] for result in RESULTS)

    def patient(self, number):
        return (
            self.env['healthcare.patient.identifier']
            .search(
                [
                    ('system_id', '=', self.system.id),
                    ('value', '=', number),
                ]
            )
            .patient_id
        )

    def appointment(self, number):
        return self.env['calendar.event'].search(
            [
                ('identifier_system_id', '=', self.system.id),
                ('identifier_value', '=', number),
            ]
        )

    def codes(self, record):
        return [(item.line, item.code) for item in record.problem_ids.sorted()]

    def database(self):
        """How many rows there are of everything an import writes."""
        counts = {
            model: self.env[model].with_context(active_test=False).search_count([])
            for model in (
                'res.partner',
                'calendar.event',
                'healthcare.patient.identifier',
                'healthcare.consent',
                'healthcare.communication',
                'mail.message',
                'res.lang',
            )
        }
        return counts | {'languages': self.env['res.lang'].search_count([])}


@tagged('post_install', '-at_install')
class TestImport(ImportCase):
    def test_patients(self):
        record = self.load(PATIENTS)
        self.assertEqual((record.kind, record.created_count), ('patients', 3))
        patient = self.patient('90071992547409930')
        self.assertRecordValues(
            patient,
            [
                {
                    'name': "Lin Mei",
                    'is_patient': True,
                    'gender': 'female',
                    'birth_date': date(1954, 3, 27),
                    'lang': 'zh_TW',
                    'email': 'mei@example.org',
                    'phone': '+886912345678',
                    'preferred_channel': 'call',
                    'create_uid': self.admin.id,
                }
            ],
        )
        self.assertTrue(patient.patient_number)
        self.assertEqual(
            {(c.channel, c.decision, c.method) for c in patient.consent_ids},
            {(channel, 'permit', 'import') for channel in ('email', 'sms', 'call')},
        )
        refused = self.patient('8')
        self.assertEqual(set(refused.consent_ids.mapped('decision')), {'deny'})
        self.assertEqual(refused.phone, '+84912345678')
        never_asked = self.patient('9')
        self.assertFalse(never_asked.consent_ids)
        self.assertFalse(never_asked.birth_date)
        self.assertFalse(never_asked.gender)

    def test_appointments(self):
        self.load(PATIENTS)
        record = self.load(APPOINTMENTS)
        self.assertEqual((record.kind, record.created_count), ('appointments', 2))
        self.assertRecordValues(
            self.appointment('71') + self.appointment('72'),
            [
                {
                    'patient_id': self.patient('90071992547409930').id,
                    'allday': True,
                    'start_date': date(2016, 5, 3),
                    'stop_date': date(2016, 5, 3),
                    'appointment_status': 'fulfilled',
                    'booked_at': datetime(2016, 4, 29, 10, 38, 8),
                    'reminder_channel': 'sms',
                    'privacy': 'private',
                },
                {
                    'patient_id': self.patient('8').id,
                    'allday': False,
                    'start_date': False,
                    'stop_date': False,
                    'appointment_status': 'noshow',
                    'booked_at': datetime(2016, 4, 29, 8, 8, 27),
                    'reminder_channel': 'none',
                    'privacy': 'private',
                },
            ],
        )
        self.assertEqual(self.appointment('72').start, datetime(2016, 5, 3, 1, 30))
        self.assertRecordValues(
            self.appointment('71').communication_ids,
            [
                {
                    'status': 'sent',
                    'channel': 'sms',
                    'purpose_id': self.reminder.id,
                    'patient_id': self.patient('90071992547409930').id,
                }
            ],
        )
        self.assertFalse(self.appointment('72').communication_ids)
        self.assertEqual(self.codes(record), [(3, 'negative_age')])
        self.assertIn("1 lines have a date without a time", record.notes)
        self.assertIn("Column “Diabetes” is not imported: health data", record.notes)

    def test_no_show_says_nothing_about_an_appointment_to_come(self):
        self.load(PATIENTS)
        self.load(
            "PatientId,AppointmentID,AppointmentDay,No_show\n8,1,2099-05-03,No\n9,2,2016-05-03,No\n"
        )
        self.assertEqual(self.appointment('1').appointment_status, 'booked')
        self.assertEqual(self.appointment('2').appointment_status, 'fulfilled')

    def test_appointments_of_strangers(self):
        """A patient nobody knows is created once, reported, and completed by the next file."""
        text = "PatientId,AppointmentID,AppointmentDay,Gender,Age\n"
        text += "8.0,1,2016-05-03,F,62\n8.0,2,2016-05-04,F,62\n"
        record = self.make(text)
        record.action_check()
        self.assertEqual(self.codes(record), [(2, 'patient_created')])
        record.action_import()
        self.run_cron()
        self.assertEqual(self.codes(record), [(2, 'patient_created')])
        patient = self.patient('8')
        self.assertEqual(patient.name, "Patient 8")
        self.assertEqual(patient.gender, 'female')
        self.assertFalse(patient.birth_date, "an age is no birth date")
        self.assertEqual(patient.appointment_count, 2)
        record = self.load("PatientId,Name,Language\n8,Lin Mei,en_US\n")
        self.assertEqual((record.updated_count, record.warning_count), (1, 0))
        self.assertRecordValues(patient, [{'name': "Lin Mei", 'lang': 'en_US'}])

    def test_the_check_writes_nothing_and_foretells(self):
        self.load(PATIENTS)
        text = (
            "PatientId,Name,Email,ReminderConsent\n"
            "8.0,Nguyễn An,an@example.org,no\n9.0,Smith,,\n9.0,Smith,,\n10,Wu,nobody,yes\n11,,,\n"
        )
        record = self.make(text)
        before = self.database()
        sequence = self.env['ir.sequence'].search([('code', '=', 'healthcare.patient')], limit=1)
        number = sequence.number_next_actual
        record.action_check()
        self.assertEqual(self.database(), before)
        self.assertEqual(sequence.number_next_actual, number)
        self.assertFalse(self.patient('8').email)
        names = [*(f'{result}_count' for result in RESULTS), 'warning_count', 'note_counts']
        foretold = record.read(names)
        self.assertEqual(
            [foretold[0][f'{result}_count'] for result in RESULTS],
            [1, 0, 1, 1, 1, 1],
        )
        codes = self.codes(record)
        record.action_import()
        self.run_cron()
        self.assertEqual(record.state, 'done')
        self.assertEqual(record.read(names), foretold)
        self.assertEqual(self.codes(record), codes)

    def test_a_second_time_changes_nothing(self):
        self.load(PATIENTS)
        self.load(APPOINTMENTS)
        before = self.database()
        again = self.load(PATIENTS)
        self.assertEqual((again.created_count, again.unchanged_count), (0, 3))
        again = self.load(APPOINTMENTS)
        self.assertEqual((again.created_count, again.unchanged_count), (0, 2))
        self.assertEqual(self.database(), before)

    def test_no_line_is_lost_silently(self):
        lines = [
            "PatientId,Name,Email,Phone,BirthDate",
            "1,Fine,,,",
            "1,Fine,,,",  # the same
            "1,Other,,,",  # repeated with another name
            "2,Bad address,nobody,12,2999-01-01",
            ",No number,,,",
            "3,,,,",
            "",
            "4,Too,many,,,cells",
            "5,Too few",
            "2.98725E+13,Shortened,,,",
            "93779.52927,Fraction,,,",
        ]
        record = self.load("\n".join(lines))
        self.assertEqual(
            self.codes(record),
            [
                (3, 'repeated_same'),
                (4, 'repeated_different'),
                (5, 'bad_email'),
                (5, 'bad_phone'),
                (5, 'birth_date_future'),
                (6, 'missing_required'),
                (7, 'missing_required'),
                (9, 'too_many_cells'),
                (10, 'too_few_cells'),
                (11, 'id_shortened'),
                (12, 'id_fraction'),
            ],
        )
        self.assertEqual(
            (record.created_count, record.repeated_count, record.error_count), (4, 1, 5)
        )
        self.assertEqual(record.warning_count, 3)
        self.assertEqual(self.patient('2').name, "Bad address")
        self.assertEqual(self.patient('93779.52927').name, "Fraction")
        self.assertIn("1 blank lines", record.notes)

    def test_known_records_keep_their_values(self):
        self.load(PATIENTS)
        text = "PatientId,Name,Email,ReminderConsent\n8,Other Name,an@example.org,yes\n"
        record = self.load(text)
        self.assertEqual(record.updated_count, 1)
        self.assertEqual(self.codes(record), [(2, 'consent_kept'), (2, 'kept')])
        patient = self.patient('8')
        self.assertRecordValues(patient, [{'name': "Nguyễn An", 'email': 'an@example.org'}])
        self.assertEqual(set(patient.consent_ids.mapped('decision')), {'deny'})
        record = self.load(text, existing='update')
        self.assertEqual(patient.name, "Other Name")
        self.assertEqual(set(patient.consent_ids.mapped('decision')), {'deny'})

    def test_a_moved_appointment(self):
        self.load(PATIENTS)
        self.load(APPOINTMENTS)
        text = "PatientId,AppointmentID,AppointmentDay,No_show\n8,72,2016-05-04 10:00:00,No\n"
        record = self.load(text)
        self.assertEqual(record.unchanged_count, 1)
        self.assertEqual({code for _line, code in self.codes(record)}, {'kept'})
        self.load(text, existing='update')
        self.assertRecordValues(
            self.appointment('72'),
            [
                {
                    'start': datetime(2016, 5, 4, 2),
                    'appointment_status': 'fulfilled',
                    'allday': False,
                }
            ],
        )

    def test_an_appointment_of_another_patient_is_refused(self):
        self.load(PATIENTS)
        self.load(APPOINTMENTS)
        record = self.load(
            "PatientId,AppointmentID,AppointmentDay,SMS_received,Gender\n"
            "9,72,2016-05-03,1,F\nunknown,71,2016-05-03,1,F\n"
        )
        self.assertEqual(self.codes(record), [(2, 'other_patient'), (3, 'other_patient')])
        self.assertEqual(record.error_count, 2)
        self.assertFalse(self.patient('9').gender)
        self.assertFalse(self.patient('unknown'), "no patient is made of a line that is refused")
        self.assertEqual(self.appointment('72').patient_id, self.patient('8'))
        self.assertFalse(self.appointment('72').communication_ids)

    def test_dates_with_the_month_first(self):
        text = "PatientId,Name,BirthDate\n1,A,03/04/1990\n2,B,03/13/1990\n"
        record = self.load(text)
        self.assertEqual(record.date_order, 'mdy')
        self.assertEqual(self.patient('1').birth_date, date(1990, 3, 4))

    def test_dates_that_may_be_either(self):
        record = self.make("PatientId,Name,BirthDate\n1,A,03/04/1990\n")
        record.action_check()
        self.assertFalse(record.date_order)
        self.assertIn("not certain", record.notes)

    def test_more_columns(self):
        practitioner = self.env['healthcare.practitioner'].create({'name': "吳建宏"})
        vip = self.env['res.partner.category'].create({'name': "VIP"})
        record = self.load(
            "PatientId,姓,名,國家,State,職業,醫師,來源,標籤,生日\n"
            "1,王,小明,台灣,,教師,吳建宏醫師,Facebook 廣告,VIP；新客,民國75年3月2日\n"
            "2,Nguyễn,Văn An,VN,,,,,,2 tháng 3 năm 1986\n"
            "3,Silva,Ana,Atlantis,Nowhere,,Dr. Who,,,\n",
            kind='patients',
        )
        first, second, third = (self.patient(number) for number in '123')
        self.assertRecordValues(
            first,
            [
                {
                    'name': '王小明',
                    'country_id': self.env.ref('base.tw').id,
                    'occupation': '教師',
                    'practitioner_id': practitioner.id,
                    'birth_date': date(1986, 3, 2),
                }
            ],
        )
        self.assertEqual(first.source_id.name, "Facebook 廣告")
        self.assertEqual(set(first.category_id.mapped('name')), {"VIP", "新客"})
        self.assertIn(vip, first.category_id)
        self.assertRecordValues(
            second,
            [
                {
                    'name': "Nguyễn Văn An",
                    'birth_date': date(1986, 3, 2),
                    'country_id': self.env.ref('base.vn').id,
                }
            ],
        )
        self.assertEqual(third.name, "Ana Silva")
        self.assertEqual(
            self.codes(record), [(4, 'bad_state'), (4, 'bad_country'), (4, 'bad_practitioner')]
        )

    def test_years_of_the_republic(self):
        text = "PatientId,Name,BirthDate\n1,A,75/03/02\n2,B,105/12/31\n"
        record = self.load(text)
        self.assertEqual(record.date_order, 'roc')
        self.assertEqual(self.patient('1').birth_date, date(1986, 3, 2))
        self.assertEqual(self.patient('2').birth_date, date(2016, 12, 31))
        unsure = self.load("PatientId,Name,BirthDate\n3,C,75/03/02\n")
        self.assertEqual(self.codes(unsure), [(2, 'bad_date')])

    def test_patients_known_by_the_number_of_this_clinic(self):
        patient = self.env['res.partner'].create({'name': "Lin", 'is_patient': True})
        number = patient.patient_number
        text = f"PatientId,Clinic number,Name,Email\n,{number},Lin,lin@example.org\n,NOBODY,Wu,\n"
        record = self.load(text, kind='patients')
        self.assertEqual((record.updated_count, record.error_count), (1, 1))
        self.assertEqual(self.codes(record), [(3, 'no_clinic_number')])
        self.assertEqual(patient.email, 'lin@example.org')

    def test_health_data_for_clinical_users_only(self):
        text = (
            "PatientId,Name,Allergies,Conditions,Medication\n"
            "1,Lin,\"Penicillin, Latex\",Diabetes; Asthma,Metformin 500 mg\n2,Wu,無,,\n"
        )
        record = self.load(text)
        self.assertIn("Column “Allergies” is not imported: health data", record.notes)
        patient = self.patient('1')
        self.assertFalse(patient.allergy_ids)
        self.admin.group_ids += self.env.ref('healthcare_crm.group_nurse')
        record = self.load(text)
        self.assertEqual(record.updated_count, 2)
        self.assertEqual(set(patient.allergy_ids.mapped('name')), {'Penicillin', 'Latex'})
        self.assertEqual(set(patient.condition_ids.mapped('name')), {'Diabetes', 'Asthma'})
        self.assertFalse(any(patient.condition_ids.mapped('onset_date')))
        self.assertEqual(patient.medication_ids.name, "Metformin 500 mg")
        self.assertEqual(self.patient('2').allergy_status, 'none')
        again = self.load(text)
        self.assertEqual(again.unchanged_count, 2)
        self.assertEqual(len(patient.allergy_ids), 2)


@tagged('post_install', '-at_install')
class TestImportDuplicates(ImportCase):
    """Somebody with a new number who is on file already."""

    HEADER = "PatientId,Name,Gender,BirthDate,Phone,Email\n"
    LIN = "Lin Mei-Hua,F,1954-03-27,0912345678,mei@example.org\n"

    def setUp(self):
        super().setUp()
        self.elsewhere = self.env['healthcare.identifier.system'].create(
            {'name': "Laboratory", 'code': 'laboratory'}
        )
        self.load(self.HEADER + "7," + self.LIN)
        self.lin = self.patient('7')

    def foretell(self, text, **vals):
        """Check and import a file of another source; both must say the same."""
        record = self.make(text, system_id=self.elsewhere.id, **vals)
        record.action_check()
        names = [*(f'{result}_count' for result in RESULTS), 'review_count', 'warning_count']
        foretold = record.read(names)
        codes = self.codes(record)
        record.action_import()
        self.run_cron()
        self.assertEqual(record.state, 'done')
        self.assertEqual(record.read(names), foretold)
        self.assertEqual(self.codes(record), codes)
        return record

    def known(self, number):
        return (
            self.env['healthcare.patient.identifier']
            .search([('system_id', '=', self.elsewhere.id), ('value', '=', number)])
            .patient_id
        )

    def test_certain_ones_are_linked(self):
        record = self.foretell(self.HEADER + "L1," + self.LIN + "L2,Somebody Else,M,1990-01-01,,\n")
        self.assertEqual((record.linked_count, record.created_count), (1, 1))
        self.assertEqual(self.known('L1'), self.lin)
        self.assertEqual(self.codes(record), [(2, 'linked')])
        self.assertIn(self.lin.patient_number, record.problem_ids.reason)
        self.assertFalse(record.report, "nothing of it is to be mended")
        again = self.foretell(self.HEADER + "L1," + self.LIN)
        self.assertEqual(again.unchanged_count, 1)

    def test_linking_fills_in_what_is_missing(self):
        self.lin.email = False
        self.foretell(self.HEADER + "L1," + self.LIN)
        self.assertEqual(self.lin.email, 'mei@example.org')

    def test_only_by_number(self):
        record = self.foretell(self.HEADER + "L1," + self.LIN, duplicates='create')
        self.assertEqual((record.linked_count, record.created_count), (0, 1))
        self.assertNotEqual(self.known('L1'), self.lin)

    def test_twice_in_the_file(self):
        text = self.HEADER + "".join(
            f"L{n},Nguyễn Thị Ngọc,F,1980-05-06,+84912345678,ngoc@example.org\n" for n in range(4)
        )
        self.startPatcher(patch.object(healthcare_import, 'BATCH_SIZE', 3))
        record = self.foretell(text)
        self.assertEqual((record.created_count, record.linked_count), (1, 3))
        self.assertEqual(len({self.known(f'L{n}').id for n in range(4)}), 1)

    def test_check_and_import_decide_alike_from_batch_to_batch(self):
        """Copies of one person in several batches, filled in by each, of whom one differs."""
        text = self.HEADER + (
            "L1,Nguyễn Thị Ngọc,F,1980-05-06,+84912345678,\n"
            "L2,Somebody Else,M,1990-01-01,,\n"
            "L3,Nguyen Thi Ngoc,F,1980-05-06,+84912345678,ngoc@example.org\n"
            "L4,Nguyễn Thị Ngọc,F,1980-05-06,+84912345678,other@example.org\n"
        )
        self.startPatcher(patch.object(healthcare_import, 'BATCH_SIZE', 1))
        record = self.foretell(text)
        self.assertEqual((record.created_count, record.linked_count), (2, 2))
        self.assertEqual(
            self.codes(record),
            [(4, 'kept'), (4, 'linked'), (5, 'kept'), (5, 'linked')],
            "another spelling of the name, another e-mail address",
        )
        self.assertEqual(self.known('L1').email, 'ngoc@example.org')

    def test_nobody_is_the_person_of_a_line_that_was_left_out(self):
        self.make_review()
        self.startPatcher(patch.object(healthcare_import, 'BATCH_SIZE', 1))
        same = "Wang Wenxing,M,1971-02-03,+886922333444,wang@example.org\n"
        text = self.HEADER + "L1," + self.LIN + f"L2,{same}L3,{same}" + "L4," + self.LIN
        record = self.foretell(text, review='leave')
        self.assertEqual((record.created_count, record.linked_count, record.error_count), (1, 1, 2))

    def review_text(self):
        return self.HEADER + "L1,Lin Mei-Hua,F,1954-03-28,,\n"

    def make_review(self):
        """Let the matcher be unsure, whatever it has learnt."""
        Partner = self.env.registry['res.partner']
        original = Partner._match_people

        def match_people(partners, people, limit=8, until=None):
            return [
                [(id_, match._replace(zone='review', rule=None)) for id_, match in found]
                for found in original(partners, people, limit, until)
            ]

        self.startPatcher(patch.object(Partner, '_match_people', match_people))

    def test_unsure_ones_are_reviewed(self):
        self.make_review()
        record = self.foretell(self.HEADER + "L1," + self.LIN)
        self.assertEqual((record.created_count, record.review_count), (1, 1))
        self.assertEqual(self.codes(record), [(2, 'may_be_known')])
        new = self.known('L1')
        self.assertNotEqual(new, self.lin)
        link = self.env['healthcare.patient.link'].search([('other_id', '=', new.id)])
        self.assertRecordValues(
            link, [{'patient_id': self.lin.id, 'origin': 'import', 'status': 'open'}]
        )

    def test_unsure_ones_are_left_out(self):
        self.make_review()
        record = self.foretell(self.HEADER + "L1," + self.LIN, review='leave')
        self.assertEqual((record.created_count, record.error_count), (0, 1))
        self.assertEqual(self.codes(record), [(2, 'left_out')])
        self.assertTrue(record.report)
        self.assertFalse(self.known('L1'))

    def test_a_patient_of_another_clinic_is_nobody(self):
        self.lin.company_id = self.env['res.company'].create({'name': "Other clinic"})
        record = self.foretell(self.HEADER + "L1," + self.LIN)
        self.assertEqual((record.created_count, record.linked_count), (1, 0))
        self.assertFalse(record.problem_ids)

    def test_a_merged_number_is_the_golden_record(self):
        other = self.env['res.partner'].create({'name': "Lin M.", 'is_patient': True})
        number = other.patient_number
        other._merge_into(self.lin)
        text = f"PatientId,Clinic number,Name,City\n,{number},Lin Mei-Hua,Taipei\n"
        record = self.load(text, kind='patients')
        self.assertEqual(record.updated_count, 1, record.problem_ids.mapped('reason'))
        self.assertEqual(self.lin.city, "Taipei")

    def test_numbers_of_documents(self):
        text = (
            "PatientId,Name,身分證字號,CCCD\n"
            "L1,歐陽測驗,A123456789,\nL2,陳大文,A123456788,\nL3,Nguyễn Văn An,,001090000001\n"
        )
        record = self.foretell(text, kind='patients')
        self.assertEqual(self.codes(record), [(3, 'bad_document')])
        self.assertIn("check digit", record.problem_ids.reason)
        national = self.env.ref('healthcare_crm.identifier_system_tw_national')
        numbers = self.known('L1').identifier_ids.filtered(lambda i: i.system_id == national)
        self.assertEqual(numbers.value, 'A123456789')
        self.assertFalse(numbers.is_verified)
        self.assertEqual(len(self.known('L2').identifier_ids), 1)
        self.assertEqual(len(self.known('L3').identifier_ids), 2)

    def test_a_number_of_a_document_that_somebody_else_has(self):
        national = self.env.ref('healthcare_crm.identifier_system_tw_national')
        self.lin.identifier_ids = [
            Command.create({'system_id': national.id, 'value': 'A123456789', 'is_verified': True})
        ]
        text = "PatientId,Name,BirthDate,Gender,National ID\nL1,吳建宏,1999-09-09,M,A123456789\n"
        record = self.foretell(text)
        self.assertEqual(record.created_count + record.linked_count, 1)
        owners = self.env['healthcare.patient.identifier'].search(
            [('system_id', '=', national.id), ('value', '=', 'A123456789')]
        )
        self.assertEqual(owners.patient_id, self.lin)
        if record.created_count:
            self.assertIn('document_taken', [code for _line, code in self.codes(record)])


@tagged('post_install', '-at_install')
class TestImportSteps(ImportCase):
    def test_a_bad_file_is_refused_with_the_line_and_the_reason(self):
        for text, words in (
            (b'', "empty"),
            (b'PatientId,Name\n', "nothing below"),
            (b'PatientId,Name,name\n7,A,B\n', "Columns B and C are both named “name” in line 1"),
            (b'PatientId,Name\n7,A\n8,"B\n', "line 3"),
            ("PatientId,Name\n7,é\n".encode() * 20 + b'8,\xff\n', "Line 41"),
            (b'\x89PNG\r\n', "PNG"),
        ):
            with self.assertRaises(UserError) as caught:
                self.make(text)
            self.assertIn(words, str(caught.exception))

    def test_columns_must_be_complete_and_single(self):
        record = self.make("Number,Name,Alias\n7,Lin,Mei\n", kind='patients')
        with self.assertRaisesRegex(UserError, "Patient's number"):
            record.action_check()
        record.column_ids[0].patient_field = 'patient_id'
        record.column_ids[2].patient_field = 'name'
        with self.assertRaisesRegex(UserError, "Two columns.*Full name"):
            record.action_check()
        record.column_ids[2].patient_field = False
        record.action_check()
        self.assertEqual(record.state, 'checked')

    def test_columns_are_remembered_for_the_source(self):
        text = "Number,Name,Alias\n7,Lin,Mei\n"
        record = self.make(text, kind='patients')
        record.column_ids[0].patient_field = 'patient_id'
        record.column_ids[1].patient_field = False
        record.column_ids[2].patient_field = 'name'
        record.action_check()
        record.action_import()
        again = self.make(text, kind='patients')
        self.assertEqual(again.column_ids.mapped('patient_field'), ['patient_id', False, 'name'])
        other = self.env['healthcare.identifier.system'].create({'name': "Other", 'code': 'other'})
        elsewhere = self.make(text, kind='patients', system_id=other.id)
        self.assertEqual(elsewhere.column_ids.mapped('patient_field'), [False, 'name', False])

    def test_a_new_source_needs_no_more_than_a_name(self):
        Systems = self.env['healthcare.identifier.system']
        names = (
            "Lab at Zhongshan Rd.",
            "Lab at Zhongshan Rd.",
            "榮民醫院",
            "Bệnh viện Đà Nẵng",
            "…",
        )
        systems = [Systems.browse(Systems.name_create(name)[0]) for name in names]
        self.assertEqual(
            [system.code for system in systems],
            [
                *('lab_at_zhongshan_rd', 'lab_at_zhongshan_rd_2'),
                *('rongminyiyuan', 'benh_vien_da_nang', 'source'),
            ],
        )
        systems[0].name = "Laboratory"
        self.assertEqual(systems[0].code, 'lab_at_zhongshan_rd', "interfaces know it by that")
        own = Systems.create({'name': "Own", 'code': 'his'})
        self.assertEqual(own.code, 'his')

    def test_a_choice_of_columns_has_a_name(self):
        """Chosen, renamed, used for a file whose columns stand in another order, and deleted."""
        Mapping = self.env['healthcare.import.mapping'].with_user(self.admin)
        record = self.make("Number,Name,Alias\n7,Lin,Mei\n", kind='patients')
        record.mapping_id = Mapping.with_context(
            default_system_id=self.system.id, default_kind='patients'
        ).name_create("Nicknames")[0]
        record.column_ids[0].patient_field = 'patient_id'
        record.column_ids[1].patient_field = False
        record.column_ids[2].patient_field = 'name'
        record.action_check()
        record.action_import()
        nicknames = record.mapping_id
        self.assertEqual(nicknames.targets, {'Number': 'patient_id', 'Name': '', 'Alias': 'name'})
        self.run_cron()

        plain = self.make("Number,Name\n8,Wu\n", kind='patients')
        self.assertEqual(plain.mapping_id, nicknames, "the last one used")
        plain.mapping_id = False
        plain.column_ids[1].patient_field = 'name'
        plain.action_check()
        plain.action_import()
        self.assertEqual(plain.mapping_id.name, "Former system")
        nicknames.name = "By nickname"

        turned = self.make("Alias,Number,Name\nAn,9,Chen\n", kind='patients')
        turned.mapping_id = nicknames
        self.assertEqual(turned.column_ids.mapped('patient_field'), ['name', 'patient_id', False])
        turned.action_check()
        turned.mapping_id = plain.mapping_id
        self.assertEqual(turned.state, 'mapped', "another choice asks for another check")
        other = self.make("PatientId,Family\n9,Chen\n", kind='patients')
        self.assertFalse(other.mapping_id, "none of its headers is known")
        nicknames.unlink()
        self.assertEqual(record.state, 'done')

    def test_a_sheet_is_chosen(self):
        book = openpyxl.Workbook()
        book.active.append(['Notes about this file'])
        for name, number in (("Taipei", 7), ("Taichung", 8)):
            sheet = book.create_sheet(name)
            sheet.append(['PatientId', 'Name'])
            sheet.append([number, "Lin"])
        buffer = io.BytesIO()
        book.save(buffer)
        record = self.make(buffer.getvalue(), 'patients.xlsx')
        self.assertEqual(record.sheet_id.name, "Taipei")
        record.sheet_id = record.sheet_ids[2]
        self.assertEqual(record.state, 'draft')
        record.action_read()
        self.assertEqual((record.sheet_id.name, record.column_ids[0].sample), ("Taichung", '8'))
        record.action_check()
        self.assertIn("Sheet “Taichung” is read; the spreadsheet has 2 more", record.notes)
        record.action_import()
        self.run_cron()
        self.assertTrue(self.patient('8'))
        self.assertFalse(self.patient('7'))

    def test_a_long_file_is_checked_in_the_background(self):
        self.startPatcher(patch.object(healthcare_import, 'LINES_AT_ONCE', 4))
        self.startPatcher(patch.object(healthcare_import, 'BATCH_SIZE', 3))
        text = "PatientId,AppointmentID,AppointmentDay\n" + "".join(
            f"{n % 4},{n},2016-05-03\n" for n in range(10)
        )
        record = self.make(text)
        record.action_check()
        self.assertEqual((record.state, record.remaining), ('checking', "Starts in a moment"))
        before = self.database()
        self.run_cron()
        self.assertEqual((record.state, record.position), ('checked', 0))
        self.assertEqual(self.database(), before)
        self.assertEqual((record.created_count, record.warning_count), (10, 4))
        record.action_import()
        self.run_cron()
        self.assertEqual((record.created_count, record.warning_count), (10, 4))

    def test_a_check_is_stopped(self):
        self.startPatcher(patch.object(healthcare_import, 'LINES_AT_ONCE', 4))
        record = self.make(MANY)
        record.action_check()
        record.action_back()
        self.run_cron()
        self.assertEqual(record.state, 'mapped')
        record.action_check()
        record.column_ids[1].patient_field = False
        self.assertEqual(record.state, 'mapped')

    def test_a_file_too_large_is_refused_before_it_is_read(self):
        record = self.make(MANY)
        with (
            patch.object(reading, 'MAX_MEGABYTES', 0),
            patch.object(reading, 'read_table', side_effect=AssertionError),
            self.assertRaisesRegex(UserError, "at most 0 MB can be read. Split it"),
        ):
            record.action_read()

    def test_how_long_it_takes(self):
        record = self.make(MANY)
        record.action_check()
        record.action_import()
        second = self.make("PatientId,Name\n1,Lin\n")
        second.action_check()
        second.action_import()
        self.assertEqual(second.remaining, "Waits for 1 other imports")
        now = datetime(2030, 1, 1, 12)
        self.startPatcher(freeze_time(now))
        record.write({'pace_at': now - timedelta(minutes=1), 'row_count': 100, 'position': 20})
        self.assertEqual(record.remaining, "About 4 minutes left")
        record.action_pause()
        self.assertFalse(record.remaining)

    def test_a_change_asks_for_another_check(self):
        record = self.make(PATIENTS)
        with self.assertRaisesRegex(UserError, "Check the file first"):
            record.action_import()
        record.action_check()
        record.column_ids[2].patient_field = False
        self.assertEqual(record.state, 'mapped')
        record.action_check()
        record.existing = 'update'
        self.assertEqual(record.state, 'mapped')
        record.file = base64.b64encode(MANY.encode())
        self.assertEqual(record.state, 'draft')
        self.assertFalse(record.column_ids)
        record.action_check()
        self.assertEqual(record.state, 'mapped', "new columns are shown before they are used")
        record.kind = 'appointments'
        self.assertEqual(record.state, 'draft')

    def test_what_has_begun_stays(self):
        record = self.load(MANY)
        for change in (
            lambda: record.write({'file': False}),
            lambda: record.column_ids[0].write({'patient_field': False}),
            lambda: record.unlink(),
            lambda: record.action_read(),
        ):
            with self.assertRaises(UserError):
                change()

    def test_only_clinic_administrators(self):
        record = self.make(PATIENTS)
        record.action_check()
        attachment = self.env['ir.attachment'].search(
            [
                ('res_model', '=', record._name),
                ('res_field', '=', 'file_sealed'),
                ('res_id', '=', record.id),
            ]
        )
        self.assertTrue(attachment)
        for group in ('reception', 'marketing', 'practitioner'):
            user = new_test_user(
                self.env, f'import_{group}', groups=f'healthcare_crm.group_{group}'
            )
            with self.assertRaises(AccessError):
                record.with_user(user).read(['file_name'])
            with self.assertRaises(AccessError):
                attachment.with_user(user).read(['datas'])
            with self.assertRaises(AccessError):
                self.env['healthcare.import.problem'].with_user(user).search([])

    def test_another_clinic_does_not_see_it(self):
        record = self.make(PATIENTS)
        company = self.env['res.company'].create({'name': "Other clinic"})
        other = new_test_user(
            self.env,
            'other',
            groups='healthcare_crm.group_clinic_administrator',
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in ('healthcare.import', 'healthcare.import.column'):
            self.assertFalse(
                self.env[model].with_user(other).search([])
                & (record if model == record._name else record.column_ids)
            )

    def test_lines_to_mend_can_be_mended(self):
        """The report is a table that is imported again once its lines are right."""
        text = 'PatientId,Name,Email\n7,"=HYPERLINK(1)",\n8,,an@example.org\n9,Wu,nobody\n'
        record = self.load(text)
        content = base64.b64decode(record.report)
        table = list(csv.reader(io.StringIO(content.decode('utf-8-sig'))))
        self.assertEqual(
            table,
            [
                ['Import line', 'Import result', 'Reason', 'PatientId', 'Name', 'Email'],
                [
                    '3',
                    'Not imported',
                    'Name: this cell must not be empty.',
                    '8',
                    '',
                    'an@example.org',
                ],
                [
                    '4',
                    'Accepted, please check',
                    'Email: “nobody” is not a valid e-mail address and was left out.',
                    '9',
                    'Wu',
                    'nobody',
                ],
            ],
        )
        self.assertEqual(record.report_name, 'file - lines to mend.csv')
        mended = content.replace(b',8,,', b",8,'+An,").replace(b',nobody', b',wu@example.org')
        record = self.load(mended)
        self.assertEqual((record.created_count, record.updated_count), (1, 1))
        self.assertEqual(self.patient('8').name, "+An")
        self.assertEqual(self.patient('9').email, 'wu@example.org')
        self.assertEqual(self.patient('7').name, "=HYPERLINK(1)")

    def test_every_problem_has_its_sentence(self):
        values = dict.fromkeys(
            ('column', 'value', 'detail', 'count', 'line', 'encoding', 'kind', 'megabytes'), 'x'
        ) | {'first': 'A', 'second': 'B', 'size': 300, 'cell': 'B2'}
        for sentences in (PROBLEM_SENTENCES, NOTE_SENTENCES, FILE_SENTENCES):
            for sentence in sentences.values():
                translated = self.env._(sentence)
                self.assertTrue(translated % values)
        for code, level in LEVELS.items():
            self.assertIn(code, NOTE_SENTENCES if level == 'note' else PROBLEM_SENTENCES)
        source = getsource(reading) + getsource(spreadsheets)
        raised = set(re.findall(r'FileProblem\(\s*["\'](\w+)', source)) | {'encrypted_spreadsheet'}
        self.assertEqual(raised, set(FILE_SENTENCES))

    def test_every_target_has_its_label(self):
        self.assertEqual(list(dict(PATIENT_FIELDS)), list(columns.TARGETS['patients']))
        self.assertEqual(list(dict(APPOINTMENT_FIELDS)), list(columns.TARGETS['appointments']))


@tagged('post_install', '-at_install')
class TestImportInterrupted(ImportCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(healthcare_import, 'BATCH_SIZE', 3))

    def start(self, text=MANY):
        record = self.make(text)
        record.action_check()
        record.action_import()
        return record

    def run_cron_to_death(self):
        # not assertRaises(): it would take back what was committed before
        try:
            self.run_cron()
        except SystemExit:
            self.env.invalidate_all()
        else:
            self.fail("nothing killed the import")

    def created(self):
        identifiers = self.env['healthcare.patient.identifier'].search(
            [('system_id', '=', self.system.id)]
        )
        return sorted(identifiers.mapped('value'))

    def test_killed_half_way(self):
        """The batch at work is undone, and done again; those before it are not."""
        record = self.start()
        calls = []

        def write(writer, rows):
            outcomes = original(writer, rows)
            calls.append(len(rows))
            if len(calls) == 3:
                # after the writing, before the commit: the worst moment
                raise SystemExit
            return outcomes

        original = PatientWriter.write_rows
        with patch.object(PatientWriter, 'write_rows', write):
            self.run_cron_to_death()
        self.assertEqual((record.state, record.position, record.progress), ('running', 6, 60))
        self.assertEqual(len(self.created()), 6)
        self.run_cron()
        self.assertEqual((record.state, record.position, record.created_count), ('done', 10, 10))
        self.assertEqual(self.created(), [str(n) for n in range(100, 110)])

    def test_a_repeated_line_is_known_after_a_resume(self):
        record = self.start(MANY + "100,Patient number 100\n")
        with patch.object(PatientWriter, 'write_rows', side_effect=SystemExit):
            self.run_cron_to_death()
        self.run_cron()
        self.assertEqual((record.created_count, record.repeated_count), (10, 1))
        self.assertEqual(record.problem_ids.detail, '2')

    def test_one_refused_line_does_not_hold_up_the_others(self):
        def create_patients(writer, vals_by_number):
            errors = {'104': ValidationError("Not this one."), '107': KeyError('x')}
            for number, error in errors.items():
                if number in vals_by_number:
                    original(writer, vals_by_number)
                    raise error
            return original(writer, vals_by_number)

        original = PatientWriter.create_patients
        record = self.start()
        with (
            patch.object(PatientWriter, 'create_patients', create_patients),
            mute_logger('odoo.addons.healthcare_crm.models.healthcare_import'),
        ):
            self.run_cron()
        self.assertEqual(record.state, 'done')
        self.assertEqual((record.created_count, record.error_count), (8, 2))
        self.assertEqual(
            record.problem_ids.mapped('reason'),
            [
                "The database refused the line: Not this one.",
                "The database refused the line: an unexpected error (KeyError)",
            ],
        )
        self.assertEqual(record.problem_ids.mapped('line'), [6, 9])
        self.assertNotIn('104', self.created())

    def test_the_database_says_which_rule(self):
        """A number that another process takes between looking and writing."""
        record = self.start("PatientId,Name\n100,A\n101,B\n")
        other = self.env['res.partner'].create({'name': "Taken", 'is_patient': True})
        self.env['healthcare.patient.identifier'].create(
            {
                'patient_id': other.id,
                'system_id': self.system.id,
                'value': '101',
            }
        )
        with (
            patch.object(PatientWriter, 'find_patients', return_value={}),
            mute_logger('odoo.sql_db'),
        ):
            self.run_cron()
        self.assertEqual((record.created_count, record.error_count), (1, 1))
        self.assertIn("Former system 101 is on another record already", record.problem_ids.reason)

    def test_a_conflict_is_nobodys_fault(self):
        """Two transactions in each other's way: tried again later, no line is blamed."""
        record = self.start()
        with (
            patch.object(
                PatientWriter, 'write_rows', side_effect=psycopg2.errors.SerializationFailure
            ),
            mute_logger('odoo.addons.base.models.ir_cron'),
        ):
            self.run_cron()
        self.assertEqual((record.state, record.position), ('running', 0))
        self.assertFalse(record.problem_ids)
        self.run_cron()
        self.assertEqual(record.created_count, 10)

    def test_a_failure_pauses_in_sight(self):
        record = self.start()
        with (
            patch.object(reading, 'read_table', side_effect=OSError("disk")),
            mute_logger('odoo.addons.healthcare_crm.models.healthcare_import'),
        ):
            self.run_cron()
        self.assertEqual(record.state, 'paused')
        self.assertIn("disk", record.failure)
        record.action_resume()
        self.run_cron()
        self.assertEqual((record.state, record.created_count, record.failure), ('done', 10, False))

    def test_a_pause(self):
        record = self.start()
        record.action_pause()
        self.run_cron()
        self.assertEqual((record.state, record.position), ('paused', 0))
        record.action_resume()
        self.run_cron()
        self.assertEqual(record.state, 'done')

    def test_a_long_file_makes_room_and_goes_on(self):
        """Called again at once, and not a minute later, when the time of a call is over."""
        record = self.start()
        cron = self.env.ref('healthcare_crm.ir_cron_healthcare_import')
        triggers = [('cron_id', '=', cron.id)]
        self.env['ir.cron.trigger'].search(triggers).unlink()
        with (
            patch.object(healthcare_import, 'CALL_SECONDS', -1),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            cron.with_env(self.env(cr=cr)).env['healthcare.import']._cron_run()
        self.env.invalidate_all()
        self.assertEqual((record.state, record.position), ('running', 3))
        self.assertTrue(self.env['ir.cron.trigger'].search_count(triggers))

    def test_files_follow_each_other(self):
        first = self.start()
        second = self.start("PatientId,AppointmentID,AppointmentDay\n100,1,2016-05-03\n")
        self.run_cron()
        self.assertEqual(first.state + second.state, 'donedone')
        self.assertFalse(second.problem_ids, "the patient was there already")
