"""The access matrix: what each identity is answered about every sensitive field, in every way.

What is expected follows from the register of sensitive fields alone: who it says reads and writes
a field; and from whose records somebody sees at all. What is seen is asked through the ORM.
"""

from collections import Counter
from typing import NamedTuple

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from .members import AS_A_WHOLE
from .world import CLINIC, ELSEWHERE, IDENTITIES, PLACES, TREATED

#: Records of these are read by practitioners only when they treat the patient.
OF_TREATED = {
    'healthcare.condition',
    'healthcare.medication',
    'healthcare.procedure',
    'healthcare.observation',
    'healthcare.immunization',
    'healthcare.allergy',
    'healthcare.family.history',
    'healthcare.lifestyle',
    'healthcare.document',
    'healthcare.encounter',
    'healthcare.referral',
    'healthcare.referral.response',
    'healthcare.segment.member',
    'healthcare.club.member',
    'healthcare.club.attendance',
    'healthcare.campaign.participant',
}
#: Who is in a club that tells about health: for who reads health records.
CLINICAL = {'healthcare.club.member', 'healthcare.club.attendance', 'healthcare.club.volunteer'}
#: Changed by whoever runs the club, which nobody here does.
OF_CLUB = {'healthcare.club.volunteer'}
#: Evidence: written once, and kept as it is.
KEPT = {'healthcare.consent', 'healthcare.communication', 'healthcare.disclosure'}
_STAFF = 'healthcare_crm.group_healthcare_staff'
_QUALITY = 'healthcare_crm.group_quality'
_MARKETING = 'healthcare_crm.group_marketing'
_CLINICAL = 'healthcare_crm.group_clinical'
#: Who has to do with a kind of record at all, where those are fewer than the readers of a field.
WORKING_WITH = {
    'crm.lead': 'sales_team.group_sale_salesman',
    'event.event': 'event.group_event_registration_desk',
    'healthcare.care.task': f'{_STAFF},{_QUALITY}',
    'healthcare.coverage': _STAFF,
    'healthcare.encounter': _CLINICAL,
    'healthcare.referrer.entry': f'{_STAFF},{_MARKETING}',
    'survey.user_input': 'survey.group_survey_user',
}
#: The same for fields that lead to such records.
LEADING_TO = {
    ('calendar.event', 'care_task_ids'): 'healthcare.care.task',
    ('res.partner', 'care_task_ids'): 'healthcare.care.task',
}
#: Chosen when the record is made, and then kept.
CHOSEN = {
    ('healthcare.erasure', 'patient_id'),
    ('healthcare.club.member', 'patient_id'),
    ('healthcare.club.attendance', 'patient_id'),
    ('healthcare.introduction', 'introducer_id'),
}
#: Entered also by who does not read it afterwards.
ENTERED = {('healthcare.patient.identifier', 'value')}
#: Who may export a record, or a field that leads to another, where those are fewer than readers.
EXPORTING = {
    'res.partner': 'healthcare_crm.group_patient_export',
    ('healthcare.enquiry', 'lead_id'): 'sales_team.group_sale_salesman',
}
#: A file that is made of the one that was imported, which here is none.
UNMADE = {('healthcare.import', 'report')}
#: Whoever imports a file writes what was found in it.
FOUND_IN_FILE = {'healthcare.import.column', 'healthcare.import.problem'}
OPENED = 'healthcare.break.glass'
ENROLLED = 'healthcare.workflow.enrollment'
ABILITIES = ('searchable', 'sortable', 'groupable')


class Cell(NamedTuple):
    """A question, and what came of it."""

    identity: str
    model: str
    field: str
    way: str
    expected: bool
    seen: bool

    @property
    def is_wrong(self):
        return self.expected != self.seen


class Matrix:
    """Asks about every field of the register, by every identity, in every way.

    :ivar cells: the questions that were answered
    :ivar undecided: how many writes failed for another reason than who asks, by model and field
    """

    def __init__(self, world):
        self.world = world
        self.env = world.env
        self.groups = {name: set(user.all_group_ids.ids) for name, user in world.users.items()}
        self.cells = []
        self.undecided = Counter()

    # ------------------------------------------------------------ what is expected

    def is_in(self, identity, groups):
        """Return whether somebody is in one of the groups, as the register writes them."""
        if groups in ('.', 'system'):
            return False
        ids = {self.env.ref(name.strip()).id for name in groups.split(',')}
        return not ids.isdisjoint(self.groups[identity])

    def may_see(self, identity, model, place):
        """Return whether somebody sees the record of a place at all."""
        if model == OPENED and identity in ('practitioner', 'nurse'):
            return identity == 'nurse' and place != ELSEWHERE  # one's own, which are the nurse's
        if model == ENROLLED and not self.is_in(identity, f'{_STAFF},{_CLINICAL}'):
            return False  # numbers of them, no names
        if model in CLINICAL and not self.is_in(identity, _CLINICAL):
            return False
        if place == CLINIC and model in OF_TREATED:
            return identity != 'practitioner'
        return place != ELSEWHERE

    def may_read(self, identity, model, name):
        """Return whether the register lets somebody read a field."""
        return self._works_with(identity, model, name) and self.is_in(
            identity, self.world.register[model][name].read
        )

    def may_write(self, identity, model, name):
        """Return whether the register lets somebody write a field; who does not read it cannot."""
        if model in KEPT | OF_CLUB or (model, name) in CHOSEN:
            return False
        if model in CLINICAL and not self.is_in(identity, _CLINICAL):
            return False
        if model in FOUND_IN_FILE:
            return self.may_read(identity, model, name)
        entered = (model, name) in ENTERED or self.may_read(identity, model, name)
        return entered and self.is_in(identity, self.world.register[model][name].write)

    def may_export(self, identity, model, name):
        """Return whether somebody may export a field of a record they see."""
        if model == 'res.partner' and identity == 'marketing':
            return False  # only those who agreed to be written to, by the export of patients
        needed = EXPORTING.get(model) or EXPORTING.get((model, name))
        return self.may_read(identity, model, name) and (not needed or self.is_in(identity, needed))

    def _works_with(self, identity, model, name):
        used = [LEADING_TO.get((model, name)), model]
        return all(self.is_in(identity, WORKING_WITH[one]) for one in used if one in WORKING_WITH)

    # ------------------------------------------------------------ asking

    def run(self):
        """Ask everything."""
        with mute_logger('odoo.addons.base.models.ir_rule', 'odoo.sql_db', 'odoo.models'):
            for model in sorted(self.world.records.keys() & self.world.register.keys()):
                able = self.env[model].fields_get(attributes=ABILITIES)
                for identity in IDENTITIES:
                    self.env.invalidate_all()  # what is in the cache is refused to nobody
                    env = self.env(user=self.world.users[identity], su=False, context={})
                    self._ask(identity, env[model], able)
        return self

    def _ask(self, identity, Model, able):
        model = Model._name
        names = [one for one in self.world.register[model] if (model, one) not in UNMADE]
        known = Model.fields_get(attributes=['type'])
        records = self.world.records[model]
        reads = [name for name in names if self.may_read(identity, model, name)]
        seen = {place for place in PLACES if self.may_see(identity, model, place)}

        def note(name, way, expected, found):
            if found is None:
                self.undecided[model, name, way] += 1
            else:
                self.cells.append(Cell(identity, model, name, way, expected, found))

        for name in names if model not in AS_A_WHOLE else ():
            described = self.is_in(identity, self.world.register[model][name].read)
            note(name, 'fields_get', described, name in known)
        lists = {'search_read': _search_read, 'web_search_read': _web_search_read}
        for way, read in lists.items():
            for name, found in _ask_together(names, reads, lambda few: read(Model, few, records)):  # noqa: B023
                for place in records:
                    expected = name in reads and place in seen
                    note(name, f'{way} {place}', expected, place in (found or ()))
        for place, record in records.items():
            one = Model.browse(record.id)
            for way, read in {'read': one.read, 'export': one.export_data}.items():
                asked = names if place == TREATED else reads
                for name, found in _ask_together(asked, reads, lambda few: read(few) or True):  # noqa: B023
                    may = self.may_export if way == 'export' else self.may_read
                    expected = place in seen and may(identity, model, name)
                    note(name, f'{way} {place}', expected, bool(found))
        for name in names:
            one = Question(
                Model, name, records, name in reads, self.may_write(identity, model, name)
            )
            for way, expected, found in one.ask(able[name]):
                note(name, way, expected, found)


def _ask_together(names, reads, ask):
    """Yield each field with the answer about it; None where it is refused.

    Those that are expected to be answered are asked about at once, and one by one if that fails.

    :param ask: asks about some fields
    """
    few = [name for name in names if name in reads]
    try:
        answer = few and ask(few)
        for name in few:
            yield name, answer
        few = []
    except UserError:  # an AccessError is one
        pass
    for name in names:
        if name in few or name not in reads:
            try:
                answer = ask([name])
            except UserError:
                answer = None
            yield name, answer


def _among(records, *more):
    return [('id', 'in', [record.id for record in records.values()]), *more]


def _search_read(Model, names, records):
    return _places(Model.search_read(_among(records), names), names, records)


def _web_search_read(Model, names, records):
    wanted = {
        name: {'fields': {'display_name': {}}} if Model._fields[name].relational else {}
        for name in names
    }
    return _places(Model.web_search_read(_among(records), wanted)['records'], names, records)


def _places(rows, names, records):
    """Return of which places there is a row with these fields."""
    place_of = {record.id: place for place, record in records.items()}
    return {place_of[row['id']] for row in rows if row.keys() >= set(names)}


class Question:
    """A field, and who asks about it.

    :param Model: of the field, in the environment of who asks
    """

    def __init__(self, Model, name, records, reads, writes):
        self.Model, self.name, self.field = Model, name, Model._fields[name]
        self.records, self.reads, self.writes = records, reads, writes

    def ask(self, able):
        """Yield the ways, what is expected of each, and what was seen; None if that tells nothing.

        :param dict able: what the field can be used for
        """
        if able.get('searchable'):
            yield 'search', self.reads, self._is_let(self._search)
        if able.get('sortable'):
            yield 'order', self.reads, self._is_let(self._order)
        if able.get('groupable'):
            yield 'group', self.reads, self._is_let(self._group)
            yield 'aggregate', self.reads, self._is_let(self._aggregate)
        if not self.field.type.endswith('2many') and (self.field.store or self.field.inverse):
            yield 'write', self.writes, self._write(self.records[TREATED].id)
            if self.writes and ELSEWHERE in self.records:
                yield 'write elsewhere', False, self._write(self.records[ELSEWHERE].id)

    def _is_let(self, work):
        try:
            work()
        except UserError:
            return False
        except ValueError:  # Odoo says that it can be ordered by, and cannot
            return None if self.reads else False
        return True

    def _search(self):
        self.Model.search_count(_among(self.records, (self.name, '!=', False)))

    def _order(self):
        self.Model.search(_among(self.records), order=f'{self.name} desc', limit=1)

    def _group(self):
        by = f'{self.name}:month' if self.field.type in ('date', 'datetime') else self.name
        self.Model.formatted_read_group(_among(self.records), [by], ['__count'])

    def _aggregate(self):
        self.Model.formatted_read_group(_among(self.records), [], [f'{self.name}:count_distinct'])

    # ------------------------------------------------------------ writing

    def _write(self, id_):
        """Return whether another value could be written; None if something else forbids it."""
        record = self.Model.browse(id_)
        stored = record.sudo()
        cr = self.Model.env.cr
        try:
            value = self._get_another(stored)
            before = stored[self.name]
            with mute_logger('odoo.sql_db'), cr.savepoint() as savepoint:
                try:
                    record.write({self.name: value})
                    self.Model.env.flush_all()
                    stored.invalidate_recordset()
                    is_written = stored[self.name] != before or self.field.type == 'many2one'
                finally:
                    savepoint.rollback()
        except AccessError:
            return False
        except Exception:  # whatever forbids it, it is not who asks
            return None if self.writes else False
        finally:
            self.Model.env.invalidate_all(flush=False)
        return is_written or (None if self.writes else False)

    def _get_another(self, stored):
        """Return a value that the record has not got."""
        field, present = self.field, stored[self.name]
        if field.type == 'boolean':
            return not present
        if field.type == 'selection':
            return next(one for one in field.get_values(stored.env) if one != present)
        if field.type == 'many2one':
            return present.id  # who may refer to which record is another question
        if field.type in ('integer', 'float', 'monetary'):
            return (present or 0) + 1
        if field.type in ('date', 'datetime'):
            return '2026-01-01'
        if field.type == 'json':
            return {'written': True}
        return 'd3JpdHRlbg==' if field.type == 'binary' else 'written'
