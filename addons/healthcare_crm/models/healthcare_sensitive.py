from odoo import api, models, tools

from ..sensitive import SENSITIVE


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
