from odoo import fields, models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    enrollment_ids = fields.One2many(
        'healthcare.workflow.enrollment',
        'patient_id',
        string="Workflows",
        groups='healthcare_crm.group_healthcare_user',
    )
    care_task_ids = fields.One2many(
        'healthcare.care.task',
        'patient_id',
        string="Care Tasks",
        groups='healthcare_crm.group_healthcare_user',
    )
