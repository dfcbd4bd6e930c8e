import logging

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models

from ..auditing import chain

_logger = logging.getLogger(__name__)


class HealthcareAuditCheck(models.Model):
    """What a comparison of the audit with its seals and the journal found."""

    _name = 'healthcare.audit.check'
    _description = "Check of the Audit"
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'checked_at desc, id desc'
    _rec_name = 'checked_at'

    checked_at = fields.Datetime("When", required=True, readonly=True)
    outcome = fields.Selection(
        [('intact', "As it was written"), ('altered', "Altered")], required=True, readonly=True
    )
    problems = fields.Text("What Was Found", readonly=True)
    row_count = fields.Integer("Rows Compared", readonly=True)
    block_count = fields.Integer("Blocks", readonly=True)

    @api.model
    def _cron_verify(self):
        """Compare what is new and a part of the rest, so that all of it is seen every day."""
        hour = fields.Datetime.now().hour
        self._found(chain.verify(self.env.cr.dbname, share=hour))

    @api.model
    def _found(self, report):
        """Note what was found, and call the privacy officers when it is something new.

        :param Report report: see :mod:`..auditing.chain`
        :return: the check
        """
        values = {
            'checked_at': fields.Datetime.now(),
            'outcome': 'altered' if report.problems else 'intact',
            'problems': '\n'.join(report.problems),
            'row_count': report.rows,
            'block_count': report.blocks,
        }
        last = self.search([], limit=1)
        if last and (last.outcome, last.problems or '') == (values['outcome'], values['problems']):
            last.write(values)
            return last
        check = self.create(values)
        if report.problems:
            _logger.error("The audit was altered: %s", values['problems'])
            check._alarm()
        return check

    def _alarm(self):
        """Give each privacy officer an activity and a mail; without one, the administrators."""
        for group in ('privacy_officer', 'clinic_administrator'):
            users = self.env.ref(f'healthcare_crm.group_{group}').all_user_ids
            users = users.filtered(lambda user: user.active and user.id != SUPERUSER_ID)
            if users:
                break
        for lang, readers in users.grouped('lang').items():
            env = self.with_context(lang=lang).env
            subject = env._("The record of who looked at patients' data was altered")
            body = Markup("<p>%s</p><pre>%s</pre><p>%s</p>") % (
                env._("A comparison with the seals found this:"),
                self.problems,
                env._(
                    "Keep the database and its journal as they are, and treat this as an incident."
                ),
            )
            for user in readers:
                self.activity_schedule(
                    'mail.mail_activity_data_todo', user_id=user.id, summary=subject, note=body
                )
            emails = readers.filtered('email').mapped('email_formatted')
            self.env['mail.mail'].sudo().create(
                [{'subject': subject, 'body_html': body, 'email_to': email} for email in emails]
            )
