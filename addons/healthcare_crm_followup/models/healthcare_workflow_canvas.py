import secrets
from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, LazyTranslate

from ..definition import drawing
from ..definition.convert import check_columns, links, read_in, replace_texts, translated
from ..definition.references import Kept, Names
from ..definition.tables import STEPS, WAYS
from ..engine import graph
from ..engine.document import Refused, with_languages
from ..engine.effects.tokens import LIVE
from ..engine.results import ENROLLED, ENTERED, EXITED
from ..engine.steps import STEP_KINDS
from .healthcare_workflow import plain
from .healthcare_workflow_edge import WAY
from .healthcare_workflow_step import KINDS

_lt = LazyTranslate(__name__)

#: What each kind of step is for, in the palette; in its order.
HINTS = {
    'message': _lt("Write to the patient by e-mail, SMS or letter."),
    'care_task': _lt("Let a colleague call or do something."),
    'survey': _lt("Ask questions and go on by the answers."),
    'wait': _lt("Go on later: after days, on a date, or when something happens."),
    'branch': _lt("Go different ways by what is known of the patient."),
    'split': _lt("Compare two ways by chance."),
    'action': _lt("Change records or do what your system administrator prepared."),
    'workflow': _lt("Let another workflow take over, or run beside this one."),
    'goto': _lt("Repeat earlier steps, at most so many times."),
    'join': _lt("Wait until paths that run side by side have arrived."),
    'end': _lt("Say how it ended: goal reached, or dropped out."),
}
#: kind → names of the ways a new step begins with
USUAL_WAYS = {
    'branch': [_lt("Yes")],
    'split': [_lt("Way A"), _lt("Way B")],
}
#: What a step of a drawing need not say.
NO_STEP = {'name': '', 'x': None, 'y': None, 'values': {}, 'next': {}}
#: What values can raise that are not of the form they should have.
STRANGE = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)


class HealthcareWorkflow(models.Model):
    """What the canvas loads and saves: the draft's steps as one document."""

    _inherit = 'healthcare.workflow'

    # ------------------------------------------------------------ load

    @api.model
    def canvas_create(self):
        """Return the canvas of a new draft."""
        return self.create({'name': self.env._("New workflow")}).canvas_load()

    def action_open_canvas(self):
        """Open the workflow on the canvas."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_followup.healthcare_workflow_action'
        )
        views = [view for view in action['views'] if view[1] == 'form']
        return action | {'views': views, 'res_id': self.id}

    def get_formview_action(self, access_uid=None):
        """Links to a workflow lead to its canvas."""
        return self.action_open_canvas()

    @api.model
    def canvas_empty(self):
        """Return the canvas of a draft that is not made yet: looking at one writes nothing."""
        self.check_access('read')
        draft = self.new(self.default_get(list(self._fields)))
        return draft.canvas_load() | {
            'id': False,
            'can_edit': self.has_access('create'),
            'problems': [],
        }

    def canvas_load(self):
        """Return what the canvas shows: the drawing, what it means, and what is to be mended."""
        self.ensure_one()
        self.check_access('read')
        doc = self._get_drawing()
        can_edit = self.has_access('write')
        definition = self._to_definition()
        # who may not mend them may not see all that conditions look at, either
        problems = self._get_problems(definition) if can_edit else []
        # sudo: which version runs is known to who may read the workflow
        version = self.sudo().version_id
        return {
            'id': self.id,
            'name': self.name,
            'state': self.state,
            'active': self.active,
            'can_edit': can_edit,
            'has_changes': bool(version and version.checksum != graph.checksum(plain(definition))),
            'has_errors': any(problem.level == 'error' for problem in problems),
            'version': version.number,
            'subject': dict(self._selection_subject_model()).get(
                self.subject_model, self.subject_model
            ),
            'trigger_summary': self.trigger_summary,
            'triggers': [
                {'key': trigger.key, 'kind': trigger.kind, 'summary': trigger.summary}
                for trigger in self.trigger_ids
            ],
            'revision': drawing.revision(doc),
            'doc': doc,
            'counts': self._get_counts(),
            'steps': {
                step.key: {
                    'id': step.id,
                    'summary': step.summary,
                    'outcomes': step._get_outcome_choices(drawing.defined(doc['steps'][step.key])),
                }
                for step in self.step_ids
            },
            'problems': [self._get_problem_data(problem) for problem in problems],
            'kinds': self._get_kinds(),
        }

    def canvas_counts(self):
        """Return {key: {"waiting", "done", "dropped"}} of patients, those of all versions."""
        self.ensure_one()
        self.check_access('read')
        return self._get_counts()

    def _get_drawing(self):
        """Return the steps as the canvas draws them, see :mod:`..definition.drawing`."""
        refs = Kept(self.env)
        steps = self.step_ids.sorted(lambda step: (step.sequence, step.id))
        return {
            'start': steps[:1].key or None,
            'steps': {
                step.key: drawing.drawn(
                    step._to_json(refs), (step.x, step.y) if step.placed else None
                )
                for step in steps
            },
        }

    def _get_problem_data(self, problem):
        """Return a problem as the canvas tells it: the step it is in, or the part of the
        workflow."""
        part, _slash, rest = problem.path.partition('/')
        key = rest.split('/')[0] if part == 'steps' else ''
        sections = {'steps': 'steps', 'start': 'steps', 'triggers': 'starts', 'entry': 'starts'}
        return {
            'level': problem.level,
            'text': self._get_sentence(problem) if key else self._describe(problem),
            'step': key or False,
            'section': sections.get(part, 'rules'),
        }

    @api.model
    def _get_kinds(self):
        """Return the palette: every kind of step with the outcomes of a new one."""
        labels = dict(
            self.env['healthcare.workflow.step']._fields['kind']._description_selection(self.env)
        )
        edges = self.env['healthcare.workflow.edge']
        kinds = []
        for kind in [*HINTS, *(code for code, _label in KINDS if code not in HINTS)]:
            values = self._get_usual_ways(kind)
            names = edges._get_outcome_labels(values)
            codes = STEP_KINDS[kind].outcomes(values)
            kinds.append(
                {
                    'kind': kind,
                    'label': labels[kind],
                    'hint': self.env._(HINTS[kind]) if kind in HINTS else '',
                    'outcomes': [[code, names.get(code, code)] for code in codes],
                }
            )
        return kinds

    @api.model
    def _get_usual_ways(self, kind):
        """Return what outcomes of a new step depend on, as a definition has it."""
        if kind not in WAYS:
            return {'wait': True}
        name, prefix, _slots = WAYS[kind]
        return {
            name: [
                {'outcome': f'{prefix}{number}', 'name': self.env._(label)}
                for number, label in enumerate(USUAL_WAYS.get(kind, ()), start=1)
            ]
        }

    def _get_counts(self):
        """Return how many patients stand at each step, went on from it, and left the workflow
        there."""
        # sudo: only numbers leave this method, and who may read the workflow was asked
        versions = self.sudo().version_ids
        if not versions:
            return {}
        self.env.flush_all()
        counts = {}
        for key, which, number in self.env.execute_query(
            SQL(
                """
                SELECT step_key, 'waiting', count(*) FROM healthcare_workflow_token
                 WHERE version_id = ANY(%(versions)s) AND state IN %(live)s GROUP BY step_key
                 UNION ALL
                SELECT step_key, CASE WHEN outcome LIKE %(dropped)s THEN 'dropped' ELSE 'done' END,
                       sum(total)
                  FROM healthcare_workflow_stat
                 WHERE version_id = ANY(%(versions)s) AND outcome != ALL(%(begun)s)
                   AND (outcome LIKE %(dropped)s OR position('/' IN outcome) = 0)
                 GROUP BY 1, 2
                """,
                versions=versions.ids,
                live=LIVE,
                dropped=f'{EXITED}/%',
                begun=[ENROLLED, ENTERED],
            )
        ):
            if key:
                none = {'waiting': 0, 'done': 0, 'dropped': 0}
                counts.setdefault(key, none)[which] = int(number)
        return counts

    # ------------------------------------------------------------ save

    def canvas_save(self, doc, revision):
        """Make the steps what ``doc`` says, and return the canvas.

        Only what differs is written; a step that stays keeps its id.

        :param revision: that of the canvas which was changed
        :raise UserError: somebody else changed it, or it is no such document; nothing is written
        """
        self._begin_change(revision)
        with self.env.cr.savepoint():
            self._take_drawing(doc, Kept(self.env))
        return self.canvas_load()

    def canvas_place(self, places):
        """Move steps on the canvas.

        :param places: {key: [x, y]}; a step that is gone is left out
        """
        self.ensure_one()
        self.check_access('write')
        try:
            drawing.check(
                {'steps': {key: {'kind': 'end', 'x': x, 'y': y} for key, (x, y) in places.items()}}
            )
        except STRANGE as error:
            raise UserError(self.env._("Steps cannot be put there.")) from error
        for step in self.step_ids.filtered(lambda step: step.key in places):
            x, y = places[step.key]
            step.write(_place(x, y))
        return True

    def _begin_change(self, revision):
        """Make sure that this user may change the steps, and nobody else did meanwhile.

        :raise UserError: somebody did
        """
        self.ensure_one()
        self.check_access('write')
        # of two who save at the same moment PostgreSQL lets the second begin anew, who then sees
        # what the first one did
        self.env.cr.execute(
            SQL('UPDATE healthcare_workflow SET write_date = write_date WHERE id = %s', self.id)
        )
        if revision != drawing.revision(self._get_drawing()):
            raise UserError(
                self.env._("Somebody else changed this workflow. Reload it to go on from there.")
            )

    def _take_drawing(self, doc, refs):
        """Make the steps and arrows what ``doc`` says, by as few writes as that takes.

        :param refs: how the values of what differs speak of other records
        """
        try:
            drawing.check(doc)
        except Refused as error:
            raise error.told(self.env) from error
        present = self._get_drawing()['steps']
        wanted = {key: {**NO_STEP, **step} for key, step in doc['steps'].items()}
        changed = {key: step for key, step in wanted.items() if step != present.get(key)}
        self.step_ids.filtered(lambda step: step.key not in wanted).unlink()
        refs.learn(self._get_links(changed))
        new = {step['kind'] for step in changed.values() if not step['values']}
        usual = {kind: self._get_usual_columns(kind) for kind in new}
        columns = {
            key: self._get_columns(key, step, refs)
            | ({} if step['values'] else usual[step['kind']])
            for key, step in changed.items()
        }
        steps = {step.key: step for step in self.step_ids}
        for key, step in steps.items():
            if key in changed:
                step.write(columns[key])
        steps |= self._create_steps(
            {key: values for key, values in columns.items() if key not in steps}
        )
        self._write_words({steps[key]: step for key, step in changed.items()})
        self._put_first(steps.get(doc.get('start')))
        self._write_arrows(
            {
                key: self._get_arrows(key, step, steps, columns[key], refs)
                for key, step in changed.items()
                if _arrows_of(step) != _arrows_of(present.get(key))
            },
            steps,
        )

    @contextmanager
    def _told(self, step):
        """Say which step has values that mean nothing."""
        try:
            yield
        except STRANGE as error:
            raise UserError(
                self.env._('The step "%s" holds what cannot be read.', step['name'])
            ) from error

    def _get_links(self, changed):
        """Yield every record the changed steps speak of, as (model, id)."""
        steps = self.env['healthcare.workflow.step']
        edges = self.env['healthcare.workflow.edge']
        for step in changed.values():
            with self._told(step):
                yield from links(STEPS.get(step['kind'], ()), step['values'], steps)
                for way in _ways_of(step):
                    yield from links(WAYS[step['kind']][2], way, edges)

    def _get_columns(self, key, step, refs):
        """Return the columns of one step, besides its translated texts."""
        steps = self.env['healthcare.workflow.step']
        kind, slots = step['kind'], STEPS.get(step['kind'], ())
        columns = {
            'kind': kind,
            'name': step['name']
            or dict(steps._fields['kind']._description_selection(self.env))[kind],
            **_place(step['x'], step['y']),
        }
        if not step['values']:
            return columns
        with self._told(step):
            columns |= read_in(slots, step['values'], steps, refs, f'steps/{key}')
            check_columns(columns, steps)
            for column, words in translated(slots, step['values'], steps):
                if not all(isinstance(text, str) for text in words.values()):
                    raise TypeError(column)
                del columns[column]
        return columns

    def _get_usual_columns(self, kind):
        """Return what is usual for a new step of a kind, where it is not the columns' default."""
        steps = self.env['healthcare.workflow.step']
        words = steps.default_get(['template_ids', 'purpose_id'])
        step = steps.new({**words, 'workflow_id': self.id, 'kind': kind})
        step._propose_words()
        return {
            'purpose_id': step.purpose_id.id,
            'template_ids': [Command.set(step.template_ids._origin.ids)],
        }

    def _create_steps(self, columns):
        """Return {key: new step} for {key: columns}, after the others."""
        last = max(self.step_ids.mapped('sequence'), default=0)
        made = self.env['healthcare.workflow.step'].create(
            [
                {'workflow_id': self.id, 'key': key, 'sequence': last + 10 * place, **values}
                for place, (key, values) in enumerate(columns.items(), start=1)
            ]
        )
        return dict(zip(columns, made, strict=True))

    def _write_words(self, steps):
        """Write the translated texts of {record: step}."""
        model = self.env['healthcare.workflow.step']
        found = {}
        for record, step in steps.items():
            for column, words in translated(STEPS.get(step['kind'], ()), step['values'], model):
                found.setdefault(column, {})[record.id] = words
        for column, words in found.items():
            replace_texts(model, column, words)

    def _put_first(self, start):
        """Make the step ``start`` the one that patients begin with."""
        steps = self.step_ids.sorted(lambda step: (step.sequence, step.id))
        if start and steps[0] != start:
            start.sequence = steps[0].sequence - 10

    def _get_arrows(self, key, step, steps, owner, refs):
        """Return the columns of each arrow of a step, see :meth:`_edges_of`."""
        edges = self.env['healthcare.workflow.edge']
        values = drawing.defined(step)
        if not step['values']:
            values |= self._get_usual_ways(step['kind'])
        with self._told(step):
            arrows = list(self._edges_of(key, values, steps, refs, owner))
            for columns in arrows:
                check_columns(columns, edges)
        return arrows

    def _write_arrows(self, arrows, steps):
        """Make the arrows of steps those of {key: [columns]}."""
        edges = self.env['healthcare.workflow.edge']
        new, gone = [], edges
        for key, wanted in arrows.items():
            present = {
                _identity(edge.outcome, edge.code, edge.target_id.id): edge
                for edge in steps[key].edge_ids
            }
            for columns in wanted:
                edge = present.pop(
                    _identity(columns['outcome'], columns.get('code'), columns['target_id']), None
                )
                if edge:
                    kept = {'outcome': edge.outcome, 'code': edge.code}
                    edge.write({name: columns[name] for name in columns.keys() - kept.keys()})
                else:
                    new.append({'step_id': steps[key].id, **columns})
            gone |= edges.union(*present.values())
        gone.unlink()
        edges.create(new)

    # ------------------------------------------------------------ copy and paste

    def canvas_copy(self, keys):
        """Return steps and the arrows between them in a form that means something elsewhere."""
        self.ensure_one()
        self.check_access('read')
        refs = Names(self.env, self.company_id)
        steps = {}
        for step in self.step_ids.filtered(lambda step: step.key in keys):
            values = drawing.drawn(step._to_json(refs), (step.x, step.y) if step.placed else None)
            following = {
                outcome: [target for target in targets if target in keys]
                for outcome, targets in values['next'].items()
            }
            steps[step.key] = values | {
                'next': {outcome: targets for outcome, targets in following.items() if targets}
            }
        return {'format': drawing.CLIP_FORMAT, 'version': drawing.CLIP_VERSION, 'steps': steps}

    def canvas_paste(self, clip, x, y, revision):
        """Add the steps of ``clip`` at a place; return the canvas, the new keys as ``pasted`` and
        a sentence for each record that is not here as ``missing``.

        Templates and surveys that are not here are made, as :meth:`_import_document` does.

        :raise UserError: as :meth:`canvas_save`, or nothing was copied
        """
        self._begin_change(revision)
        refs = Names(self.env, self.company_id)
        with self.env.cr.savepoint():
            steps = self._get_pasted(clip, x, y)
            doc = self._get_drawing()
            self._take_drawing(doc | {'steps': doc['steps'] | steps}, refs)
        return self.canvas_load() | {
            'pasted': list(steps),
            'missing': [self._describe_missing_in_step(one, steps) for one in refs.missing],
        }

    def _get_pasted(self, clip, x, y):
        """Return the steps of a clip under new keys, the first of them at x, y."""
        try:
            drawing.check_clip(clip)
        except Refused as error:
            raise error.told(self.env) from error
        lang = self.company_id.partner_id.lang or 'en_US'
        keys = {key: f'n{secrets.token_hex(6)}' for key in clip['steps']}
        placed = [
            (step['x'], step['y'])
            for step in clip['steps'].values()
            if None not in (step.get('x'), step.get('y'))
        ]
        left = min((one for one, _top in placed), default=0)
        top = min((one for _left, one in placed), default=0)
        pasted = {}
        for key, step in clip['steps'].items():
            step = {**NO_STEP, **step}
            with self._told(step):
                values = _with_languages(step['values'], lang)
            is_placed = None not in (step['x'], step['y'])
            pasted[keys[key]] = step | {
                'values': values,
                'x': step['x'] - left + x if is_placed else None,
                'y': step['y'] - top + y if is_placed else None,
                'next': {
                    outcome: [keys[target] for target in targets]
                    for outcome, targets in step['next'].items()
                },
            }
        return pasted

    @api.model
    def _describe_missing_in_step(self, missing, steps):
        """Return the sentence about a record that a pasted step speaks of and that is not here."""
        return self.env._(
            '%(step)s: there is no %(model)s "%(value)s" here.',
            step=steps[missing.path.split('/')[1]]['name'],
            model=self.env['ir.model']._get(missing.model).name,
            value=missing.value,
        )

    # ------------------------------------------------------------ patients

    def canvas_open_patients(self, key, which):
        """Show the patients that :meth:`canvas_counts` counted.

        :param which: ``waiting``, ``done`` or ``dropped``
        """
        self.ensure_one()
        self.check_access('read')
        here = ('step_key', '=', key)
        domains = {
            'waiting': [('token_ids', 'any', [here, ('state', 'in', LIVE)])],
            'done': [('log_ids', 'any', [here, ('kind', '=', 'left')])],
            # where it stood is where its token stayed
            'dropped': [('state', '=', 'exited'), ('token_ids', 'any', [here])],
        }
        if which not in domains:
            raise UserError(self.env._("There is no such list of patients."))
        return self.action_open_enrollments() | {
            'name': self.step_ids.filtered(lambda step: step.key == key).name or self.name,
            'domain': [('workflow_id', '=', self.id), *domains[which]],
            'context': {},
        }


def _ways_of(step):
    """Return the list of a step's own ways."""
    return step['values'].get(WAYS[step['kind']][0]) or () if step['kind'] in WAYS else ()


def _arrows_of(step):
    """Return what the arrows of a step are made of."""
    return step and (step['kind'], step['next'], step['values'] and _ways_of(step))


def _identity(outcome, code, target_id):
    """Return what makes an arrow the same one: a way its code, another one where it leads."""
    return (outcome, code) if outcome == WAY else (outcome, target_id)


def _place(x, y):
    """Return the columns of a place on the canvas."""
    return {'x': x or 0, 'y': y or 0, 'placed': None not in (x, y)}


def _with_languages(values, lang):
    """Return the values of an exchange document's step, with every text as {language: text}."""
    document = with_languages({'definition': {'steps': {'step': values}}}, lang)
    return document['definition']['steps']['step']
