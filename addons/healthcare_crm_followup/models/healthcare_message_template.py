from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..definition.convert import texts
from ..engine.placeholders import offered, samples
from ..engine.render import unknown_placeholders

#: A call's words are the script of who calls, a letter's are printed and posted.
TEMPLATE_CHANNELS = [
    ('email', "E-mail"),
    ('sms', "SMS"),
    ('call', "Phone call"),
    ('letter', "Letter"),
]

#: How new words begin, in English: the administrator writes the rest, and the other languages.
GREETINGS = {
    'email': "Dear {patient_name},\n\n%s\n\n{clinic}\n{clinic_phone}",
    'sms': "{clinic}: %s",
    'call': "Good morning, this is {clinic}. Am I speaking to {patient_name}?%s",
}


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

    def _check_access(self, operation):
        """Let nobody change for other clinics what is shared with them."""
        result = super()._check_access(operation)
        if result or operation == 'read':
            return result
        shared = self.filtered(lambda template: not template.company_id)
        if shared and self._has_other_clinics():
            return shared, self._refuse_shared
        return result

    @api.model
    def _has_other_clinics(self):
        """Say whether there are clinics where this user does not work."""
        # sudo: that there are others, not which
        own = Domain('id', 'child_of', self.env.user.sudo().company_ids.ids)
        return bool(self.env['res.company'].sudo().search_count(~own, limit=1))

    def _refuse_shared(self):
        return AccessError(
            self.env._(
                "This template is shared by all clinics. Copy it for your clinic, and change the "
                "copy."
            )
        )

    @api.depends_context('lang')
    def _compute_placeholder_help(self):
        known = offered(self.env).items()
        self.placeholder_help = '\n'.join(
            f'{{{name}}}  {self.env._(label)}' for name, label in known
        )

    @api.constrains('subject', 'body', 'channel')
    def _check_words(self):
        for template in self:
            template._check_placeholders(template.subject, template.body)
            if template.channel == 'email' and not template.subject:
                raise ValidationError(
                    self.env._('The e-mail template "%s" needs a subject.', template.name)
                )

    def _check_placeholders(self, *texts):
        """Refuse texts with a placeholder that nothing fills."""
        known = offered(self.env)
        for text in texts:
            unknown = unknown_placeholders(text, known)
            if unknown:
                raise ValidationError(
                    self.env._(
                        'The template "%(template)s" uses {%(placeholder)s}, which nothing fills. '
                        "Use one of: %(known)s.",
                        template=self.name,
                        placeholder=unknown[0],
                        known=', '.join(known),
                    )
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

    # ------------------------------------------------------------ the editor

    def editor_load(self, workflow_id=False):
        """Return what the template editor shows of these templates: their words in every language,
        who else uses them, what may be inserted and how that would look.

        :param workflow_id: the workflow whose step is edited
        """
        self.check_access('read')
        workflow = self.env['healthcare.workflow'].browse(workflow_id or ())
        clinic = self.with_company(workflow.company_id or self.env.company)
        languages = self.env['res.lang'].get_installed()
        return {
            'languages': [list(language) for language in languages],
            'placeholders': [
                [name, self.env._(label)] for name, label in offered(self.env).items()
            ],
            'samples': {code: samples(clinic.env, code) for code, _name in languages},
            'channels': self._fields['channel']._description_selection(self.env),
            'templates': self._get_editor_data(workflow),
            'can_create': self.has_access('create'),
        }

    def _get_editor_data(self, workflow):
        """Return each template with its words, see :meth:`editor_load`."""
        words = {name: texts(self, name) for name in ('subject', 'body')}
        users = {}
        for step in self.env['healthcare.workflow.step'].search(
            [('template_ids', 'in', self.ids), ('workflow_id', '!=', workflow.id)]
        ):
            for template in step.template_ids & self:
                users.setdefault(template, self.env['healthcare.workflow'])
                users[template] |= step.workflow_id
        writable = self._filtered_access('write')
        return [
            {
                'id': template.id,
                'name': template.name,
                'channel': template.channel,
                'subject': words['subject'].get(template.id, {}),
                'body': words['body'].get(template.id, {}),
                'used_by': users[template].mapped('name') if template in users else [],
                'can_write': template in writable,
            }
            for template in self
        ]

    def editor_save(self, subject, body):
        """Keep the words of some languages.

        :param subject: {language: text}, as ``body``; an empty text takes the language's words away
        :raise UserError: they would leave a patient without words, or hold what nothing fills
        """
        self.ensure_one()
        self.check_access('write')
        for name, words in (('subject', subject), ('body', body)):
            if not all(isinstance(text, str) for text in words.values()):
                raise UserError(self.env._("Words have to be text."))
            self._check_placeholders(*words.values())
            is_needed = name == 'body' or self.channel == 'email'
            if is_needed and 'en_US' in words and not words['en_US'].strip():
                raise UserError(
                    self.env._("Keep the English words: patients whose language has none get them.")
                )
        for name, words in (('subject', subject), ('body', body)):
            self.update_field_translations(
                name, {code: text if text.strip() else False for code, text in words.items()}
            )
        return True

    @api.model
    def editor_create(self, channel, name, template_id=False, workflow_id=False, survey=False):
        """Return the id and name of new words for a channel.

        :param name: of the step they are for
        :param template_id: whose words they begin with; without it, with a greeting
        :param survey: whether they bring a survey, and so its link
        """
        workflow = self.env['healthcare.workflow'].browse(workflow_id or ())
        values = {
            'name': f'{name} ({dict(TEMPLATE_CHANNELS)[channel]})',
            'company_id': (workflow.company_id or self.env.company).id,
        }
        if template_id:
            template = self.browse(template_id).copy(values)
        else:
            template = self.with_context(lang='en_US').create(
                values
                | {
                    'channel': channel,
                    'subject': name if channel == 'email' else False,
                    'body': GREETINGS.get(channel, GREETINGS['email'])
                    % ('{survey_link}' if survey else ''),
                }
            )
        return {'id': template.id, 'display_name': template.name}
