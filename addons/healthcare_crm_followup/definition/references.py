"""How a definition speaks of other records: by id in a version, by name in a document.

Both classes answer the same questions, ``out(record, row)`` and ``into(model, value, path, owner)``
for a link, and ``template_out``, ``template_into`` for the texts of a message.
"""

from dataclasses import dataclass, field

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .convert import first_text, number, texts, texts_of, write_texts

#: A scale that does not say from where to where.
SCALE = {'min': 0, 'max': 10}
#: The largest id of a row.
MAX_ID = 2**31 - 1


class Refs:
    """What all ways to speak of other records have in common.

    :cvar portable: it means something in other databases, too; what is as usual is left out
    :cvar frozen: for a version, where every way has a name: results and worklists show it
    """

    portable = False
    frozen = False

    def learn(self, found):
        """Look up many, (model, id), at once, before :meth:`into` is asked for each."""

    def texts(self, row, column):
        """Return the translations of a column as {language: text}.

        They are read once for all rows that ``row`` was found with.
        """
        record = row._origin
        if not record:
            return {}
        words = self.__dict__.setdefault('_words', {}).setdefault((record._name, column), {})
        if record.id not in words:
            words |= texts(record.browse(filter(None, record._prefetch_ids)), column)
        return words.get(record.id, {})


class Ids(Refs):
    """Ids of this database: what a published version holds."""

    frozen = True

    def __init__(self, env):
        self.env = env

    def out(self, record, row):
        """Return the id; ``None`` of what is not saved yet."""
        return record._origin.id or None

    def into(self, model, value, path, owner):
        """Return the id, if the record is still there."""
        return self.env[model].browse(value or ()).exists().id

    def template_out(self, template):
        """Return the texts as frozen in a version, with the template's id."""
        return {
            'id': template.id,
            **{name: self.texts(template, name) for name in ('subject', 'body')},
        }

    def template_into(self, channel, values, path):
        """Return the template's id, if it is still there."""
        return self.env['healthcare.message.template'].browse(values.get('id') or ()).exists().id


class Kept(Ids):
    """Ids of this database as the canvas keeps them: of templates no words.

    Its user may link only what this user may see.
    """

    frozen = False

    def __init__(self, env):
        super().__init__(env)
        self._seen = {}

    def learn(self, found):
        """Look up which records there are for this user."""
        wanted = {}
        for model, one in found:
            if isinstance(one, int) and 0 < one <= MAX_ID:
                wanted.setdefault(model, set()).add(one)
        for model, ids in wanted.items():
            records = self.env[model].with_context(active_test=False)
            self._seen[model] = set(records.search([('id', 'in', list(ids))])._ids)

    def into(self, model, value, path, owner):
        """Return the id, if the record is still there for this user."""
        return value if value and value in self._seen.get(model, ()) else False

    def template_out(self, template):
        """Return the template's id."""
        return {'id': template.id}

    def template_into(self, channel, values, path):
        """Return the template's id, if it is still there for this user."""
        return self.into('healthcare.message.template', values.get('id'), path, {})


@dataclass(frozen=True)
class Missing:
    """A record a document speaks of that is not in this database."""

    path: str
    model: str
    value: str


@dataclass
class Names(Refs):
    """Names that mean something in any database: what an exchange document holds.

    What is not found is collected in ``missing``.

    :param company: the clinic whose records are looked through and whose own are made
    """

    env: object
    company: object
    missing: list = field(default_factory=list)
    portable = True

    def out(self, record, row):
        """Return the portable name of ``record``."""
        return _NAMED[record._name].out(record._origin)

    def into(self, model, value, path, owner):
        """Return the id of the record of that name, or ``False``."""
        if not value:
            return False
        kind = _NAMED[model]
        found = kind.find(self, model, value, owner)
        if not found:
            self.missing.append(Missing(path, model, kind.told(value)))
        return found.id

    def template_out(self, template):
        """Return the template's name and its texts in every language."""
        return {
            name: value
            for name in ('name', 'subject', 'body')
            if (value := self.texts(template, name))
        }

    def template_into(self, channel, values, path):
        """Return the id of a template with just these texts, made where there is none."""
        templates = self.env['healthcare.message.template']
        wanted = {name: value for name, value in values.items() if value}
        for template in templates.search(
            [('channel', '=', channel), ('company_id', 'in', [False, self.company.id])]
        ):
            have = self.template_out(template)
            if all(_installed(self.env, value) == have.get(name) for name, value in wanted.items()):
                return template.id
        name = wanted.get('name') or wanted.get('subject') or wanted['body']
        texts_in = wanted | {'name': {lang: text[:60] for lang, text in name.items()}}
        try:
            template = templates.with_context(lang='en_US').create(
                {'channel': channel, 'company_id': self.company.id}
                | {name: first_text(value) for name, value in texts_in.items()}
            )
            for name, value in texts_in.items():
                write_texts(template, name, value)
        except ValidationError as error:
            # a sentence already, of which we say only where
            sentence = self.env._(
                'definition/%(path)s: %(problem)s', path=path, problem=error.args[0]
            )
            raise UserError(sentence) from error
        return template.id


def _installed(env, value):
    """Return the texts of the languages installed here."""
    installed = {code for code, _name in env['res.lang'].get_installed()}
    return {code: text for code, text in sorted(value.items()) if code in installed}


class ByField:
    """A record named by one of its fields, in whichever language."""

    def __init__(self, name, in_company=False):
        self.name = name
        self.in_company = in_company

    def out(self, record):
        """Return the field's value, the English one of a translated field."""
        return record.with_context(lang='en_US')[self.name]

    def find(self, refs, model, value, owner):
        """Return the first record of that name."""
        records = refs.env[model]
        domain = [(self.name, '=', value)]
        if self.in_company:
            domain.append(('company_id', '=', refs.company.id))
        if not records._fields[self.name].translate:
            return records.search(domain, limit=1)
        for code, _name in refs.env['res.lang'].get_installed():
            found = records.with_context(lang=code).search(domain, limit=1)
            if found:
                return found
        return records

    def told(self, value):
        """Return ``value`` as an administrator reads it."""
        return str(value)


class ByExternalId(ByField):
    """A record of an addon by its external id; one made by hand by its name."""

    # sudo: a clinic administrator may choose among server actions, whether this one may be used
    # is asked before publishing
    def out(self, record):
        """Return ``module.name``, else the name."""
        record = record.sudo()
        return record.get_external_id()[record.id] or super().out(record)

    def find(self, refs, model, value, owner):
        """Return the record of the external id or the name."""
        record = refs.env.ref(value, raise_if_not_found=False) if '.' in value else None
        if record and record._name == model:
            return record.sudo()
        return super().find(Names(refs.env(su=True), refs.company), model, value, owner)


class Survey(ByField):
    """A survey, embedded with its questions; a text is the title of one that is here already."""

    def __init__(self):
        super().__init__('title')

    # sudo: surveys belong to their own application; a clinic administrator may use one in a
    # workflow and bring one in with it
    def out(self, record):
        """Return title, questions and answers with their scores and red flags."""
        survey = record.sudo()
        return {
            'title': texts_of(survey, 'title'),
            'questions': [self._question_out(question) for question in survey.question_ids],
        }

    def _question_out(self, question):
        values = {'title': texts_of(question, 'title'), 'type': question.question_type}
        if question.constr_mandatory:
            values['required'] = True
        if question.question_type == 'scale':
            values['scale'] = {'min': question.scale_min, 'max': question.scale_max}
        answers = [self._answer_out(answer) for answer in question.suggested_answer_ids]
        return values | ({'answers': answers} if answers else {})

    def _answer_out(self, answer):
        values = {'text': texts_of(answer, 'value')}
        if answer.answer_score:
            values['score'] = number(answer.answer_score)
        if answer.is_red_flag:
            values['red_flag'] = True
        return values

    def find(self, refs, model, value, owner):
        """Return the survey of that title; an embedded one is made if there is none just like
        it."""
        surveys = refs.env[model].sudo()
        if isinstance(value, str):
            return super().find(Names(surveys.env, refs.company), model, value, owner)
        title = first_text(value['title'])
        # the title to begin with is kept as the English one, whatever the reader's language
        for survey in surveys.with_context(lang='en_US').search([('title', '=', title)]):
            if self.out(survey) == self._as_kept(refs.env, value):
                return survey
        return self._create(surveys, value)

    def _as_kept(self, env, value):
        """Return an embedded survey as :meth:`out` would give it back."""
        return {
            'title': _installed(env, value['title']),
            'questions': [self._question_as_kept(env, question) for question in value['questions']],
        }

    def _question_as_kept(self, env, question):
        """Return a question without what it need not have said."""
        kept = question | {'title': _installed(env, question['title'])}
        if not kept.get('required'):
            kept.pop('required', None)
        if kept['type'] == 'scale':
            kept.setdefault('scale', SCALE)
        if 'answers' in kept:
            kept['answers'] = [
                {key: one for key, one in answer.items() if one}
                | {'text': _installed(env, answer['text'])}
                for answer in kept['answers']
            ]
        return kept

    def _create(self, surveys, value):
        """Return a new survey with its questions, in every language."""
        scored = any(
            answer.get('score')
            for question in value['questions']
            for answer in question.get('answers', ())
        )
        survey = surveys.with_context(lang='en_US').create(
            {
                'title': first_text(value['title']),
                'access_mode': 'token',
                # whoever brings it in need not have the surveys' own application
                # who brings it in need not have the application of surveys, whose owner must
                'user_id': False,
                'scoring_type': 'scoring_without_answers' if scored else 'no_scoring',
                'question_and_page_ids': [
                    Command.create(self._question_values(question, sequence))
                    for sequence, question in enumerate(value['questions'], start=1)
                ],
            }
        )
        write_texts(survey, 'title', value['title'])
        for question, values in zip(survey.question_ids, value['questions'], strict=True):
            write_texts(question, 'title', values['title'])
            for answer, words in zip(
                question.suggested_answer_ids, values.get('answers', ()), strict=True
            ):
                write_texts(answer, 'value', words['text'])
        return survey

    def _question_values(self, question, sequence):
        scale = question.get('scale') or SCALE
        return {
            'title': first_text(question['title']),
            'sequence': sequence,
            'question_type': question.get('type', 'simple_choice'),
            'constr_mandatory': question.get('required', False),
            'scale_min': scale['min'],
            'scale_max': scale['max'],
            'suggested_answer_ids': [
                Command.create(
                    {
                        'value': first_text(answer['text']),
                        'sequence': place,
                        'answer_score': answer.get('score', 0),
                        'is_red_flag': answer.get('red_flag', False),
                    }
                )
                for place, answer in enumerate(question.get('answers', ()), start=1)
            ],
        }

    def told(self, value):
        """Return the title."""
        return value if isinstance(value, str) else first_text(value['title'])


class Answer:
    """An answer of the step's own survey, by its words and those of its question."""

    def out(self, record):
        """Return {"question", "answer"} in English."""
        answer = record.sudo().with_context(lang='en_US')  # sudo: as for surveys
        return {'question': answer.question_id.title, 'answer': answer.value}

    def find(self, refs, model, value, owner):
        """Return the answer with those words, in any language."""
        answers = refs.env[model].sudo()  # sudo: as for surveys
        if isinstance(value, str):
            value = {'answer': value}
        survey = refs.env['survey.survey'].sudo().browse(owner.get('survey_id') or ())
        for answer in survey.question_ids.suggested_answer_ids:
            question = answer.question_id
            if value['answer'] in texts_of(answer, 'value').values() and (
                'question' not in value or value['question'] in texts_of(question, 'title').values()
            ):
                return answer
        return answers

    def told(self, value):
        """Return the words of the answer."""
        return value if isinstance(value, str) else value['answer']


#: model → how a document names its records
_NAMED = {
    'healthcare.consent.purpose': ByField('code'),
    'res.users': ByField('login'),
    'healthcare.workflow': ByField('name', in_company=True),
    'healthcare.segment': ByField('name', in_company=True),
    'ir.actions.server': ByExternalId('name'),
    'survey.survey': Survey(),
    'survey.question.answer': Answer(),
}
