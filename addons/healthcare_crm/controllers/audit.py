from odoo import http
from odoo.http import request


class AuditController(http.Controller):
    @http.route('/healthcare/looks/<int:patient_id>.csv', type='http', auth='user', methods=['GET'])
    def looks(self, patient_id):
        """Hand a privacy officer who looked at a patient."""
        patient = request.env['res.partner'].search(
            [('id', '=', patient_id), ('is_patient', '=', True), ('active', 'in', [True, False])]
        )
        if not patient:
            raise request.not_found()
        return request.make_response(
            patient._write_looks_csv(),
            headers=[
                ('Content-Type', 'text/csv; charset=utf-8'),
                ('Content-Disposition', http.content_disposition(f'looks-{patient_id}.csv')),
                ('Cache-Control', 'private, no-store'),
            ],
        )
