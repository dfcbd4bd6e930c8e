from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from odoo.addons.mass_mailing.controllers.main import MassMailController


class SegmentMailing(MassMailController):
    """Who no longer wants letters withdraws the consent they were sent with."""

    @http.route()
    def mailing_unsubscribe(
        self, mailing_id, document_id=None, email=None, hash_token=None, **_post
    ):
        """Ask first: the scanners of mail providers follow every link, but press no button."""
        mailing = request.env['mailing.mailing'].sudo().browse(mailing_id).exists()
        if request.httprequest.method == 'GET' and mailing.segment_id and hash_token:
            values = {'document_id': document_id, 'email': email, 'hash_token': hash_token}
            return request.redirect(
                f'/mailing/{mailing_id}/confirm_unsubscribe?{urlencode(values)}'
            )
        return super().mailing_unsubscribe(
            mailing_id, document_id=document_id, email=email, hash_token=hash_token
        )

    def _mailing_unsubscribe_from_document(self, mailing, document_id, email, hash_token):
        # without a token it is somebody of the clinic who tries the link
        if not (mailing.segment_id and hash_token):
            return super()._mailing_unsubscribe_from_document(
                mailing, document_id, email, hash_token
            )
        mailing._withdraw(int(document_id))
        return request.render(
            'mass_mailing.page_mailing_unsubscribe',
            dict(
                self._prepare_mailing_subscription_values(mailing, document_id, email, hash_token),
                last_action='consent_withdrawn',
                unsubscribed_name=request.env._("You will not get such letters any more."),
            ),
        )
