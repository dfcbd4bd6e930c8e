from odoo import api, models


class HealthcareAudit(models.AbstractModel):
    """Where looks at patients' data, and changes of it, are recorded."""

    _name = 'healthcare.audit'
    _description = "Audit"

    @api.model
    def _record(
        self, action, model, patient_ids=(), fields=(), res_ids=(), detail='', purpose=''
    ):
        """Record one look or change.

        :param str action: ``read``, ``search``, ``group``, ``export``, ``print``, ``create``,
            ``update``, ``delete``, ``reveal``, ``break_glass``, ``consent``, ``request``,
            ``erase``, ``disclose``, ``login`` or ``config``
        :param str model: the model looked at
        :param patient_ids: whom it is about
        :param fields: names of the fields, never their values
        :param res_ids: ids of the records of ``model``
        """
