from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IrActionsServer(models.Model):
    """Give points wherever Odoo runs an action, in workflows above all."""

    _inherit = 'ir.actions.server'

    state = fields.Selection(
        selection_add=[('healthcare_points', "Give Points")],
        ondelete={'healthcare_points': 'cascade'},
    )
    healthcare_earning_id = fields.Many2one(
        'healthcare.loyalty.earning',
        string="Way to Earn Points",
        ondelete='cascade',
        index='btree_not_null',
    )

    @api.constrains('state', 'model_id')
    def _check_points(self):
        for action in self.filtered(lambda one: one.state == 'healthcare_points'):
            if action.model_id.model != 'res.partner':
                raise ValidationError(
                    self.env._("Points are given to patients: choose the model Contact.")
                )

    def _run_action_healthcare_points_multi(self, eval_context=None):
        """Give the points to the patients of the action who are members; others get none."""
        records = eval_context.get('records') or eval_context.get('record')
        patients = records.filtered('id') if records else records
        if patients:
            self.env['healthcare.loyalty.cause']._give_now(self.healthcare_earning_id, patients)
        return False
