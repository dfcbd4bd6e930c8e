from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..consenting.majority import OLDEST, age_of_majority


class ResCompany(models.Model):
    """How a clinic asks for consent."""

    _inherit = 'res.company'

    healthcare_age_of_majority = fields.Integer(
        string="Of Age From",
        compute='_compute_healthcare_age_of_majority',
        store=True,
        readonly=False,
        precompute=True,
        help="Younger patients do not decide for themselves: their guardian signs. The law of the "
        "clinic's country says when.",
    )
    healthcare_booking_consent = fields.Selection(
        [('warn', "Warn, and list the appointment"), ('block', "Refuse to book")],
        string="Booking Without a Signed Form",
        required=True,
        default='warn',
        help="What happens when an appointment is booked for a service whose consent form the "
        "patient has not signed.",
    )

    @api.depends('country_id')
    def _compute_healthcare_age_of_majority(self):
        for company in self:
            company.healthcare_age_of_majority = age_of_majority(company.country_id.code)

    @api.constrains('healthcare_age_of_majority')
    def _check_healthcare_age_of_majority(self):
        for company in self:
            if not 14 <= company.healthcare_age_of_majority <= OLDEST:
                raise ValidationError(self.env._("People come of age between 14 and %s.", OLDEST))
