from odoo import api, models

#: what tells about patients, or about a clinic, by its name alone
_TELLING = ('res.partner', 'calendar.event')
_LETTER = 'mail.message'
#: whose records are a clinic's: ours, and what Odoo calls members' cards, programs and rewards
_OURS = ('healthcare.', 'loyalty.')


class Base(models.AbstractModel):
    """Records about patients lead to nothing that their author may not read.

    Odoo asks the rules about the record that is written, and shows the name of whatever it leads to
    to everybody. By a record of their own, people would have the name of any patient of any clinic,
    number by number.
    """

    _inherit = 'base'

    @api.model_create_multi
    def create(self, vals_list):
        self._check_links(vals_list)
        if self._transient:
            self._check_form([self._get_context_defaults(), *vals_list])
        return super().create(vals_list)

    def write(self, vals):
        self._check_links([vals])
        if self._transient:
            self._check_form([vals])
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self._check_form([self._get_context_defaults(), values])
        return super().onchange(values, field_names, fields_spec)

    def _check_form(self, vals_list):
        """Refuse a form, or a dialog, that leads to what this user may not read, in whatever
        model: of each record it would show the name.

        :raise AccessError: it does
        """
        if self.env.su:
            return
        self._check_links(vals_list)
        for name in {name for vals in vals_list for name in vals}:
            field = self._fields.get(name)
            if not field or not field.relational:
                continue
            held = [vals[name] for vals in vals_list if name in vals]
            lines = [
                one[2]
                for commands in held
                if isinstance(commands, list)
                for one in commands
                if _is_line(one)
            ]
            if lines:
                self.env[field.comodel_name]._check_form(lines)
            ids = {id_ for value in held for id_ in _linked(field, value)}
            # sudo: only which numbers are new
            self.env[field.comodel_name].browse(
                ids.difference(self.sudo()[name].ids if ids and self else ())
            )._check_shown()

    def _check_shown(self):
        """
        :raise AccessError: this user may not read one of these, which is a patient's
        """
        if self._name == 'res.partner':
            # sudo: who is a patient is not for everybody to know
            patients = self.sudo().exists().filtered('is_patient')
            patients.sudo(False).check_access('read')
        elif self and (self._name == _LETTER or self._name.startswith(_OURS)):
            self.exists().check_access('read')

    def _get_context_defaults(self):
        return {
            name.removeprefix('default_'): value
            for name, value in self.env.context.items()
            if name.startswith('default_')
        }

    def _check_links(self, vals_list):
        """Refuse values that lead to records this user may not read.

        What a record leads to already stays, and the software itself leads anywhere.

        :raise AccessError: one does
        """
        if self.env.su or not (self._name in _TELLING or self._name.startswith(_OURS)):
            return
        for name in {name for vals in vals_list for name in vals}:
            field = self._fields.get(name)
            if not field or not field.relational:
                continue
            ids = {id_ for vals in vals_list if name in vals for id_ in _linked(field, vals[name])}
            if not ids:
                continue
            if field.comodel_name == 'res.company':
                self._check_own_companies(ids)
            elif field.comodel_name in _TELLING or field.comodel_name.startswith(_OURS):
                target = self.env[field.comodel_name]
                # sudo: only which numbers are new
                new = ids.difference(self.sudo()[name].ids if self else ())
                # who reads none of them at all is refused elsewhere, or given one by the software
                if new and target.has_access('read'):
                    target.browse(new).exists().check_access('read')

    def _check_own_companies(self, ids):
        # sudo: what is above a branch is not for everybody to read
        companies = self.env['res.company'].sudo().browse(ids).exists()
        own = self.env.user.company_ids
        for company in companies:
            if not company.parent_ids & own:
                company.sudo(False).check_access('read')


def _is_line(command):
    return (
        isinstance(command, (list, tuple))
        and len(command) > 2
        and command[0] in (0, 1)
        and isinstance(command[2], dict)
    )


def _linked(field, value):
    """Yield the ids that a value of a relational field leads to, whatever a client sends."""
    if field.type == 'many2one':
        value = [value]
    if not isinstance(value, (list, tuple)):
        return
    for one in value:
        if isinstance(one, dict):
            one = one.get('id')
        if isinstance(one, (list, tuple)) and field.type != 'many2one' and one:
            if one[0] == 4 and len(one) > 1:
                one = one[1]
            elif one[0] == 6 and len(one) > 2 and isinstance(one[2], (list, tuple)):
                yield from (id_ for id_ in one[2] if type(id_) is int)
                continue
            else:
                continue
        elif isinstance(one, (list, tuple)):
            one = one[0] if one else None
        if type(one) is int and one:
            yield one
