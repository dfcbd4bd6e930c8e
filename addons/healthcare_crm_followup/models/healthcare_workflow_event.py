from datetime import timedelta
from uuid import uuid4

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ..engine import sql, tick
from ..engine.subjects import subject_of

_lt = LazyTranslate(__name__)

#: Processed events are kept this long, to answer questions.
KEEP = timedelta(days=30)
#: What can happen, as triggers, waits, exits and goals name it. Another addon adds its own.
HAPPENINGS = {
    'created': _lt("Created"),
    'moved': _lt("Date moved"),
    'changed': _lt("Changed"),
    'appointment_booked': _lt("Appointment booked"),
    'appointment_confirmed': _lt("Appointment confirmed by the patient"),
    'appointment_cancelled': _lt("Appointment cancelled"),
    'appointment_noshow': _lt("Patient did not come"),
    'appointment_arrived': _lt("Patient arrived"),
    'appointment_fulfilled': _lt("Visit took place"),
    'patient_created': _lt("New patient"),
    'patient_recommended': _lt("Patient recommended the clinic to a new patient"),
    'procedure_completed': _lt("Procedure completed"),
    'stage_changed': _lt("Stage of a condition changed"),
    'allergy_recorded': _lt("Allergy recorded"),
    'observation_abnormal': _lt("Observation outside what is usual"),
    'encounter_finished': _lt("Visit or hospital stay finished"),
    'document_added': _lt("Document added"),
    'slot_freed': _lt("Freed slot offered to a patient of the waiting list"),
    'referral_sent': _lt("Referral sent"),
    'referral_overdue': _lt("Answer to a referral is overdue"),
    'referral_completed': _lt("Referral answered"),
    'enquiry_received': _lt("Enquiry of a patient received"),
    'enquiry_converted': _lt("Enquiry became a patient"),
    'consent_given': _lt("Consent given"),
    'consent_withdrawn': _lt("Consent withdrawn"),
    'message_delivered': _lt("Message delivered"),
    'message_opened': _lt("Message opened"),
    'message_clicked': _lt("Link in a message clicked"),
    'message_replied': _lt("Message answered"),
    'message_bounced': _lt("Message came back"),
    'opted_out': _lt("Patient asked for no more messages"),
    'survey_answered': _lt("Survey answered"),
    'survey_red_flag': _lt("Alarming answer in a survey"),
    'complaint_received': _lt("Patient complained"),
    'segment_entered': _lt("Patient entered a segment"),
    'segment_left': _lt("Patient left a segment"),
    'hook': _lt("Called from outside"),
}
#: What happens to health records, and the records: to listen is to read them.
CLINICAL_HAPPENINGS = {
    'procedure_completed': 'healthcare.procedure',
    'stage_changed': 'healthcare.condition',
    'allergy_recorded': 'healthcare.allergy',
    'observation_abnormal': 'healthcare.observation',
    'encounter_finished': 'healthcare.encounter',
    'document_added': 'healthcare.document',
}


class HealthcareWorkflowEvent(models.Model):
    """The engine's inbox: something happened. Written in the user's transaction, read by the next
    tick. ``kind`` is a code of :data:`HAPPENINGS`, ``deleted``, or ``wake``: an answer to the step
    that its payload names."""

    _name = 'healthcare.workflow.event'
    _description = "Workflow Event"
    _log_access = False
    _order = 'id'
    _rec_name = 'kind'

    source_key = fields.Char(required=True, help="What is known already is not taken in again.")
    kind = fields.Char(required=True)
    subject_model = fields.Char()
    subject_id = fields.Integer()
    # no foreign key: what happened to somebody is history, whatever becomes of the record
    patient_id = fields.Integer(string="Patient Number in the Database")
    shard = fields.Integer(default=0, required=True)
    # what patients wrote, and whatever another system sent about them
    payload = fields.Json(groups=fields.NO_ACCESS)
    date = fields.Datetime(required=True)
    processed_at = fields.Datetime()

    _source_key_uniq = models.Constraint('UNIQUE (source_key)', "This event is known already.")
    _inbox_idx = models.Index('(shard, id) WHERE processed_at IS NULL')

    @api.model
    def _happened(self, code, records, payload=None, keys=None):
        """Note that something happened to ``records``, and wake the engine.

        Nothing at all where no workflow runs.

        :param code: one of :data:`HAPPENINGS`
        :param records: subjects: patients, or records of a model with a path to a patient
        :param payload: dict of plain values, the same for all records
        :param keys: one per record, to be told only once of the same thing
        """
        if not records or not self._is_listening():
            return
        patient = subject_of(self.env, records._name).patient
        body = Json(payload) if payload else None
        # sudo: whoever changes a record need not be allowed to see whose it is
        self._take_in(
            [
                (
                    keys[index] if keys else uuid4().hex,
                    code,
                    records._name,
                    record.id,
                    record.id if patient == 'id' else record[patient].id or None,
                    body,
                )
                for index, record in enumerate(records.sudo())
            ]
        )

    @api.model
    def _answered(self, records, outcome, payload=None):
        """Note the answer that a waiting step of each record's enrollment gets.

        :param records: messages, care tasks, survey answers; those of no enrollment answer nobody
        :param outcome: a code, one of the step's outcomes
        """
        self._take_in(
            [
                (
                    uuid4().hex,
                    'wake',
                    None,
                    None,
                    record.enrollment_id.patient_id.id,
                    Json(
                        {
                            'enrollment': record.enrollment_id.id,
                            'step': record.step_key,
                            'visit': record.visit,
                            'outcome': outcome,
                        }
                        | (payload or {})
                    ),
                )
                # sudo: who answers need not be allowed to see enrollments
                for record in records.sudo().filtered('enrollment_id')
            ]
        )

    def _take_in(self, events):
        """Insert ``events``, each (key, code, model, id, patient id, payload), at once, and wake
        the engine."""
        if not events:
            return
        now = fields.Datetime.now()
        sql.insert_rows(
            self.env,
            self._table,
            [
                'source_key',
                'kind',
                'subject_model',
                'subject_id',
                'patient_id',
                'payload',
                'shard',
                'date',
            ],
            [(*event, (event[4] or 0) % sql.SHARDS, now) for event in events],
        )
        self._wake_engine()

    def _wake_engine(self):
        """Wake the engine's crons after this transaction."""
        # once in a transaction is enough, however many records it touches one by one
        if self.env.cr.precommit.data.setdefault('healthcare_tick', self) is not self:
            return
        self.env['healthcare.workflow']._wake_crons()

    def _is_listening(self):
        """Say whether any workflow runs."""
        # sudo: a receptionist need not read workflows for their reminders to follow
        return bool(
            self.env['healthcare.workflow']
            .sudo()
            .with_context(active_test=False)
            .search_count(tick.LISTENING, limit=1)
        )

    @api.autovacuum
    def _gc_processed(self):
        self.env.cr.execute(
            'DELETE FROM healthcare_workflow_event WHERE processed_at < %s',
            [fields.Datetime.now() - KEEP],
        )
