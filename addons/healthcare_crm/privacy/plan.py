"""Which rows of which tables name a patient, and what becomes of each."""

from collections import defaultdict

from odoo.tools import SQL

from ..merging.references import TARGET, find_references
from .rules import ANONYMISE, DELETE, DETACH, KEEP, RULES, SATELLITES, Rule, rule_of

#: columns that name whom a row is about; others name somebody beside
ABOUT = frozenset({'patient_id', 'partner_id', 'kept_id', 'merged_id', 'other_id', 'author_id'})
#: what is about another patient stays as that patient's record has it
OTHERS = {
    ('healthcare.consent', 'given_by_id'),
    ('healthcare.consent.signature', 'signer_id'),
}
#: who wrote a row is not whom it is about
BY = frozenset({'create_uid', 'write_uid', 'user_id'})
#: what hangs on a row that stays, and stays with it
HANGS = frozenset({'ir.attachment'})


class Plan:
    """What becomes of every row that names some contacts.

    :ivar delete: ``{table: ids}``, in the order of discovery: the last are deleted first
    :ivar anonymise: ``{model: ids}``
    :ivar detach: ``{(table, column): ids}``
    :ivar keep: ``{(model, why): ids}``
    :ivar pairs: ``[(table, column, ids)]`` of many2many tables
    """

    def __init__(self, env, partner_ids, held, listed):
        self.env = env
        self.partner_ids = list(partner_ids)
        self.held = held
        self.listed = listed
        self.delete = {}
        self.anonymise = defaultdict(set)
        self.detach = defaultdict(set)
        self.keep = defaultdict(set)
        self.pairs = []
        self._references = {}
        self._seen = defaultdict(set)
        self._queue = []
        self._visit_partners()
        while self._queue:
            self._expand(*self._queue.pop(0))

    @property
    def size(self):
        """How many rows are still to be deleted or changed."""
        return sum(map(len, self.delete.values())) + sum(map(len, self.detach.values()))

    def get_kept_rows(self):
        """Return ``{table: ids}`` of what stays as it is."""
        rows = defaultdict(set)
        for (model, _why), ids in self.keep.items():
            rows[self.env[model]._table] |= ids
        return rows

    def count(self):
        """Return ``[(action, model or table, why, how many)]``."""
        names = {cls._table: name for name, cls in self.env.items() if not cls._abstract}
        found = [
            (DELETE, names.get(table, table), '', len(ids)) for table, ids in self.delete.items()
        ]
        found += [
            (ANONYMISE, model, RULES[model].why, len(ids)) for model, ids in self.anonymise.items()
        ]
        found += [(KEEP, model, why, len(ids)) for (model, why), ids in self.keep.items()]
        detached = defaultdict(int)
        for (table, _column), ids in self.detach.items():
            detached[names.get(table, table)] += len(ids)
        found += [(DETACH, name, '', count) for name, count in detached.items()]
        return sorted(entry for entry in found if entry[3])

    # ------------------------------------------------------------ walking

    def _visit_partners(self):
        ways = []
        for reference in self._get_references(TARGET):
            if reference.kind == 'pairs':
                self.pairs.append((reference.table, reference.column, self.partner_ids))
                continue
            if ids := self._find(reference, TARGET, self.partner_ids):
                ways.append((reference, ids, self._rule(reference)))
        # what must stay is known first: nothing takes it away by another way
        for wanted in (KEEP, ANONYMISE, DELETE, DETACH):
            for reference, ids, rule in ways:
                if rule.action == wanted:
                    self._apply(reference, ids, rule)
        self._expand_beside(TARGET, self.partner_ids)

    def _rule(self, reference):
        model, name = reference.model, reference.field
        if not model:
            return Rule(DELETE)
        if (model, name) in OTHERS:
            return Rule(KEEP, why='others')
        field = self.env[model]._fields[name]
        rule = rule_of(
            model,
            self.held,
            bool(field.required) or getattr(field, 'ondelete', '') == 'cascade',
            model in self.listed and name in ABOUT,
        )
        if rule.action == ANONYMISE and name not in ABOUT and reference.kind == 'column':
            return Rule(DETACH)
        if model == TARGET or (rule.why == 'medical' and name not in ABOUT):
            return Rule(DETACH)
        return rule

    def _apply(self, reference, ids, rule):
        if rule.action == DETACH:
            if reference.table == 'res_partner':
                ids = ids - set(self.partner_ids)
            self.detach[reference.table, reference.column] |= ids
            return
        fresh = ids - self._seen[reference.table]
        if not fresh:
            return
        self._seen[reference.table] |= fresh
        if rule.action == DELETE:
            self.delete.setdefault(reference.table, set()).update(fresh)
        elif rule.action == ANONYMISE:
            self.anonymise[reference.model] |= fresh
        else:
            self.keep[reference.model, rule.why] |= fresh
        if reference.model:
            self._queue.append((reference.model, fresh, rule))

    def _expand(self, model, ids, rule):
        """Follow what points at rows whose lot is known."""
        if rule.action == ANONYMISE:
            self._expand_beside(model, ids)
            return
        for reference in self._get_references(model):
            if reference.kind == 'pairs':
                if rule.action == DELETE:
                    self.pairs.append((reference.table, reference.column, list(ids)))
                continue
            found = self._find(reference, model, ids)
            if not found:
                continue
            field = reference.model and self.env[reference.model]._fields[reference.field]
            bound = not field or bool(field.required) or getattr(field, 'ondelete', '') == 'cascade'
            if rule.action == KEEP:
                if bound or reference.model in HANGS:
                    self._apply(reference, found, rule)
            elif bound or reference.model in SATELLITES:
                own = rule_of(reference.model, self.held, True, False) if field else rule
                self._apply(reference, found, rule if own.action == DETACH else own)
            else:
                self._apply(reference, found, Rule(DETACH))

    def _expand_beside(self, model, ids):
        """Follow what lies beside rows that stay: their messages, files and traces."""
        for reference in self._get_references(model):
            if reference.kind == 'pairs' or not reference.model or reference.field in BY:
                continue
            about = RULES.get(reference.model)
            if reference.model in SATELLITES:
                rule = about or Rule(DELETE)
            elif reference.model == 'calendar.attendee':
                rule = Rule(DELETE)
            elif model != TARGET and about and about.action == ANONYMISE:
                if reference.model == model:
                    continue
                rule = about
            else:
                continue
            if found := self._find(reference, model, ids):
                self._apply(reference, found, rule)

    def _get_references(self, model):
        if model not in self._references:
            self._references[model] = find_references(self.env, model)
        return self._references[model]

    def _find(self, reference, target, ids):
        """Return the ids of the rows that point at some records."""
        column, ids = SQL.identifier(reference.column), list(ids)
        if reference.kind == 'column':
            where = SQL('%s = ANY(%s)', column, ids)
        elif reference.kind == 'text':
            where = SQL('%s = ANY(%s)', column, [f'{target},{id_}' for id_ in ids])
        elif reference.kind == 'number' and reference.beside:
            beside = SQL.identifier(reference.beside)
            where = SQL('%s = %s AND %s = ANY(%s)', beside, target, column, ids)
        elif reference.kind == 'companies':
            where = SQL(
                'EXISTS (SELECT FROM jsonb_each_text(%s) AS one WHERE one.value = ANY(%s))',
                column,
                [str(id_) for id_ in ids],
            )
        else:
            return set()
        table = SQL.identifier(reference.table)
        rows = self.env.execute_query(SQL('SELECT id FROM %s WHERE %s', table, where))
        return {id_ for (id_,) in rows}
