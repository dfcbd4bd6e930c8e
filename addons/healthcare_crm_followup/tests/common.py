from datetime import datetime, timedelta

from odoo.fields import Command
from odoo.tests import TransactionCase

from odoo.addons.healthcare_crm.tests.common import let_identity_be_shown

from ..channels import CHANNEL_ADAPTERS, Adapter, Answer
from ..engine import dispatch, enroll, graph, tick

#: A Monday morning in Taipei; what the tests call now.
NOW = datetime(2030, 1, 7, 1, 0)


class Outbox(Adapter):
    """A channel that keeps what it is given; ``answers`` says how the provider answers next."""

    sent = []
    answers = []

    def send(self, message):
        self.sent.append(message)
        return self.answers.pop(0) if self.answers else Answer('sent', provider_ref=message.key)


class FollowupCase(TransactionCase):
    """Factories, a clock that only tests move, and channels that send nowhere.

    ``self.go(moment)`` lets the engine run as if it were ``moment``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        let_identity_be_shown(cls)
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        for code in ('zh_TW', 'zh_CN', 'vi_VN'):
            cls.env['res.lang']._activate_lang(code)
        cls.env['healthcare.workflow'].search([]).action_archive()
        # what happened before is nothing to these tests
        cls.env.cr.execute('UPDATE healthcare_workflow_event SET processed_at = now()')
        cls.env.company.write(
            {'name': "Test Clinic", 'phone': '+886 2 2700 0000', 'email': 'clinic@example.org'}
        )
        cls.env.company.resource_calendar_id.tz = 'Asia/Taipei'
        # who reads whose health records is for tests of that
        cls.env.company.record_access = 'clinic'
        # tests run at any hour; those of quiet hours set them
        cls.env.company.write({'healthcare_quiet_from': 0, 'healthcare_quiet_to': 0})
        cls.reminder = cls.env.ref('healthcare_crm.consent_purpose_reminder')
        cls.practitioner = cls.env['healthcare.practitioner'].create({'name': "Dr Lin"})
        cls.email_template = cls.env.ref('healthcare_crm_followup.message_template_reminder_email')
        cls.sms_template = cls.env.ref('healthcare_crm_followup.message_template_reminder_sms')

    def setUp(self):
        super().setUp()
        self.sent = []
        outbox = type('TestOutbox', (Outbox,), {'sent': self.sent, 'answers': []})
        self.answers = outbox.answers
        self.channels = {code: type(code, (outbox,), {'code': code}) for code in CHANNEL_ADAPTERS}

    # ------------------------------------------------------------ factories

    def patient(self, name="An Nguyen", consents=('email', 'sms', 'call'), refused=(), **values):
        """Return a patient with an e-mail address, a phone and consents for reminders."""
        given = {
            'name': name,
            'is_patient': True,
            'email': f'{name.lower().replace(" ", ".")}@example.org',
            'phone': '+886 912 345 678',
            'lang': 'en_US',
        }
        patient = self.env['res.partner'].create(given | values)
        self.consent(patient, 'permit', *consents)
        self.consent(patient, 'deny', *refused)
        return patient

    def consent(self, patient, decision, *channels):
        """Record one decision per channel, later than any before."""
        self.env['healthcare.consent'].create(
            [
                {
                    'patient_id': patient.id,
                    'purpose_id': self.reminder.id,
                    'channel': channel,
                    'decision': decision,
                    'date': datetime.now() - timedelta(seconds=1),
                }
                for channel in channels
            ]
        )

    def appointment(self, patient, start=None, **values):
        """Return an appointment of half an hour, in two days unless told otherwise."""
        start = start or NOW + timedelta(days=2)
        given = {
            'is_appointment': True,
            'patient_id': patient.id,
            'practitioner_id': self.practitioner.id,
            'company_id': self.env.company.id,
            'start': start,
            'stop': start + timedelta(minutes=30),
        }
        return self.env['calendar.event'].create(given | values)

    def workflow(self, **values):
        """Return the draft of the issue's own example: e-mail first, else a phone task."""
        workflow = self.env['healthcare.workflow'].create(
            {'name': "Remind 24 hours before"} | values
        )
        message, call = self.env['healthcare.workflow.step'].create(
            [
                {
                    'workflow_id': workflow.id,
                    'name': "E-mail",
                    'kind': 'message',
                    'sequence': 10,
                    'template_ids': [Command.set((self.email_template | self.sms_template).ids)],
                },
                {'workflow_id': workflow.id, 'name': "Call", 'kind': 'care_task', 'sequence': 20},
            ]
        )
        self.env['healthcare.workflow.edge'].create(
            {'step_id': message.id, 'outcome': 'suppressed', 'target_id': call.id}
        )
        return workflow

    def publish(self, definition, now=NOW):
        """Publish a hand-written definition; return its workflow."""
        workflow = self.env['healthcare.workflow'].create({'name': "By hand"})
        workflow.version_id = self.env['healthcare.workflow.version'].create(
            {
                'workflow_id': workflow.id,
                'number': 1,
                'graph': definition,
                'checksum': graph.checksum(definition),
                'publisher_id': self.env.uid,
                'date': now,
            }
        )
        workflow.state = 'published'
        enroll.reconcile(self.env, workflow.version_id, now)
        self.env.invalidate_all()
        return workflow

    # ------------------------------------------------------------ running

    def go(self, now, send=True):
        """Tick, and send what is queued, as if it were ``now``."""
        self.env.flush_all()
        tick.run(self.env, now, self._no_commit)
        if send:
            dispatch.run(self.env, self.channels, lambda: now, self._no_commit)
        self.env.invalidate_all()

    def _no_commit(self, _processed):
        self.env.flush_all()
        self.env.invalidate_all()
        return float('inf')

    def ledger(self, patient):
        """Return the patient's ledger, oldest first."""
        return self.env['healthcare.communication'].search(
            [('patient_id', 'in', patient.ids)], order='id'
        )

    def tasks(self, patient):
        """Return the patient's care tasks, oldest first."""
        return self.env['healthcare.care.task'].search(
            [('patient_id', 'in', patient.ids)], order='id'
        )
