from odoo import models

#: what Odoo says of a letter it did not make -> reason in the ledger
REASONS = {
    'mail_bl': 'blocked',
    'mail_optout': 'consent_denied',
    'mail_dup': 'same_address',
    'mail_email_missing': 'no_address',
    'mail_email_invalid': 'bad_address',
}


class MailComposeMessage(models.TransientModel):
    _inherit = 'mail.compose.message'

    def _manage_mail_values(self, mail_values_all):
        """Enter in the ledger the letters that Odoo itself decides against."""
        kept = super()._manage_mail_values(mail_values_all)
        mailing = self.mass_mailing_id
        if mailing.segment_id:
            by_reason = {}
            for patient_id in mail_values_all.keys() - kept.keys():
                failure = mail_values_all[patient_id].get('failure_type')
                reason = REASONS.get(failure, 'bad_address')
                by_reason.setdefault(reason, []).append(patient_id)
            for reason, patient_ids in by_reason.items():
                mailing._enter_each(patient_ids, 'suppressed', reason)
        return kept
