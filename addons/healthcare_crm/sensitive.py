"""Every identifying or clinical field of this addon, once: its class, who reads it, who writes it.

Tests compare this register with the fields of the registry. A new field on a model that holds
patient data must be entered in ``SENSITIVE`` or, when it says nothing about a patient, in
``PLAIN``.
"""

from typing import NamedTuple

GROUP_USER = 'healthcare_crm.group_healthcare_user'
GROUP_STAFF = 'healthcare_crm.group_healthcare_staff'
GROUP_CLINICAL = 'healthcare_crm.group_clinical'
GROUP_ADMINISTRATOR = 'healthcare_crm.group_clinic_administrator'
SYSTEM = 'system'  # written by the software only


class Sensitive(NamedTuple):
    """How a field is protected.

    :param cls: ``identifier``, ``contact``, ``clinical`` or ``free_text``
    :param read: external id of the group that may read it, also set as ``groups`` on the field
    :param write: external id of the group that may write it, or ``SYSTEM``
    """

    cls: str
    read: str = GROUP_USER
    write: str = GROUP_STAFF


_IDENTIFIER = Sensitive('identifier')
_CONTACT = Sensitive('contact')
# That a person is seen at all, by whom, for what and when, tells about their health.
_CLINICAL = Sensitive('clinical')
_HEALTH = Sensitive('clinical', read=GROUP_CLINICAL, write=GROUP_CLINICAL)
_HEALTH_TEXT = Sensitive('free_text', read=GROUP_CLINICAL, write=GROUP_CLINICAL)
# Where a patient goes, or waits: staff see to it without knowing why.
_DESK = Sensitive('clinical', read=GROUP_STAFF)
_LEDGER = Sensitive('contact', write=SYSTEM)
# A segment may be about anything, so being in one tells as much.
_SEGMENT = Sensitive('clinical', read=GROUP_STAFF, write=SYSTEM)
# Files of patients, and the cells of them that are shown while they are imported.
_IMPORTED = Sensitive('identifier', read=GROUP_ADMINISTRATOR, write=SYSTEM)

SENSITIVE = {
    'res.partner': {
        'is_patient': _CLINICAL,
        'patient_number': _IDENTIFIER,
        'birth_date': _IDENTIFIER,
        'age': _IDENTIFIER,
        'gender': _IDENTIFIER,
        'preferred_channel': _CONTACT,
        'practitioner_id': _CLINICAL,
        'source_id': _CONTACT,
        'referrer_id': _CONTACT,
        'guardian_id': _IDENTIFIER,
        'lifecycle_stage': _CLINICAL,
        'deceased': _CLINICAL,
        'deceased_date': _CLINICAL,
        'contact_blocked': _CONTACT,
        'identifier_ids': _IDENTIFIER,
        'consent_ids': _CONTACT,
        'consent_overview': _CONTACT,
        'communication_ids': _CONTACT,
        'communication_count': _CONTACT,
        'segment_member_ids': _SEGMENT,
        'appointment_ids': _CLINICAL,
        'appointment_count': _CLINICAL,
        'last_appointment': _CLINICAL,
        'next_appointment': _CLINICAL,
        'condition_ids': _HEALTH,
        'medication_ids': _HEALTH,
        'procedure_ids': _HEALTH,
        'observation_ids': _HEALTH,
        'immunization_ids': _HEALTH,
        'referral_ids': _DESK,
        'waitlist_entry_ids': _DESK,
    },
    'calendar.event': {
        'is_appointment': _CLINICAL,
        'patient_id': _IDENTIFIER,
        'practitioner_id': _CLINICAL,
        'service_id': _CLINICAL,
        'company_id': _CLINICAL,
        'appointment_status': _CLINICAL,
        'status_badge': _CLINICAL,
        'status_color': _CLINICAL,
        'patient_response': _CLINICAL,
        'response_date': _CLINICAL,
        'response_channel': _CONTACT,
        'booked_at': _CLINICAL,
        'cancellation_reason': _CLINICAL,
        'identifier_system_id': _IDENTIFIER,
        'identifier_value': _IDENTIFIER,
        'reminder_channel': Sensitive('contact', write=SYSTEM),
        'noshow_rate': _CLINICAL,
        'patient_phone': _CONTACT,
        'preparation': _CLINICAL,
        'communication_ids': _CONTACT,
    },
    'healthcare.patient.identifier': {
        'patient_id': _IDENTIFIER,
        'value': _IDENTIFIER,
    },
    'healthcare.consent': {
        'patient_id': _IDENTIFIER,
        'purpose_id': _CONTACT,
        'channel': _CONTACT,
        'decision': _CONTACT,
        'given_by_id': _IDENTIFIER,
    },
    'healthcare.communication': {
        'patient_id': _IDENTIFIER,
        'reason_detail': Sensitive('free_text', write=SYSTEM),
        'purpose_id': _LEDGER,
        'consent_id': _LEDGER,
        'appointment_id': Sensitive('clinical', write=SYSTEM),
        'address': _LEDGER,
        'subject': Sensitive('free_text', write=SYSTEM),
        'body': Sensitive('free_text', write=SYSTEM),
        'summary': _LEDGER,
    },
    'healthcare.segment': {
        'member_ids': _SEGMENT,
    },
    'healthcare.segment.member': {
        'patient_id': _SEGMENT,
    },
    'healthcare.condition': {
        'patient_id': _HEALTH,
        'code': _HEALTH,
        'name': _HEALTH,
        'clinical_status': _HEALTH,
        'stage': _HEALTH,
        'onset_date': _HEALTH,
        'expected_end_date': _HEALTH,
        'abatement_date': _HEALTH,
    },
    'healthcare.medication': {
        'patient_id': _HEALTH,
        'name': _HEALTH,
        'code': _HEALTH,
        'dose': _HEALTH,
        'status': _HEALTH,
        'start_date': _HEALTH,
        'days_supply': _HEALTH,
        'supply_end_date': _HEALTH,
        'is_renewed': _HEALTH,
    },
    'healthcare.procedure': {
        'patient_id': _HEALTH,
        'code': _HEALTH,
        'name': _HEALTH,
        'status': _HEALTH,
        'performed_at': _HEALTH,
        'practitioner_id': _HEALTH,
        'outcome': _HEALTH_TEXT,
    },
    'healthcare.observation': {
        'patient_id': _HEALTH,
        'code': _HEALTH,
        'name': _HEALTH,
        'value': _HEALTH,
        'unit': _HEALTH,
        'date': _HEALTH,
        'status': _HEALTH,
    },
    'healthcare.immunization': {
        'patient_id': _HEALTH,
        'vaccine_code': _HEALTH,
        'name': _HEALTH,
        'date': _HEALTH,
        'status': _HEALTH,
        'next_due_date': _HEALTH,
    },
    'healthcare.referral': {
        'patient_id': _DESK,
        'company_id': _DESK,
        'direction': _DESK,
        'department_id': _DESK,
        'practitioner_id': _DESK,
        'partner_id': _DESK,
        'reason': _HEALTH_TEXT,
        'priority': _DESK,
        'status': _DESK,
        'sent_at': _DESK,
        'deadline': _DESK,
        'answered_at': _DESK,
        'reply': _HEALTH_TEXT,
        'is_overdue': _DESK,
    },
    'healthcare.waitlist.entry': {
        'patient_id': _DESK,
        'service_id': _DESK,
        'practitioner_id': _DESK,
        'date_from': _DESK,
        'date_to': _DESK,
        'status': _DESK,
        'offered_event_id': _DESK,
        'appointment_id': _DESK,
        'company_id': _DESK,
    },
    'healthcare.import': {
        'file': Sensitive('identifier', read=GROUP_ADMINISTRATOR, write=GROUP_ADMINISTRATOR),
        'report': _IMPORTED,
    },
    'healthcare.import.column': {
        'sample': _IMPORTED,
    },
    'healthcare.import.problem': {
        'value': _IMPORTED,
        'detail': _IMPORTED,
        'reason': _IMPORTED,
    },
}

PLAIN = {
    'res.partner': set(),
    'calendar.event': set(),
    'healthcare.patient.identifier': {'system_id'},
    'healthcare.consent': {'date', 'method'},
    'healthcare.communication': {
        'direction',
        'channel',
        'status',
        'reason',
        'answer',
        'idempotency_key',
        'lang',
        'provider_ref',
        'attempt',
        'due_at',
        'sent_at',
        'date',
        'user_id',
    },
    'healthcare.segment': {
        'name',
        'active',
        'company_id',
        'domain',
        'patient_count',
        'refreshed_at',
        'duration',
        'failure',
        'revision',
    },
    'healthcare.segment.member': {'segment_id', 'date'},
    'healthcare.condition': set(),
    'healthcare.medication': set(),
    'healthcare.procedure': set(),
    'healthcare.observation': set(),
    'healthcare.immunization': set(),
    'healthcare.referral': set(),
    'healthcare.waitlist.entry': set(),
    'healthcare.import': {
        'state',
        'file_name',
        'kind',
        'system_id',
        'company_id',
        'country_id',
        'encoding',
        'date_order',
        'existing',
        'user_id',
        'column_ids',
        'problem_ids',
        'row_count',
        'position',
        'created_count',
        'updated_count',
        'unchanged_count',
        'repeated_count',
        'warning_count',
        'error_count',
        'note_counts',
        'failure',
        'started_at',
        'done_at',
        'progress',
        'problem_count',
        'notes',
        'report_name',
    },
    'healthcare.import.column': {
        'import_id',
        'sequence',
        'header',
        'patient_field',
        'appointment_field',
        'target',
        'is_clinical',
        'note',
    },
    'healthcare.import.problem': {'import_id', 'row_index', 'line', 'level', 'code', 'column'},
}
