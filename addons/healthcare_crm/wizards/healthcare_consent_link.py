import base64
import io

import qrcode
from markupsafe import Markup

from odoo import api, fields, models


class HealthcareConsentLink(models.TransientModel):
    """The links of a patient, to copy into a message or to scan from this screen."""

    _name = 'healthcare.consent.link'
    _description = "Links for the Patient"

    patient_id = fields.Many2one('res.partner', string="Patient", required=True, readonly=True)
    form_id = fields.Many2one(
        'healthcare.consent.form',
        string="Form to Sign",
        domain=[('version_id', '!=', False)],
        help="Empty: the page on which the patient chooses what we may send.",
    )
    holder_id = fields.Many2one('res.partner', string="For", compute='_compute_url')
    url = fields.Char(string="Link", compute='_compute_url')
    qr_code = fields.Html(string="Scan with a Phone", compute='_compute_url', sanitize=False)

    @api.depends('patient_id', 'form_id')
    def _compute_url(self):
        for wizard in self:
            wizard.holder_id = wizard.url = wizard.qr_code = False
            patient = wizard.patient_id
            if not patient:
                continue
            self.env['healthcare.consent.signature']._check_staff()
            patient.check_access('write')
            holder = patient._get_consent_holder()
            if not holder:
                continue
            wizard.holder_id = holder
            path = (
                patient._get_sign_path(wizard.form_id.version_id)
                if wizard.form_id
                else patient._get_consent_path()
            )
            wizard.url = patient.get_base_url() + path
            wizard.qr_code = Markup('<img alt="" width="220" src="data:image/png;base64,%s"/>') % (
                _draw(wizard.url)
            )


def _draw(url):
    out = io.BytesIO()
    qrcode.make(url, box_size=4, border=2).save(out)
    return base64.b64encode(out.getvalue()).decode()
