from odoo import api, fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class HealthcareEnquiry(models.Model):
    """Who brought the person who asks."""

    _inherit = 'healthcare.enquiry'

    introducer_id = fields.Many2one(
        'healthcare.introducer',
        string="Brought By",
        index='btree_not_null',
        ondelete='set null',
        copy=False,
        groups=GROUP_STAFF,
        help="Type the code they name, or who recommended the clinic to them.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        enquiries = super().create(vals_list)
        enquiries._record_introductions()
        return enquiries

    def write(self, vals):
        result = super().write(vals)
        if 'introducer_id' in vals or 'patient_id' in vals:
            self._record_introductions()
        return result

    @api.constrains('introducer_id', 'company_id')
    def _check_introducer(self):
        # sudo: of which clinic they are, whoever may see them
        for enquiry in self.sudo():
            enquiry.introducer_id._check_clinic(enquiry.company_id)

    def _record_introductions(self):
        """Record who brought those who ask, once for each, and whom they brought."""
        # sudo: introductions are the software's to record; the introducer may be seen, see base
        enquiries = self.sudo()
        introductions = enquiries.env['healthcare.introduction']
        known = introductions.search([('enquiry_id', 'in', enquiries.ids)]).grouped('enquiry_id')
        for enquiry in enquiries:
            introduction = known.get(enquiry, introductions)
            values = {
                'introducer_id': enquiry.introducer_id.id,
                'patient_id': enquiry.patient_id.id,
            }
            if not enquiry.introducer_id:
                introduction.filtered(lambda one: one.state != 'came').unlink()
            elif not introduction:
                introductions.create(
                    values | {'enquiry_id': enquiry.id, 'first_touch_at': enquiry.date}
                )
            else:
                changed = {
                    name: value for name, value in values.items() if introduction[name].id != value
                }
                if changed and introduction.state != 'came':
                    introduction.write(changed)
