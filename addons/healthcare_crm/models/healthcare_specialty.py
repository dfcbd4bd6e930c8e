from odoo import fields, models


class HealthcareSpecialty(models.Model):
    """A medical specialty, such as dermatology (FHIR PractitionerRole.specialty)."""

    _name = 'healthcare.specialty'
    _description = "Specialty"
    _order = 'sequence, name, id'

    name = fields.Char(required=True, translate=True)
    code = fields.Char(help="Code of the specialty in the coding the clinic uses.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint('UNIQUE (code)', "Another specialty has this code.")
