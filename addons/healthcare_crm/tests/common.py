from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.tests import TransactionCase, new_test_user

MODULE = 'healthcare_crm'


def let_identity_be_shown(case):
    """Let a test case press buttons that ask who is there, as if that had just been shown."""
    case.startClassPatcher(patch('odoo.addons.healthcare_crm.step_up.is_shown', lambda env: True))


class HealthcareCase(TransactionCase):
    """Factories for patients, practitioners and appointments, and users of each role."""

    #: Who reads health records in the clinic: most tests are about something else.
    record_access = 'clinic'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        let_identity_be_shown(cls)
        # one day for whoever acts, whatever the hour at which the tests run
        cls.env.user.tz = 'UTC'
        cls.company = cls.env.company
        cls.company.record_access = cls.record_access
        cls.company.country_id = cls.env.ref('base.vn')
        cls.Partner = cls.env['res.partner']
        cls.Event = cls.env['calendar.event']
        cls.Consent = cls.env['healthcare.consent']
        cls.Communication = cls.env['healthcare.communication']
        cls.purpose_reminder = cls.env.ref('healthcare_crm.consent_purpose_reminder')
        cls.purpose_marketing = cls.env.ref('healthcare_crm.consent_purpose_marketing')

    @classmethod
    def make_patient(cls, name="Nguyễn Văn An", **values):
        """Create a patient."""
        return cls.Partner.create({'name': name, 'is_patient': True, **values})

    @classmethod
    def make_practitioner(cls, name="Dr Lin", **values):
        """Create a practitioner."""
        return cls.env['healthcare.practitioner'].create({'name': name, **values})

    @classmethod
    def make_service(cls, name="Check-up", **values):
        """Create a service of half an hour."""
        return cls.env['healthcare.service'].create({'name': name, **values})

    @classmethod
    def make_appointment(cls, patient=None, start=None, **values):
        """Book an appointment, next Monday at nine when not told otherwise."""
        if patient is None:
            patient = cls.make_patient()
        if start is None:
            start = datetime.now().replace(hour=9, minute=0, second=0, microsecond=0)
            start += timedelta(days=7 - start.weekday())
        return cls.Event.create(
            {
                'is_appointment': True,
                'patient_id': patient.id,
                'start': start,
                **values,
            }
        )

    @classmethod
    def make_consent(cls, patient, channel='sms', decision='permit', purpose=None, **values):
        """Record a decision of a patient."""
        return cls.Consent.create(
            {
                'patient_id': patient.id,
                'purpose_id': (purpose or cls.purpose_reminder).id,
                'channel': channel,
                'decision': decision,
                **values,
            }
        )

    @classmethod
    def make_communication(cls, patient, channel='sms', purpose=None, **values):
        """Enter a contact in the ledger."""
        return cls.Communication.create(
            {
                'patient_id': patient.id,
                'channel': channel,
                'purpose_id': (purpose or cls.purpose_reminder).id,
                **values,
            }
        )

    @classmethod
    def make_user(cls, role=None, login=None, **values):
        """Create a user with one of our roles, or an employee without any.

        :param str role: name of the group without ``group_``
        """
        groups = f'{MODULE}.group_{role}' if role else 'base.group_user'
        return new_test_user(
            cls.env,
            login or f'test-{role or "employee"}',
            groups=groups,
            **values,
        )
