from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: what only the software writes: which words are in force
_LED = frozenset({'state', 'is_void', 'published_at', 'published_by_id'})


class HealthcareConsentFormVersion(models.Model):
    """One wording of a consent form, in some languages.

    Once in use it is evidence of what people agreed to: no word of it is changed any more. Another
    wording is another version.
    """

    _name = 'healthcare.consent.form.version'
    _description = "Version of a Consent Form"
    _order = 'form_id, number desc, id desc'

    form_id = fields.Many2one(
        'healthcare.consent.form', string="Form", required=True, ondelete='restrict', index=True
    )
    company_id = fields.Many2one(related='form_id.company_id', string="Clinic")
    number = fields.Integer(string="Version", required=True, default=1, readonly=True)
    state = fields.Selection(
        [('draft', "Draft"), ('in_use', "In use"), ('replaced', "Replaced")],
        required=True,
        default='draft',
        readonly=True,
        copy=False,
    )
    published_at = fields.Datetime(string="In Use Since", readonly=True, copy=False)
    published_by_id = fields.Many2one(
        'res.users', string="Put in Use By", readonly=True, copy=False
    )
    keeps_earlier = fields.Boolean(
        string="Earlier Consent Stays Valid",
        default=True,
        help="Untick when the words mean something else than before: whoever agreed to an earlier "
        "version is then asked again.",
    )
    is_void = fields.Boolean(
        string="Asked Again",
        readonly=True,
        copy=False,
        help="Consent to this version no longer counts: a later one asks again.",
    )
    validity_months = fields.Integer(
        string="Valid for (Months)", help="0: until the patient withdraws it."
    )
    signer = fields.Selection(
        [
            ('patient', "The patient; for a minor, the guardian"),
            ('adult', "Only patients who are of age"),
        ],
        string="Who Signs",
        required=True,
        default='patient',
    )
    line_ids = fields.One2many(
        'healthcare.consent.form.line',
        'version_id',
        string="Asks For",
        copy=True,
        help="Each purpose and channel is a question of its own.",
    )
    wording_ids = fields.One2many(
        'healthcare.consent.form.wording', 'version_id', string="Wording", copy=True
    )

    _number_uniq = models.Constraint(
        'UNIQUE (form_id, number)', "This form has a version with this number."
    )
    _validity_positive = models.Constraint(
        'CHECK (validity_months >= 0)', "A consent is valid for no less than zero months."
    )

    @api.depends('form_id.name', 'number')
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(form)s, version %(number)s",
                form=version.form_id.name or '',
                number=version.number,
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_leading(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        """Refuse to change what is in use, the superuser's too: it is evidence."""
        self._refuse_leading([vals])
        if not vals.keys() <= _LED:
            self._check_is_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_is_draft()

    def _refuse_leading(self, vals_list):
        if not self.env.su and any(not _LED.isdisjoint(vals) for vals in vals_list):
            raise AccessError(self.env._("Put a version in use with the button."))

    def _check_is_draft(self):
        """Let nobody change or take away words that were put before people.

        :raise UserError: one is in use, or was
        """
        if any(version.state != 'draft' for version in self):
            raise UserError(
                self.env._(
                    "These words are in use, or were: they prove what people agreed to and "
                    "cannot be changed. Make a new version instead."
                )
            )

    def action_publish(self):
        """Put this version in use instead of the one before, and freeze its words."""
        self.ensure_one()
        self.check_access('write')
        self._check_is_draft()
        if not self.wording_ids:
            raise UserError(self.env._("Write the words in at least one language first."))
        self.wording_ids._freeze()
        # sudo: these fields are the software's; who may publish was asked above
        version = self.sudo()
        before = version.form_id.version_ids - version
        before.filtered(lambda one: one.state == 'in_use').state = 'replaced'
        if not self.keeps_earlier:
            before.filtered(lambda one: one.state == 'replaced').is_void = True
        version.write(
            {
                'state': 'in_use',
                'published_at': fields.Datetime.now(),
                'published_by_id': self.env.uid,
            }
        )
        self.env['healthcare.consent']._tell_audit(
            'config', self, self.env['res.partner'], 'consent wording put in use'
        )
        return True

    def _get_action(self):
        return {
            'type': 'ir.actions.act_window',
            'res_model': self._name,
            'res_id': self.id,
            'view_mode': 'form',
            'views': [(False, 'form')],
            'name': self.env._("Wording"),
        }

    def _get_wording(self, lang):
        """Return the words in ``lang``, else in a language near to it, else in English."""
        self.ensure_one()
        base = (lang or '').split('_')[0]
        ranked = [
            lambda one: one.lang == lang,
            lambda one: one.lang.split('_')[0] == base,
            lambda one: one.lang == 'en_US',
            lambda one: True,
        ]
        return next((w for test in ranked if (w := self.wording_ids.filtered(test)[:1])), None)

    def _get_items(self, lang):
        """Return what the form asks for, in words.

        :rtype: list[dict]
        """
        lines = self.line_ids.with_context(lang=lang)
        labels = dict(
            self.env['healthcare.consent']
            ._fields['channel']
            ._description_selection(self.with_context(lang=lang).env)
        )
        return [
            {
                'purpose_id': line.purpose_id.id,
                'purpose': line.purpose_id.name,
                'description': line.purpose_id.description or '',
                'retention': line.purpose_id.retention or '',
                'channels': [[code, labels[code]] for code in line._get_channels()],
            }
            for line in lines
        ]

    def copy_data(self, default=None):
        """A copy is a draft with the same words."""
        return [
            {**values, 'number': (default or {}).get('number') or version.number + 1}
            for version, values in zip(self, super().copy_data(default), strict=True)
        ]
