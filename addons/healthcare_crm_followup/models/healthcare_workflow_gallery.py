from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import gallery


class HealthcareWorkflow(models.Model):
    """Workflows that come ready from the gallery; a subject of its own, hence a file of its
    own."""

    _inherit = 'healthcare.workflow'

    gallery_code = fields.Char(
        string="From the Gallery",
        readonly=True,
        copy=False,
        index='btree_not_null',
        help="Which workflow of the gallery this was. Its conditions may look at health records as "
        "long as they are just those of the gallery.",
    )

    @api.model
    def _install_from_gallery(self, code):
        """Return a new draft of the gallery's workflow ``code`` for the user's clinic, with its
        templates and surveys; those that are here already are used again.

        :raise UserError: there is no such workflow, or it speaks of what is not here
        """
        item = gallery.items().get(code)
        if not item:
            raise UserError(self.env._('The gallery has no workflow "%s".', code))
        return self._import_document(
            gallery.localised(item, self.env.lang or 'en_US'), gallery_code=code
        )

    def _reads_conditions(self, definition):
        """Say whether the user may see all that the conditions of ``definition`` look at.

        Who may not is not told whom they fit, patient by patient.
        """
        self.ensure_one()
        try:
            for _path, model, domain in self._get_conditions(definition):
                self.env[model]._search(domain)
        except AccessError:
            return False
        return True

    def _get_vetted_paths(self):
        """Return the paths of the conditions that are as the gallery ships them.

        They were looked over: who publishes them need not be allowed to read what they look at.
        """
        self.ensure_one()
        item = gallery.items().get(self.gallery_code)
        if not item:
            return frozenset()
        definition = self._to_definition()
        entry = self._without_own_clinic(definition)
        return gallery.vetted(definition | {'entry': entry}, item)
