from odoo import http
from odoo.http import request

from odoo.addons.html_editor.controllers.main import HTML_Editor


class HtmlEditor(HTML_Editor):
    """The editor's own calls to addresses that somebody has typed."""

    # for users: Odoo lets anybody on the internet have this server call any address
    @http.route(auth='user')
    def link_preview_metadata(self, preview_url):
        with request.env['healthcare.outgoing']._guarded():
            return super().link_preview_metadata(preview_url)

    def _attachment_create(self, *args, **kwargs):
        with request.env['healthcare.outgoing']._guarded():
            return super()._attachment_create(*args, **kwargs)
