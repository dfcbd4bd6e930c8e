# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo import http
from odoo.http import Stream, request

from ..sensitive import GROUP_EXPORT
from ..step_up import check_step_up


class ExportController(http.Controller):
    @http.route('/healthcare/export/<int:export_id>', type='http', auth='user', methods=['GET'])
    def download(self, export_id):
        """Hand a file of patients to the person who asked for it, and to nobody else."""
        env = request.env
        # sudo: the file has no readers; who may have it is asked here
        export = env['healthcare.export'].sudo().search([('id', '=', export_id)])
        check_step_up(env, 'export')
        allowed = export.user_id == env.user and env.user.has_group(GROUP_EXPORT)
        content = export._read_sealed_file('file') if allowed else b''
        if not content:
            raise request.not_found()
        stream = Stream(
            type='data',
            data=content,
            size=len(content),
            download_name=export.file_name,
            mimetype='application/octet-stream',
        )
        response = stream.get_response(as_attachment=True)
        response.headers['Cache-Control'] = 'private, no-store'
        return response
