from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.placeholders import PLACEHOLDERS
from ..engine.render import unknown_placeholders

#: A call's words are the script of who calls, a letter's are printed and posted.
TEMPLATE_CHANNELS = [
    ('email', "E-mail"),
    ('sms', "SMS"),
    ('call', "Phone call"),
    ('letter', "Letter"),
]


class HealthcareMessageTemplate(models.Model):
    """The words of a message for one channel, in every language the clinic writes.

    Plain text with placeholders from a fixed list; nothing in it is evaluated, so whoever may edit
    workflows may write templates.
    """

    _name = 'healthcare.message.template'
    _description = "Message Template"
    _inherit = ['healthcare.own.clinic']
    _order = 'name, id'

    name = fields.Char(required=True, translate=True)
    channel = fields.Selection(TEMPLATE_CHANNELS, required=True, default='email')
    subject = fields.Char(translate=True)
    body = fields.Text(required=True, translate=True)
    company_id = fields.Many2one('res.company', string="Clinic", help="Empty: for all clinics.")
    active = fields.Boolean(default=True)
    placeholder_help = fields.Text(compute='_compute_placeholder_help', string="Placeholders")

    @api.depends_context('lang')
    def _compute_placeholder_help(self):
        lines = '\n'.join(
            f'{{{name}}}  {self.env._(label)}' for name, label in PLACEHOLDERS.items()
        )
        self.placeholder_help = lines

    @api.constrains('subject', 'body', 'channel')
    def _check_words(self):
        for template in self:
            for text in (template.subject, template.body):
                unknown = unknown_placeholders(text, PLACEHOLDERS)
                if unknown:
                    raise ValidationError(
                        self.env._(
                            'The template "%(template)s" uses {%(placeholder)s}, which nothing '
                            'fills. '
                            "Use one of: %(known)s.",
                            template=template.name,
                            placeholder=unknown[0],
                            known=', '.join(PLACEHOLDERS),
                        )
                    )
            if template.channel == 'email' and not template.subject:
                raise ValidationError(
                    self.env._('The e-mail template "%s" needs a subject.', template.name)
                )

    def _get_missing_languages(self):
        """Return the installed languages this template has no words for, as ``res.lang`` records.

        Odoo shows the English text for a missing translation; a patient would get it too.
        """
        self.ensure_one()
        # sudo and the raw value: only the stored JSON tells a missing translation from an equal one
        self.flush_recordset(['body'])
        stored = (
            self.sudo()
            .with_context(prefetch_langs=True)
            ._fields['body']
            ._get_stored_translations(self)
            or {}
        )
        langs = self.env['res.lang'].search([('active', '=', True)])
        return langs.filtered(lambda lang: not stored.get(lang.code))
