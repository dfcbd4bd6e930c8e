"""Invite to a survey, and go on by what the patient answers."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from math import inf
from numbers import Real

from ..effects import Communication, SurveyInvitation
from .message import REPLIED, MessageStep
from .registry import Result, step_kind, way_outcomes, way_problems

RED_FLAG = 'red_flag'
ANSWERED = 'answered'
NO_ANSWER = 'no_answer'
SUPPRESSED = 'suppressed'
FAILED = 'failed'
LINK = '{survey_link}'
DEFAULT_DAYS = 7


@dataclass(frozen=True)
class Way:
    """Where answers lead: a score within bounds, both included, or one answer that was chosen."""

    outcome: str
    minimum: float = -inf
    maximum: float = inf
    answer_id: int | None = None

    @classmethod
    def of(cls, way):
        """Return the way of its JSON form."""
        if way.get('answer'):
            return cls(way['outcome'], answer_id=way['answer'])
        return cls(way['outcome'], *_bounds(way['score']))

    def takes(self, score, answer_ids):
        """Say whether answers with this ``score`` and these chosen answers go this way."""
        if self.answer_id:
            return self.answer_id in answer_ids
        return self.minimum <= score <= self.maximum


@step_kind
@dataclass(frozen=True, kw_only=True)
class SurveyStep(MessageStep):
    """Send an invitation as a message step sends its message, then wait ``days`` for the answers.

    An answer marked as red flag in the survey, or a score within ``red_flag``, is the outcome
    ``red_flag`` before anything else, and a nurse gets an urgent task at once. Then the first of
    ``ways`` that fits decides, else it is ``answered``; ``no_answer`` when the days are over. Who
    writes back instead is ``replied``, where an arrow asks for it.

    Scores are Odoo's total score: points, because clinical scales are read in points, and because
    Odoo cuts percentages off below zero and reckons them by the questions that were shown. Only
    questions with a choice, a number or a date carry points, those with a scale do not. Example::

        {"kind": "survey", "name": "How are you?", "purpose": 1, "channels": ["preferred", "email"],
         "templates": {"email": {"id": 4, "subject": {"en_US": "…"}, "body": {"en_US": "…"}}},
         "survey": 12, "days": 7, "red_flag": {"min": 20},
         "ways": [{"outcome": "way1", "name": "In pain", "score": {"min": 10, "max": 19}},
                  {"outcome": "way2", "name": "Wants a call", "answer": 87}],
         "next": {"red_flag": "visit", "way1": "call", "no_answer": "again"}}
    """

    kind = 'survey'
    survey_id: int
    ways: tuple
    red_flag: tuple | None
    days: float

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        message = MessageStep.from_json(key, values)
        return cls(
            **{field.name: getattr(message, field.name) for field in fields(message)},
            survey_id=values['survey'],
            ways=tuple(Way.of(way) for way in values.get('ways') or ()),
            red_flag=_bounds(values['red_flag']) if values.get('red_flag') else None,
            days=values.get('days') or DEFAULT_DAYS,
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        ways = way_outcomes(values)
        return (RED_FLAG, *ways, ANSWERED, REPLIED, NO_ANSWER, SUPPRESSED, FAILED)

    @staticmethod
    def answers(values):
        """Return what may come of answers."""
        return (RED_FLAG, *way_outcomes(values), ANSWERED)

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        yield from MessageStep.validate(values)
        if not values.get('survey'):
            yield 'survey', 'no_survey', ''
        if values.get('ways'):
            reserved = (RED_FLAG, ANSWERED, REPLIED, NO_ANSWER, SUPPRESSED, FAILED)
            yield from way_problems(values, reserved=reserved)
        for index, way in enumerate(values.get('ways') or ()):
            if not way.get('answer') and not _is_score(way.get('score')):
                yield f'ways/{index}', 'no_score', str(way.get('name') or '')
        if values.get('red_flag') and not _is_score(values['red_flag']):
            yield 'red_flag', 'no_score', ''
        for channel, texts in (values.get('templates') or {}).items():
            if channel != 'call' and not all(
                LINK in text for text in (texts.get('body') or {}).values()
            ):
                yield f'templates/{channel}', 'no_survey_link', channel, 'warning'
        days = values.get('days') or DEFAULT_DAYS
        if not isinstance(days, Real) or days <= 0:
            yield 'days', 'no_amount', str(days)

    @staticmethod
    def check(values, definition, workflow):
        """Yield (path, problem code, detail[, level]) for what only the database can tell."""
        if not values.get('survey'):
            return
        # sudo: a clinic administrator may not edit surveys, but may choose among them
        survey = workflow.env['survey.survey'].sudo().browse(values['survey']).exists()
        if not survey.active or not survey.question_ids:
            yield 'survey', 'empty_survey', survey.title or ''
            return
        if survey.users_login_required:
            yield 'survey', 'survey_login', survey.title
        if survey.access_mode != 'token':
            yield 'survey', 'survey_public', survey.title, 'warning'
        ways = values.get('ways') or ()
        scored = values.get('red_flag') or any(way.get('score') for way in ways)
        if scored and survey.scoring_type == 'no_scoring':
            yield 'survey', 'survey_no_score', survey.title
        known = set(survey.question_ids.suggested_answer_ids.ids)
        for index, way in enumerate(ways):
            if way.get('answer') and way['answer'] not in known:
                yield f'ways/{index}/answer', 'survey_other_answer', str(way.get('name') or '')

    def run(self, rows, scene):
        """Invite rows that arrive; follow the answers of those that come back."""
        back = [row for row in rows if row.woken]
        invited = [
            self._await_answers(result)
            for result in super().run([row for row in rows if not row.woken], scene)
        ]
        outcomes = {'due': NO_ANSWER}
        return [
            *invited,
            *(Result(row, outcome=outcomes.get(row.woken, row.woken)) for row in back),
        ]

    def outcome_of(self, score, answer_ids, is_flagged):
        """Return the outcome of answers.

        :param score: total score in points
        :param answer_ids: ids of the ``survey.question.answer`` that were chosen
        :param is_flagged: whether one of them is marked as red flag
        """
        if is_flagged or (self.red_flag and self.red_flag[0] <= score <= self.red_flag[1]):
            return RED_FLAG
        taken = (way.outcome for way in self.ways if way.takes(score, answer_ids))
        return next(taken, ANSWERED)

    def _await_answers(self, result):
        """Return the result of the message as that of the survey: sent is only its beginning."""
        sent = [
            effect
            for effect in result.effects
            if isinstance(effect, Communication) and effect.status != SUPPRESSED
        ]
        if not sent:
            return result
        # quiet hours may have put it off
        until = sent[0].due_at + timedelta(days=self.days)
        invitation = SurveyInvitation.of(result.row, self)
        return replace(result, outcome=None, until=until, effects=(*result.effects, invitation))


def _bounds(score):
    """Return the least and the greatest score of the JSON form of bounds."""
    least, most = score.get('min'), score.get('max')
    return -inf if least is None else least, inf if most is None else most


def _is_score(score):
    """Say whether the JSON form of bounds has at least one, and they are in order."""
    given = [score[end] for end in ('min', 'max') if (score or {}).get(end) is not None]
    return bool(given) and all(isinstance(one, Real) for one in given) and given == sorted(given)
