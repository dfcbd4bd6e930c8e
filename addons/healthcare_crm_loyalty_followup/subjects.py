"""Cards as what workflows are about: memberships and coupons of patients."""

from odoo.addons.healthcare_crm_followup.engine.subjects import SUBJECTS, Subject

SUBJECTS['loyalty.card'] = Subject(
    table='loyalty_card',
    patient='partner_id',
    domain=(('partner_id.is_patient', '=', True),),
    is_gone='subject.active IS NOT TRUE',
    company='company_id',
)
