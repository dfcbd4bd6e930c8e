from odoo import api, models

#: Methods that may run several times at once, each by a cron of its own.
WORKER_METHODS = ('_cron_tick', '_cron_dispatch')


class HealthcareWorkflow(models.Model):
    """How many workers of the server run workflows at once: one cron for each, sharing the
    patients."""

    _inherit = 'healthcare.workflow'

    @api.model
    def _get_workers(self):
        """Return how many workers run workflows."""
        return len(self._get_crons('_cron_tick'))

    @api.model
    def _set_workers(self, number):
        """Let ``number`` workers, at least one, run workflows and as many send messages."""
        for method in WORKER_METHODS:
            crons = self._get_crons(method, active_test=False)
            crons[: max(number, 1)].active = True
            crons[max(number, 1) :].active = False
            for nth in range(len(crons) + 1, number + 1):
                crons[0].copy({'name': f'{crons[0].name} ({nth})', 'active': True})
