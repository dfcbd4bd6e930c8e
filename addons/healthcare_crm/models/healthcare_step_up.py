from odoo import api, models

from ..step_up import check_step_up, step_up


class HealthcareStepUp(models.AbstractModel):
    """What the browser asks before something that only goes with a fresh identity."""

    _name = 'healthcare.step.up'
    _description = "Confirmation of an Identity"

    @api.model
    @step_up('any')
    def confirm(self):
        """Return the dialog that asks who is there, or what closes it when that was shown."""
        return {'type': 'ir.actions.act_window_close', 'infos': {'confirmed': True}}

    @api.model
    def confirm_export(self, model):
        """Like :meth:`confirm`, for taking records of a model out; False when nobody need ask."""
        return self.confirm() if self._is_sensitive(model) else False

    @api.model
    def _is_sensitive(self, model):
        return isinstance(model, str) and model in self.env['healthcare.sensitive']._get_register()

    @api.model
    def _check_export(self, model):
        """Refuse to take out records with patients' data unless the user was just asked.

        :raise StepUpNeeded: the identity was not shown lately
        """
        if self._is_sensitive(model):
            check_step_up(self.env, 'export')
