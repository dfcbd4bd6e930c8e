from functools import partial

from odoo import models
from odoo.exceptions import AccessError


class HealthcareClubPart(models.AbstractModel):
    """What belongs to a club: read as its rules say, changed by whoever runs the club."""

    _name = 'healthcare.club.part'
    _description = "Part of a Club"

    def _check_access(self, operation):
        """Refuse whoever does not run the club, in a sentence of its own.

        Asked of no records, as screens do before they offer to make one: whether the user runs any.
        """
        if operation == 'read':
            return super()._check_access(operation)
        if not any(self._ids):
            return super()._check_access(operation) or self._check_runs_any()
        # sudo: which clubs they are of; whether these may be changed is asked of the user
        clubs = self.sudo().club_id.with_env(self.env)
        if others := clubs - clubs._filtered_access('write'):
            strange = self.filtered(lambda one: one.sudo().club_id in others)
            # the name of one that they do not see is not for them
            return strange, partial(self._make_club_error, others._filtered_access('read')[:1])
        return super()._check_access(operation)

    def _check_runs_any(self):
        clubs = self.env['healthcare.club'].with_context(active_test=False)
        # a clinic has a handful
        clubs = clubs.search([])  # pylint: disable=no-search-all
        if clubs._filtered_access('write'):
            return None
        return self, partial(self._make_club_error, clubs.browse())

    def _make_club_error(self, club):
        if not club:
            return AccessError(
                self.env._("You run no club: its coordinators and the clinic administrator do.")
            )
        return AccessError(
            self.env._(
                "You do not run “%s”: its coordinators and the clinic administrator do.",
                club.name,
            )
        )
