from odoo import api, fields, models
from odoo.http import request

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class HealthcareEnquiry(models.Model):
    """An enquiry that came by the code, or by a link, of a campaign."""

    _inherit = 'healthcare.enquiry'

    campaign_code_id = fields.Many2one(
        'healthcare.campaign.code',
        string="Campaign Code",
        index='btree_not_null',
        ondelete='set null',
        copy=False,
        groups=GROUP_STAFF,
        help="The code that they name, or whose page they wrote through.",
    )
    utm_campaign_id = fields.Many2one(
        'utm.campaign',
        string="Campaign",
        index='btree_not_null',
        ondelete='set null',
        copy=False,
        groups=GROUP_STAFF,
        help="The campaign whose link brought them.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._add_source(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(vals)
        if vals.get('campaign_code_id'):
            # sudo: as below
            silent = self.sudo().filtered(lambda one: not one.source_id)
            silent.source_id = silent.campaign_code_id._get_told_source()
        return result

    @api.model
    def _add_source(self, vals):
        """Who comes by a code has found the clinic where it is found, if they do not say where.

        Not by one of a campaign to a group that nobody sees into: where a patient comes from is
        for everybody to read, and a source that is found nowhere else would say who answered.
        """
        # sudo: where a code is found is no secret to who takes the enquiry
        code = self.env['healthcare.campaign.code'].sudo().browse(vals.get('campaign_code_id'))
        if self._is_of_group(code, vals.get('utm_campaign_id')):
            return {**vals, 'source_id': False}
        if code.source_id and not vals.get('source_id'):
            return {**vals, 'source_id': code.source_id.id}
        return vals

    @api.model
    def _is_of_group(self, code, utm_id):
        """Say whether a code, or a link, is of a campaign to a group that nobody sees into."""
        campaigns = code.campaign_id
        if utm_id:
            # sudo: as above
            known = campaigns.sudo().with_context(active_test=False)
            campaigns |= known.search([('utm_campaign_id', '=', utm_id)])
        return any(campaigns.mapped('is_blurred'))


class HealthcareEnquiryPage(models.Model):
    _inherit = 'healthcare.enquiry.page'

    campaign_code_id = fields.Many2one(
        'healthcare.campaign.code',
        string="Campaign Code",
        index='btree_not_null',
        ondelete='set null',
        copy=False,
        help="Who writes through this page has come by this code.",
    )

    def _prepare_enquiry(self):
        values = super()._prepare_enquiry()
        if self.campaign_code_id:
            values['campaign_code_id'] = self.campaign_code_id.id
        if campaign := self._get_visited_campaign():
            values['utm_campaign_id'] = campaign.utm_campaign_id.id
        return values

    def _check_form(self, form):
        """Who does not say how they found the clinic did so where the link was."""
        values, errors = super()._check_form(form)
        code = values.get('campaign_code_id') or self.campaign_code_id
        if not (values.get('source_id') or code):
            if source := self._get_visited_source():
                values['source_id'] = source.id
        return values, errors

    def _read_code(self, text):
        """Whoever names the code of a campaign has come by it."""
        values = super()._read_code(text)
        codes = self.env['healthcare.campaign.code']
        if not values and (code := codes._find(text, self.company_id)):
            return {'campaign_code_id': code.id}
        return values

    def _get_visited_source(self):
        """Return the source that the link names which the visitor followed, as Odoo notes it."""
        name = request and request.cookies.get('odoo_utm_source')
        return name and self.env['utm.source'].search([('name', '=', name)], limit=1)

    def _get_visited_campaign(self):
        """Return the campaign of the clinic whose link the visitor followed, as Odoo notes it."""
        name = request and request.cookies.get('odoo_utm_campaign')
        return name and self.env['healthcare.campaign'].search(
            [('name', '=', name), ('company_id', 'parent_of', self.company_id.id)], limit=1
        )
