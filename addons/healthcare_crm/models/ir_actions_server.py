from odoo import models


class IrActionsServer(models.Model):
    """Server actions, as those of scheduled jobs, which nobody runs without the right to.

    Odoo asks whether an action without groups may run as the superuser, who may always: whoever
    has a login could run any job by its number.
    """

    _inherit = 'ir.actions.server'

    def run(self):
        """Run the actions.

        :raise AccessError: this user may not write what an action is about
        """
        if not self.env.su:
            # sudo: what the actions are about; the rights asked for are the user's
            for action in self.sudo().filtered(lambda action: not action.group_ids):
                model = self.env[action.model_id.model]
                model.check_access('write')
                if self.env.context.get('active_model') == model._name:
                    ids = self.env.context.get('active_ids') or [self.env.context.get('active_id')]
                    model.browse(id_ for id_ in ids if id_).check_access('write')
        return super().run()
