# Part of Healthcare CRM for Odoo. License LGPL-3.
import re

from odoo import Command

# What people write for a country besides its name and its code.
COUNTRY_WORDS = {
    '台灣': 'Taiwan',
    '臺灣': 'Taiwan',
    '中華民國': 'Taiwan',
    'roc': 'Taiwan',
    '越南': 'Vietnam',
    'việt nam': 'Vietnam',
    'viet nam': 'Vietnam',
    '中國': 'China',
    '中国': 'China',
    '美國': 'United States',
    'usa': 'United States',
    'uk': 'United Kingdom',
}
TITLE = re.compile(r'^(?:dr\.?|bs\.?|bác sĩ)\s+|\s*(?:醫師|医师|医生|醫生)$', re.IGNORECASE)


def escape(word):
    """A word for ``=ilike`` that stands for itself."""
    return re.sub(r'([\\%_])', r'\\\1', word)


class Lookup:
    """Records that a file names by a word: countries, practitioners, sources, tags."""

    def __init__(self, env, dry_run):
        self.env = env
        self.dry_run = dry_run
        self.found = {}
        self.finders = {
            'country': self._find_country,
            'state': self._find_state,
            'practitioner': self._find_practitioner,
            'source': self._find_source,
            'tags': self._find_tags,
        }

    def find(self, target, word, vals):
        """``(value of the field or False, problem code or None)``; each word is looked up once."""
        key = (target, word, vals.get('country_id') if target == 'state' else None)
        if key not in self.found:
            value = self.finders[target](word, vals)
            missing = not value and target not in ('source', 'tags')
            self.found[key] = (value, f'bad_{target}' if missing else None)
        return self.found[key]

    def _search(self, model, word, domain=()):
        """Return the only record with this name in one of the clinic's languages."""
        Model = self.env[model]
        for code, _name in self.env['res.lang'].get_installed():
            found = Model.with_context(lang=code).search(
                [('name', '=ilike', escape(word)), *domain]
            )
            if found:
                return found.id if len(found) == 1 else False
        return False

    def _find_country(self, word, vals):
        if len(word) == 2 and word.isascii():
            country = self.env['res.country'].search([('code', '=', word.upper())])
            if country:
                return country.id
        return self._search('res.country', COUNTRY_WORDS.get(word.casefold(), word))

    def _find_state(self, word, vals):
        country = vals.get('country_id') or self.env.company.country_id.id
        domain = [('country_id', '=', country)]
        state = self.env['res.country.state'].search([('code', '=', word.upper()), *domain])
        return state.id if len(state) == 1 else self._search('res.country.state', word, domain)

    def _find_practitioner(self, word, vals):
        bare = TITLE.sub('', word)
        return self._search('healthcare.practitioner', word) or (
            bare != word and self._search('healthcare.practitioner', bare)
        )

    def _find_source(self, word, vals):
        source = self._search('utm.source', word)
        if not source and not self.dry_run:
            source = self.env['utm.source'].create({'name': word}).id
        return source

    def _find_tags(self, words, vals):
        ids = []
        for word in words:
            tag = self._search('res.partner.category', word)
            if not tag and not self.dry_run:
                tag = self.env['res.partner.category'].create({'name': word}).id
            ids.append(tag)
        return tuple(Command.link(tag) for tag in ids if tag)
