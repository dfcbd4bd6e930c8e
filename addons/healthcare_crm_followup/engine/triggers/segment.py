"""Start when a patient enters or leaves a segment."""

from dataclasses import dataclass

from .registry import Trigger, trigger_kind

#: change of the segment -> code of the happening
CHANGES = {'enters': 'segment_entered', 'leaves': 'segment_left'}


@trigger_kind
@dataclass(frozen=True)
class SegmentTrigger(Trigger):
    """Start when the hourly look at the segment finds that a patient entered, or left.

    Who was in it before the workflow was published is history. Example::

        {"kind": "segment", "segment": 7, "change": "enters"}
    """

    kind = 'segment'
    segment: int
    change: str

    @classmethod
    def from_json(cls, values):
        """Return the trigger of its JSON form."""
        return cls(values['segment'], values.get('change') or 'enters')

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if not isinstance(values.get('segment'), int):
            yield 'segment', 'no_segment', str(values.get('segment') or '')
        if (values.get('change') or 'enters') not in CHANGES:
            yield 'change', 'unknown_change', str(values['change'])

    @staticmethod
    def check(values, definition, workflow):
        """Yield (path, problem code, detail) for what only the database can tell."""
        segments = workflow.env['healthcare.segment'].with_context(active_test=False)
        # not sudo: it has to be of a clinic the publisher works for
        if values.get('segment') and not segments.search_count([('id', '=', values['segment'])]):
            yield 'segment', 'no_segment', ''

    @property
    def events(self):
        """The one code it listens to."""
        return frozenset({CHANGES[self.change]})

    def accepts(self, happening):
        """Say whether it was this segment."""
        return happening.payload.get('segment') == self.segment
