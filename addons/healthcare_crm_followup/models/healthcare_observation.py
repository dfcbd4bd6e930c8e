from odoo import api, models

#: codes of HL7 for a value outside what is usual
ABNORMAL = ('L', 'H', 'LL', 'HH')


class HealthcareObservation(models.Model):
    _inherit = 'healthcare.observation'

    CHANGES_TOLD = frozenset({'patient_id', 'code', 'value', 'status', 'date'})

    @api.model_create_multi
    def create(self, vals_list):
        observations = super().create(vals_list)
        observations._abnormal()._workflow_happened('observation_abnormal')
        return observations

    def write(self, vals):
        before = self._abnormal()
        result = super().write(vals)
        (self._abnormal() - before)._workflow_happened('observation_abnormal')
        return result

    def _abnormal(self):
        """Return those outside what is usual."""
        # sudo: who makes a record need not be allowed to read it
        return self.sudo().filtered(lambda one: one.interpretation in ABNORMAL)
