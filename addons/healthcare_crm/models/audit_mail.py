from odoo import models


class MailThread(models.AbstractModel):
    _inherit = 'mail.thread'

    def _message_post_after_hook(self, message, msg_vals):
        self.env['healthcare.audit']._record_message('update', self._name, self._ids)
        return super()._message_post_after_hook(message, msg_vals)


class MailMessage(models.Model):
    _inherit = 'mail.message'

    def _message_fetch(self, domain, *, thread=None, **kwargs):
        found = super()._message_fetch(domain, thread=thread, **kwargs)
        audit = self.env['healthcare.audit']
        if thread:
            audit._record_message('read', thread._name, thread._ids)
        for message in found['messages'].sudo():
            if message.model and message.res_id:
                audit._record_message('read', message.model, [message.res_id])
        return found


class MailRenderMixin(models.AbstractModel):
    _inherit = 'mail.render.mixin'

    def _render_template(self, template_src, model, res_ids, *args, **kwargs):
        # whoever renders a template reads what it says, though the software may do it
        self.env['healthcare.audit']._record_message('read', model, res_ids, 'template')
        return super()._render_template(template_src, model, res_ids, *args, **kwargs)
