"""Whoever designs workflows and messages writes neither code nor QWeb, however it is spelled.

Each case is an attack that works where templates are evaluated: in Odoo's mail templates, in Jinja,
in Python's own formatting, in HTML and in the headers of a mail.
"""

import re

import pytest
from markupsafe import Markup

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm_followup.engine.placeholders import PLACEHOLDERS
from odoo.addons.healthcare_crm_followup.engine.render import fill, to_html, unknown_placeholders

SECRET = 'what-must-not-leave'

#: Templates that would run something, or read what they must not, if anything were evaluated.
ATTACKS = (
    # Odoo's inline templates and QWeb
    '{{ object.env.cr.execute("select 1") }}',
    '{{ 7*7 }}',
    '{{ object.sudo().password }}',
    '<t t-out="7*7"/>',
    '<t t-esc="object.env.cr"/>',
    '<t t-raw="object.env"/>',
    '<t t-set="x" t-value="object.env.registry"/>',
    '<t t-call="base.contact"/>',
    '<t t-foreach="object.env" t-as="m"><t t-out="m"/></t>',
    '<div t-att-class="7*7"/>',
    '<div t-attf-class="{{7*7}}"/>',
    '<t t-inner-content="1"/>',
    '<t t-if="object.unlink()"/>',
    '<t t-options="{\'widget\': \'html\'}" t-out="object"/>',
    '<?python print(7*7) ?>',
    # other languages of templates
    '{% for c in [].__class__.__base__.__subclasses__() %}{{c}}{% endfor %}',
    '${7*7}',
    '${object.password}',
    '#{7*7}',
    '<%= 7*7 %>',
    '{{{7*7}}}',
    '[[7*7]]',
    '@(7*7)',
    # Python's own formatting
    '{0}',
    '{0.__class__}',
    '{patient_name.__class__.__mro__}',
    '{patient_name.env.cr}',
    '{patient_name[0]}',
    '{patient_name!r}',
    '{patient_name:>99999999}',
    '{patient_name:{clinic}}',
    '%(patient_name)s',
    '%s%s%s%n',
    '{__class__}',
    '{self}',
    '{env}',
    '{object}',
    '{password}',
    '{totp_secret}',
    '{birth_date}',
    '{identifier_ids}',
    '{condition_ids}',
    '{values}',
    '\\{patient_name\\}.__globals__',
    "{''.join(chr(0))}",
    '{lambda:0}',
    '{import os}',
    'f"{7*7}"',
    # programs of a browser
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<svg onload=alert(1)>',
    '<iframe src="https://evil.example"></iframe>',
    '<form action="https://evil.example"><input name="password"></form>',
    '<style>@import "https://evil.example/x.css"</style>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    'click: javascript:alert(1)',
    'click: data:text/html,<script>alert(1)</script>',
    'click: https://evil.example/" onmouseover="alert(1)',
    'https://evil.example/"><script>alert(1)</script>',
    "https://evil.example/'onclick='alert(1)",
)

#: What a patient, or whoever enters one, may be called.
NAMES = (
    '{{ 7*7 }}',
    '{clinic}',
    '{appointment_link}',
    '<script>alert(1)</script>',
    'An\r\nBcc: everybody@evil.example',
    'An\n\nclick: https://evil.example',
    'An\u2028click: https://evil.example',
    'An\x0bclick: https://evil.example',
    '" onmouseover="alert(1)',
    '<t t-out="7*7"/>',
    '%(clinic)s',
)

VALUES = {'patient_name': 'An', 'clinic': 'Clinic', 'secret': SECRET}
_ALLOWED_TAGS = {'!doctype', 'html', 'head', 'meta', 'body', 'div', 'p', 'br', 'a'}


def tags_of(html):
    return {tag.lower() for tag in re.findall(r'<\s*/?\s*([!?\w%-]+)', html)}


@pytest.mark.parametrize('attack', ATTACKS)
def test_nothing_is_evaluated(attack):
    filled = fill(attack, VALUES)
    assert '49' not in filled
    assert SECRET not in filled
    # a placeholder is letters in braces, and nothing else of the template changes
    assert re.sub(r'\{\w+\}', '', attack) == re.sub(r'\{\w+\}', '', filled) or '{' in attack


@pytest.mark.parametrize('attack', ATTACKS)
def test_no_tag_of_a_template_reaches_the_letter(attack):
    html = to_html(fill(attack, VALUES), 'en_US', Markup('Clinic'))
    assert tags_of(html) <= _ALLOWED_TAGS
    assert not re.search(r'<[^>]*\son\w+\s*=', html)
    assert 'href="javascript' not in html.lower()
    assert 'href="data' not in html.lower()


@pytest.mark.parametrize('attack', [one for one in ATTACKS if re.search(r'\{\w+\}', one)])
def test_what_nobody_fills_is_named(attack):
    """The editor says so before it is published."""
    found = re.findall(r'\{(\w+)\}', attack)
    unknown = unknown_placeholders(attack, PLACEHOLDERS)
    assert unknown == [name for name in found if name not in PLACEHOLDERS]


@pytest.mark.parametrize('name', NAMES)
def test_a_name_is_a_name(name):
    """What a value says is neither a placeholder, nor a line, nor a tag."""
    filled = fill('Hello {patient_name}, {clinic}.', {**VALUES, 'patient_name': name})
    assert len(filled.splitlines()) == 1
    assert '49' not in filled
    html = to_html(filled, 'en_US', Markup('Clinic'))
    assert tags_of(html) <= _ALLOWED_TAGS
    assert html.count('<a ') <= name.count('http')


def test_no_placeholder_tells_of_illness():
    """Nor of a number, an address or another person: a message is read on anybody's screen."""
    for name in PLACEHOLDERS:
        assert not re.search(
            r'condition|allerg|medic|observ|diagnos|identifier|birth|coverage|password|token', name
        )


@tagged('post_install', '-at_install')
class TestEditors(TransactionCase):
    """What Odoo would evaluate is out of reach of who designs workflows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = [
            new_test_user(cls.env, f'editor_{role}', groups=f'healthcare_crm.group_{role}')
            for role in ('clinic_administrator', 'marketing', 'reception', 'practitioner')
        ]

    def assert_refused(self, action, *args, **kwargs):
        try:
            with mute_logger('odoo.addons.base.models.ir_model', 'odoo.models', 'odoo.sql_db'):
                with self.env.cr.savepoint():
                    action(*args, **kwargs)
                    self.env.flush_all()
        except (AccessError, ValidationError, UserError, ValueError):
            return
        self.fail("this was not refused")

    def test_no_employee_edits_mail_templates(self):
        """Odoo gives everybody the group that runs any program in a template."""
        for user in self.users:
            with self.subTest(user=user.login):
                self.assertFalse(user.has_group('mail.group_mail_template_editor'))
        self.assertTrue(self.env.ref('base.user_admin').has_group('base.group_system'))

    def test_mail_templates(self):
        template = self.env['mail.template'].create(
            {
                'name': "Ours",
                'model_id': self.env.ref('base.model_res_partner').id,
                'subject': "Hello",
            }
        )
        for user in self.users:
            mine = template.with_user(user)
            for field, text in (
                ('body_html', '<t t-out="object.env.cr.execute(\'select 1\')"/>'),
                ('body_html', '<t t-out="object.sudo().env"/>'),
                ('subject', '{{ object.env.cr }}'),
                ('email_to', '{{ object.sudo().child_ids }}'),
                ('lang', '{{ object.write({}) }}'),
            ):
                with self.subTest(user=user.login, field=field):
                    self.assert_refused(mine.write, {field: text})
                    self.assert_refused(
                        mine.create, {'name': "New", 'model_id': template.model_id.id, field: text}
                    )

    def test_writing_to_somebody(self):
        """The window in which a message is written evaluates placeholders, too."""
        partner = self.env['res.partner'].create({'name': "An"})
        for user in self.users:
            composer = self.env['mail.compose.message'].with_user(user)
            for text in (
                '<t t-out="object.env.cr.execute(\'select 1\')"/>',
                '<t t-out="object.env.user.password"/>',
            ):
                with self.subTest(user=user.login, text=text):
                    self.assert_refused(
                        composer._render_template, text, 'res.partner', partner.ids, engine='qweb'
                    )

    def test_code_views_and_settings(self):
        action = self.env['ir.actions.server'].create(
            {
                'name': "Code",
                'state': 'code',
                'code': 'pass',
                'model_id': self.env.ref('base.model_res_partner').id,
            }
        )
        view = self.env.ref('healthcare_crm.appointment_page')
        for user in self.users:
            for model, vals in (
                (
                    'ir.actions.server',
                    {
                        'name': "X",
                        'state': 'code',
                        'code': 'log("x")',
                        'model_id': action.model_id.id,
                    },
                ),
                ('base.automation', {'name': "X", 'model_id': action.model_id.id}),
                ('ir.cron', {'name': "X", 'model_id': action.model_id.id, 'code': 'log("x")'}),
                ('ir.ui.view', {'name': "X", 'type': 'qweb', 'arch': '<t t-out="1"/>'}),
                ('ir.config_parameter', {'key': 'healthcare_crm.two_factor', 'value': 'off'}),
                ('ir.rule', {'name': "X", 'model_id': action.model_id.id, 'domain_force': '[]'}),
                ('ir.model.access', {'name': "X", 'model_id': action.model_id.id}),
                ('ir.actions.report', {'name': "X", 'model': 'res.partner', 'report_name': 'x.y'}),
            ):
                with self.subTest(user=user.login, model=model):
                    self.assert_refused(self.env[model].with_user(user).create, vals)
            with self.subTest(user=user.login):
                self.assert_refused(
                    action.with_user(user).write, {'code': 'env.cr.execute("select 1")'}
                )
                self.assert_refused(view.with_user(user).write, {'arch': '<t/>'})

    def test_conditions_hold_no_program(self):
        """A condition is a list of comparisons: an expression in it is text, or refused."""
        boss = self.users[0]
        for expression in (
            "[('name', '=', __import__('os').system('id'))]",
            "[('name', '=', env['res.users'].search([]))]",
            "[('name', '=', (lambda: 1)())]",
            "[(1, '=', open('/etc/passwd'))]",
            "[('name', 'any!', [])]",
            "[('name.password', '=', 'x')]",
            "[('user_ids.password', '=', 'x')]",
            "[('user_ids.totp_secret', '!=', False)]",
            "[('condition_ids.name', '=', 'x')]",
            '[' * 300 + ']' * 300,
            '(' * 5000,
            "__import__('os')",
        ):
            with self.subTest(expression=expression[:60]):
                self.assert_refused(
                    self.env['healthcare.export'].with_user(boss).create,
                    {'reason': "X", 'domain': expression},
                )
