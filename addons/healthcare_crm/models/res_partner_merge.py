# Part of Healthcare CRM for Odoo. License LGPL-3.
from contextlib import ExitStack

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from ..crypto import keyring
from ..merging.journal import Journal
from ..merging.references import TARGET, Reference, find_references
from ..merging.survivorship import is_empty, survivor
from ..sensitive import GROUP_STAFF, GROUP_USER
from .healthcare_patient_identifier import INDEXED

#: what is chosen together: half an address is none
ADDRESS = ('street', 'street2', 'city', 'zip', 'state_id', 'country_id')
#: what a document that was seen vouches for
ON_DOCUMENTS = frozenset({'name', 'birth_date', 'gender'})
#: what a reviewer chooses first, in this order
CHOICES = (
    'name',
    'birth_date',
    'gender',
    'phone',
    'email',
    'address',
    'lang',
    'preferred_channel',
    'guardian_id',
    'practitioner_id',
    'lifecycle_stage',
    'source_id',
    'referrer_id',
)
#: what a reviewer knows of contacts besides, where Odoo's own add-ons have it
KNOWN = frozenset({'ref', 'vat', 'function', 'website', 'company_name', 'barcode', 'user_id'})
#: each record's own, never taken from another one
OWN = frozenset(
    {
        'active',
        'company_id',
        'merged_into_id',
        'is_patient',
        'patient_number',
        'parent_id',
        'type',
        'calendar_last_notif_ack',
        'create_uid',
        'create_date',
        'write_uid',
        'write_date',
    }
)
#: columns that say where a record has gone, or are kept up by the software
NOT_MOVED = frozenset(
    {
        ('res_partner', 'merged_into_id'),
        ('healthcare_patient_merge', 'kept_id'),
        ('healthcare_patient_merge', 'merged_id'),
        ('healthcare_patient_link', 'patient_id'),
        ('healthcare_patient_link', 'other_id'),
        ('healthcare_patient_matching', 'patient_id'),
        ('healthcare_quality_finding', 'patient_id'),
        ('healthcare_visit_tally', 'patient_id'),
    }
)


class ResPartner(models.Model):
    """Two records of one patient become one, and two again if that was wrong.

    The record that goes is archived, and says where it has gone. Whatever points at it in any
    table is moved, in SQL, and remembered row by row; so is every value that changes.
    """

    _inherit = 'res.partner'

    merged_into_id = fields.Many2one(
        'res.partner',
        string="Merged Into",
        copy=False,
        readonly=True,
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_USER,
        help="The record that has everything since the two became one.",
    )
    merge_ids = fields.One2many(
        'healthcare.patient.merge',
        'kept_id',
        string="Merges",
        groups=GROUP_STAFF,
    )

    @api.constrains('active')
    def _check_merged(self):
        # sudo: anybody who may write a contact may try, without knowing that it is a patient
        if self.sudo().filtered(lambda partner: partner.active and partner.merged_into_id):
            raise ValidationError(
                self.env._("This record was merged into another one. Undo the merge instead.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_merged(self):
        """A record that is part of a merge stays: the merge can be undone."""
        # sudo: what hinders the deletion of a contact is no secret of the merge
        merges = self.env['healthcare.patient.merge'].sudo()
        if merges.search_count(
            ['|', ('kept_id', 'in', self.ids), ('merged_id', 'in', self.ids)], limit=1
        ):
            if not self._reads_patients():
                raise AccessError(
                    self.env._(
                        "You are not allowed to delete these contacts. Archive them instead.",
                    )
                )
            raise UserError(
                self.env._(
                    "Patients whose records were merged cannot be deleted. Archive them instead."
                )
            )

    def _follow_merges(self):
        """Return, for each record, the one that has its data now; in the same order."""
        current = list(self.sudo())
        while any(partner.merged_into_id for partner in current):
            current = [partner.merged_into_id or partner for partner in current]
        return self.browse([partner.id for partner in current])

    # ------------------------------------------------------------
    # May they?
    # ------------------------------------------------------------

    def _get_merge_problem(self, other):
        """Return the sentence that says why two records may not become one, or False."""
        both = (self | other).sudo().with_context(active_test=False)
        if len(both) < 2:
            return self.env._("Choose two different records.")
        for partner in both:
            if partner.merged_into_id:
                return self.env._(
                    "%(patient)s was merged into another record already.", patient=partner.name
                )
        if len(both.user_ids) > 1:
            return self.env._(
                "Both records have a login. Archive one of the two users and remove its contact "
                "first."
            )
        if len(both.company_id) > 1:
            return self.env._(
                "The records belong to different clinics (%(clinics)s). Move one of them to the "
                "other's clinic first.",
                clinics=', '.join(both.company_id.mapped('name')),
            )
        if self.sudo().parent_id == other or other.sudo().parent_id == self:
            return self.env._("One of the records is a contact of the other.")
        if system := self._get_different_verified_id(other):
            return self.env._(
                "Each record has a verified “%(system)s” of its own, and they are different: these "
                "are two people. If one was verified by mistake, take that back first.",
                system=system.name,
            )
        return False

    def _get_different_verified_id(self, other):
        """Return the first system in which both have verified numbers, none of them the same."""
        verified = []
        for partner in (self, other):
            numbers = {}
            for identifier in partner.sudo().identifier_ids:
                if identifier.is_verified and identifier.system_id.is_single:
                    numbers.setdefault(identifier.system_id, set()).add(identifier.value)
            verified.append(numbers)
        for system in verified[0].keys() & verified[1].keys():
            if verified[0][system].isdisjoint(verified[1][system]):
                return system
        return None

    # ------------------------------------------------------------
    # Which value stays
    # ------------------------------------------------------------

    def _get_survivors(self, other, choices=None):
        """Return, for each choice, which of the two records' values stays.

        :param dict choices: what somebody chose, ``{choice: 0 for self, 1 for other}``
        :rtype: dict[str, int]
        """
        pair = (self.sudo(), other.sudo())
        verified = [any(partner.identifier_ids.mapped('is_verified')) for partner in pair]
        newer = self._get_newer(other)
        choices = choices or {}
        survivors = {}
        for choice, names in self._get_merge_choices().items():
            values = [self._get_merge_value(partner, names) for partner in pair]
            survivors[choice] = survivor(
                values,
                verified if choice in ON_DOCUMENTS else (False, False),
                newer if choice in CHOICES else 0,
                choices.get(choice),
            )
        return survivors

    def _get_newer(self, other):
        """Return which of the two was changed last, as 0 or 1."""
        changed = [self._get_changed_at(partner) for partner in (self, other)]
        return int(changed[1] > changed[0])

    def _get_changed_at(self, partner):
        # sudo: kept up by the software
        matching = self.env['healthcare.patient.matching'].sudo()
        row = matching.search([('patient_id', '=', partner.id)], limit=1)
        return row.changed_at or partner.sudo().create_date

    @api.model
    def _get_merge_choices(self):
        """Return ``{choice: names of fields}`` of everything of which one value stays."""
        found = {name: (name,) for name in CHOICES if name in self._fields}
        found['address'] = ADDRESS
        found |= {
            name: (name,)
            for name in sorted(self._fields.keys() - found.keys() - set(ADDRESS) - OWN)
            if self._is_merged_field(self._fields[name])
        }
        return found

    @api.model
    def _is_merged_field(self, field):
        return bool(
            field.store
            and field.column_type
            and not field.company_dependent
            and not (field.compute and field.readonly)
            and not field.related
            and field.type not in ('many2one_reference', 'properties', 'json')
            and 'token' not in field.name
        )

    @api.model
    def _get_merge_value(self, partner, names):
        """Return what :func:`survivor` compares: the value, or the text of several."""
        values = [partner[name] for name in names]
        values = [value.id if isinstance(value, models.BaseModel) else value for value in values]
        if len(values) == 1:
            return values[0]
        return ' '.join(str(value) for value in values[:4] if value) or False

    # ------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------

    def _merge_into(self, kept, choices=None, automatic=False):
        """Make this record part of ``kept``; return the merge.

        The caller has asked whether the user may. Nothing is deleted: what a unique key refuses
        stays with this record, which is archived.

        :param res.partner kept: the record that stays
        :param dict choices: which value stays, ``{choice: 0 for kept, 1 for this one}``
        :param bool automatic: nobody looked at it
        :raise UserError: the two may not become one
        """
        self.ensure_one()
        kept.ensure_one()
        # sudo: tables are moved that nobody has access to; what may be merged is checked here, who
        # may by the caller
        merged, kept = self.sudo(), kept.sudo()
        (merged | kept).lock_for_update()
        if problem := kept._get_merge_problem(merged):
            raise UserError(problem)
        env = kept.env
        env.flush_all()
        survivors = kept._get_survivors(merged, choices)
        env.cr.execute('SET CONSTRAINTS ALL IMMEDIATE')
        journal = Journal(env.cr)
        kept._before_merge(journal, merged)
        kept._merge_identifiers(journal, merged)
        pending = kept._merge_rows(journal, merged)
        kept._merge_values(journal, merged, survivors, pending)
        kept._after_merge(journal, merged)
        kept._recompute_merged(journal, pending)
        merge = env['healthcare.patient.merge'].create(
            {
                'kept_id': kept.id,
                'merged_id': merged.id,
                'user_id': self.env.uid,
                'automatic': automatic,
            }
        )
        merge._move_links(journal)
        merge._store(journal)
        (kept | merged)._refresh_matching()
        (kept | merged)._refresh_quality()
        return merge.sudo(self.env.su)

    def _before_merge(self, journal, merged):
        """Make way for the rows of ``merged``, through ``journal``. Other add-ons extend it."""

    def _after_merge(self, journal, merged):
        """Let what names patients in other ways name this one. Other add-ons extend it."""

    def _merge_identifiers(self, journal, merged):
        """Keep the former number as an identifier, and of single ones the better."""
        both = (self | merged).identifier_ids
        for system in both.system_id.filtered('is_single'):
            mine = both.filtered(lambda i, s=system: i.system_id == s)
            if len(mine.patient_id) < 2:
                continue
            best = max(mine, key=lambda i: (i.is_verified, i.write_date, i.patient_id == self))
            # the others go, or stay, with the record that is archived
            losers = mine - best
            journal.set_values(
                'healthcare_patient_identifier',
                {loser.id: {'patient_id': merged.id} for loser in losers}
                | {best.id: {'patient_id': self.id}},
            )
            journal.hold('healthcare_patient_identifier', 'patient_id', losers.ids)
        number = merged.patient_number
        if not number:
            return
        if not self.patient_number:
            journal.set_values('res_partner', {merged.id: {'patient_number': None}})
            journal.set_values('res_partner', {self.id: {'patient_number': number}})
            return
        system = self.env.ref('healthcare_crm.identifier_system_merged')
        indexes = keyring.get().indexes(number, INDEXED)
        known = SQL('system_id = %s AND value_index = ANY(%s)', system.id, indexes)
        with journal.watch('healthcare_patient_identifier', where=known):
            self.env['healthcare.patient.identifier'].create(
                {'patient_id': self.id, 'system_id': system.id, 'value': number}
            )
            self.env.flush_all()

    def _merge_rows(self, journal, merged):
        """Move every row of every table that points at ``merged``.

        :return: what is computed from them, ``{field: ids}``
        """
        pending = {}
        for reference in find_references(self.env):
            if (reference.table, reference.column) in NOT_MOVED:
                continue
            if reference.kind == 'pairs':
                self._merge_pairs(journal, merged, reference, pending)
            elif reference.kind == 'companies':
                self._merge_company_values(journal, merged, reference)
            elif reference.kind == 'properties':
                self._merge_properties(journal, merged, reference)
            elif ids := self._find_rows(journal, merged, reference):
                self._mark(pending, reference, ids, before=True)
                moved = journal.move(reference, ids, merged.id, self.id)
                self._mark(pending, reference, moved)
        self._merge_defaults(journal, merged)
        return pending

    def _find_rows(self, journal, merged, reference):
        """Return the ids of the rows that point at ``merged`` and may move."""
        if reference.kind == 'number' and not reference.beside:
            model = self.env[reference.model].with_context(active_test=False)
            about = model._fields[reference.field].model_field
            found = model.search([(reference.field, '=', merged.id)])
            return found.filtered(lambda record: record[about] == TARGET).ids
        column = SQL.identifier(reference.column)
        value = f'{TARGET},{merged.id}' if reference.kind == 'text' else merged.id
        where = [SQL('%s = %s', column, value)]
        if reference.kind == 'number':
            where.append(SQL('%s = %s', SQL.identifier(reference.beside), TARGET))
        if reference.table == 'res_partner':
            # what the two say about themselves is a value of theirs, not a row
            where.append(SQL('id NOT IN %s', (self.id, merged.id)))
        if reference.table == 'ir_attachment':
            where.append(SQL('res_field IS NULL'))
        self.env.cr.execute(
            SQL(
                'SELECT id FROM %s WHERE %s ORDER BY id',
                SQL.identifier(reference.table),
                SQL(' AND ').join(where),
            )
        )
        return journal.release(reference, [row[0] for row in self.env.cr.fetchall()])

    def _mark(self, pending, reference, ids, before=False):
        """Note in ``pending`` what is computed from a column of rows."""
        if not ids or reference.model not in self.env:
            return
        records = self.env[reference.model].browse(ids)
        records.modified([reference.field], before=before)
        self._collect_pending(pending)

    def _collect_pending(self, pending):
        for field in list(self.env.fields_to_compute()):
            records = self.env.records_to_compute(field)
            pending.setdefault(field, set()).update(records.ids)
            self.env.remove_to_compute(field, records)

    def _merge_pairs(self, journal, merged, reference, pending):
        moved = journal.move_pairs(reference, merged.id, self.id)
        if reference.model == TARGET:
            moved = [self.id, merged.id] if moved else []
        self._mark(pending, reference, moved)

    def _merge_company_values(self, journal, merged, reference):
        """Replace ``merged`` in a column with one value per company."""
        column, table = SQL.identifier(reference.column), SQL.identifier(reference.table)
        points = SQL(
            "EXISTS (SELECT FROM jsonb_each_text(%s) AS each WHERE each.value = %s)",
            column,
            str(merged.id),
        )
        with journal.watch(reference.table, where=points, columns=[reference.column]):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE %(table)s SET %(column)s = (
                        SELECT jsonb_object_agg(key, CASE WHEN value = to_jsonb(%(old)s::int)
                                                          THEN to_jsonb(%(new)s::int)
                                                          ELSE value END)
                          FROM jsonb_each(%(column)s))
                     WHERE %(points)s
                    """,
                    table=table,
                    column=column,
                    old=merged.id,
                    new=self.id,
                    points=points,
                )
            )

    def _merge_properties(self, journal, merged, reference):
        """Replace ``merged`` in what users have added to records as properties."""
        column, table = SQL.identifier(reference.column), SQL.identifier(reference.table)
        for name in self._get_partner_properties(reference):
            value = SQL('%s -> %s', column, name)
            # one contact, or a list of them; @> of a list finds a single one too
            points = SQL('%s @> %s::jsonb', value, str(merged.id))
            with journal.watch(reference.table, where=points, columns=[reference.column]):
                self.env.cr.execute(
                    SQL(
                        """
                        UPDATE %(table)s SET %(column)s = jsonb_set(%(column)s, %(path)s,
                            CASE jsonb_typeof(%(value)s) WHEN 'array' THEN (
                                SELECT jsonb_agg(id ORDER BY place) FROM (
                                    SELECT CASE WHEN id = %(old)s::jsonb THEN %(new)s::jsonb
                                                ELSE id END AS id, min(place) AS place
                                      FROM jsonb_array_elements(%(value)s)
                                           WITH ORDINALITY AS each (id, place)
                                  GROUP BY 1) AS kept)
                            ELSE %(new)s::jsonb END)
                         WHERE %(points)s
                        """,
                        table=table,
                        column=column,
                        path=[name],
                        value=value,
                        old=str(merged.id),
                        new=str(self.id),
                        points=points,
                    )
                )

    def _get_partner_properties(self, reference):
        """Return the names of the properties in a column that hold contacts."""
        field = self.env[reference.model]._fields[reference.field]
        owner = self.env[self.env[reference.model]._fields[field.definition_record].comodel_name]
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT each ->> 'name'
                  FROM %(table)s, jsonb_array_elements(%(column)s) AS each
                 WHERE each ->> 'comodel' = %(target)s
                   AND each ->> 'type' IN ('many2one', 'many2many')
                """,
                table=SQL.identifier(owner._table),
                column=SQL.identifier(field.definition_record_field),
                target=TARGET,
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _merge_defaults(self, journal, merged):
        """Let default values of fields that are this patient be the one who stays."""
        where = SQL(
            """
            json_value = %s AND field_id IN (
                SELECT id FROM ir_model_fields WHERE ttype = 'many2one' AND relation = %s)
            """,
            str(merged.id),
            TARGET,
        )
        self.env.cr.execute(SQL('SELECT id FROM ir_default WHERE %s', where))
        if ids := [row[0] for row in self.env.cr.fetchall()]:
            journal.set_values('ir_default', {id_: {'json_value': str(self.id)} for id_ in ids})

    # ------------------------------------------------------------
    # Merging: values of the record itself
    # ------------------------------------------------------------

    def _merge_values(self, journal, merged, survivors, pending):
        """Write the values that survive, in SQL as everything else; archive ``merged``."""
        mine, theirs = self._read_columns(), merged._read_columns()
        given, cleared = {}, {}
        unique = self._get_unique_columns()
        for choice, names in self._get_merge_choices().items():
            if not survivors[choice]:
                continue
            for name in names:
                if theirs[name] == mine[name] or theirs[name] == self.id:
                    continue
                given[name] = theirs[name]
                if name in unique and not is_empty(theirs[name]):
                    cleared[name] = None
        given |= self._get_given(merged, mine, theirs)
        # nobody is their own guardian, also not after a child and a parent became one
        for name, field in self._fields.items():
            if field.type == 'many2one' and field.comodel_name == TARGET and field.store:
                if name in mine and given.get(name, mine[name]) in (merged.id, self.id):
                    if name != 'commercial_partner_id' and not field.company_dependent:
                        given[name] = None
        cleared |= {'active': False, 'merged_into_id': self.id}
        journal.set_values('res_partner', {merged.id: cleared})
        if given:
            journal.set_values('res_partner', {self.id: given})
        self._merge_images(journal, merged)
        self.env.invalidate_all(flush=False)
        self.modified(list(given))
        merged.modified(list(cleared))
        self._collect_pending(pending)

    def _get_given(self, merged, mine, theirs):
        """Return the values that neither survive nor do not: both count."""
        given = {}
        if theirs['is_patient'] and not mine['is_patient']:
            given['is_patient'] = True
        # a record of no clinic in particular is seen in all of them, one with a clinic is not
        if theirs['company_id'] and not mine['company_id']:
            given['company_id'] = theirs['company_id']
        parent = merged.parent_id
        if parent and not self.parent_id and self not in parent._get_ancestors():
            given['parent_id'] = parent.id
        wizard = self.env['base.partner.merge.automatic.wizard']
        for name in wizard._get_summable_fields():
            if self._fields[name].store and name in mine and theirs[name]:
                given[name] = (mine[name] or 0) + theirs[name]
        for name, field in self._fields.items():
            if field.company_dependent and theirs.get(name):
                values = theirs[name] | (mine[name] or {})
                if values != mine[name]:
                    given[name] = values
        return given

    def _get_ancestors(self):
        """Return this contact and those above it."""
        found, contact = self.browse(), self
        while contact and contact not in found:
            found |= contact
            contact = contact.parent_id
        return found

    def _read_columns(self):
        self.env.cr.execute(
            SQL('SELECT to_jsonb(partner) FROM res_partner AS partner WHERE id = %s', self.id)
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _get_unique_columns(self):
        """Return the columns of contacts that a unique key does not let two of them share."""
        self.env.cr.execute(
            """
            SELECT DISTINCT attribute.attname
              FROM pg_index AS key
              JOIN pg_attribute AS attribute
                ON attribute.attrelid = key.indrelid AND attribute.attnum = ANY(key.indkey)
             WHERE key.indrelid = 'res_partner'::regclass AND key.indisunique
            """
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def _merge_images(self, journal, merged):
        """Take over pictures, and whatever else is kept in files, where there is none."""
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM ir_attachment AS theirs
                 WHERE res_model = %(model)s AND res_id = %(merged)s AND res_field IS NOT NULL
                   AND NOT EXISTS (
                       SELECT FROM ir_attachment AS mine
                        WHERE mine.res_model = %(model)s AND mine.res_id = %(kept)s
                          AND mine.res_field IS NOT NULL)
                """,
                model=TARGET,
                merged=merged.id,
                kept=self.id,
            )
        )
        if ids := [row[0] for row in self.env.cr.fetchall()]:
            files = Reference('number', 'ir_attachment', 'res_id', 'ir.attachment', 'res_id')
            journal.move(files, ids, merged.id, self.id)

    def _recompute_merged(self, journal, pending):
        """Compute what depends on what moved.

        Not what somebody may have typed over, such as the payment terms of an order: an order
        keeps those it was made with.
        """
        env = self.with_context(tracking_disable=True, mail_notrack=True).env
        env.invalidate_all(flush=False)
        typed = {field: ids for field, ids in pending.items() if not field.readonly}
        rows = {}
        for field in pending.keys() - typed.keys():
            rows.setdefault(env[field.model_name]._table, set()).update(pending[field])
        with ExitStack() as stack:
            # whole rows: a method that computes one column may fill another one in passing
            for table, ids in rows.items():
                stack.enter_context(journal.watch(table, ids=ids, computed=True))
            stack.enter_context(
                env.protecting(
                    [([field], env[field.model_name].browse(ids)) for field, ids in typed.items()]
                )
            )
            for field in pending.keys() - typed.keys():
                env.add_to_compute(field, env[field.model_name].browse(pending[field]).exists())
            env.flush_all()
        env.invalidate_all()
