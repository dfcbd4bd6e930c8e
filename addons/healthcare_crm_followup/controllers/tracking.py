import base64

from werkzeug.exceptions import MethodNotAllowed

from odoo import http
from odoo.http import request

from odoo.addons.healthcare_crm.controllers.patient_page import HEADERS, render_invalid

from ..inbound import tracking

#: One transparent dot.
DOT = base64.b64decode('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7')


class TrackingController(http.Controller):
    """What letters and links show or lead to, for the steps that ask who opened or clicked.

    Public and without a session; the signed, expiring token is the key. The dot is the same for
    every token, and a link that leads nowhere shows what every link that does not work shows.
    """

    # Not readonly: the first time, it is noted. Only a person's GET is.
    @http.route(
        '/healthcare/opened/<string:token>.gif',
        type='http',
        auth='public',
        methods=['GET'],
        save_session=False,
    )
    def opened(self, token, **_ignored):
        if tracking.is_person(request):
            message = tracking.opened(request.env, token)
            if message:
                message._set_seen('opened')
        headers = HEADERS | {'Content-Type': 'image/gif'}
        return request.make_response(DOT, headers=list(headers.items()))

    @http.route(
        '/healthcare/link/<string:token>',
        type='http',
        auth='public',
        methods=['GET'],
        save_session=False,
    )
    def clicked(self, token, **_ignored):
        # Odoo also routes OPTIONS to here
        if request.httprequest.method not in ('GET', 'HEAD'):
            raise MethodNotAllowed(valid_methods=['GET', 'HEAD'])
        message, name = tracking.clicked(request.env, token)
        url = message._get_link(name) if message else None
        if not url:
            return render_invalid(None)
        if tracking.is_person(request):
            message._set_seen('clicked')
        response = request.redirect(url, code=303, local=False)
        for name, value in HEADERS.items():
            if name != 'Content-Type':
                response.headers[name] = value
        return response
