from odoo.http import request

from odoo.addons.healthcare_crm.controllers.enquiry import EnquiryController

from ..points import codes


class IntroducedEnquiryController(EnquiryController):
    """The form keeps the code by which somebody came."""

    def _get_prefilled(self, asked):
        code = request.env['healthcare.introducer']._read_code(asked.get('introduction'))
        found = {'introduction': codes.show(code)} if code else {}
        return super()._get_prefilled(asked) | found

    def _get_kept(self):
        return (*super()._get_kept(), 'introduction')
