"""The fields this addon adds to models with patient data, as in the core addon's register."""

from odoo.addons.healthcare_crm.sensitive import SYSTEM, Sensitive

_CLINICAL = Sensitive('clinical')
_ENGINE = Sensitive('clinical', write=SYSTEM)

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
    },
    'healthcare.care.task': {
        'patient_id': Sensitive('identifier'),
        'phone': Sensitive('contact'),
        'appointment_id': _CLINICAL,
        'appointment_start': _CLINICAL,
        'practitioner_id': _CLINICAL,
        'note': Sensitive('free_text'),
        'communication_id': _ENGINE,
        'why': Sensitive('contact', write=SYSTEM),
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
        'enrollment_id',
        'step_key',
        'visit',
        'lease_until',
        'priority',
        'expires_at',
        'is_sender_known',
        'opened_at',
        'clicked_at',
    },
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
        'completed_at',
        'completed_by_id',
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
    'link.tracker': set(),
}
