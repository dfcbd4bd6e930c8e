from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..models.healthcare_my_day import BLOCKS
from .common import FollowupCase

HOUR = timedelta(hours=1)
#: role -> blocks of its page, in order
PAGES = {
    'reception': ['today', 'unconfirmed', 'waitlist', 'enquiries', 'tasks', 'my_figures'],
    'practitioner': ['my_patients', 'red_flags', 'tasks', 'answers'],
    'nurse': ['red_flags', 'tasks', 'followups'],
    'call_desk': ['unconfirmed', 'enquiries', 'tasks', 'callbacks', 'my_figures'],
    'marketing': ['marketing_workflows', 'segments', 'coverage'],
    'quality': ['satisfaction', 'complaints'],
    'clinic_administrator': ['setup', 'workflows', 'messages', 'workload'],
    'privacy_officer': [
        'incidents',
        'requests',
        'openings',
        'unusual',
        'coverage',
        'withdrawn',
        'bounces',
    ],
}

#: a block of the page takes no more, however many rows it has
MOST_QUERIES = 10
#: blocks that have rows where their queries are counted
FILLED = {
    'today',
    'my_patients',
    'unconfirmed',
    'waitlist',
    'enquiries',
    'red_flags',
    'callbacks',
    'incidents',
    'requests',
    'openings',
    'unusual',
    'withdrawn',
    'complaints',
}


@tagged('post_install', '-at_install')
class TestMyDay(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        cls.env['healthcare.care.task'].search([]).unlink()
        cls.users = {
            role: new_test_user(cls.env, f'day_{role}', groups=f'healthcare_crm.group_{role}')
            for role in PAGES
        }

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()

    def day(self, role):
        """Return the page of somebody who has ``role``."""
        return self.env['healthcare.my.day'].with_user(self.users[role])

    def block(self, role, code):
        self.env.flush_all()
        return self.day(role).my_day_block(code)

    def midday(self, days=0):
        """Return noon at the clinic, today or some days from now."""
        return self.env['healthcare.my.day']._midnight(-days) + 12 * HOUR

    def visit(self, days=0, **values):
        return self.appointment(self.patient(), self.midday(days), **values)

    def task(self, **values):
        given = {
            'name': "Call",
            'patient_id': self.patient().id,
            'role': 'nurse',
            'window_start': self.now - HOUR,
        }
        return self.env['healthcare.care.task'].create(given | values)

    def incident(self, **values):
        return self.env['healthcare.incident'].create({'kind': 'recipient'} | values)

    def request(self, patient, **values):
        given = {'patient_id': patient.id, 'kind': 'access'}
        return self.env['healthcare.privacy.request'].create(given | values)

    def opening(self, patient, **values):
        """Return a health record that a practitioner opened with a reason an hour ago."""
        given = {
            'user_id': self.users['practitioner'].id,
            'patient_id': patient.id,
            'company_id': self.env.company.id,
            'reason': 'emergency',
            'explanation': "Chest pain, colleague on leave",
            'opened_at': self.now - HOUR,
            'expires_at': self.now + HOUR,
            'review_due': self.now + 48 * HOUR,
        }
        return self.env['healthcare.break.glass'].create(given | values)

    def finding(self, patient, **values):
        given = {
            'kind': 'vip',
            'user_id': self.users['nurse'].id,
            'patient_id': patient.id,
            'company_id': self.env.company.id,
            'day': self.now.date(),
        }
        return self.env['healthcare.audit.finding'].create(given | values)

    # ------------------------------------------------------------ who sees what

    def test_each_role_has_its_page(self):
        for role, blocks in PAGES.items():
            with self.subTest(role=role):
                shown = self.day(role).my_day_load()['blocks']
                # those of other add-ons are tested there
                self.assertEqual([code for code in shown if code in BLOCKS], blocks)

    def test_several_roles_get_the_union_in_order(self):
        user = new_test_user(
            self.env,
            'day_both',
            groups='healthcare_crm.group_nurse,healthcare_crm.group_reception',
        )
        blocks = self.env['healthcare.my.day'].with_user(user).my_day_load()['blocks']
        self.assertEqual(
            blocks,
            [
                'today',
                'unconfirmed',
                'waitlist',
                'enquiries',
                'red_flags',
                'tasks',
                'followups',
                'my_figures',
            ],
        )

    def test_nobody_asks_for_the_blocks_of_others(self):
        for role, blocks in PAGES.items():
            for code in {*BLOCKS, 'nothing'} - set(blocks):
                with self.subTest(role=role, code=code), self.assertRaises(AccessError):
                    self.block(role, code)
        employee = new_test_user(self.env, 'day_employee', groups='base.group_user')
        with self.assertRaises(AccessError):
            self.env['healthcare.my.day'].with_user(employee).my_day_load()

    def test_every_block_is_shown_in_few_queries(self):
        """However much there is to show: nothing is asked row by row."""
        purpose = self.env.ref('healthcare_crm.consent_purpose_reminder')
        practitioner = self.env['healthcare.practitioner'].create(
            {'name': "Dr. Day", 'user_id': self.users['practitioner'].id}
        )
        for number in range(4):
            visit = self.visit(practitioner_id=practitioner.id)
            self.visit(1, practitioner_id=practitioner.id)
            visit.patient_id.practitioner_id = practitioner
            self.task(
                priority='2',
                idempotency_key=f'survey:{number}:red_flag',
                patient_id=visit.patient_id.id,
            )
            self.task(role='call_desk', window_start=self.now + HOUR, patient_id=self.patient().id)
            self.task(role='reception')
            self.task(role='practitioner')
            self.env['healthcare.waitlist.entry'].create(
                {'patient_id': self.patient().id, 'status': 'offered'}
            )
            self.env['healthcare.enquiry'].create({'name': f"Asks {number}"})
            self.incident()
            self.request(visit.patient_id)
            self.opening(visit.patient_id)
            self.finding(visit.patient_id)
            self.env['healthcare.consent'].create(
                {
                    'patient_id': visit.patient_id.id,
                    'purpose_id': purpose.id,
                    'channel': 'sms',
                    'decision': 'deny',
                }
            )
        self.env['healthcare.care.task'].search([('role', '=', 'call_desk')]).attempts = 1
        self.env['healthcare.consent.coverage']._cron_count()
        for role, blocks in PAGES.items():
            # as the page asks
            day = self.day(role).with_context(lang='en_US', tz='Asia/Taipei')
            for code in blocks:
                # who asks first also reads the rules, which the server then knows
                self.env.invalidate_all()
                day.my_day_block(code)
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                with self.subTest(role=role, code=code):
                    found = day.my_day_block(code)
                    queries = self.env.cr.sql_log_count - before
                    self.assertLessEqual(queries, MOST_QUERIES, code)
                if code in FILLED:
                    self.assertGreaterEqual(len(found['rows']), 4, code)

    # ------------------------------------------------------------ what is shown

    def test_reception_sees_today_and_marks_arrivals(self):
        visit = self.visit()
        self.visit(1)
        self.visit(appointment_status='cancelled')
        (row,) = self.block('reception', 'today')['rows']
        self.assertEqual(row['id'], visit.id)
        button = row['buttons'][0]
        record = self.env[button['model']].with_user(self.users['reception']).browse(button['ids'])
        getattr(record, button['method'])()
        (row,) = self.block('reception', 'today')['rows']
        self.assertEqual(row['buttons'], [])
        self.assertEqual(row['badges'][0]['text'], "Arrived")

    def test_unconfirmed_of_tomorrow(self):
        visit = self.visit(1)
        self.visit(1, patient_response='accepted')
        self.visit(2)
        (row,) = self.block('call_desk', 'unconfirmed')['rows']
        self.assertEqual(row['id'], visit.id)
        self.assertTrue(row['phone'])

    def test_practitioners_see_their_own_patients(self):
        self.practitioner.user_id = self.users['practitioner']
        visit = self.visit()
        self.task(priority='2', idempotency_key='survey:1:red_flag', patient_id=visit.patient_id.id)
        other = self.env['healthcare.practitioner'].create({'name': "Dr Other"})
        self.visit(practitioner_id=other.id)
        (row,) = self.block('practitioner', 'my_patients')['rows']
        self.assertEqual(row['id'], visit.id)
        self.assertIn("Red flag", [badge['text'] for badge in row['badges']])

    def test_red_flags_of_a_practitioner_are_of_their_own_patients(self):
        self.practitioner.user_id = self.users['practitioner']
        mine = self.task(
            priority='2',
            idempotency_key='survey:1:red_flag',
            patient_id=self.patient(practitioner_id=self.practitioner.id).id,
        )
        self.task(priority='2', idempotency_key='survey:2:red_flag')
        self.task(priority='2')
        self.assertEqual(
            [row['id'] for row in self.block('practitioner', 'red_flags')['rows']], mine.ids
        )
        self.assertEqual(len(self.block('nurse', 'red_flags')['rows']), 2)
        self.assertEqual(len(self.block('quality', 'complaints')['rows']), 2)

    def test_planned_calls(self):
        planned = self.task(role='call_desk', window_start=self.now + HOUR)
        planned.attempts = 1
        self.task(role='call_desk', window_start=self.now + HOUR)
        rows = self.block('call_desk', 'callbacks')['rows']
        self.assertEqual([row['id'] for row in rows], planned.ids)

    def test_my_figures(self):
        desk = self.users['call_desk']
        for outcome in ('reached', 'no_answer'):
            self.task(role='call_desk').with_user(desk)._complete(outcome)
        self.task()._complete('reached')
        figures = [one['value'] for one in self.block('call_desk', 'my_figures')['figures']]
        self.assertEqual(figures, [2, 1, 0, 1])

    def test_consent_coverage_is_counted_not_read(self):
        self.patient("Binh Tran", consents=())
        self.patient()
        self.patient("Chi Le", consents=('email',), refused=('sms',))
        self.env.flush_all()
        before = self.coverage()
        self.patient("Dung Vo", consents=('email',), refused=('sms',))
        after = self.coverage()
        self.assertEqual(after['patients'] - before['patients'], 1)
        self.assertEqual(after['email'] - before['email'], 1)
        self.assertEqual(after['sms'], before['sms'])
        with self.assertRaises(AccessError):
            self.env['healthcare.consent.coverage'].with_user(self.users['nurse']).search([])

    def coverage(self):
        self.env.flush_all()
        coverage = self.env['healthcare.consent.coverage']
        coverage._cron_count()
        rows = coverage.search([])
        return {'patients': sum(rows.mapped('patients'))} | {
            channel: sum(
                rows.filtered(
                    lambda one, channel=channel: one.channel == channel
                    and one.purpose_id == self.reminder
                ).mapped('permitted')
            )
            for channel in ('email', 'sms')
        }

    def test_satisfaction_is_numbers_of_own_clinics_only(self):
        survey = self.env['survey.survey'].create(
            {'title': "How was it?", 'scoring_type': 'scoring_without_answers'}
        )
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        for company, score in ((self.env.company, 80), (elsewhere, 20)):
            answers = self.env['survey.user_input'].create(
                {
                    'survey_id': survey.id,
                    'partner_id': self.patient(company_id=company.id).id,
                    'state': 'done',
                    'end_datetime': self.now,
                }
            )
            self.env.flush_all()
            self.env.cr.execute(
                'UPDATE survey_user_input SET scoring_percentage = %s WHERE id = %s',
                [score, answers.id],
            )
        bars = self.block('quality', 'satisfaction')['bars']
        self.assertEqual([bar['value'] for bar in bars][-1:], [80])
        self.assertEqual(set(bars[0]), {'label', 'value', 'text'}, "nobody is named")

    def test_withdrawn_consents(self):
        patient = self.patient(refused=('sms',))
        rows = self.block('privacy_officer', 'withdrawn')['rows']
        self.assertIn(patient.patient_number, rows[0]['title'])

    def ids(self, code):
        return [row['id'] for row in self.block('privacy_officer', code)['rows']]

    def badges(self, code):
        """Return the words beside each row of a block, by the id of the row."""
        rows = self.block('privacy_officer', code)['rows']
        return {row['id']: [badge['text'] for badge in row['badges']] for row in rows}

    def test_open_incidents_and_who_must_be_told(self):
        self.env['healthcare.incident'].search([]).sudo().state = 'closed'
        self.env.company.country_id = self.env.ref('base.vn')
        late = self.incident(discovered_at=self.now - 200 * HOUR)
        told = self.incident(discovered_at=self.now - 190 * HOUR)
        told.sudo().write({'authority_told_at': self.now, 'patients_told_at': self.now})
        fresh = self.incident(discovered_at=self.now)
        self.incident().sudo().state = 'closed'
        badges = self.badges('incidents')
        self.assertEqual(list(badges), (late | told | fresh).ids)
        self.assertEqual((badges[late.id], badges[told.id]), (["Overdue"], []))
        self.assertIn("Due", badges[fresh.id][0])

    def test_privacy_requests_to_answer(self):
        self.env['healthcare.privacy.request'].search([]).sudo().state = 'refused'
        today = self.now.date()
        fresh = self.request(self.patient(), received_on=today)
        late = self.request(self.patient("Binh Tran"), received_on=today - timedelta(days=400))
        self.request(self.patient("Chi Le")).sudo().state = 'done'
        self.assertEqual(self.ids('requests'), [late.id, fresh.id])
        self.assertEqual(self.badges('requests')[late.id], ["Overdue"])
        (row, _fresh) = self.block('privacy_officer', 'requests')['rows']
        self.assertIn(late.patient_id.patient_number, row['title'])

    def test_openings_to_review(self):
        officer = self.users['privacy_officer']
        before = self.ids('openings')
        waits = self.opening(self.patient(), review_due=self.now - HOUR)
        self.opening(self.patient(), user_id=officer.id)
        self.opening(self.patient()).sudo().write(
            {'reviewed_by_id': officer.id, 'reviewed_at': self.now, 'verdict': 'justified'}
        )
        self.assertEqual(set(self.ids('openings')) - set(before), {waits.id})
        self.assertEqual(self.badges('openings')[waits.id], ["Overdue"])

    def test_unusual_access_to_review(self):
        self.env['healthcare.audit.finding'].search([]).sudo().state = 'explained'
        patient = self.patient()
        waits = self.finding(patient)
        many = self.finding(self.env['res.partner'], kind='volume')
        self.finding(patient, kind='hours', state='explained')
        self.assertEqual(self.ids('unusual'), [waits.id, many.id])
        self.assertEqual(self.badges('unusual')[many.id], ["Unusually many patients"])

    def test_health_of_workflows(self):
        self.workflow()._publish(self.now)
        figures = {
            one['label']: one['value']
            for one in self.block('clinic_administrator', 'workflows')['figures']
        }
        self.assertEqual(figures["Running"], 1)

    def test_marketing_sees_its_own_workflows_only(self):
        self.workflow()
        flow = self.workflow(name="Greetings")
        flow.step_ids[0].purpose_id = self.env.ref('healthcare_crm.consent_purpose_marketing')
        rows = self.block('marketing', 'marketing_workflows')['rows']
        self.assertEqual([row['id'] for row in rows], flow.ids)
