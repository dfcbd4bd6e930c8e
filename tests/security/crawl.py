"""The canary crawl: everything an identity can ask is asked, and no answer may hold a marker that
the register keeps from it.

See :mod:`.world` for the markers.
"""

import base64
import json
from typing import NamedTuple
from unittest.mock import patch

import psycopg2

from odoo.fields import Domain
from odoo.models import BaseModel

from odoo.addons.healthcare_crm.auditing import events
from odoo.addons.healthcare_crm.sensitive import GROUP_PRIVACY, GROUP_STAFF, GROUP_USER
from odoo.addons.mail.tools.discuss import Store

from .matrix import Matrix
from .scanner import LogWatch
from .world import CHATTED, IDENTITIES, TREATED

#: Who reads what is no field of the register: core fields of a contact, and notes.
BESIDE = {
    'res.partner': GROUP_USER,
    'res.partner chatter': GROUP_USER,
    'calendar.event chatter': GROUP_USER,
    'healthcare.enquiry chatter': GROUP_STAFF,
    'healthcare.break.glass chatter': f'{GROUP_PRIVACY},healthcare_crm.group_clinical',
    'healthcare.privacy.request chatter': GROUP_PRIVACY,
    'healthcare.incident chatter': GROUP_PRIVACY,
    'healthcare.workflow.log': 'healthcare_crm.group_clinic_administrator',
    'healthcare.workflow.event': '.',
    'healthcare.audit.event': GROUP_PRIVACY,
    'healthcare.visit.tally': '.',
}
#: What another field says as well, to more people; the last is printed on the certificate.
ALIASES = {
    ('healthcare.encounter', 'amount'): ('healthcare.referrer.entry', 'value'),
    ('healthcare.erasure', 'certificate_mac'): ('healthcare.erasure', 'hold_law'),
}
#: What people who do not read it find patients by, when they know the whole of it.
FOUND_BY = {('healthcare.patient.identifier', 'value'): ('res.partner', 'identifier_number')}
#: rows of other models that are read, the latest first
LATEST = 40
#: a word that is in no record
NOWHERE = "ZQnowhereZ"
TEXTS = ('char', 'text', 'html')
NUMBERS = ('integer', 'float', 'monetary')


class Leak(NamedTuple):
    """A marker that somebody was told and may not know."""

    identity: str
    model: str
    field: str
    place: str
    way: str


class Crawl:
    """Asks as each identity, and gathers what leaks.

    :param World world: with the markers
    :param identities: who asks; everybody by default
    :param models: of the register; all by default
    :ivar calls: how much was asked
    :ivar leaks: set of :class:`Leak`
    """

    def __init__(self, world, identities=None, models=None):
        self.world, self.env = world, world.env
        self.identities = identities or list(IDENTITIES)
        self.models = models or sorted(world.register.keys() & world.records.keys())
        self.matrix = Matrix(world)
        self.calls = 0
        self.leaks = set()
        self.hidden = {name: self._get_hidden(name) for name in IDENTITIES}
        self.marks_of = {}
        for marker, mark in world.marks.items():
            self.marks_of.setdefault((mark.model, mark.field), {})[mark.place] = marker

    def _get_hidden(self, identity):
        """Return the markers that somebody may not know."""
        return {
            marker
            for marker, mark in self.world.marks.items()
            if not self._may_know(identity, mark)
        }

    def _may_know(self, identity, mark):
        fields = {(mark.model, mark.field), ALIASES.get((mark.model, mark.field))} - {None}
        return any(
            self.matrix.may_see(identity, model.partition(' ')[0], mark.place)
            and self._may_read(identity, model, field)
            for model, field in fields
        )

    def _may_read(self, identity, model, name):
        if name in self.world.register.get(model, ()):
            return self.matrix.may_read(identity, model, name)
        return self.matrix.is_in(identity, BESIDE.get(model, GROUP_STAFF))

    # ------------------------------------------------------------ asking

    def run(self, ways=None):
        """Ask in all ways, or in some, by their names."""
        # that looks are recorded, and what that costs, is proved elsewhere
        recorded = patch.object(events, 'write', lambda *_args, **_options: [])
        with recorded, LogWatch() as log:
            for identity in self.identities:
                self._become(identity)
                for way in ways or self.ways:
                    with self.env.cr.savepoint() as savepoint:
                        self.ways[way](self)
                        savepoint.rollback()
                    self.env.invalidate_all(flush=False)
        self._look_at_log(log)
        return self

    def _become(self, identity):
        """Ask as somebody from now on."""
        self.identity = identity
        user = self.world.users[identity]
        self.as_ = self.env(user=user, su=False, context={'lang': 'en_US'})

    def ask(self, way, work, *args, **options):
        """Ask one question, look at what is answered, and return it; None if nothing was."""
        self.calls += 1
        try:
            answer = work(*args, **options)
        except psycopg2.Error as error:
            raise AssertionError(f'{way} breaks the transaction: {error}') from error
        except Exception as error:  # what it says is an answer, too
            self._look(way, str(error))
            return None
        self._look(way, answer)
        return answer

    def ask_of(self, way, names, work):
        """Ask about several fields at once, and one by one if that is refused.

        :param work: asks about a list of fields
        """
        if names and self.ask(way, work, names) is not None:
            self.calls += len(names) - 1  # each field was asked for
        elif len(names) > 1:
            for name in names:
                self.ask(way, work, [name])

    def _look(self, way, answer):
        text = answer if isinstance(answer, str) else json.dumps(answer, default=str)
        for marker in self.world.find(text) & self.hidden[self.identity]:
            self._note(marker, way)

    def _note(self, marker, way):
        self.leaks.add(Leak(self.identity, *self.world.marks[marker], way))

    def _look_at_log(self, log):
        """What is logged may hold nobody's data, whoever reads it."""
        self.calls += 1
        for line in log.lines:
            for marker in self.world.find(line):
                self.leaks.add(Leak('log', *self.world.marks[marker], line[:80]))

    # ------------------------------------------------------------ the ways

    def _fields(self):
        """Yield each field of the register in the environment of who asks, with its markers."""
        for model in self.models:
            for name in self.world.register[model]:
                yield self.as_[model], name, self.marks_of.get((model, name), {})

    def _parts(self):
        """Yield each model as who asks sees it, with some of its sensitive fields.

        Those that Odoo says this user may use come together, the others alone.
        """
        for model in self.models:
            Model = self.as_[model]
            known = Model.fields_get(attributes=['type'])
            names = self.world.register[model]
            yield Model, [name for name in names if name in known]
            for name in names:
                if name not in known:
                    yield Model, [name]

    def _ids(self, model):
        return [record.id for record in self.world.records[model].values()]

    def read(self):
        """Read every field of the records: those of the register from each place."""
        for Model, names in self._parts():
            domain = [('id', 'in', self._ids(Model._name))]
            for id_ in self._ids(Model._name):
                one = Model.browse(id_)
                self.ask_of('read', names, one.read)
                self.ask_of('web_read', names, lambda few: one.web_read(_spec(Model, few)))  # noqa: B023
            self.ask_of('search_read', names, lambda few: Model.search_read(domain, few))  # noqa: B023

    def read_others(self):
        """Read every field of the latest records of every model there is."""
        for model in sorted(self.env.registry):
            Model = self.as_[model]
            if Model._abstract or not (Model._auto or Model._table_query):
                continue
            if not Model.has_access('read'):
                self.ask('read', Model.search_read, [], ['display_name'], limit=LATEST)
                continue
            names = list(Model.fields_get(attributes=['type']))
            found = self.ask('search', Model.search, [], limit=LATEST, order='id desc')
            self.ask('fields', Model.fields_get)
            if found:
                self.ask_of('read latest', names, found.read)
            self.ask('names', Model.name_search, '', limit=LATEST)

    def search(self):
        """Look for what is hidden by every field: an answer that something was found tells it."""
        for model in self.models:
            Model = self.as_[model].with_context(active_test=False)
            hidden = [one for one in self._get_hidden_of(model) if one[0] in self._mine]
            for name, field in Model._fields.items():
                if not (field.store or field.search) or field.type not in KIND_OF:
                    continue
                if name == 'display_name' and not _has_names(Model):
                    continue
                markers = [one for one, kind in hidden if kind == KIND_OF[field.type]]
                if not markers:
                    continue
                values = [_value(field, one) for one in markers]
                self._seek(Model, name, markers, Domain(name, 'in', values))
                self._seek(Model, name, markers, Domain('id', 'any', [(name, 'in', values)]))
                for one, value in zip(markers, values, strict=True):
                    self._seek(Model, name, [one], Domain(name, '=', value))
                if field.type in TEXTS:
                    few = [Domain(name, 'ilike', one[:9]) for one in markers]
                    self._seek(Model, name, markers, Domain.OR(few))

    @property
    def _mine(self):
        return self.hidden[self.identity]

    def _get_hidden_of(self, model):
        """Yield the markers in the fields of a model, and whether each is a word, day or number."""
        for (of, _name), marks in self.marks_of.items():
            if of == model:
                for marker in marks.values():
                    kind = 'word' if marker[0] == 'Z' else 'day' if '-' in marker else 'number'
                    yield marker, kind

    def _seek(self, Model, name, markers, domain):
        if self.ask(f'search {name}', Model.search, domain) and not self._finds_all(Model, name):
            self._note(markers[0], f'search {Model._name}.{name}')

    def _finds_all(self, Model, name):
        """Return whether a search finds records whatever is looked for, which tells nothing."""
        return bool(self.ask('search', Model.search, [(name, 'ilike', NOWHERE)]))

    def search_through(self):
        """Look for what is hidden through the fields that lead to it."""
        for model, names in PATHS.items():
            Model = self.as_[model]
            for path in names:
                comodel = Model._fields[path].comodel_name
                for (of, name), marks in self.marks_of.items():
                    if of != comodel or name not in self.world.register.get(of, ()):
                        continue
                    hidden = [one for one in marks.values() if one in self.hidden[self.identity]]
                    if hidden:
                        for domain in (
                            [(f'{path}.{name}', 'in', hidden)],
                            [(path, 'any', [(name, 'in', hidden)])],
                        ):
                            if self.ask('search', Model.search_count, domain):
                                self._note(hidden[0], f'search {model}.{path}')

    def order(self):
        """Order, group and aggregate by every field: whoever may not read it is refused."""
        for Model, names in self._parts():
            domain = [('id', 'in', self._ids(Model._name))]
            group = Model.formatted_read_group
            for name in names:
                field = Model._fields[name]
                by = f'{name}:month' if field.type in ('date', 'datetime') else name
                answers = [
                    self.ask('order', Model.search, domain, order=f'{name} desc'),
                    self.ask('group', group, domain, [by], ['__count']),
                ]
                if not self._may_read(self.identity, Model._name, name):
                    for function in ('max', 'array_agg', 'count_distinct'):
                        answers.append(
                            self.ask(function, group, domain, [], [f'{name}:{function}'])
                        )
                    marks = self.marks_of.get((Model._name, name))
                    if marks and any(answers):
                        self._note(next(iter(marks.values())), 'order or group')
            able = [name for name in names if Model._fields[name].type not in UNGROUPED]
            for function in ('array_agg', 'count_distinct'):
                self.ask_of(
                    function,
                    able,
                    lambda few: group(domain, [], [f'{one}:{function}' for one in few]),  # noqa: B023
                )

    def name_search(self):
        """Look for hidden words among the names of records."""
        for marker in sorted(self.hidden[self.identity]):
            mark = self.world.marks[marker]
            for model in {mark.model, 'res.partner', 'calendar.event'} & self.env.registry.keys():
                Model = self.as_[model]
                if not _has_names(Model):
                    continue
                key = FOUND_BY.get((mark.model, mark.field))
                if key and model == key[0] and self._may_read(self.identity, *key):
                    continue
                found = [
                    self.ask('name_search', Model.name_search, marker),
                    self.ask('name', Model.search_count, [('display_name', 'ilike', marker)]),
                ]
                if any(found) and not self._finds_all(Model, 'display_name'):
                    self._note(marker, f'name_search {model}')

    def export(self):
        """Export each field, and those of the patient of each record."""
        for Model, names in self._parts():
            paths = list(names)
            if 'patient_id' in names:
                paths += [f'patient_id/{name}' for name in ('birth_date', 'identifier_ids/value')]
            for id_ in self._ids(Model._name):
                self.ask_of('export', paths, Model.browse(id_).export_data)

    def onchange(self):
        """Let a form compute what it shows for a patient."""
        for Model, names in self._parts():
            self.ask_of('onchange', names, lambda few: Model.onchange({}, [], _spec(Model, few)))  # noqa: B023
            if 'patient_id' in Model._fields:
                for record in self.world.records['res.partner'].values():
                    values = {'patient_id': record.id}
                    self.ask_of(
                        'onchange',
                        names,
                        lambda few: Model.onchange(  # noqa: B023
                            values,  # noqa: B023
                            ['patient_id'],
                            {'patient_id': {}, **_spec(Model, few)},  # noqa: B023
                        ),
                    )

    def chatter(self):
        """Read the notes on the records, and what hangs on them."""
        for model in CHATTED:
            for record in self.world.records[model].values():
                domain = [('model', '=', model), ('res_id', '=', record.id)]
                Message = self.as_['mail.message']
                self.ask('chatter', Message.search_read, domain, ['body', 'subject', 'preview'])
                thread = self.as_[model].browse(record.id)
                self.ask('message_fetch', self._fetch, thread)
                found = self.env['mail.message'].sudo().search(domain)
                for message in found:
                    self.ask('message', Message.browse(message.id).read, ['body', 'preview'])
                    tracked = message.tracking_value_ids.with_env(self.as_)
                    self.ask('tracking', tracked.read, ['old_value_char', 'new_value_char'])

    def _fetch(self, thread):
        """Return what the chatter of a record shows."""
        thread.check_access('read')
        Message = thread.env['mail.message']
        messages = Message._message_fetch(domain=None, thread=thread)['messages']
        return Store().add(messages).get_result()

    def attachments(self):
        """Read each file by its id."""
        Attachment = self.as_['ir.attachment']
        for attachment in self._get_attachments():
            one = Attachment.browse(attachment.id)
            for name in ('name', 'raw', 'datas', 'index_content', 'description'):
                rows = self.ask('attachment', one.read, [name])
                for row in rows or ():
                    if name == 'datas' and row['datas']:
                        self._look('attachment', base64.b64decode(row['datas']).decode('latin-1'))
            self.ask('file', self._stream, one)

    def _get_attachments(self):
        start = self.world.records['res.partner'][TREATED].create_date
        return (
            self.env['ir.attachment']
            .sudo()
            .search([('create_date', '>=', start), ('res_field', 'in', [False, *BINARIES])])
        )

    def _stream(self, attachment):
        """Return what :file:`/web/content` answers."""
        Binary = self.as_['ir.binary']
        record = Binary._find_record(res_id=attachment.id)
        return Binary._get_stream_from(record, 'raw').read().decode('latin-1')

    def files(self):
        """Fetch the files of fields, as :file:`/web/content/MODEL/ID/FIELD` does."""
        for Model, name, _marks in self._fields():
            if Model._fields[name].type == 'binary':
                for id_ in self._ids(Model._name):
                    self.ask('file of field', self._stream_field, Model._name, id_, name)

    def _stream_field(self, model, id_, name):
        Binary = self.as_['ir.binary']
        record = Binary._find_record(res_model=model, res_id=id_, field=name)
        return Binary._get_stream_from(record, name).read().decode('latin-1')

    def post(self):
        """Read the letters and the messages of the bus that are for this user, or for anybody."""
        partner = self.world.users[self.identity].partner_id
        for mail in self.env['mail.mail'].sudo().search([], order='id desc', limit=200):
            if partner in mail.recipient_ids or (partner.email or '@') in (mail.email_to or ''):
                self._hear('mail', f'{mail.subject} {mail.body_html}')
        channel = f'"res.partner",{partner.id}]'
        self.env.cr.precommit.run()  # what is to be sent is entered at the end of a transaction
        for row in self.env['bus.bus'].sudo().search([], order='id desc', limit=500):
            if row.channel.replace(' ', '').endswith(channel) or 'res.partner' not in row.channel:
                self._hear('bus', row.message)

    def _hear(self, way, text):
        self.calls += 1
        self._look(way, text)

    def reports(self):
        """Print each report of the records."""
        Report = self.as_['ir.actions.report']
        models = [*self.models, 'res.partner']
        for report in self.env['ir.actions.report'].sudo().search([('model', 'in', models)]):
            for id_ in self._ids(report.model):
                self.ask('report', self._print, Report, report, id_)

    def _print(self, Report, report, id_):
        return Report._render_qweb_html(report.report_name, [id_])[0].decode()


def _has_names(Model):
    """Return whether records are found by names; else Odoo finds all of them, and complains."""
    own = type(Model)._search_display_name is not BaseModel._search_display_name
    return bool(own or Model._rec_names_search or Model._rec_name)


def _spec(Model, names):
    """Return how the web client asks for some fields."""
    return {
        name: {'fields': {'display_name': {}}} if Model._fields[name].relational else {}
        for name in names
    }


def _value(field, marker):
    """Return a marker as a value of a field."""
    if field.type in NUMBERS:
        return int(marker)
    if field.type == 'datetime':
        return f'{marker} 12:00:00'
    return marker


KIND_OF = (
    dict.fromkeys(TEXTS, 'word')
    | dict.fromkeys(NUMBERS, 'number')
    | dict.fromkeys(('date', 'datetime'), 'day')
)
UNGROUPED = ('one2many', 'binary')
BINARIES = ('file', 'report', 'file_sealed', 'datas')
#: fields of other records that lead to what is hidden
PATHS = {
    'calendar.event': ['patient_id', 'communication_ids', 'enrollment_ids', 'enquiry_id'],
    'healthcare.communication': ['patient_id', 'appointment_id', 'consent_id'],
    'healthcare.consent': ['patient_id', 'document_id', 'signature_id'],
    'healthcare.patient.identifier': ['patient_id'],
    'mail.message': ['author_id', 'partner_ids'],
    'res.partner': [
        'identifier_ids',
        'condition_ids',
        'document_ids',
        'coverage_ids',
        'communication_ids',
        'appointment_ids',
        'alert_ids',
        'referral_ids',
        'merged_into_id',
        'child_ids',
    ],
    'res.users': ['partner_id'],
}
WAYS = {
    name: getattr(Crawl, name)
    for name in (
        'read',
        'read_others',
        'search',
        'search_through',
        'order',
        'name_search',
        'export',
        'onchange',
        'chatter',
        'attachments',
        'files',
        'post',
        'reports',
    )
}
Crawl.ways = WAYS
