from odoo import api, fields, models

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class HealthcareEnquiry(models.Model):
    """Every enquiry has its lead. What is asked, and the letters, stay with the enquiry: the
    description and the thread of a lead are read by everybody who sells."""

    _inherit = 'healthcare.enquiry'

    lead_id = fields.Many2one(
        'crm.lead',
        string="Lead",
        index='btree_not_null',
        ondelete='set null',
        copy=False,
        readonly=True,
        groups=GROUP_STAFF,
    )

    @api.model_create_multi
    def create(self, vals_list):
        enquiries = super().create(vals_list)
        enquiries._check_leads()
        enquiries._make_leads()
        return enquiries

    def write(self, vals):
        result = super().write(vals)
        if 'lead_id' in vals:
            self._check_leads()
        if 'patient_id' in vals or 'state' in vals:
            self._tell_leads()
        return result

    def _check_leads(self):
        """Let nobody take a lead they may not see: it would be won, lost, or told who a patient
        is.

        :raise AccessError: there is one
        """
        leads = self.lead_id
        if leads and not self.env.su:
            leads.check_access('read')

    def _make_leads(self):
        """Make the leads of those that have none."""
        # sudo: the desk takes enquiries without a role in sales, the public does without any
        without = self.sudo().filtered(lambda enquiry: not enquiry.lead_id)
        leads = without.env['crm.lead'].create([enquiry._prepare_lead() for enquiry in without])
        # Odoo's lead enrichment, which comes with the CRM, asks a service outside about addresses
        if 'iap_enrich_done' in leads._fields:
            leads.iap_enrich_done = True
        for enquiry, lead in zip(without, leads, strict=True):
            enquiry.lead_id = lead
        without._tell_leads()

    def _prepare_lead(self):
        """Return who asked and through what; never what for."""
        self.ensure_one()
        uses_leads = self.env.user.has_group('crm.group_use_lead')
        return {
            'name': self.env._("Enquiry: %s", self.display_name),
            'type': 'lead' if uses_leads else 'opportunity',
            'contact_name': self.name,
            'phone': self.phone,
            'email_from': self.email,
            'lang_id': self.env['res.lang']._get_data(code=self.lang).id if self.lang else False,
            'source_id': self.source_id.id,
            'company_id': self.company_id.id,
            'user_id': False,
        }

    def _tell_leads(self):
        """Take over to the leads what became of the enquiries."""
        # sudo: as above
        for enquiry in self.sudo().filtered('lead_id'):
            lead = enquiry.lead_id
            if enquiry.patient_id and lead.partner_id != enquiry.patient_id:
                lead.partner_id = enquiry.patient_id
            if enquiry.state == 'booked' and lead.won_status != 'won':
                lead.action_set_won()
            elif enquiry.state == 'lost' and lead.active:
                lead.action_set_lost()
            elif enquiry.state in ('contacted', 'converted') and lead.won_status == 'lost':
                lead.action_restore()

    def action_open_lead(self):
        """Open the lead of this enquiry."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'crm.lead',
            'res_id': self.lead_id.id,
            'views': [(False, 'form')],
        }
