from odoo import fields, models


class HealthcareService(models.Model):
    """What a patient can be booked for, and how long it takes (FHIR HealthcareService)."""

    _name = 'healthcare.service'
    _description = "Healthcare Service"
    _order = 'name, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char()
    specialty_id = fields.Many2one('healthcare.specialty', string="Specialty", index=True)
    department_id = fields.Many2one(
        'healthcare.department',
        string="Department",
        index=True,
        check_company=True,
    )
    duration = fields.Float(
        default=0.5,
        required=True,
        help="How long an appointment for this service takes.",
    )
    preparation = fields.Text(
        translate=True,
        help="What the patient should know or do before coming, for example to come fasting.",
    )
    made_to_order = fields.Boolean(
        string="Made to Order",
        help="Something is made for the patient beforehand, such as lenses or a crown: it must be "
        "there before the visit.",
    )
    practitioner_ids = fields.Many2many(
        'healthcare.practitioner',
        relation='healthcare_practitioner_service_rel',
        column1='service_id',
        column2='practitioner_id',
        string="Practitioners",
        check_company=True,
    )
    company_id = fields.Many2one(
        'res.company',
        string="Company",
        index=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)

    _duration_positive = models.Constraint(
        'CHECK (duration > 0)',
        "A service takes more than zero minutes.",
    )
    _code_uniq = models.Constraint(
        'UNIQUE (company_id, code)',
        "Another service of this company has this code.",
    )
