from odoo import models


class HealthcareEnquiryPage(models.Model):
    """The form asks who recommended the clinic, by their code."""

    _inherit = 'healthcare.enquiry.page'

    def _check_form(self, form):
        values, errors = super()._check_form(form)
        text = self._get_text(form, 'introduction')
        found = self._read_code(text) if text else {}
        if found is None:
            errors['introduction'] = self.env._(
                "This is not a code of ours. Check it, or leave it empty."
            )
        return values | (found or {}), errors

    def _read_code(self, text):
        """Return the values of an enquiry that comes by a code; ``None`` if it is none of ours.

        To be extended: what other codes mean.
        """
        introducers = self.env['healthcare.introducer']
        if introducer := introducers._find(text, self.company_id):
            return {'introducer_id': introducer.id}
        # one that was withdrawn meanwhile, or that is somebody else's, keeps nobody from asking
        return {} if introducers._read_code(text) else None

    def _find_for(self, company):
        """Return the page of a clinic, or of the clinic above it, in sudo."""
        # sudo: a visitor has no rights; these pages are public
        pages = self.sudo()
        for clinic in reversed(company.sudo().parent_ids):
            if found := pages.search([('company_id', '=', clinic.id)], order='id', limit=1):
                return found
        return pages
