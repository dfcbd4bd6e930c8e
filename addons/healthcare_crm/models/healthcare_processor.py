from odoo import fields, models

from ..sensitive import GROUP_PRIVACY


class HealthcareProcessor(models.Model):
    """Who handles data of patients for the clinic: providers of messages, laboratories, hosts."""

    _name = 'healthcare.processor'
    _description = "Data Processor"
    _order = 'name, id'

    name = fields.Char(required=True)
    company_id = fields.Many2one('res.company', string="Clinic")
    service = fields.Char(string="What They Do", required=True)
    data_classes = fields.Char(
        string="What They Get", required=True, help="Such as: phone numbers, words of messages."
    )
    country_id = fields.Many2one('res.country', string="Where the Data Is", ondelete='restrict')
    transfer_basis = fields.Selection(
        [
            ('none', "In the same country"),
            ('adequacy', "A country with adequate protection"),
            ('clauses', "Standard contract clauses"),
            ('assessment', "Assessment filed with the authority"),
            ('consent', "Consent of the patients"),
        ],
        string="Transfer Abroad",
        required=True,
        default='none',
    )
    contract_date = fields.Date(string="Contract Of")
    review_date = fields.Date(string="Review On")
    contact = fields.Char(string="In Case of an Incident", groups=GROUP_PRIVACY)
    active = fields.Boolean(default=True)
