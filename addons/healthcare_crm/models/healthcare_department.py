from odoo import fields, models


class HealthcareDepartment(models.Model):
    """A department of the clinic, such as the outpatient department."""

    _name = 'healthcare.department'
    _description = "Department"
    _order = 'name, id'

    name = fields.Char(required=True, translate=True)
    code = fields.Char()
    company_id = fields.Many2one(
        'res.company',
        string="Company",
        index=True,
        default=lambda self: self.env.company,
    )
    manager_id = fields.Many2one('res.users', string="Manager", domain=[('share', '=', False)])
    answer_days = fields.Integer(
        string="Answers Referrals Within",
        default=2,
        help="Working days in which a referral to this department is answered.",
    )
    active = fields.Boolean(default=True)
    practitioner_ids = fields.One2many('healthcare.practitioner', 'department_id')
    service_ids = fields.One2many('healthcare.service', 'department_id')
    user_ids = fields.Many2many(
        'res.users',
        'healthcare_department_res_users_rel',
        'department_id',
        'user_id',
        string="Users",
        domain=[('share', '=', False)],
        groups='base.group_erp_manager',
        help="They treat its patients, and so read their health records.",
    )

    _answer_days_positive = models.Constraint(
        'CHECK (answer_days BETWEEN 1 AND 365)',
        "A department answers referrals within 1 to 365 working days.",
    )

    _code_uniq = models.Constraint(
        'UNIQUE (company_id, code)',
        "Another department of this company has this code.",
    )
