"""The ways of the crawl that take a browser: files, pictures, prints and lists taken out."""

import json
from urllib.parse import quote

from .crawl import UNGROUPED, Crawl
from .scanner import unpack

FORMS = ('csv', 'xlsx')
#: how many files of a field are asked for as a picture as well
PICTURES = ('image_1920', 'avatar_128')


class WebCrawl(Crawl):
    """Asks over HTTP, with a session of each identity.

    :param case: of tests, with a server
    """

    def __init__(self, case, world, identities=None, models=None):
        super().__init__(world, identities, models)
        self.case = case

    def _become(self, identity):
        super()._become(identity)
        self.env.flush_all()
        login = None if identity == 'public' else self.world.users[identity].login
        self.case.authenticate(login, login)

    def get(self, way, path):
        """Open a page, and look at all that comes back: what is packed is unpacked."""
        self.calls += 1
        answer = self.case.url_open(path, timeout=60)
        parts = [answer.content, *unpack(answer.content)]
        self._look(way, str(answer.headers) + answer.url)
        for part in parts:
            self._look(way, part.decode('utf-8', 'replace'))
        return answer

    # ------------------------------------------------------------ the ways

    def files_by_web(self):
        """Open the files of fields and by their numbers, and fields that are no files."""
        for Model, name, _marks in self._fields():
            kind = Model._fields[name].type
            for id_ in self._ids(Model._name):
                if kind == 'binary':
                    self.get('/web/content', f'/web/content/{Model._name}/{id_}/{name}')
                    self.get('/web/image', f'/web/image/{Model._name}/{id_}/{name}')
        for model in self.models:
            for id_ in self._ids(model):
                self.get('name of file', f'/web/content/{model}/{id_}/display_name')
        if 'res.partner' in self.models:
            for id_ in self._ids('res.partner'):
                for name in PICTURES:
                    self.get('/web/image', f'/web/image/res.partner/{id_}/{name}')
        for attachment in self._get_attachments():
            self.get('/web/content', f'/web/content/{attachment.id}?download=1')

    def lists_by_web(self):
        """Take records out as Odoo's lists do: the fields one may use at once, then the others."""
        for Model, names in self._parts():
            names = [name for name in names if Model._fields[name].type not in UNGROUPED]
            if not names:
                continue
            for form in FORMS:
                if self._export(form, Model._name, names) and len(names) > 1:
                    for name in names:
                        self._export(form, Model._name, [name])

    def _export(self, form, model, names):
        """Return whether taking out some fields was refused."""
        asked = {
            'model': model,
            'fields': [{'name': name, 'label': name, 'type': 'char'} for name in names],
            'ids': self._ids(model),
            'domain': [],
            'groupby': [],
            'context': {},
            'import_compat': False,
        }
        answer = self.get(
            f'/web/export/{form}', f'/web/export/{form}?data={quote(json.dumps(asked))}'
        )
        return not answer.ok

    def prints_by_web(self):
        """Print each report of the records, as pages and as text."""
        models = [*self.models, 'res.partner']
        for report in self.env['ir.actions.report'].sudo().search([('model', 'in', models)]):
            for kind in ('html', 'text'):
                for id_ in self._ids(report.model):
                    self.get('/report', f'/report/{kind}/{report.report_name}/{id_}')
            ids = ','.join(map(str, self._ids(report.model)))
            self.get('/report', f'/report/pdf/{report.report_name}/{ids}')


WebCrawl.ways = {
    name: getattr(WebCrawl, name) for name in ('files_by_web', 'lists_by_web', 'prints_by_web')
}
