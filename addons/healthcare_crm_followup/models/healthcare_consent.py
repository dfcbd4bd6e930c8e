from odoo import api, models

HAPPENINGS = {'permit': 'consent_given', 'deny': 'consent_withdrawn'}


class HealthcareConsent(models.Model):
    _inherit = 'healthcare.consent'

    _refused_idx = models.Index("(date DESC, id DESC) WHERE decision = 'deny'")

    @api.model_create_multi
    def create(self, vals_list):
        """Tell workflows what patients agree to and refuse."""
        consents = super().create(vals_list)
        # sudo: workflows are told of every decision, whoever recorded it
        for decision, decided in consents.sudo().grouped('decision').items():
            self.env['healthcare.workflow.event']._happened(HAPPENINGS[decision], decided)
        return consents
