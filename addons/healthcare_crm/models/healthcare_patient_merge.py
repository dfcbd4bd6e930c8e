# Part of Healthcare CRM for Odoo. License LGPL-3.
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..crypto import keyring
from ..merging.journal import Journal
from ..sealing import SUFFIX
from ..sensitive import GROUP_STAFF
from ..step_up import step_up


class HealthcarePatientMerge(models.Model):
    """Two records of one patient that became one (FHIR Patient.link), and how to undo it.

    Written by the software only.
    """

    _name = 'healthcare.patient.merge'
    _description = "Merge of Patients"
    _order = 'date desc, id desc'
    _rec_name = 'merged_id'

    kept_id = fields.Many2one(
        'res.partner',
        string="Kept",
        required=True,
        readonly=True,
        index=True,
        ondelete='restrict',
        groups=GROUP_STAFF,
    )
    merged_id = fields.Many2one(
        'res.partner',
        string="Merged",
        required=True,
        readonly=True,
        index=True,
        ondelete='restrict',
        context={'active_test': False},
        groups=GROUP_STAFF,
    )
    date = fields.Datetime(
        required=True, readonly=True, index=True, default=lambda self: fields.Datetime.now()
    )
    user_id = fields.Many2one('res.users', string="By", readonly=True, ondelete='restrict')
    automatic = fields.Boolean(readonly=True, help="Nobody looked at it before.")
    undone_at = fields.Datetime(string="Undone On", readonly=True)
    undone_by_id = fields.Many2one(
        'res.users', string="Undone By", readonly=True, ondelete='restrict'
    )
    journal = fields.Json(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    stayed = fields.Json(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    not_restored = fields.Json(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    details = fields.Html(
        compute='_compute_details', sanitize=False, string="What Moved", groups=GROUP_STAFF
    )

    # two people who press the button at once: the second one is told
    _merged_uniq = models.UniqueIndex(
        '(merged_id) WHERE undone_at IS NULL', "This record was merged already."
    )

    @api.depends('undone_at')
    @api.depends_context('uid', 'lang')
    def _compute_details(self):
        """Say what moved, what stayed and what could not be put back: counts, no content.

        What a patient has of records this user may not read is not told either.
        """
        for merge in self:
            # sudo: the journal holds values that this user may not read; counted, it says nothing
            hidden = merge.sudo()
            moved = [entry for entry in hidden.journal or [] if entry['kind'] in ('moved', 'pairs')]
            merge.details = Markup('').join(
                self._list_rows(title, entries)
                for title, entries in (
                    (self.env._("Moved to the record that was kept"), moved),
                    (
                        self.env._("There already, so it stayed with the merged record"),
                        hidden.stayed or [],
                    ),
                    (
                        self.env._("Could not be put back: changed or deleted since the merge"),
                        hidden.not_restored or [],
                    ),
                )
                if entries
            )

    def _list_rows(self, title, entries):
        counts = {}
        for entry in entries:
            label = self._get_label(entry)
            counts[label] = counts.get(label, 0) + len(entry['ids'])
        rows = Markup('').join(
            Markup('<li>%s: %s</li>') % (label, count) for label, count in sorted(counts.items())
        )
        return Markup('<h4>%s</h4><ul>%s</ul>') % (title, rows)

    @api.model
    def _get_label(self, entry):
        """Return what people call the rows of a table."""
        model = entry.get('model')
        if not model:
            model = next(
                (name for name, cls in self.env.items() if cls._table == entry['table']), None
            )
        if model not in self.env:
            return entry['table']
        if not self.env[model].has_access('read'):
            return self.env._("Other records")
        # sudo: the names of models are no secret
        return self.env['ir.model'].sudo()._get(model).name or entry['table']

    def _store(self, journal):
        """Keep what the merge did."""
        self.ensure_one()
        self.write({'journal': journal.entries, 'stayed': journal.stayed})

    @api.model
    def _seal_journals(self, commit=None):
        """Seal under the active key what journals hold of encrypted fields: in clear since an
        older version, or under a former key.

        :param commit: called after each journal that changed
        """
        # sudo: journals are nobody's
        for merge in self.sudo().search([('id', '!=', False)], order='id'):
            entries = merge.journal or []
            if self._seal_entries(entries):
                merge.journal = entries
                merge.flush_recordset()
                if commit:
                    commit()
            merge.invalidate_recordset(['journal'])

    @api.model
    def _seal_entries(self, entries):
        """Seal values in entries of a journal; tell whether any was to be."""
        models = {
            self.env[name]._table: self.env[name]
            for name in self.env['healthcare.key.rotation']._get_models()
        }
        changed = False
        for entry in entries:
            Model = models.get(entry['table'])
            if entry['table'] == 'healthcare_patient_matching':
                # it is computed anew, and its keys were numbers once
                for row in _rows_of(entry):
                    changed |= row[1].pop('key_identifier', None) is not None
            elif Model is not None:
                for id_, row in _rows_of(entry):
                    changed |= self._seal_entry_row(Model, id_, row)
        return changed

    def _seal_entry_row(self, Model, id_, row):
        ring, before = keyring.get(), dict(row)
        for name in Model._get_sealed_fields():
            column = name + SUFFIX
            if name in row:
                clear = row.pop(name)
                pair = clear if isinstance(clear, list) else [clear]
                held = [Model._get_sealed_columns(name, id_, value) for value in pair]
                for key in held[0]:
                    values = [one[key] for one in held]
                    row[key] = values if isinstance(clear, list) else values[0]
            elif column in row:
                row[column] = self._seal_anew(ring, row[column], Model, name, id_)
        for name in Model._get_sealable_fields():
            if name in row:
                row[name] = self._seal_anew(ring, row[name], Model, name, id_)
        return row != before

    def _seal_anew(self, ring, value, Model, name, id_):
        if isinstance(value, list):
            return [self._seal_anew(ring, one, Model, name, id_) for one in value]
        try:
            if not value or ring.key_id(value) == ring.active:
                return value
            context = Model._get_seal_context(name, id_)
            return ring.seal(ring.unseal(value, context), context)
        except keyring.Unreadable:
            return value

    def _move_links(self, journal):
        """Let what was found and decided about the merged record go on about the one kept.

        A pair is stored once, the lower id first. Where there is one with the third record
        already, the other one is closed, and a decision that they are different counts for both.
        """
        self.ensure_one()
        kept, merged = self.kept_id.id, self.merged_id.id
        mine = SQL('patient_id IN %(both)s OR other_id IN %(both)s', both=(kept, merged))
        self.env.flush_all()
        with journal.watch('healthcare_patient_link', where=mine):
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE healthcare_patient_link SET status = 'merged', merge_id = %(merge)s,
                           decided_by_id = %(user)s, decided_at = %(now)s
                     WHERE patient_id = %(low)s AND other_id = %(high)s;

                    UPDATE healthcare_patient_link AS mine
                       SET status = 'different', decided_by_id = theirs.decided_by_id,
                           decided_at = theirs.decided_at
                      FROM healthcare_patient_link AS theirs
                     WHERE theirs.status = 'different' AND mine.status = 'open'
                       AND %(merged)s IN (theirs.patient_id, theirs.other_id)
                       AND %(kept)s IN (mine.patient_id, mine.other_id)
                       AND theirs.patient_id + theirs.other_id - %(merged)s
                         = mine.patient_id + mine.other_id - %(kept)s;

                    WITH third AS (
                        SELECT id, patient_id + other_id - %(merged)s AS third
                          FROM healthcare_patient_link
                         WHERE %(merged)s IN (patient_id, other_id)
                           AND %(kept)s NOT IN (patient_id, other_id)
                    ), free AS (
                        SELECT third.* FROM third WHERE NOT EXISTS (
                            SELECT FROM healthcare_patient_link AS link
                             WHERE link.patient_id = LEAST(third.third, %(kept)s)
                               AND link.other_id = GREATEST(third.third, %(kept)s))
                    ), moved AS (
                        UPDATE healthcare_patient_link AS link
                           SET patient_id = LEAST(free.third, %(kept)s),
                               other_id = GREATEST(free.third, %(kept)s)
                          FROM free WHERE free.id = link.id
                    )
                    UPDATE healthcare_patient_link AS link
                       SET status = 'merged', merge_id = %(merge)s
                      FROM third
                     WHERE third.id = link.id AND link.status = 'open'
                       AND link.id NOT IN (SELECT id FROM free);

                    UPDATE healthcare_patient_link AS link SET company_id = kept.company_id
                      FROM res_partner AS kept
                     WHERE kept.id = %(kept)s AND link.company_id IS NULL
                       AND kept.id IN (link.patient_id, link.other_id)
                    """,
                    merge=self.id,
                    user=self.user_id.id or None,
                    now=self.date,
                    kept=kept,
                    merged=merged,
                    low=min(kept, merged),
                    high=max(kept, merged),
                )
            )
        self.env['healthcare.patient.link'].invalidate_model()

    # ------------------------------------------------------------
    # Undo
    # ------------------------------------------------------------

    @step_up('undo')
    def action_undo(self):
        """Make two records of one again; what was changed since stays as it is, and is listed."""
        if not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(self.env._("Only healthcare staff may undo a merge."))
        self.check_access('read')
        for merge in self:
            (merge.kept_id | merge.merged_id).check_access('write')
            # sudo: tables are put back that nobody has access to; the rights are asked above
            merge.sudo()._undo(self.env.user)
        return True

    def _undo(self, user):
        self.ensure_one()
        both = self.kept_id | self.merged_id
        both.lock_for_update()
        if self.undone_at:
            raise UserError(self.env._("This merge was undone already."))
        if self.kept_id.merged_into_id:
            raise UserError(
                self.env._(
                    "%(patient)s was merged into %(other)s since. Undo that merge first.",
                    patient=self.kept_id.name,
                    other=self.kept_id.merged_into_id.name,
                )
            )
        self.env.flush_all()
        self.env.cr.execute('SET CONSTRAINTS ALL IMMEDIATE')
        journal = Journal(self.env.cr, self.journal or ())
        stale = journal.undo()
        self.env.invalidate_all(flush=False)
        self._recompute(stale)
        self.write(
            {
                'undone_at': fields.Datetime.now(),
                'undone_by_id': user.id,
                'not_restored': [entry for entry in journal.left if not self._is_passing(entry)],
            }
        )
        both._refresh_matching()
        both._refresh_quality()

    def _is_passing(self, entry):
        """Say whether a row that is gone is one that goes by itself: of an open dialog."""
        model = entry.get('model')
        return bool(model in self.env and self.env[model]._transient and entry['why'] == 'gone')

    def _recompute(self, stale):
        """Compute anew what changed since the merge."""
        by_table = {cls._table: name for name, cls in self.env.items() if not cls._abstract}
        for table, column, ids in stale:
            model = self.env[by_table[table]].with_context(tracking_disable=True)
            field = model._fields.get(column)
            if field and field.compute and field.readonly:
                model.env.add_to_compute(field, model.browse(ids))
        self.env.flush_all()

    def action_open_kept(self):
        """Open the record that was kept."""
        self.ensure_one()
        return self.kept_id._open_patient()

    def action_open_merged(self):
        """Open the record that was merged."""
        self.ensure_one()
        return self.merged_id._open_patient()


def _rows_of(entry):
    """Return ``(id, row)`` of the rows that an entry of a journal holds."""
    if entry['kind'] == 'values':
        return [(int(id_), row) for id_, row in entry['rows'].items()]
    return [(row['id'], row) for row in entry['rows']] if entry['kind'] == 'deleted' else []
