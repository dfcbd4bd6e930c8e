from odoo import api, fields, models
from odoo.tools import SQL

from ..sensitive import GROUP_PRIVACY
from .healthcare_communication import CHANNELS


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
    channel = fields.Selection(
        CHANNELS,
        string="Carries",
        help="The messages they carry: to which patients they got is known from the messages sent.",
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
    contact = fields.Char(string="In Case of a Breach", groups=GROUP_PRIVACY)
    active = fields.Boolean(default=True)

    @api.model
    def _find_of(self, patients):
        """Return the processors that data of some patients went to, in sudo.

        Whoever carries no messages handles the data of all: a host, a laboratory.
        """
        # sudo: whether there were messages, not what they say; the callers ask who may know
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT channel FROM healthcare_communication
                 WHERE patient_id = ANY(%s) AND sent_at IS NOT NULL
                """,
                patients.ids,
            )
        )
        return self.sudo().search(
            [
                ('company_id', 'in', [False, *patients.company_id.ids]),
                ('channel', 'in', [False, *(channel for (channel,) in rows)]),
            ]
        )
