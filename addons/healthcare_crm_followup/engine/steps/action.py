"""Let one of Odoo's own server actions do something with the subject or the patient."""

from dataclasses import dataclass

from ..effects import RunAction, server_actions
from .registry import Result, Step, next_of, step_kind

SUBJECT = 'subject'
PATIENT = 'patient'


@step_kind
@dataclass(frozen=True)
class ActionStep(Step):
    """Run the ``ir.actions.server`` of id ``action``, once for all the records of a batch.

    It runs as the engine, so who published the workflow has to be allowed to run it, and one with
    Python in it has to be a system administrator's (see :mod:`..effects.server_actions`). Example::

        {"kind": "action", "name": "Ask for a wheelchair", "action": 412, "on": "subject",
         "next": {"done": "remind"}}
    """

    kind = 'action'
    may_stop = True
    key: str
    name: str
    next: dict
    action_id: int
    on: str

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        return cls(
            key,
            values.get('name') or key,
            next_of(values),
            values['action'],
            values.get('on') or SUBJECT,
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        return ('done',)

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if not values.get('action'):
            yield 'action', 'no_action', ''
        if values.get('on', SUBJECT) not in (SUBJECT, PATIENT):
            yield 'on', 'unknown_target_record', str(values['on'])

    @staticmethod
    def check(values, definition, workflow):
        """Yield (path, problem code, detail) for what only the database can tell."""
        model = 'res.partner' if values.get('on') == PATIENT else definition['subject']
        # sudo: a clinic administrator may not read server actions, but may choose among them
        actions = workflow.env['ir.actions.server'].sudo()
        refusal = server_actions.refusal(
            actions.browse(values.get('action') or 0), model, workflow.env.user
        )
        if refusal and values.get('action'):
            yield 'action', *refusal

    def run(self, rows, scene):
        """Have the action run for every row."""
        return [Result(row, outcome='done', effects=(self._effect(row),)) for row in rows]

    def _effect(self, row):
        on_patient = self.on == PATIENT
        return RunAction(
            action_id=self.action_id,
            version_id=row.version_id,
            model='res.partner' if on_patient else row.subject_model,
            record_id=row.patient_id if on_patient else row.subject_id,
        )
