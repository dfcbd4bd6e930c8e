from werkzeug.exceptions import HTTPException, NotFound

from odoo import models
from odoo.http import request

from ..http_headers import harden

#: The manager of databases hands out a dump; the description of every method is for developers.
CLOSED = ('/web/database', '/xmlrpc/db', '/xmlrpc/2/db', '/doc', '/doc-bearer')


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    @classmethod
    def _authenticate(cls, endpoint):
        path = request.httprequest.path
        if any(path == closed or path.startswith(f'{closed}/') for closed in CLOSED):
            raise NotFound
        return super()._authenticate(endpoint)

    @classmethod
    def _post_dispatch(cls, response):
        result = super()._post_dispatch(response)
        cls._harden(response)
        return result

    @classmethod
    def _handle_error(cls, exception):
        response = super()._handle_error(exception)
        if isinstance(response, HTTPException):
            response = response.get_response(request.httprequest.environ)
        cls._harden(response)
        return response

    @classmethod
    def _harden(cls, response):
        asked = request.httprequest
        harden(
            response,
            asked.path,
            scheme=asked.scheme,
            host=asked.host,
            is_user=request.session.uid is not None,
            is_json=request.dispatcher.routing_type != 'http',
        )
