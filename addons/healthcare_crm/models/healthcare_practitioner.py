from odoo import fields, models


class HealthcarePractitioner(models.Model):
    """A person who sees patients, with working hours (FHIR PractitionerRole).

    A practitioner need not be a user of Odoo: name, working hours and absences are those of the
    resource behind it.
    """

    _name = 'healthcare.practitioner'
    _description = "Practitioner"
    _inherit = ['resource.mixin']
    _order = 'name, id'
    _check_company_auto = True

    name = fields.Char(
        related='resource_id.name',
        store=True,
        readonly=False,
        required=True,
        precompute=True,  # a copy comes with its resource, and no name of its own
        index='trigram',
    )
    active = fields.Boolean(
        related='resource_id.active',
        default=True,
        store=True,
        readonly=False,
    )
    user_id = fields.Many2one(
        'res.users',
        related='resource_id.user_id',
        string="User",
        store=True,
        readonly=False,
        domain=[('share', '=', False)],
        index='btree_not_null',
        help="The login of this practitioner, if any. Appointments then show in their calendar.",
    )
    specialty_ids = fields.Many2many('healthcare.specialty', string="Specialties")
    department_id = fields.Many2one(
        'healthcare.department',
        string="Department",
        index=True,
        check_company=True,
    )
    service_ids = fields.Many2many(
        'healthcare.service',
        relation='healthcare_practitioner_service_rel',
        column1='practitioner_id',
        column2='service_id',
        string="Services",
        check_company=True,
    )
    color = fields.Integer()

    def _prepare_resource_values(self, vals, tz):
        """Create the resource with its user, so that no second write is needed."""
        values = super()._prepare_resource_values(vals, tz)
        if vals.get('user_id'):
            values['user_id'] = vals['user_id']
        return values

    def unlink(self):
        """Delete the resources with their practitioners, who alone use them."""
        resources = self.resource_id
        result = super().unlink()
        resources.unlink()
        return result
