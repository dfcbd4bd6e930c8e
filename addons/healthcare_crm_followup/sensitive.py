"""The fields this addon adds to models with patient data, as in the core addon's register."""

from odoo.addons.healthcare_crm.sensitive import GROUP_PRIVACY, GROUP_STAFF, SYSTEM, Sensitive

_CLINICAL = Sensitive('clinical')
_ENGINE = Sensitive('clinical', write=SYSTEM)
#: Who may know what a message is for: "Diabetes: a review" is about the patient's health.
GROUP_STEPS = f'{GROUP_STAFF},{GROUP_PRIVACY}'
_STEP = Sensitive('clinical', read=GROUP_STEPS, write=SYSTEM)

SENSITIVE = {
    'res.partner': {
        'enrollment_ids': _ENGINE,
        'care_task_ids': _CLINICAL,
    },
    'calendar.event': {
        'enrollment_ids': _ENGINE,
        'care_task_ids': _CLINICAL,
    },
    'healthcare.communication': {
        'waits_for': Sensitive('free_text', write=SYSTEM),
        'survey_input_id': _ENGINE,
        'enrollment_id': _STEP,
        'step_key': _STEP,
        'step_name': _STEP,
    },
    'survey.user_input': {
        'enrollment_id': _ENGINE,
    },
    'healthcare.care.task': {
        'patient_id': Sensitive('identifier'),
        'phone': Sensitive('contact'),
        'appointment_id': _CLINICAL,
        'appointment_start': _CLINICAL,
        'practitioner_id': _CLINICAL,
        'note': Sensitive('free_text'),
        'note_sealed': Sensitive('free_text', read='.', write=SYSTEM),
        'communication_id': _ENGINE,
        'why': Sensitive('contact', write=SYSTEM),
        'subject_name': _ENGINE,
    },
    'healthcare.referral': {
        'overdue_told_at': Sensitive('clinical', read=GROUP_STAFF, write=SYSTEM),
    },
    'healthcare.workflow.enrollment': {
        'patient_id': Sensitive('identifier', write=SYSTEM),
    },
    'link.tracker': {
        'communication_id': _ENGINE,
    },
}

PLAIN = {
    'res.partner': set(),
    'calendar.event': set(),
    'healthcare.communication': {
        'visit',
        'lease_until',
        'priority',
        'expires_at',
        'is_sender_known',
        'opened_at',
        'clicked_at',
    },
    'survey.user_input': {'step_key', 'visit', 'is_red_flag'},
    'healthcare.care.task': {
        'name',
        'purpose_id',
        'company_id',
        'task_type',
        'role',
        'user_id',
        'instruction',
        'priority',
        'window_start',
        'window_end',
        'is_overdue',
        'state',
        'outcome',
        'own_outcomes',
        'own_outcome',
        'outcome_name',
        'escalated_at',
        'absent_user_id',
        'is_for_my_role',
        'completed_at',
        'completed_by_id',
        'attempts',
        'held_by_id',
        'held_until',
        'hours_to_done',
        'idempotency_key',
        'enrollment_id',
        'step_key',
        'visit',
    },
    'healthcare.workflow.enrollment': {
        'workflow_id',
        'version_id',
        'subject_model',
        'subject_id',
        'occurrence',
        'company_id',
        'trigger',
        'anchor_at',
        'began_gone',
        'slot',
        'sibling_slot',
        'live',
        'spawned',
        'depth',
        'parent_id',
        'parent_step',
        'parent_visit',
        'goal_at',
        'goal_until',
        'arms',
        'state',
        'exit_reason',
        'exit_detail',
        'date_start',
        'date_end',
        'token_ids',
        'log_ids',
        'next_due_at',
        'next_step',
    },
    'healthcare.referral': set(),
    'link.tracker': set(),
}
