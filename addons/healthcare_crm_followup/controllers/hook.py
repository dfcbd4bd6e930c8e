import time

from odoo import http
from odoo.http import request

from ..inbound import hook


class HookController(http.Controller):
    """The address at which other systems start a workflow.

    Public, without a session and without Odoo's CSRF token, which a program has not: the signature
    over time and body is the key. Until it is verified nothing is looked up but the secret, and
    whatever is wrong gets the same answer.
    """

    @http.route(
        hook.PATH % '<string:public_id>',
        type='http',
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
    )
    def take(self, public_id, **_ignored):
        try:
            self._take(public_id)
        except hook.Refused as refused:
            answer = {'error': refused.code, 'detail': refused.detail}
            return request.make_json_response(answer, status=refused.status)
        return request.make_json_response({'accepted': True}, status=202)

    def _take(self, public_id):
        asked = request.httprequest
        if asked.method != 'POST':  # Odoo also routes OPTIONS to here
            raise hook.Refused(405, 'bad_method', 'Use POST.')
        if asked.mimetype != 'application/json':
            raise hook.Refused(415, 'bad_type', 'The body must be application/json.')
        # a body of unknown length is read as an empty one
        if (asked.content_length or 0) > hook.MAX_BODY:
            raise hook.Refused(413, 'too_large', f'The body may have {hook.MAX_BODY} bytes.')
        body = asked.get_data()
        # sudo: nobody but the software reads secrets
        found = request.env['healthcare.workflow.hook'].sudo()._find(public_id)
        digest = hook.verify(found.secret, body, asked.headers.get(hook.HEADER), time.time())
        found._take(hook.parse(body, digest))
