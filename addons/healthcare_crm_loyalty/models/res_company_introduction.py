from odoo import api, fields, models
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

#: What a clinic should know before it rewards those who send it patients, by country.
NOTES = {
    'TW': _lt(
        "Taiwan: the Medical Care Act (Article 61) and the announcement to it forbid to solicit "
        "patients through brokers or in other improper ways, and to publicise gifts for seeing a "
        "doctor. Rewards for doctors and organisations are such brokerage; ask your lawyer before "
        "you reward patients, too."
    ),
    'VN': _lt(
        "Vietnam: the Law on Medical Examination and Treatment (15/2023/QH15) forbids those who "
        "treat patients to send them elsewhere for gain. Thank doctors without points."
    ),
    'CN': _lt(
        "China: the nine rules of integrity for staff of medical institutions (2021) forbid to "
        "profit from sending patients elsewhere, and to accept rebates. Thank doctors without "
        "points."
    ),
    'US': _lt(
        "United States: the Anti-Kickback Statute (42 U.S.C. § 1320a-7b) makes it a crime to pay "
        "for referrals of patients of federal programmes; laws of the states go further, and gifts "
        "to patients are limited, too."
    ),
}
OTHERS = _lt(
    "In many countries it is unlawful to reward doctors or organisations for sending patients. Ask "
    "your lawyer before you allow it."
)


class ResCompany(models.Model):
    """What a clinic decides about introductions."""

    _inherit = 'res.company'

    introduction_days = fields.Integer(
        string="Introductions Count For",
        required=True,
        default=90,
        help="Days from when somebody first comes by a code to their first visit.",
    )
    introduction_rewards_professionals = fields.Boolean(
        string="Reward Doctors and Organisations",
        help="Otherwise it is recorded whom they introduced, and they get no points for it.",
    )
    introduction_note = fields.Char(compute='_compute_introduction_note')

    _introduction_days_some = models.Constraint(
        'CHECK (introduction_days BETWEEN 1 AND 730)',
        "An introduction counts for 1 to 730 days.",
    )

    @api.depends('country_id')
    @api.depends_context('lang')
    def _compute_introduction_note(self):
        for company in self:
            company.introduction_note = self.env._(NOTES.get(company.country_id.code, OTHERS))
