"""What workflows are about: memberships and coupons of patients, and invitations to clubs."""

from odoo.addons.healthcare_crm_followup.engine.subjects import SUBJECTS, Subject

SUBJECTS['loyalty.card'] = Subject(
    table='loyalty_card',
    patient='partner_id',
    domain=(('partner_id.is_patient', '=', True),),
    is_gone='subject.active IS NOT TRUE',
    company='company_id',
)
# the desk reads what workflows do and send, and is not to learn who is in a club about health
SUBJECTS['healthcare.club.member'] = Subject(
    table='healthcare_club_member',
    patient='patient_id',
    domain=(('patient_id.is_patient', '=', True), ('club_id.is_clinical', '=', False)),
    is_gone="subject.state IN ('declined', 'left')",
    gone_fields=('state',),
    company='company_id',
)
