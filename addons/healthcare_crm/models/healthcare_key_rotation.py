import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..crypto import keyring
from ..sealing import SEALED, SUFFIX
from ..step_up import step_up

_logger = logging.getLogger(__name__)

#: rows per transaction: what a killed server loses, and what somebody else may wait for
BATCH = 500
#: files per transaction
FILES = 20
#: how many bytes of a sealed file tell its key
HEAD = 48
#: how long after a rotation a key is in nobody's hands any more
SETTLED_HOURS = 1


class HealthcareKeyRotation(models.Model):
    """Encrypting everything anew under the active key, batch by batch, while people work.

    ::

        running --nothing is under another key--> done

    What is done is committed with how far it got, so a server that is killed loses one batch.
    A row that somebody else is writing is left for the next round.
    """

    _name = 'healthcare.key.rotation'
    _description = "Key Rotation"
    _order = 'id desc'
    _rec_name = 'key'

    key = fields.Char(
        string="Encryption Key",
        required=True,
        readonly=True,
        help="Under which everything is encrypted.",
    )
    state = fields.Selection(
        [('running', "Running"), ('done', "Done")], required=True, default='running', readonly=True
    )
    user_id = fields.Many2one('res.users', string="Started By", readonly=True)
    started_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime(readonly=True)
    total = fields.Integer(string="Values", readonly=True)
    processed = fields.Integer(readonly=True, default=0)
    unreadable = fields.Integer(
        readonly=True,
        default=0,
        help="They were altered, or encrypted with a key that is not at hand. They stay as they "
        "are.",
    )
    progress = fields.Float(compute='_compute_progress')
    #: which of the columns it is at, and the last id
    place = fields.Integer(readonly=True, default=0)
    last_id = fields.Integer(readonly=True, default=0)

    _running_uniq = models.UniqueIndex(
        "(state) WHERE state = 'running'", "Keys are being rotated already."
    )

    @api.depends('processed', 'total', 'state')
    def _compute_progress(self):
        for rotation in self:
            done = rotation.state == 'done' or not rotation.total
            rotation.progress = 100 if done else 100 * rotation.processed / rotation.total

    # ------------------------------------------------------------
    # Starting
    # ------------------------------------------------------------

    @api.model
    @step_up('rotate')
    def action_rotate(self):
        """Encrypt everything anew under the active key of the file."""
        return self._start()

    @api.model
    def _start(self):
        if not self.env.user._is_system():
            raise AccessError(self.env._("Only administrators of the system rotate keys."))
        ring = keyring.get()
        # sudo: the rights were asked for
        Rotation = self.sudo()
        if Rotation.search_count([('state', '=', 'running')], limit=1):
            raise UserError(self.env._("Keys are being rotated already."))
        self.env['healthcare.key'].sudo()._meet_keys()
        total = sum(Rotation._count(column, ring) for column in Rotation._get_all_columns())
        rotation = Rotation.create(
            {
                'key': ring.active,
                'user_id': self.env.uid,
                'started_at': fields.Datetime.now(),
                'total': total,
            }
        )
        self.env['healthcare.audit']._record(
            'config', self._name, res_ids=rotation.ids, detail=f'rotate {ring.active}'
        )
        self.env.ref('healthcare_crm.ir_cron_key_rotation').sudo()._trigger()
        return rotation._open()

    def _open(self):
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Key Rotation"),
            'res_model': self._name,
            'res_id': self.id,
            'views': [(False, 'form')],
        }

    # ------------------------------------------------------------
    # Working
    # ------------------------------------------------------------

    @api.model
    def _cron_rotate(self):
        """Go on with a rotation; without one, see which keys are used no more."""
        commit = self.env['ir.cron']._commit_progress
        rotation = self.search([('state', '=', 'running')], limit=1)
        if not rotation:
            self._retire()
            return
        commit(remaining=max(rotation.total - rotation.processed, 1))
        rotation._run(commit)

    def _run(self, commit):
        """Work until everything is done, or there is no time left.

        :param commit: as ``ir.cron._commit_progress``
        """
        while self.state == 'running':
            if not self.try_lock_for_update():
                return  # another server is at it
            try:
                count = self._rotate_batch()
                self.env.flush_all()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # somebody wrote a row that was to be written here: again, with what they wrote
                self.env.cr.rollback()
                self.env.invalidate_all()
                continue
            if self.state == 'done':
                _logger.info("Rotation to the key %s is done", self.key)
            remaining = max(self.total - self.processed, 1) if self.state == 'running' else 0
            if not commit(count, remaining=remaining):
                return

    def _rotate_batch(self):
        """Encrypt the next rows anew; return how many."""
        ring = keyring.get()
        if ring.active != self.key:
            # a newer key came meanwhile: everything goes under that one
            self.write({'key': ring.active, 'place': 0, 'last_id': 0})
        columns = self._get_all_columns()
        if self.place >= len(columns):
            return self._end_round(ring, columns)
        model, name, is_file = columns[self.place]
        work = self._rotate_files if is_file else self._rotate_rows
        seen, count, unreadable = work(self.env[model], name, ring)
        vals = {'processed': self.processed + count, 'unreadable': self.unreadable + unreadable}
        vals |= {'last_id': seen} if seen else {'place': self.place + 1, 'last_id': 0}
        self.write(vals)
        return count

    def _end_round(self, ring, columns):
        """Begin another round where rows were left, which somebody was writing."""
        left = sum(self._count(column, ring) for column in columns)
        if left > self.unreadable:
            self.write({'place': 0, 'last_id': 0, 'unreadable': 0})
        else:
            self.env['healthcare.patient.merge']._seal_journals()
            self.write({'state': 'done', 'done_at': fields.Datetime.now()})
        return 0

    def _rotate_rows(self, Model, name, ring):
        """Return ``(last id seen, how many, how many unreadable)``."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, %(column)s FROM %(table)s
                 WHERE id > %(last)s AND %(sealed)s AND %(column)s NOT LIKE %(active)s
              ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
                """,
                column=_column_of(Model, name),
                table=SQL.identifier(Model._table),
                sealed=_is_sealed(Model, name),
                last=self.last_id,
                active=_like(ring.active),
                limit=BATCH,
            )
        )
        values, unreadable = {}, 0
        for id_, token in rows:
            try:
                context = Model._get_seal_context(name, id_)
                values[id_] = ring.unseal(token, context).decode()
            except keyring.Unreadable:
                _logger.error("%s %s: %s cannot be unsealed", Model._name, id_, name)
                unreadable += 1
        Model._seal_rows(name, values)
        return (rows[-1][0] if rows else 0), len(values), unreadable

    def _rotate_files(self, Model, name, ring):
        """Return ``(last id seen, how many, how many unreadable)``."""
        attachments = self.env['ir.attachment'].search(
            [*_files_of(Model, name), ('id', '>', self.last_id)], order='id', limit=FILES
        )
        count = unreadable = 0
        for attachment in attachments:
            try:
                if _get_key(attachment) == ring.active:
                    continue
                context = Model._get_seal_context(name, attachment.res_id)
                if attachment.is_sealed:
                    content = attachment.raw
                else:
                    content = ring.unseal_file(attachment.raw, context)
            except (keyring.Unreadable, UserError):
                _logger.error("%s %s: %s cannot be unsealed", Model._name, attachment.res_id, name)
                unreadable += 1
                continue
            if attachment.try_lock_for_update():
                if attachment.is_sealed:
                    attachment._store_sealed(content)
                else:
                    attachment.raw = ring.seal_file(content, context)
                count += 1
        return (attachments[-1].id if attachments else 0), count, unreadable

    # ------------------------------------------------------------
    # What there is
    # ------------------------------------------------------------

    @api.model
    def _get_columns(self):
        """Return every sealed column: ``[(model, field, whether it is a file)]``."""
        return [
            (name, field, self.env[name]._fields[field + SUFFIX].type == 'binary')
            for name in self._get_models()
            for field in self.env[name]._get_sealed_fields()
        ]

    @api.model
    def _get_all_columns(self):
        """Return these, and those of Odoo's models where rows about patients are sealed."""
        return [
            *self._get_columns(),
            *(
                (name, field, False)
                for name in self._get_sealable_models()
                for field in self.env[name]._get_sealable_fields()
            ),
            ('ir.attachment', 'raw', True),
        ]

    @api.model
    def _get_sealable_models(self):
        """Return the names of the models of Odoo's some of whose rows are sealed."""
        sealable = self.env.registry['healthcare.sealable']
        return [
            name for name in self._get_models() if issubclass(self.env.registry[name], sealable)
        ]

    @api.model
    def _get_models(self):
        """Return the names of the models that have sealed fields."""
        registry = self.env.registry
        sealed = registry['healthcare.sealed']
        return sorted(
            name
            for name, model in registry.items()
            if issubclass(model, sealed) and not model._abstract
        )

    @api.model
    def _count(self, column, ring, key=None):
        """Return how many values of a column are not under the active key, or are under ``key``."""
        model, name, is_file = column
        Model = self.env[model]
        if is_file:
            attachments = self.env['ir.attachment'].search(_files_of(Model, name))
            keys = [_get_key(attachment) for attachment in attachments]
            return sum(one == key if key else one != ring.active for one in keys)
        Model.flush_model()
        ((count,),) = self.env.execute_query(
            SQL(
                'SELECT count(*) FROM %(table)s WHERE %(sealed)s AND %(column)s %(like)s %(key)s',
                table=SQL.identifier(Model._table),
                column=_column_of(Model, name),
                sealed=_is_sealed(Model, name),
                like=SQL('LIKE') if key else SQL('NOT LIKE'),
                key=_like(key or ring.active),
            )
        )
        return count

    @api.model
    def _retire(self):
        """Note which keys nothing is encrypted with any more: they may leave the file."""
        ring = keyring.get()
        settled = fields.Datetime.subtract(fields.Datetime.now(), hours=SETTLED_HOURS)
        latest = self.search([], limit=1)
        if not latest or latest.state != 'done' or latest.done_at > settled:
            return
        keys = self.env['healthcare.key'].search(
            # what was signed is verified for years
            [('retired_at', '=', False), ('name', 'not in', [ring.active, *ring.signers])]
        )
        for key in keys:
            if not any(self._count(column, ring, key.name) for column in self._get_all_columns()):
                key.retired_at = fields.Datetime.now()


def _column_of(Model, name):
    """Return the column in which a field is sealed: one of its own, or the field's."""
    return SQL.identifier(name if name in Model._get_sealable_fields() else name + SUFFIX)


def _is_sealed(Model, name):
    """Return the SQL that is true where a field is sealed."""
    column = _column_of(Model, name)
    if name in Model._get_sealable_fields():
        return SQL('%s ~ %s', column, SEALED)
    return SQL('%s IS NOT NULL', column)


def _files_of(Model, name):
    """Return the domain of the attachments that hold a sealed file."""
    if Model._name == 'ir.attachment':
        return [('is_sealed', '=', True), ('id', '!=', False)]  # those of fields as well
    return [('res_model', '=', Model._name), ('res_field', '=', name + SUFFIX)]


def _like(key):
    """Return the pattern of what is sealed with a key."""
    return f'v1.{key}.%'.replace('_', r'\_')


def _get_key(attachment):
    """Return the id of the key of a sealed attachment, without reading all of it."""
    if attachment.store_fname:
        head = attachment._file_read(attachment.store_fname, HEAD)
    else:
        head = bytes(attachment.db_datas or b'')[:HEAD]
    try:
        return keyring.get().file_key_id(head)
    except keyring.Unreadable:
        return ''
