from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request


class CampaignLettersController(http.Controller):
    """The pages of a print run as a file; who asks must be allowed what is on them."""

    @http.route(
        '/healthcare/campaign/print/<int:run_id>', type='http', auth='user', methods=['GET']
    )
    def letters(self, run_id):
        """Hand out the letters of a run."""
        run = request.env['healthcare.campaign.print'].browse(run_id).exists()
        if not run:
            return request.not_found()
        pdf = run._print()
        request.env['healthcare.audit']._record(
            'print',
            'healthcare.communication',
            patient_ids=run.communication_ids.patient_id.ids,
            res_ids=run.communication_ids.ids,
            detail='letters of a campaign',
        )
        return self._send(pdf, f'letters-{run.campaign_id.id}-{run.number}.pdf', 'attachment')

    @http.route(
        '/healthcare/campaign/<int:campaign_id>/preview',
        type='http',
        auth='user',
        methods=['GET'],
    )
    def preview(self, campaign_id):
        """Show the letter of a campaign, to nobody."""
        campaign = request.env['healthcare.campaign'].browse(campaign_id).exists()
        if not campaign:
            return request.not_found()
        try:
            pdf = campaign._preview_letter()
        except UserError as error:
            return request.make_response(
                str(error), [('Content-Type', 'text/plain; charset=utf-8')]
            )
        return self._send(pdf, 'preview.pdf', 'inline')

    def _send(self, pdf, name, disposition):
        return request.make_response(
            pdf,
            [
                ('Content-Type', 'application/pdf'),
                ('Content-Disposition', content_disposition(name, disposition)),
                ('Cache-Control', 'no-store'),
            ],
        )
