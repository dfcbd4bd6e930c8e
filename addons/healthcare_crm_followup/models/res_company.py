from odoo import fields, models


class ResCompany(models.Model):
    """When a clinic leaves its patients in peace, unless a workflow has hours of its own."""

    _inherit = 'res.company'

    healthcare_quiet_from = fields.Float(
        string="Quiet Hours From",
        default=21.0,
        help="From then on nobody is contacted, by the patient's own clock.",
    )
    healthcare_quiet_to = fields.Float(
        string="Quiet Hours To",
        default=8.0,
        help="What falls into quiet hours goes out when they end. The same time twice means no "
        "quiet hours.",
    )
    healthcare_quiet_holidays = fields.Boolean(
        string="Quiet on Public Holidays",
        help="Nobody is contacted on public holidays.",
    )
    healthcare_holiday_country_id = fields.Many2one(
        'res.country',
        string="Public Holidays Of",
        help="Empty: of the country the patient lives in, else of the clinic's.",
    )

    healthcare_setup = fields.Json(
        string="Setup", help="How far the clinic came with the setup assistant."
    )

    _healthcare_quiet_hours = models.Constraint(
        'CHECK (healthcare_quiet_from >= 0 AND healthcare_quiet_from < 24'
        ' AND healthcare_quiet_to >= 0 AND healthcare_quiet_to < 24)',
        "Quiet hours begin and end between 0:00 and 23:59.",
    )
