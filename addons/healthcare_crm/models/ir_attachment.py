import base64

from odoo import api, fields, models
from odoo.http import Stream
from odoo.tools import SQL

from ..crypto import keyring
from ..sealing import SUFFIX, SealableChar, SealableText

#: files that are sealed in one transaction while the add-on is updated
BATCH = 20
#: where files wait until the letter they belong to is sent
PENDING = frozenset({'mail.compose.message', 'mail.scheduled.message'})


class IrAttachment(models.Model):
    """Files that hang on records of patients are encrypted, their names too.

    Documents of a patient and other fields of ``healthcare.sealed`` are so already.
    """

    _name = 'ir.attachment'
    _inherit = ['ir.attachment', 'healthcare.sealable']

    name = SealableChar()
    description = SealableText()
    is_sealed = fields.Boolean("Encrypted", readonly=True, copy=False)

    def _is_confided(self, values=None):
        if values is None:
            this = self.sudo()
            values = {name: this[name] for name in ('res_model', 'res_field', 'public', 'type')}
        model, field = values.get('res_model'), values.get('res_field') or ''
        if values.get('public') or values.get('type', 'binary') != 'binary' or not model:
            return False
        # photos are shown in every list, and the columns of sealed fields are sealed
        if field.endswith(SUFFIX) or field.startswith(('image_', 'avatar_')):
            return False
        return model in PENDING or self.env['healthcare.audit']._is_about_patients(model)

    @api.model
    def _get_confided_condition(self):
        models = self.env['healthcare.audit']._get_models_about_patients()
        return SQL(
            r"""(
                res_model = ANY(%s) AND type = 'binary' AND public IS NOT TRUE
                AND COALESCE(res_field, '') !~ %s
            )""",
            [*models, *PENDING],
            f'^(image|avatar)_|{SUFFIX}$',
        )

    @api.model_create_multi
    def create(self, vals_list):
        held, vals_list = {}, [dict(vals) for vals in vals_list]
        for place, vals in enumerate(vals_list):
            if (vals.get('raw') or vals.get('datas')) and self._is_confided(vals):
                held[place] = self._hold_content(vals)
        attachments = super().create(vals_list)
        for place, content in held.items():
            attachments[place].raw = content
        return attachments

    @api.model
    def _hold_content(self, vals):
        """Take the content out of the values of a new file, checked as Odoo does."""
        raw, datas = vals.pop('raw', None), vals.pop('datas', None)
        content = raw or base64.b64decode(datas)
        if isinstance(content, str):
            content = content.encode()
        checked = self._check_contents({**vals, 'raw': content})
        vals['mimetype'] = checked.get('mimetype')
        return checked['raw']

    def write(self, vals):
        done = super().write(vals)
        if {'res_model', 'res_field', 'public', 'type'} & set(vals):
            self._seal_again()
            for attachment in self:
                confided = attachment._is_confided()
                # one that everybody may have is served as it is
                if confided != bool(attachment.is_sealed) and (confided or attachment.public):
                    attachment.raw = attachment.raw
        return done

    @api.depends('store_fname', 'db_datas', 'is_sealed')
    def _compute_raw(self):
        result = super()._compute_raw()
        for attachment in self:
            if attachment.is_sealed and attachment.raw:
                attachment.raw = attachment._unseal_content(attachment.raw)
        return result

    def _unseal_content(self, sealed):
        try:
            return keyring.get().unseal_file(sealed, self._get_seal_context('raw', self.id))
        except keyring.Unreadable as error:
            raise self._get_unreadable('raw', self.id, error) from error

    def _set_attachment_data(self, asbytes):
        confided = self.filtered(lambda attachment: attachment._is_confided())
        result = super(IrAttachment, self - confided)._set_attachment_data(asbytes)
        (self - confided)._note_sealed(False)
        for attachment in confided:
            if content := asbytes(attachment):
                attachment._store_sealed(content)
            else:
                super(IrAttachment, attachment)._set_attachment_data(asbytes)
        return result

    def _store_sealed(self, content):
        sealed = keyring.get().seal_file(content, self._get_seal_context('raw', self.id))
        result = super()._set_attachment_data(lambda _attachment: sealed)
        self._note_sealed(True)
        # sudo: the size that people know
        this = self.sudo()
        this._fields['file_size'].write(this, len(content))
        this._fields['index_content'].write(this, False)
        this.invalidate_recordset(['raw', 'datas'], flush=False)
        return result

    def _note_sealed(self, is_sealed):
        # sudo: the software alone says so
        this = self.sudo()
        this._fields['is_sealed'].write(this, is_sealed)

    def _to_http_stream(self):
        self.ensure_one()
        if not self.is_sealed:
            return super()._to_http_stream()
        content = self.raw
        return Stream(
            type='data',
            data=content,
            size=len(content),
            mimetype=self.mimetype,
            download_name=self.name,
            etag=self.checksum,
            last_modified=self.write_date,
        )

    # ------------------------------------------------------------ all of them

    @api.model
    def _seal_clear(self, commit):
        """Seal what was stored before this version; begun again, it goes on."""
        result = super()._seal_clear(commit)
        query = SQL(
            "SELECT id FROM ir_attachment WHERE is_sealed IS NOT TRUE AND file_size > 0 AND %s"
            " ORDER BY id LIMIT %s",
            self._get_confided_condition(),
            BATCH,
        )
        while ids := [id_ for (id_,) in self.env.execute_query(query)]:
            # sudo: nobody asks for them
            for attachment in self.sudo().browse(ids):
                content = attachment.raw
                if content:
                    attachment._store_sealed(content)
                else:
                    attachment._fields['file_size'].write(attachment, 0)  # gone from the disk
            self.env.flush_all()
            commit()
        return result

    @api.model
    def _unseal_all(self):
        result = super()._unseal_all()
        # sudo: nobody asks for them
        for attachment in self.sudo().search([('is_sealed', '=', True), ('id', '!=', False)]):
            content = attachment.raw
            super(IrAttachment, attachment)._set_attachment_data(lambda _a, c=content: c)
            attachment._note_sealed(False)
        return result
