from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """How long a clinic keeps what."""

    _inherit = 'res.company'

    healthcare_record_years = fields.Integer(
        string="Keep Medical Records (Years)",
        help="Since the last visit, where that is longer than the law of the clinic's country "
        "asks. 0: as the law says, and 10 years where we know of none.",
    )

    @api.constrains('healthcare_record_years')
    def _check_healthcare_record_years(self):
        for company in self:
            if not 0 <= company.healthcare_record_years <= 100:
                raise ValidationError(
                    self.env._("Medical records are kept between 0 and 100 years.")
                )
