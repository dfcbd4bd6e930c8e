from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import LazyTranslate

from .. import gallery
from ..definition.convert import read_in
from ..definition.tables import STEPS, TRIGGERS, WORKFLOW
from ..engine.placeholders import offered
from ..engine.steps.registry import next_of
from .healthcare_workflow_edge import OUTCOMES

_lt = LazyTranslate(__name__)

#: categories of the gallery, in order
CATEGORIES = {
    'visits': _lt("Visits"),
    'care': _lt("Care and treatment"),
    'prevention': _lt("Prevention"),
    'relations': _lt("Keeping in touch"),
}


class Unlinked:
    """References for a look at a definition: nothing is looked up, nothing is made."""

    portable = True

    def into(self, model, value, path, owner):
        """Return no record."""
        return False

    def template_into(self, channel, values, path):
        """Return no template."""
        return False


class HealthcareWorkflow(models.Model):
    """Workflows that come ready from the gallery; a subject of its own, hence a file of its
    own."""

    _inherit = 'healthcare.workflow'

    gallery_code = fields.Char(
        string="From the Gallery",
        readonly=True,
        copy=False,
        index='btree_not_null',
        help="Which workflow of the gallery this was. Its conditions may look at health records as "
        "long as they are just those of the gallery.",
    )

    # ------------------------------------------------------------ adding

    @api.model
    def add_from_gallery(self, code):
        """Add the gallery's workflow ``code`` as a draft of the user's clinic; return its id."""
        return self._install_from_gallery(code).id

    @api.model
    def _install_from_gallery(self, code):
        """Return a new draft of the gallery's workflow ``code`` for the user's clinic, with its
        templates and surveys; those that are here already are used again.

        :raise UserError: there is no such workflow, or it speaks of what is not here
        """
        return self._import_document(
            gallery.localised(self._get_gallery_file(code), self.env.lang or 'en_US'),
            gallery_code=code,
        )

    @api.model
    def _get_gallery_items(self):
        """Return {code: item} of the gallery, without what is about models that are not here."""
        return {
            code: item
            for code, item in gallery.items().items()
            if item['document']['definition'].get('subject', 'calendar.event') in self.env
        }

    @api.model
    def _get_gallery_file(self, code):
        item = self._get_gallery_items().get(code)
        if not item:
            raise UserError(self.env._('The gallery has no workflow "%s".', code))
        return item

    # ------------------------------------------------------------ looking

    @api.model
    def get_gallery(self):
        """Return what the gallery page shows before one workflow is looked at."""
        self.check_access('create')
        lang = self.env.lang or 'en_US'
        return {
            'categories': [[code, self.env._(label)] for code, label in CATEGORIES.items()],
            'channels': self._get_gallery_channels(),
            'languages': gallery.LANGUAGES,
            'placeholders': {name: self.env._(label) for name, label in offered(self.env).items()},
            'items': self._get_gallery(lang),
        }

    @api.model
    def _get_gallery(self, lang):
        """Return a card for each workflow of the gallery, in the language ``lang``."""
        there = self._get_added()
        return [
            {
                'code': code,
                'category': item['category'],
                'icon': item['icon'],
                'channels': gallery.channels(item),
                'workflow_id': there.get(code, False),
                **{
                    name: gallery.said(item.get(name, ''), lang)
                    for name in ('name', 'summary', 'benefit', 'before')
                },
            }
            for code, item in self._get_gallery_items().items()
        ]

    @api.model
    def _get_added(self):
        """Return {code: id} of the workflows the user's clinic has from the gallery already."""
        found = self.search_fetch(
            [('gallery_code', '!=', False), ('company_id', '=', self.env.company.id)],
            ['gallery_code'],
            order='id',
        )
        return {workflow.gallery_code: workflow.id for workflow in found}

    @api.model
    def _get_gallery_channels(self):
        """Return [code, label] of every channel."""
        field = self.env['healthcare.message.template']._fields['channel']
        return field._description_selection(self.env)

    @api.model
    def get_gallery_details(self, code):
        """Return all that the gallery page shows of one workflow, in the reader's language, and
        the words for patients in every language."""
        self.check_access('create')
        item = self._get_gallery_file(code)
        definition = gallery.localised(item, self.env.lang or 'en_US')['definition']
        workflow = self.new(read_in(WORKFLOW, definition, self, Unlinked(), ''))
        return {
            'code': code,
            'starts': workflow._get_gallery_starts(definition),
            'rules': workflow._get_gallery_rules(definition),
            'purposes': self._get_gallery_purposes(definition),
            'steps': workflow._get_gallery_steps(definition),
        }

    def _get_gallery_starts(self, definition):
        """Return what starts it, one line each."""
        triggers = self.env['healthcare.workflow.trigger']
        return [
            triggers.new(
                {
                    'workflow_id': self,
                    'kind': values['kind'],
                    **read_in(TRIGGERS[values['kind']], values, triggers, Unlinked(), ''),
                }
            ).summary
            for values in definition['triggers'].values()
        ]

    def _get_gallery_rules(self, definition):
        """Return its guard rails, one sentence each."""
        _ = self.env._
        often = dict(self._fields['reentry_per']._description_selection(self.env))
        rules = [
            {
                'company': _("Messages wait for the end of the clinic's quiet hours."),
                'own': _("Messages wait for the end of its own quiet hours."),
                'none': _("Messages go out at any hour: this cannot wait."),
            }[self.quiet],
            _("A patient who has had enough messages for now gets no more.")
            if self.caps
            else _("It does not count how many messages the patient has had: this matters."),
            _("Nobody is contacted who did not agree, is blocked or has died."),
            _("How often: %s.", often[self.reentry_per]),
        ]
        if self.reentry_days:
            rules.append(_("Not again within %s days.", self.reentry_days))
        exits = [rule['name'] for rule in definition.get('exits') or ()]
        if exits:
            rules.append(_("It stops early: %s.", ', '.join(exits)))
        event = dict(self._selection_event()).get(self.goal_event)
        if event:
            rules.append(_("Its goal: %s.", event))
        return rules

    @api.model
    def _get_gallery_purposes(self, definition):
        """Return the names of the purposes patients have to agree to."""
        codes = {step.get('purpose') for step in definition['steps'].values()}
        purposes = self.env['healthcare.consent.purpose'].search([('code', 'in', list(codes))])
        return purposes.mapped('name')

    def _get_gallery_steps(self, definition):
        """Return the steps in the order a patient may come to them, each with where it leads."""
        found = definition['steps']
        order = self._walk(found, definition.get('start', next(iter(found))))
        number = {key: place for place, key in enumerate(order, start=1)}
        return [
            {
                'key': key,
                'kind': found[key]['kind'],
                'task_type': found[key].get('type', 'call'),
                'name': found[key]['name'],
                'summary': self._get_gallery_summary(found[key]),
                'next': [
                    {
                        'outcome': self._get_gallery_outcome(found[key], outcome),
                        'number': number[target],
                        'name': found[target]['name'],
                        'is_usual': number[target] == number[key] + 1,
                    }
                    for outcome, targets in next_of(found[key]).items()
                    for target in targets
                ],
                'templates': found[key].get('templates') or {},
                'instruction': found[key].get('instruction') or False,
                'survey': found[key].get('survey') or False,
            }
            for key in order
        ]

    @api.model
    def _walk(self, steps, start):
        """Return the keys of ``steps``, path after path."""
        order, ahead = {}, [start]
        while ahead:
            key = ahead.pop()
            if key not in order:
                order[key] = True
                targets = [one for some in next_of(steps[key]).values() for one in some]
                ahead.extend(reversed(targets))
        return list(order)

    def _get_gallery_summary(self, values):
        """Return what a step does, in one line."""
        steps = self.env['healthcare.workflow.step']
        kind = values['kind']
        step = steps.new(
            {
                'workflow_id': self,
                'kind': kind,
                **read_in(STEPS[kind], values, steps, Unlinked(), ''),
            }
        )
        lang = self.env.lang or 'en_US'
        match kind:
            case 'survey':
                return self.env._(
                    "%(survey)s, within %(days)s days",
                    survey=gallery.said(values['survey']['title'], lang),
                    days=step.survey_days,
                )
            case 'branch' | 'split':
                return ', '.join(way['name'] for way in values['ways'] if 'name' in way)
            case 'workflow' | 'action':
                return values[kind]
            case _:
                return step.summary

    @api.model
    def _get_gallery_outcome(self, values, outcome):
        """Return what an outcome of a step is called."""
        for name, prefix in (('ways', 'way'), ('replies', 'reply'), ('outcomes', 'outcome')):
            for place, way in enumerate(values.get(name) or (), start=1):
                if outcome == way.get('outcome', f'{prefix}{place}'):
                    return way.get('name', outcome)
        return self.env._(OUTCOMES[outcome])

    # ------------------------------------------------------------ conditions

    def _reads_conditions(self, definition):
        """Say whether the user may see all that the conditions of ``definition`` look at.

        Who may not is not told whom they fit, patient by patient.
        """
        self.ensure_one()
        try:
            # whom it is about tells something, too, where it has no condition
            self.env[definition.get('subject') or self.subject_model].check_access('read')
            for _path, model, domain in self._get_conditions(definition):
                self.env[model]._search(domain)
        except AccessError:
            return False
        return True

    def _get_vetted_paths(self):
        """Return the paths of the conditions that are as the gallery ships them.

        They were looked over: who publishes them need not be allowed to read what they look at.
        """
        self.ensure_one()
        item = gallery.items().get(self.gallery_code)
        if not item:
            return frozenset()
        definition = self._to_definition()
        entry = self._without_own_clinic(definition)
        return gallery.vetted(definition | {'entry': entry}, item)
