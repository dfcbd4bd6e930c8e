from odoo import api, fields, models
from odoo.fields import Domain

from ..guarded import GuardedOne2many
from ..sensitive import GROUP_STAFF, GROUP_USER


class ResPartner(models.Model):
    """What a contact is to the clinic besides a patient, and what it sends us."""

    _inherit = 'res.partner'

    clinic_role = fields.Selection(
        [
            ('doctor', "Doctor"),
            ('clinic', "Clinic or hospital"),
            ('insurer', "Insurer"),
            ('employer', "Employer"),
            ('supplier', "Supplier"),
            ('partner', "Partner organisation"),
        ],
        string="Is Our",
        groups=GROUP_USER,
        help="What this contact is to the clinic. A patient may be one of these as well.",
    )
    recommended_ids = fields.One2many(
        'res.partner', 'referrer_id', string="Recommended Patients", groups=GROUP_STAFF
    )
    sent_referral_ids = GuardedOne2many(
        'healthcare.referral', 'partner_id', string="Their Referrals", groups=GROUP_STAFF
    )
    referred_count = fields.Integer(
        string="Patients Sent", compute='_compute_referred', groups=GROUP_STAFF
    )
    referred_converted = fields.Integer(
        string="Came", compute='_compute_referred', groups=GROUP_STAFF
    )
    referred_value = fields.Float(
        string="Value of Their Patients",
        digits=(16, 0),
        compute='_compute_referred',
        groups=GROUP_STAFF,
    )
    referrer_thanks_due = fields.Integer(
        string="Thanks Due", compute='_compute_referred', groups=GROUP_STAFF
    )

    @api.depends('recommended_ids', 'sent_referral_ids')
    def _compute_referred(self):
        groups = self.env['healthcare.referrer.entry']._read_group(
            [('referrer_id', 'in', self.ids)],
            ['referrer_id'],
            ['__count', 'converted:sum', 'value:sum', 'thanks_due:sum'],
        )
        found = {partner.id: sums for partner, *sums in groups}
        for partner in self:
            (
                partner.referred_count,
                partner.referred_converted,
                partner.referred_value,
                partner.referrer_thanks_due,
            ) = found.get(partner._origin.id, (0, 0, 0, 0))

    def action_view_referred(self):
        """Open the ledger of this referrer."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm.healthcare_referrer_entry_action'
        )
        return action | {
            'name': self.name,
            'path': False,
            'domain': Domain('referrer_id', '=', self.id),
            'context': {},
        }
