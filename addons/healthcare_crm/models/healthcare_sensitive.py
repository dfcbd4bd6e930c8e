from odoo import api, models, tools
from odoo.exceptions import AccessError

from ..sensitive import SENSITIVE, SYSTEM

# Who imports a file sees to what it says.
_IMPORT = 'healthcare.import'
# Whoever enters a call or a letter says what it said; from then on it stays as it is.
_ENTERED = frozenset({'healthcare.communication'})


class HealthcareSensitive(models.AbstractModel):
    """The sensitive fields of all installed add-ons."""

    _name = 'healthcare.sensitive'
    _description = "Sensitive Fields"

    @api.model
    @tools.ormcache()
    def _get_register(self):
        """Return what every installed add-on lists in its :file:`sensitive.py`.

        :rtype: dict[str, dict[str, Sensitive]]
        :return: ``{model: {field: how it is protected}}``
        """
        register = {}
        for listed in self._get_lists():
            for model, entries in listed.items():
                register[model] = register.get(model, {}) | entries
        return register

    @api.model
    def _get_lists(self):
        """Return the list of each add-on; an add-on puts its own behind."""
        return [SENSITIVE]

    @api.model
    def _get_taken_along(self):
        """Return ``{model: (path, fields)}`` of what patients take along besides the register.

        The path leads from a record to its patient, as in a domain.
        """
        return {}

    @api.model
    @tools.ormcache('model')
    def _get_system_fields(self, model):
        """Return the fields of a model that only the software writes."""
        if model.startswith(_IMPORT):
            return frozenset()
        entries = self._get_register().get(model, {})
        return frozenset(name for name, entry in entries.items() if entry.write == SYSTEM)

    @api.model
    def _check_created(self, model, vals_list):
        """Refuse a user to make a record that says what only the software says.

        :raise AccessError: a value is given for such a field
        """
        if model not in _ENTERED:
            names = {name for vals in vals_list for name, value in vals.items() if value}
            self._check_written(model, names)

    @api.model
    def _check_written(self, model, names):
        """Refuse a user to change what only the software writes.

        :raise AccessError: one of the fields is such a field
        """
        if written := self._get_system_fields(model).intersection(names):
            described = self.env[model].fields_get(written, ['string'])
            raise AccessError(
                self.env._(
                    "“%(fields)s” is written by the software.",
                    fields=", ".join(sorted(one['string'] for one in described.values())),
                )
            )
