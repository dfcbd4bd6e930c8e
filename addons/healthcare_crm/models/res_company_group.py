from odoo import fields, models


class ResCompany(models.Model):
    """From how many patients on a group may be used by those who may not see who is in it."""

    _inherit = 'res.company'

    minimum_group = fields.Integer(
        string="Smallest Group for Marketing",
        required=True,
        default=10,
        help="A segment that asks about health can be used by marketing without showing who is in "
        "it, and why: for coupons, mailings, campaigns and clubs. Of fewer patients than this "
        "nothing is told and nothing can be done; larger numbers are told in steps of this many.",
    )

    _minimum_group_some = models.Constraint(
        'CHECK (minimum_group BETWEEN 5 AND 1000)',
        "The smallest group for marketing has 5 to 1,000 patients.",
    )
