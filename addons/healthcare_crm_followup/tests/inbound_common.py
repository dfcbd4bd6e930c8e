from unittest.mock import patch

from .common import NOW, FollowupCase

REPLIES = [{'outcome': 'reply1', 'name': "Comes", 'keywords': ["1", "yes", "HỦY", "ĐÚNG"]}]


class InboundCase(FollowupCase):
    """A message that went out, and a note of what the engine hears of what comes back.

    ``self.happened`` holds (code, records, payload, keys), ``self.answered`` (record, outcome).
    """

    def setUp(self):
        super().setUp()
        self.happened, self.answered = [], []
        event = type(self.env['healthcare.workflow.event'])

        def note(_event, code, records, payload=None, keys=None):
            if records:
                self.happened.append((code, records, payload, keys))

        def note_answer(_event, records, outcome):
            self.answered += [(record, outcome) for record in records]

        self.an = self.patient(refused=())
        self.visit = self.appointment(self.an)
        self.enterContext(patch.object(event, '_happened', note))
        self.enterContext(patch.object(event, '_answered', note_answer))

    def message(self, channel='email', patient=None, visit=None, arrows=('sent',), **values):
        """Return a reminder that was sent through ``channel`` by a step with ``arrows``."""
        patient = patient or self.an
        visit = self.visit if visit is None else visit
        workflow = self.env['healthcare.workflow'].create({'name': "By hand"})
        step = {
            'kind': 'message',
            'name': "Remind",
            'replies': REPLIES,
            'next': {arrow: 'end' for arrow in arrows},
        }
        version = self.env['healthcare.workflow.version'].create(
            {
                'workflow_id': workflow.id,
                'number': 1,
                'graph': {'steps': {'remind': step}},
                'checksum': 'none',
                'publisher_id': self.env.uid,
                'date': NOW,
            }
        )
        enrollment = self.env['healthcare.workflow.enrollment'].create(
            {
                'workflow_id': workflow.id,
                'version_id': version.id,
                'patient_id': patient.id,
                'subject_model': 'calendar.event',
                'subject_id': visit.id,
                'occurrence': 'now',
                'date_start': NOW,
            }
        )
        given = {
            'patient_id': patient.id,
            'channel': channel,
            'status': 'sent',
            'purpose_id': self.reminder.id,
            'appointment_id': visit.id,
            'enrollment_id': enrollment.id,
            'step_key': 'remind',
            'visit': 1,
            'address': patient.email if channel == 'email' else patient.phone_sanitized,
            'provider_ref': f'<{enrollment.id}@clinic.example>'
            if channel == 'email'
            else f'SM{enrollment.id:032}',
            'lang': 'en_US',
        }
        return self.env['healthcare.communication'].create(given | values)

    def codes(self):
        """Return the codes of what happened, in order."""
        return [code for code, *_others in self.happened]

    def replies(self, patient=None):
        """Return what the patient wrote, oldest first."""
        return self.ledger(patient or self.an).filtered(lambda row: row.direction == 'in')

    def refusals(self, patient=None):
        """Return {(purpose, channel)} that the patient refused by a reply."""
        consents = self.env['healthcare.consent'].search(
            [('patient_id', '=', (patient or self.an).id), ('method', '=', 'reply')]
        )
        self.assertEqual(set(consents.mapped('decision')), {'deny'} if consents else set())
        return {(consent.purpose_id, consent.channel) for consent in consents}
