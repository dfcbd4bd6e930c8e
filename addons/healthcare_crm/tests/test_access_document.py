import os
from pathlib import Path

from odoo.tests import TransactionCase, tagged

DOCUMENT = Path(__file__).parents[3] / 'docs/administrator/access.md'
START, END = '<!-- table -->', '<!-- end of table -->'
ROLES = {
    'reception': "Reception",
    'call_desk': "Call desk",
    'nurse': "Nurse",
    'practitioner': "Practitioner",
    'marketing': "Marketing",
    'quality': "Quality",
    'privacy_officer': "Privacy officer",
    'clinic_administrator': "Administrator",
}


@tagged('post_install', '-at_install')
class TestAccessDocument(TransactionCase):
    """The table of roles and data in the documentation is what the software does.

    ``UPDATE_DOCS=1 script/test … -k access_document`` writes it anew.
    """

    def test_the_table_is_true(self):
        if not DOCUMENT.exists():
            self.skipTest("the documentation is not part of this installation")
        text = DOCUMENT.read_text(encoding='utf-8')
        before, _start, rest = text.partition(START)
        _table, _end, after = rest.partition(END)
        made = f'{before}{START}\n\n{self.make_table()}\n\n{END}{after}'
        if os.environ.get('UPDATE_DOCS'):
            DOCUMENT.write_text(made, encoding='utf-8')
        self.assertEqual(text, made, "run UPDATE_DOCS=1 script/test … -k access_document")

    def make_table(self):
        """Return the table as Markdown: one row for each kind of record, one column a role."""
        register = self.env['healthcare.sensitive']._get_register()
        # no words of other add-ons: the table is about these
        rows = [
            (self.env[model]._description, [self.tell(model, fields, role) for role in ROLES])
            for model, fields in register.items()
            if self.env[model]._original_module == 'healthcare_crm'
            or model in ('res.partner', 'calendar.event')
        ]
        head = ['Record', *ROLES.values()]
        lines = [head, ['---'] * len(head)]
        lines += [[name, *cells] for name, cells in sorted(rows) if any(cells)]
        return '\n'.join(f'| {" | ".join(line)} |' for line in lines)

    def tell(self, model, fields, role):
        """Return how many of the sensitive fields of a model a role reads: nothing, some, all."""
        groups = self.env.ref(f'healthcare_crm.group_{role}').all_implied_ids
        names = {name for xmlids in groups._get_external_ids().values() for name in xmlids}
        rights = self.env['ir.model.access'].search(
            [('model_id.model', '=', model), ('perm_read', '=', True)]
        )
        if not rights.group_id & groups and all(rights.mapped('group_id')):
            return ''
        asked = [field for field in fields.values() if field.read != '.']
        read = [field for field in asked if names & set(field.read.split(','))]
        if len(read) == len(asked):
            return 'all'
        return f'{len(read)} of {len(asked)}' if read else ''
