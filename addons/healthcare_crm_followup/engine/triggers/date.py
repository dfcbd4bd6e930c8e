"""Start before or after a date of the subject, and follow that date when it moves."""

from dataclasses import dataclass

from odoo.tools import SQL

from .. import clock
from .registry import Trigger, trigger_kind


@trigger_kind
@dataclass(frozen=True)
class DateTrigger(Trigger):
    """Ring ``amount`` units away from the subject's ``field``; before it when negative.

    Example::

        {"kind": "date", "field": "start", "amount": -24, "unit": "hours"}
        {"kind": "date", "field": "start", "amount": -3, "unit": "working_days"}
    """

    kind = 'date'
    is_scheduled = True
    follows = True
    field: str
    amount: int
    unit: str

    @classmethod
    def from_json(cls, values):
        """Return the trigger of its JSON form."""
        return cls(values['field'], values['amount'], values['unit'])

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if not values.get('field'):
            yield 'field', 'no_field', ''
        if not isinstance(values.get('amount'), int):
            yield 'amount', 'no_amount', str(values.get('amount') or '')
        if values.get('unit') not in clock.UNITS:
            yield 'unit', 'unknown_unit', str(values.get('unit') or '')

    @property
    def is_before(self):
        """Whether the workflow starts before the date."""
        return self.amount < 0

    def candidates(self, scene):
        """Return the SQL of every subject with its date and its moment."""
        anchor = scene.anchor_sql(self.field)
        return SQL(
            """
            SELECT subject.id AS subject_id, subject.%s AS patient_id, %s AS company_id,
                   %s AS anchor, %s AS moment
              FROM %s AS subject
            """,
            SQL.identifier(scene.subject.patient),
            scene.subject.company_sql(),
            anchor,
            scene.moment_sql(anchor, self.amount, self.unit),
            SQL.identifier(scene.subject.table),
        )
