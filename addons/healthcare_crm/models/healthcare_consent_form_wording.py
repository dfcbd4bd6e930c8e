from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..consenting import wording

_FROZEN = frozenset({'items', 'words', 'sha256'})


class HealthcareConsentFormWording(models.Model):
    """The words of a version in one language.

    When the version is put in use all that people are shown is written down as one text, with its
    SHA-256: purposes may be renamed later, what was agreed to stays.
    """

    _name = 'healthcare.consent.form.wording'
    _description = "Wording of a Consent Form"
    _order = 'version_id, id'
    _rec_name = 'title'

    version_id = fields.Many2one(
        'healthcare.consent.form.version', required=True, ondelete='cascade', index=True
    )
    lang = fields.Selection(
        selection='_list_languages',
        string="Language",
        required=True,
        default=lambda self: self.env.lang or 'en_US',
    )
    title = fields.Char(required=True)
    body = fields.Text(
        string="Text",
        required=True,
        help="An empty line begins a paragraph, “# ” a heading, “- ” an item of a list.",
    )
    statement = fields.Text(
        help="What the signature says, for example: I have read this and could ask questions.",
    )
    items = fields.Json(readonly=True, copy=False)
    words = fields.Text(string="Exact Words", readonly=True, copy=False)
    sha256 = fields.Char(
        string="Fingerprint",
        readonly=True,
        copy=False,
        help="SHA-256 of the exact words. It is written into each signed copy.",
    )
    preview = fields.Html(compute='_compute_preview', sanitize=False)

    _lang_uniq = models.Constraint(
        'UNIQUE (version_id, lang)', "A version has its words once in each language."
    )

    @api.model
    def _list_languages(self):
        return self.env['res.lang'].get_installed()

    @api.model_create_multi
    def create(self, vals_list):
        wordings = super().create([self._cleaned(vals) for vals in vals_list])
        wordings.version_id._check_is_draft()
        return wordings

    def write(self, vals):
        """Refuse to change words in use, the superuser's too."""
        self.version_id._check_is_draft()
        result = super().write(self._cleaned(vals))
        self.version_id._check_is_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.version_id._check_is_draft()

    def _cleaned(self, vals):
        if not self.env.su and not _FROZEN.isdisjoint(vals):
            raise AccessError(self.env._("The exact words are written by the software."))
        return {
            name: wording.clean(value) if name in ('title', 'body', 'statement') else value
            for name, value in vals.items()
        }

    def _freeze(self):
        """Write down all that is shown, with its fingerprint."""
        # sudo: fields of the software; the caller asked who may publish
        for one in self.sudo():
            items = one.version_id._get_items(one.lang)
            words = one._compose(items)
            one.write({'items': items, 'words': words, 'sha256': wording.fingerprint(words)})

    def _compose(self, items):
        self.ensure_one()
        return wording.compose(self.title, self.body, self.statement, items)

    def _check_intact(self):
        """Put no words before anybody that are not those that were put in use.

        :raise UserError: somebody changed them in the database
        """
        for one in self:
            words = one._compose(one.items or [])
            if words != one.words or wording.fingerprint(words) != one.sha256:
                raise UserError(
                    self.env._(
                        "The words of “%s” are not those that were put in use. Tell your "
                        "administrator; nothing can be signed until then.",
                        one.title,
                    )
                )

    @api.depends(
        'title', 'body', 'statement', 'items', 'lang', 'version_id.line_ids.purpose_id',
        'version_id.line_ids.channel_email', 'version_id.line_ids.channel_sms',
        'version_id.line_ids.channel_call', 'version_id.line_ids.channel_letter',
    )  # fmt: skip
    def _compute_preview(self):
        for one in self:
            items = one.items or (one.version_id._get_items(one.lang) if one.lang else [])
            html = Markup('<h3>%s</h3>') % (one.title or '')
            for kind, text in wording.blocks(one.body):
                tag = {'heading': 'h5', 'item': 'li'}.get(kind, 'p')
                html += Markup(f'<{tag}>%s</{tag}>') % text
            for item in items:
                boxes = Markup(' ').join(
                    Markup('<span class="badge text-bg-light border me-1">☐ %s</span>') % label
                    for _code, label in item['channels']
                )
                html += Markup('<p><strong>%s</strong><br/>%s %s<br/>%s</p>') % (
                    item['purpose'], item['description'], item['retention'], boxes
                )  # fmt: skip
            one.preview = html + Markup('<p><em>%s</em></p>') % (one.statement or '')
