from odoo import models


class HealthcareEnquiryPage(models.Model):
    """The form asks who recommended the clinic, by their code."""

    _inherit = 'healthcare.enquiry.page'

    def _check_form(self, form):
        values, errors = super()._check_form(form)
        text = self._get_text(form, 'introduction')
        if text:
            introducer = self.env['healthcare.introducer']._find(text)
            values['introducer_id'] = introducer.id
            # one that was withdrawn meanwhile keeps nobody from asking
            if not introducer and not introducer._read_code(text):
                errors['introduction'] = self.env._(
                    "This is not a code of ours. Check it, or leave it empty."
                )
        return values, errors

    def _find_for(self, company):
        """Return the page of a clinic, or of the clinic above it, in sudo."""
        # sudo: a visitor has no rights; these pages are public
        pages = self.sudo()
        for clinic in reversed(company.sudo().parent_ids):
            if found := pages.search([('company_id', '=', clinic.id)], order='id', limit=1):
                return found
        return pages
