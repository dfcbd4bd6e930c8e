"""Start when the last record of a patient is so long ago: a visit, a prescription, a test."""

from dataclasses import dataclass
from datetime import timedelta

from odoo.fields import Domain
from odoo.tools import SQL

from .. import clock, conditions
from ..subjects import subject_of
from .registry import Trigger, trigger_kind


@trigger_kind
@dataclass(frozen=True)
class CycleTrigger(Trigger):
    """Ring ``amount`` units after the ``date`` of the patient's last record of the model ``of``;
    before it when negative, as for a prescription that is going to end.

    Only records that meet ``domain`` count. A newer one moves the moment. The workflow is about the
    patient, or about that last record. Example::

        {"kind": "cycle", "of": "calendar.event", "date": "start", "amount": 6, "unit": "months",
         "domain": [["appointment_status", "=", "fulfilled"], ["service_id", "=", 3]]}
    """

    kind = 'cycle'
    is_scheduled = True
    follows = True
    #: Nobody waits for the end of a cycle all through it.
    horizon = timedelta(days=2)
    of: str
    date: str
    domain: tuple
    amount: int
    unit: str

    @classmethod
    def from_json(cls, values):
        """Return the trigger of its JSON form."""
        return cls(
            values['of'],
            values['date'],
            tuple(values.get('domain') or ()),
            values['amount'],
            values['unit'],
        )

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if not values.get('of'):
            yield 'of', 'no_model', ''
        if not values.get('date'):
            yield 'date', 'no_field', ''
        if not isinstance(values.get('amount'), int):
            yield 'amount', 'no_amount', str(values.get('amount') or '')
        if values.get('unit') not in clock.UNITS:
            yield 'unit', 'unknown_unit', str(values.get('unit') or '')

    @property
    def is_before(self):
        """Whether the workflow starts before the date."""
        return self.amount < 0

    def candidates(self, scene):
        """Return the SQL of every patient's last record, with its date and its moment.

        The last one is that without a newer one, not the first of a sorted list: so the clock,
        which is applied around this, leaves few records whose patients are looked up.

        :raise KeyError: the workflow is about neither the patient nor the record
        """
        env, tz = scene.env, scene.graph.tz
        if scene.graph.subject not in ('res.partner', self.of):
            raise KeyError(scene.graph.subject)
        record = subject_of(env, self.of)
        counting = record.base_domain() & conditions.at(env, self.of, self.domain, scene.now, tz)
        model = env[self.of].with_context(active_test=False)
        anchor = record.anchor_sql(self.date, tz)
        return SQL(
            """
            SELECT %(subject)s AS subject_id, person.id AS patient_id,
                   COALESCE(%(company)s, person.company_id) AS company_id,
                   %(anchor)s AS anchor, %(moment)s AS moment
              FROM %(table)s AS subject
              JOIN res_partner AS person ON person.id = subject.%(patient)s
             WHERE subject.%(date)s IS NOT NULL AND subject.id IN (%(counting)s)
               AND NOT EXISTS (%(newer)s)
            """,
            subject=SQL('subject.id' if scene.graph.subject == self.of else 'person.id'),
            company=record.company_sql(),
            anchor=anchor,
            moment=scene.moment_sql(anchor, self.amount, self.unit),
            table=SQL.identifier(record.table),
            patient=SQL.identifier(record.patient),
            date=SQL.identifier(self.date),
            counting=model._search(counting).subselect(),
            newer=self._newer_sql(model, record, counting),
        )

    def _newer_sql(self, model, record, counting):
        """Return the SQL of the records of the same patient that are newer than ``subject``."""
        newer = model._search(counting & Domain(record.patient, '!=', False))
        newer.add_where(
            SQL(
                '%(its_patient)s = subject.%(patient)s '
                'AND (%(its_date)s, %(its_id)s) > (subject.%(date)s, subject.id)',
                its_patient=SQL.identifier(model._table, record.patient),
                patient=SQL.identifier(record.patient),
                its_date=SQL.identifier(model._table, self.date),
                its_id=SQL.identifier(model._table, 'id'),
                date=SQL.identifier(self.date),
            )
        )
        return newer.select(SQL('1'))
