from odoo import api, fields, models

from odoo.addons.healthcare_crm.guarded import GuardedOne2many

from ..engine import enroll

#: Fields of a patient on which enrollments depend.
WATCHED_FIELDS = {
    'is_patient',
    'active',
    'deceased',
    'birth_date',
    'gender',
    'lifecycle_stage',
    'practitioner_id',
    'company_id',
    'category_id',
    'referrer_id',
    'source_id',
}


class ResPartner(models.Model):
    _inherit = 'res.partner'

    #: Fields whose change is told to workflows as ``changed``.
    CHANGES_TOLD = frozenset(WATCHED_FIELDS)

    enrollment_ids = GuardedOne2many(
        'healthcare.workflow.enrollment',
        'patient_id',
        string="Workflows",
        groups='healthcare_crm.group_healthcare_user',
    )
    care_task_ids = GuardedOne2many(
        'healthcare.care.task',
        'patient_id',
        string="Care Tasks",
        groups='healthcare_crm.group_healthcare_user',
    )

    # the day of the year, as engine/triggers/anniversary.py asks for it
    _birthday_idx = models.Index(
        '(((EXTRACT(MONTH FROM birth_date) * 100 + EXTRACT(DAY FROM birth_date))::int)) '
        'WHERE birth_date IS NOT NULL'
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners._workflow_happened('patient_created')
        partners._tell_recommended()
        return partners

    def write(self, vals):
        becoming = recommended = self.browse()
        if vals.get('referrer_id'):
            # sudo: as below
            recommended = self.sudo().filtered(lambda partner: not partner.referrer_id)
        if vals.get('is_patient'):
            # sudo: as below
            becoming = self.sudo().filtered(lambda partner: not partner.is_patient)
        result = super().write(vals)
        watched = [name for name in vals if name in WATCHED_FIELDS]
        if watched:
            self._workflow_happened('changed', watched)
            becoming._workflow_happened('patient_created')
            recommended._tell_recommended()
        return result

    def unlink(self):
        self._workflow_happened('deleted')
        return super().unlink()

    def _tell_recommended(self):
        """Tell the engine of the patients whom these new patients name as their referrer."""
        # sudo: as below
        patients = self.sudo().filtered(
            lambda partner: partner.is_patient and partner.referrer_id.is_patient
        )
        self.env['healthcare.workflow.event']._happened(
            'patient_recommended',
            # one by one: somebody may have recommended several of them
            self.browse(patient.referrer_id.id for patient in patients),
            keys=[f'recommended:{patient.id}' for patient in patients],
        )

    def _workflow_happened(self, code, fields_written=None):
        """Tell the engine what happened to the patients among these contacts."""
        # sudo: who writes a contact need not be allowed to know that it is a patient
        patients = self.sudo().filtered('is_patient')
        payload = {'fields': fields_written} if fields_written else None
        self.env['healthcare.workflow.event']._happened(code, patients, payload)

    def _restrict_processing(self):
        result = super()._restrict_processing()
        active = self.enrollment_ids.filtered(lambda enrollment: enrollment.state == 'active')
        enroll.leave(self.env, dict.fromkeys(active.ids, 'stopped'), fields.Datetime.now())
        self.env.invalidate_all()
        return result
