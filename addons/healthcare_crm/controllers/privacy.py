import json

from odoo import http
from odoo.http import request

from ..sensitive import GROUP_PRIVACY
from ..step_up import is_shown


class PrivacyController(http.Controller):
    @http.route('/healthcare/erasure/<int:erasure_id>.json', type='http', auth='user')
    def certificate(self, erasure_id):
        """Hand the privacy officer the certificate of an erasure."""
        erasure = request.env['healthcare.erasure'].search([('id', '=', erasure_id)])
        if not request.env.user.has_group(GROUP_PRIVACY) or erasure.state != 'done':
            raise request.not_found()
        return _download(erasure._get_certificate(), f'erasure-{erasure_id}.json')

    @http.route('/healthcare/privacy/request/<int:request_id>.json', type='http', auth='user')
    def dossier(self, request_id):
        """Hand the privacy officer everything about the patient who asks for it."""
        if not request.env.user.has_group(GROUP_PRIVACY):
            raise request.not_found()
        # the button asks who is there; the address alone hands out nothing
        if not is_shown(request.env):
            raise request.not_found()
        asked = request.env['healthcare.privacy.request'].search([('id', '=', request_id)])
        if not asked:
            raise request.not_found()
        return _download(asked._make_dossier('export'), f'patient-{request_id}.json')


def _download(content, name):
    body = json.dumps(content, ensure_ascii=False, indent=4, default=str)
    return request.make_response(
        body,
        [
            ('Content-Type', 'application/json; charset=utf-8'),
            ('Content-Disposition', http.content_disposition(name)),
            ('Cache-Control', 'private, no-store'),
        ],
    )
