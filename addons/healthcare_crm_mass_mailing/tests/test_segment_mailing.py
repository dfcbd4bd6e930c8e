from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlparse

from dateutil.relativedelta import relativedelta
from psycopg2 import IntegrityError

from odoo import fields, http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.tests.common import HealthcareCase
from odoo.addons.mail.tests.common import MockEmail


class MailingCase(MockEmail, HealthcareCase):
    """A segment of patients who agreed, and one for each reason not to be written to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env['res.company'].create({'name': "Mailing Clinic"})
        cls.hoa = cls.member("Hoa")
        cls.lan = cls.member("Lan")
        cls.asked_not = cls.member("Never asked", decision=None)
        cls.refused = cls.member("Refused", decision='deny')
        cls.changed_mind = cls.member("Changed her mind")
        cls.make_consent(
            cls.changed_mind, 'email', 'deny', purpose=cls.purpose_marketing, date=cls.now()
        )
        cls.dead = cls.member("Dead", deceased=True)
        cls.blocked = cls.member("Blocked", contact_blocked=True)
        cls.left_alone = cls.member("Left alone")
        cls.left_alone._restrict_processing()
        cls.no_address = cls.member("No address", email=False)
        cls.child = cls.member("Child", birth_date=fields.Date.today() - relativedelta(years=8))
        cls.outside = cls.member("Outside")
        cls.outside.company_id = False
        cls.segment = cls.env['healthcare.segment'].create(
            {
                'name': "Everybody here",
                'company_id': cls.clinic.id,
                'with_deceased': True,
                'domain': f"[('company_id', '=', {cls.clinic.id})]",
            }
        )
        cls.segment._refresh()
        cls.mailing = cls.make_mailing()

    @classmethod
    def now(cls):
        return fields.Datetime.now() - timedelta(seconds=1)

    @classmethod
    def member(cls, name, decision='permit', **values):
        address = f"{name.lower().replace(' ', '.')}@example.org"
        patient = cls.make_patient(
            name, **{'email': address, 'company_id': cls.clinic.id, **values}
        )
        if decision:
            cls.make_consent(
                patient,
                'email',
                decision,
                purpose=cls.purpose_marketing,
                date=cls.now() - timedelta(days=1),
            )
        return patient

    @classmethod
    def make_mailing(cls, **values):
        return cls.env['mailing.mailing'].create(
            {
                'subject': "Influenza vaccine",
                'body_html': '<p>Come. <a href="/unsubscribe_from_list">No more</a></p>',
                'mailing_model_id': cls.env['ir.model']._get_id('res.partner'),
                'segment_id': cls.segment.id,
                'keep_archives': True,
                **values,
            }
        )

    def send(self, mailing=None):
        with self.mock_mail_gateway():
            (mailing or self.mailing).action_send_mail()
        return sorted(mail['email_to'][0] for mail in self._mails)

    def ledger(self, mailing=None):
        rows = self.env['healthcare.communication'].search(
            [('mailing_id', '=', (mailing or self.mailing).id)]
        )
        return {row.patient_id: (row.status, row.reason) for row in rows}


@tagged('post_install', '-at_install')
class TestSegmentMailing(MailingCase):
    def test_consent_that_no_longer_counts_is_none(self):
        """Expired, asked again in new words, or a child's own: nobody is written to."""
        self.assertIn(self.lan, self.reached())
        self.make_consent(
            self.lan,
            'email',
            purpose=self.purpose_marketing,
            expires_on=fields.Date.today() - timedelta(days=1),
        )
        self.assertNotIn(self.lan, self.reached())
        self.make_consent(
            self.child, 'email', purpose=self.purpose_marketing, given_by_id=self.child.id
        )
        self.assertNotIn(self.child, self.reached())
        self.make_consent(
            self.child, 'email', purpose=self.purpose_marketing, given_by_id=self.hoa.id
        )
        self.assertIn(self.child, self.reached())

    def test_who_is_of_age_is_the_clinics_to_say(self):
        self.hoa.birth_date = fields.Date.today() - relativedelta(years=19)
        self.assertIn(self.hoa, self.reached())
        self.clinic.healthcare_age_of_majority = 20
        self.assertNotIn(self.hoa, self.reached())

    def reached(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.Partner.search(self.mailing._get_recipients_domain())

    def test_only_who_agreed_is_written_to(self):
        sent = self.send()
        self.assertEqual(len(sent), 2)
        self.assertIn('hoa@example.org', sent[0])
        self.assertIn('lan@example.org', sent[1])

    def test_every_letter_has_its_row_with_its_reason(self):
        self.send()
        self.assertEqual(
            self.ledger(),
            {
                self.hoa: ('sent', False),
                self.lan: ('sent', False),
                self.asked_not: ('suppressed', 'no_consent'),
                self.refused: ('suppressed', 'consent_denied'),
                self.changed_mind: ('suppressed', 'consent_denied'),
                self.dead: ('suppressed', 'deceased'),
                self.blocked: ('suppressed', 'blocked'),
                self.no_address: ('suppressed', 'no_address'),
                self.child: ('suppressed', 'guardian'),
            },
        )
        row = self.hoa.communication_ids
        self.assertEqual(row.channel, 'email')
        self.assertEqual(row.purpose_id, self.purpose_marketing)
        self.assertEqual(row.consent_id, self.hoa.consent_ids)
        self.assertEqual(row.address, 'hoa@example.org')
        self.assertTrue(row.sent_at)

    def test_once(self):
        self.send()
        with self.assertRaises(UserError):
            self.send()
        self.assertEqual(len(self.ledger()), 9)
        self.assertEqual(self.ledger()[self.hoa], ('sent', False))

    def test_who_agrees_later_gets_it_when_it_is_sent_again(self):
        self.send()
        self.make_consent(self.asked_not, 'email', purpose=self.purpose_marketing, date=self.now())
        self.assertEqual(len(self.send()), 1)
        self.assertEqual(self.ledger()[self.asked_not], ('sent', False))

    def test_consent_is_asked_in_the_moment_of_sending(self):
        mailing = self.mailing
        self.assertIn("2 of 9", mailing.segment_summary)
        self.make_consent(
            self.hoa, 'email', 'deny', purpose=self.purpose_marketing, date=self.now()
        )
        self.assertEqual(len(self.send()), 1)
        self.assertEqual(self.ledger()[self.hoa], ('suppressed', 'consent_denied'))

    def test_a_letter_in_the_queue_stops_when_the_consent_is_withdrawn(self):
        with self.mock_mail_gateway(), patch.object(type(self.env['mail.mail']), 'send'):
            self.mailing.action_send_mail()
        mails = self.env['mail.mail'].search([('mailing_id', '=', self.mailing.id)])
        self.assertEqual(len(mails), 2)
        self.make_consent(
            self.hoa, 'email', 'deny', purpose=self.purpose_marketing, date=self.now()
        )
        with self.mock_mail_gateway():
            mails.send()
            self.assertEqual(len(self._mails), 1)
        states = {mail.res_id: mail.state for mail in mails}
        self.assertEqual(states, {self.hoa.id: 'cancel', self.lan.id: 'sent'})
        self.assertEqual(self.ledger()[self.hoa], ('suppressed', 'consent_denied'))
        self.assertEqual(self.ledger()[self.lan], ('sent', False))

    def test_what_the_server_refuses_failed(self):
        with self.mock_mail_gateway(), patch.object(type(self.env['mail.mail']), 'send'):
            self.mailing.action_send_mail()
        mails = self.env['mail.mail'].search([('mailing_id', '=', self.mailing.id)])
        mails._postprocess_sent_message([], [], 'down', failure_type='mail_smtp')
        self.assertEqual(self.ledger()[self.hoa], ('failed', 'provider_error'))
        mails._postprocess_sent_message([], [])
        self.assertEqual(self.ledger()[self.hoa], ('sent', False))

    def test_two_patients_with_one_address(self):
        self.lan.email = self.hoa.email
        self.assertEqual(len(self.send()), 1)
        outcomes = {self.ledger()[self.hoa], self.ledger()[self.lan]}
        self.assertEqual(outcomes, {('sent', False), ('suppressed', 'same_address')})

    def test_blocked_addresses(self):
        self.env['mail.blacklist']._add(self.hoa.email)
        self.assertEqual(len(self.send()), 1)
        self.assertEqual(self.ledger()[self.hoa], ('suppressed', 'blocked'))

    def test_consent_for_another_purpose_is_none(self):
        mailing = self.make_mailing(consent_purpose_id=self.purpose_reminder.id)
        with self.assertRaises(UserError):
            self.send(mailing)

    def test_a_child_for_whom_somebody_agreed(self):
        self.make_consent(
            self.child,
            'email',
            purpose=self.purpose_marketing,
            date=self.now(),
            given_by_id=self.hoa.id,
        )
        self.assertEqual(len(self.send()), 3)

    def test_patients_get_nothing_from_mailings_to_contacts(self):
        friend = self.env['res.partner'].create({'name': "Friend", 'email': 'f@example.org'})
        mailing = self.make_mailing(
            segment_id=False, mailing_domain=str([('id', 'in', (friend | self.hoa).ids)])
        )
        self.assertEqual(len(self.send(mailing)), 1)
        self.assertFalse(self.ledger(mailing))

    def test_what_cannot_be(self):
        for values in (
            {'mailing_model_id': self.env['ir.model']._get_id('mailing.list')},
            {'use_exclusion_list': False},
            {'consent_purpose_id': False},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.mailing.write(values)

    def test_not_before_the_patients_are_looked_up(self):
        self.segment.refreshed_at = False
        with self.assertRaisesRegex(UserError, "looked up"):
            self.send()

    def guard(self, patients=5):
        """Have the segment ask about health, with so many who agree; return who writes to it."""
        self.clinic.minimum_group = 5
        for number in range(patients - 2):
            self.member(f"Patient {number}")
        self.env['healthcare.segment.condition'].create(
            {'segment_id': self.segment.id, 'kind': 'illness', 'negative': True, 'text': 'Q97'}
        )
        self.segment._refresh()
        return self.make_user(
            'marketing', company_id=self.clinic.id, company_ids=[Command.set(self.clinic.ids)]
        )

    def write_as(self, marketing, **values):
        """Write a letter to the segment."""
        action = self.segment.with_user(marketing).action_new_mailing()
        return (
            self.env['mailing.mailing']
            .with_user(marketing)
            .with_context(**action['context'])
            .create({'subject': "Hello", 'body_html': '<p>Come.</p>', **values})
        )

    def test_marketing_writes_to_a_segment_without_seeing_why(self):
        mailing = self.write_as(self.guard(patients=7))
        self.assertEqual(mailing.consent_purpose_id, self.purpose_marketing)
        self.assertRegex(mailing.segment_summary, "about 1[05] patients; those who agreed")
        self.assertNotIn('Q97', str(mailing.segment_id.read()))
        self.assertEqual(len(self.send(mailing)), 7)
        mailing.invalidate_recordset()
        self.assertIn(mailing.sent, (5, 10))
        self.assertFalse(mailing.clicks_ratio)

    def test_too_few_who_agreed(self):
        mailing = self.write_as(self.guard(patients=4))
        for send in (mailing.action_send_mail, mailing.action_put_in_queue):
            with self.assertRaisesRegex(UserError, "fewer than 5"):
                send()
        mailing.sudo().with_user(self.env.ref('base.user_root'))._action_send_mail()
        self.assertEqual((mailing.state, mailing.sent), ('draft', 0))

    def test_a_filter_does_not_pick_one_of_the_group(self):
        """Whether one patient is in it, by a letter to this patient only."""
        mailing = self.write_as(
            self.guard(patients=7), mailing_domain=f"[('id', '=', {self.hoa.id})]"
        )
        self.assertIn(mailing.total, (10, 15))
        self.assertEqual(len(self.send(mailing)), 7)

    def test_the_ledger_of_a_patient_does_not_tell(self):
        mailing = self.write_as(self.guard(patients=7))
        self.send(mailing)
        ledger = self.env['healthcare.communication'].with_user(mailing.env.user)
        self.assertFalse(ledger.search([('patient_id', '=', self.hoa.id)]))
        self.assertFalse(ledger.search([('mailing_id', '=', mailing.id)]))
        self.assertFalse(self.hoa.with_user(mailing.env.user).communication_count)

    def test_who_got_it_tells_those_who_mail_nothing(self):
        """Who is in a segment is for staff: the name of it, or the letter, says why."""
        self.send()
        marketing = self.make_user(
            'marketing', company_id=self.clinic.id, company_ids=[Command.set(self.clinic.ids)]
        )
        mailing = self.mailing.with_user(marketing)
        traces = mailing.env['mailing.trace']
        self.assertFalse(traces.search([('mass_mailing_id', '=', mailing.id)]))
        with self.assertRaises(AccessError):
            traces.browse(self.mailing.mailing_trace_ids.ids).read(['email', 'res_id'])
        self.assertEqual(mailing.sent, 2)
        with self.assertRaises(UserError):  # nobody is left: nobody gets it twice
            mailing.action_send_mail()

    def test_what_was_sent_stays_a_letter_to_its_segment(self):
        """Who may read who got it depends on the segment."""
        self.mailing.segment_id = False
        self.mailing.segment_id = self.segment
        self.send()
        marketing = self.make_user(
            'marketing', company_id=self.clinic.id, company_ids=[Command.set(self.clinic.ids)]
        )
        mailing = self.mailing.with_user(marketing)
        mailing.write({'segment_id': self.segment.id, 'subject': "Sent"})
        with self.assertRaises(UserError):
            mailing.segment_id = False
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError):
            mailing.unlink()

    def test_not_to_segments_of_other_clinics(self):
        marketing = self.make_user('marketing')
        with self.assertRaises(UserError):
            self.mailing.with_user(marketing).copy({'segment_id': self.segment.id})


@tagged('post_install', '-at_install')
class TestUnsubscribe(HttpCase, MailingCase):
    def url(self):
        return urlparse(self.mailing._get_unsubscribe_oneclick_url(self.hoa.email, self.hoa.id))

    def decision(self):
        decisions = self.env['healthcare.consent']._decisions(
            self.hoa.ids, self.purpose_marketing.ids, ['email']
        )
        return next(iter(decisions.values()))[0]

    def test_one_click(self):
        url = self.url()
        response = self.url_open(f'{url.path}?{url.query}', data={'List-Unsubscribe': 'One-Click'})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.decision(), 'deny')
        consent = self.hoa.consent_ids.sorted('id')[-1]
        self.assertEqual((consent.method, consent.channel), ('link', 'email'))
        self.url_open(f'{url.path}?{url.query}', data={'List-Unsubscribe': 'One-Click'})
        self.assertEqual(len(self.hoa.consent_ids), 2, "withdrawn once")
        self.assertFalse(self.env['mail.blacklist'].search([('email', '=', self.hoa.email)]))

    def test_a_scanner_that_follows_the_link_decides_nothing(self):
        url = self.url()
        path = url.path.replace('_oneclick', '')
        response = self.url_open(f'{path}?{url.query}')
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.decision(), 'permit')
        self.authenticate(None, None)
        values = {name: value[0] for name, value in parse_qs(url.query).items()}
        values |= {'mailing_id': self.mailing.id, 'csrf_token': http.Request.csrf_token(self)}
        self.url_open('/mailing/confirm_unsubscribe', data=values)
        self.assertEqual(self.decision(), 'deny')

    def test_somebody_elses_token(self):
        url = self.url()
        query = url.query.replace(f'document_id={self.hoa.id}', f'document_id={self.lan.id}')
        response = self.url_open(f'{url.path}?{query}', data={'x': 'y'})
        self.assertEqual(response.status_code, 401)
        self.assertEqual(len(self.lan.consent_ids), 1)
