from odoo import models

from odoo.addons.healthcare_crm.guarded import GuardedOne2many
from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class CrmLead(models.Model):
    """A lead that is an enquiry to the clinic, for those at the desk."""

    _inherit = 'crm.lead'

    enquiry_ids = GuardedOne2many(
        'healthcare.enquiry', 'lead_id', string="Enquiries", groups=GROUP_STAFF
    )

    def action_make_patient(self):
        """Make a patient of the lead, as of an enquiry."""
        self.ensure_one()
        enquiry = self.enquiry_ids.filtered(lambda one: one.state != 'lost')[:1]
        if not enquiry:
            self.check_access('read')
            Enquiry = self.env['healthcare.enquiry']
            Enquiry.check_access('create')
            # sudo: of which lead it is, only the software says
            enquiry = Enquiry.sudo().create(self._prepare_enquiry()).sudo(False)
        return enquiry.action_make_patient()

    def _prepare_enquiry(self):
        """Return the enquiry of a lead that was entered in the CRM."""
        self.ensure_one()
        return {
            'name': self.contact_name or self.partner_id.name or self.partner_name,
            'phone': self.phone,
            'email': self.email_from,
            'lang': self.lang_code,
            'source_id': self.source_id.id,
            'company_id': (self.company_id or self.env.company).id,
            'lead_id': self.id,
        }

    def action_set_lost(self, **additional_values):
        """A lead that is lost is a lost enquiry."""
        result = super().action_set_lost(**additional_values)
        # sudo: who sells need not know what an enquiry is
        waiting = self.sudo().enquiry_ids.filtered(lambda one: one.state in ('new', 'contacted'))
        waiting.write({'lost_reason': 'other', 'state': 'lost'})
        return result

    def _merge_dependences(self, opportunities):
        """Keep the enquiries of the leads that go."""
        result = super()._merge_dependences(opportunities)
        # sudo: as above
        opportunities.sudo().enquiry_ids.write({'lead_id': self.id})
        return result
