from odoo import fields, models


class HealthcareIdentifierSystem(models.Model):
    """Another system that knows patients or appointments by a number of its own (FHIR Identifier).

    A hospital information system, a laboratory, an insurer or the file of an import.
    """

    _name = 'healthcare.identifier.system'
    _description = "Identifier System"
    _order = 'name, id'

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="Short technical name, used by imports and interfaces, for example 'his'.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint('UNIQUE (code)', "Another identifier system has this code.")
