from datetime import timedelta
from uuid import uuid4

from psycopg2.extras import Json

from odoo import api, fields, models

from ..engine import sql

#: Processed events are kept this long, to answer questions.
KEEP = timedelta(days=30)


class HealthcareWorkflowEvent(models.Model):
    """The engine's inbox: something happened. Written in the user's transaction, read by the next
    tick."""

    _name = 'healthcare.workflow.event'
    _description = "Workflow Event"
    _log_access = False
    _order = 'id'

    source_key = fields.Char(required=True, help="What is known already is not taken in again.")
    kind = fields.Selection(
        [
            ('created', "Created"),
            ('moved', "Moved"),
            ('changed', "Changed"),
            ('deleted', "Deleted"),
            ('wake', "Answer to a waiting step"),
        ],
        required=True,
    )
    subject_model = fields.Char()
    subject_id = fields.Integer()
    payload = fields.Json()
    date = fields.Datetime(required=True)
    processed_at = fields.Datetime()

    _source_key_uniq = models.Constraint('UNIQUE (source_key)', "This event is known already.")
    _inbox_idx = models.Index('(id) WHERE processed_at IS NULL')

    @api.model
    def _happened(self, kind, subjects):
        """Note that something happened to ``subjects``, and wake the engine.

        Nothing at all where no published workflow is about that model.
        """
        if subjects and self._is_watched(subjects._name):
            self._take_in([(kind, subjects._name, one, None) for one in subjects.ids])

    @api.model
    def _answered(self, records, outcome):
        """Note the answer that a waiting step of each record's enrollment gets.

        :param records: messages or care tasks; those of no enrollment answer nobody
        :param outcome: a code, one of the step's outcomes
        """
        self._take_in(
            [
                (
                    'wake',
                    None,
                    None,
                    Json(
                        {
                            'enrollment': record.enrollment_id.id,
                            'step': record.step_key,
                            'visit': record.visit,
                            'outcome': outcome,
                        }
                    ),
                )
                for record in records.filtered('enrollment_id')
            ]
        )

    def _take_in(self, events):
        """Insert ``events``, each (kind, model, id, payload), at once, and wake the engine."""
        if not events:
            return
        now = fields.Datetime.now()
        sql.insert_rows(
            self.env,
            self._table,
            ['source_key', 'kind', 'subject_model', 'subject_id', 'payload', 'date'],
            [(uuid4().hex, *event, now) for event in events],
        )
        # once in a transaction is enough, however many records it touches one by one
        if self.env.cr.precommit.data.setdefault('healthcare_tick', self) is not self:
            return
        # sudo: whoever moves an appointment may not touch crons, but the reminder has to move with
        # it
        self.env.ref('healthcare_crm_followup.ir_cron_tick').sudo()._trigger()

    def _is_watched(self, model):
        """Say whether a published workflow is about ``model``."""
        # sudo: a receptionist need not read workflows for their reminders to follow
        return bool(
            self.env['healthcare.workflow']
            .sudo()
            .search_count(
                [('state', 'in', ('published', 'paused')), ('subject_model', '=', model)],
                limit=1,
            )
        )

    @api.autovacuum
    def _gc_processed(self):
        self.env.cr.execute(
            'DELETE FROM healthcare_workflow_event WHERE processed_at < %s',
            [fields.Datetime.now() - KEEP],
        )
