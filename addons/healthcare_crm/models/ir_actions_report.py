from odoo import models


class IrActionsReport(models.Model):
    _inherit = 'ir.actions.report'

    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        self._record_print(report_ref, res_ids)
        return super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)

    def _render_qweb_html(self, report_ref, docids, data=None):
        self._record_print(report_ref, docids)
        return super()._render_qweb_html(report_ref, docids, data=data)

    def _render_qweb_text(self, report_ref, docids, data=None):
        self._record_print(report_ref, docids)
        return super()._render_qweb_text(report_ref, docids, data=data)

    def _record_print(self, report_ref, ids):
        """Record that a report about patients is made, whoever makes it."""
        report = self.sudo()._get_report(report_ref)
        ids = [ids] if isinstance(ids, int) else ids
        if ids and report.model in self.env:
            self.env['healthcare.audit']._record_of(
                'print', self.env[report.model].browse(ids), detail=report.report_name
            )
