from odoo import models


class MailMail(models.Model):
    _inherit = 'mail.mail'

    def send(self, *args, **kwargs):
        """Hold back letters whose patient withdrew the consent since they were made."""
        stopped = self._stop_without_consent()
        return super(MailMail, self - stopped).send(*args, **kwargs)

    def _stop_without_consent(self):
        """Cancel the letters that may not go any more, with the reason in the ledger."""
        stopped = self.browse()
        # sudo: a worker of the queue need not read patients
        waiting = self.sudo().filtered(lambda mail: mail.mailing_id.segment_id and mail.res_id)
        for mailing, mails in waiting.grouped('mailing_id').items():
            obstacles = mailing._get_obstacles(mails.mapped('res_id'))
            for reason in set(obstacles.values()):
                late = mails.filtered(lambda mail: obstacles.get(mail.res_id) == reason)  # noqa: B023
                mailing._enter_each(late.mapped('res_id'), 'suppressed', reason)
                late.mailing_trace_ids.set_canceled()
                late.write({'state': 'cancel'})
                stopped |= self.browse(late.ids)
        return stopped

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Enter each letter in the ledger when it has left, or could not."""
        waiting = self.sudo().filtered(lambda mail: mail.mailing_id.segment_id and mail.res_id)
        for mailing, mails in waiting.grouped('mailing_id').items():
            failed = bool(failure_type)
            mailing._enter_each(
                mails.mapped('res_id'),
                'failed' if failed else 'sent',
                'provider_error' if failed else None,
            )
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
