from odoo import api, models


class MailActivity(models.Model):
    """Reminders name the record they are about, so nobody makes one about what they may not read.

    Odoo asks that when a reminder is made. Moved afterwards, it would name any record to whoever it
    is for.
    """

    _inherit = 'mail.activity'

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._check_documents()
        return activities

    def write(self, vals):
        result = super().write(vals)
        if {'res_model', 'res_model_id', 'res_id'} & vals.keys():
            self._check_documents()
        return result

    def _check_documents(self):
        """
        :raise AccessError: one is about a record that this user may not read
        """
        if self.env.su:
            return
        # sudo: only which records they are about
        for model, activities in self.sudo().grouped('res_model').items():
            if model:
                ids = [id_ for id_ in activities.mapped('res_id') if id_]
                self.env[model].browse(ids).exists().check_access('read')
