from odoo import SUPERUSER_ID, api, models


class MailMessage(models.Model):
    """What leads to a message tells its subject to those only who may read the message.

    Odoo shows the name of whatever a record leads to, and lets every employee read all
    notifications.
    """

    _inherit = 'mail.message'

    @api.depends_context('uid')
    def _compute_display_name(self):
        result = super()._compute_display_name()
        _hide_names(self)
        return result


class MailMail(models.Model):
    _inherit = 'mail.mail'

    @api.depends_context('uid')
    def _compute_display_name(self):
        result = super()._compute_display_name()
        _hide_names(self)
        return result


def _hide_names(records):
    if records.env.su and records.env.uid != SUPERUSER_ID:
        stored = records._origin
        hidden = stored - stored.sudo(False)._filtered_access('read')
        records.filtered(lambda record: record._origin in hidden).display_name = False
