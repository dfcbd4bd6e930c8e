from odoo import api, fields, models

from odoo.addons.healthcare_crm_loyalty.spelling import spell_number


class HealthcareLoyaltyEarning(models.Model):
    """Points that a questionnaire brings, or a step of a workflow gives.

    Odoo's way to let administrators choose what is done is a server action, and workflows have a
    step for these: each earning by a workflow has one, which only clinic administrators choose.
    """

    _inherit = 'healthcare.loyalty.earning'

    event = fields.Selection(
        selection_add=[
            ('survey', "Answering a questionnaire"),
            ('workflow', "A step of a workflow"),
        ],
        # points were given by it, so it stays, and gives no more
        ondelete=dict.fromkeys(
            ('survey', 'workflow'),
            lambda earnings: earnings.write({'event': 'visit', 'active': False}),
        ),
    )
    action_ids = fields.One2many(
        'ir.actions.server',
        'healthcare_earning_id',
        string="Action for Workflows",
        readonly=True,
    )

    @api.model_create_multi
    def create(self, vals_list):
        earnings = super().create(vals_list)
        earnings._keep_actions()
        return earnings

    def write(self, vals):
        written = super().write(vals)
        if vals.keys() & {'event', 'name', 'points'}:
            self._keep_actions()
        return written

    def _keep_actions(self):
        """Have an action for each earning of workflows, named after it."""
        # sudo: clinic administrators write earnings, and no server actions
        for earning in self.sudo().filtered(lambda one: one.event == 'workflow'):
            name = earning._get_action_name()
            if earning.action_ids:
                earning.action_ids.name = name
                continue
            self.env['ir.actions.server'].sudo().create(
                {
                    'name': name,
                    'model_id': self.env['ir.model']._get_id('res.partner'),
                    'state': 'healthcare_points',
                    'healthcare_earning_id': earning.id,
                    'group_ids': [self.env.ref('healthcare_crm.group_clinic_administrator').id],
                }
            )

    def _get_action_name(self):
        return self.env._(
            "Give %(points)s points: %(reason)s",
            points=spell_number(self.env, self.points, 2),
            reason=self.name,
        )
