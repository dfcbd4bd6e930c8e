from odoo import api, fields, models

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_STAFF


class HealthcareReferrerThanks(models.Model):
    """That somebody was thanked for recommending the clinic, and how."""

    _name = 'healthcare.referrer.thanks'
    _description = "Thanks to a Referrer"
    _inherit = ['healthcare.sealed']
    _order = 'date desc, id desc'
    _rec_name = 'referrer_id'

    referrer_id = fields.Many2one(
        'res.partner',
        string="Referrer",
        required=True,
        index=True,
        ondelete='restrict',
        groups=GROUP_STAFF,
    )
    patient_id = fields.Many2one(
        'res.partner',
        string="Thanked For",
        index='btree_not_null',
        ondelete='set null',
        domain=[('is_patient', '=', True)],
        groups=GROUP_STAFF,
        help="Who came on their word. Empty: for everybody until that day.",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    method = fields.Selection(
        [
            ('letter', "Letter"),
            ('email', "E-mail"),
            ('call', "Call"),
            ('in_person', "In person"),
            ('gift', "Small gift"),
        ],
        string="How",
        required=True,
        default='letter',
    )
    note = fields.Char(groups=GROUP_STAFF, **sealed('note'))
    note_sealed = sealed_column()

    @api.model_create_multi
    def create(self, vals_list):
        thanks = super().create(vals_list)
        thanks._check_people()
        return thanks

    def write(self, vals):
        result = super().write(vals)
        self._check_people()
        return result

    def _check_people(self):
        """A thank-you names two people: both must be of one's own clinics."""
        (self.referrer_id | self.patient_id).check_access('read')
