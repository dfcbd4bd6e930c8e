from odoo import fields, models

from ..definition.told import Telling
from ..engine import results


class HealthcareWorkflow(models.Model):
    """The versions of a workflow, what differs between them, and the way back to one of them."""

    _inherit = 'healthcare.workflow'

    def versions_load(self):
        """Return the versions of this workflow as JSON, the newest first.

        :return: {"versions": [{"id", "number", "date", "publisher", "patients", "is_current"}],
            "has_older": whether patients are under way in older ones}
        """
        self.ensure_one()
        self.check_access('read')
        versions = self.version_ids.sorted('number', reverse=True)
        versions.check_access('read')
        # sudo: only how many are under way leaves this method
        patients = results.under_way(self.sudo().env, versions.ids)
        return {
            'versions': [
                {
                    'id': version.id,
                    'number': version.number,
                    'date': fields.Datetime.to_string(version.date),
                    'publisher': version.publisher_id.display_name,
                    'patients': patients.get(version.id, 0),
                    'is_current': version == self.version_id,
                }
                for version in versions
            ],
            'has_older': any(
                number for one, number in patients.items() if one != self.version_id.id
            ),
        }

    def versions_compare(self, before_id, after_id):
        """Return what differs between two versions, in words; see :class:`.Telling`.

        :param before_id: a version of this workflow, or ``False`` for the draft; as ``after_id``
        """
        self.ensure_one()
        self.check_access('read')
        return Telling(self, self._get_frozen(before_id), self._get_frozen(after_id)).groups()

    def versions_restore(self, version_id):
        """Make the draft what a version was; steps that both have stay where they are drawn."""
        self.ensure_one()
        self.check_access('write')
        definition = self._get_frozen(version_id)
        places = {step.key: [step.x, step.y] for step in self.step_ids if step.placed}
        self._from_definition(definition)
        return self.canvas_place(places)

    def _get_frozen(self, version_id):
        """Return the definition of a version, or of the draft, without what says the clinic."""
        if not version_id:
            definition = self._get_draft()
        else:
            version = self.version_ids.filtered(lambda one: one.id == version_id)
            version.ensure_one()
            version.check_access('read')
            definition = version.graph
        return definition | {'entry': self._without_own_clinic(definition)}
