from odoo import api, fields, models
from odoo.fields import Domain

from ..clinical import ranges


class HealthcareObservationType(models.Model):
    """Something that is measured or tested: its code of LOINC, its unit, and what is usual.

    The shipped ranges are those usual for adults; a laboratory has its own, which a clinic enters.
    """

    _name = 'healthcare.observation.type'
    _description = "Observation Type"
    _order = 'sequence, name, id'

    name = fields.Char(required=True, translate=True, index='trigram')
    code = fields.Char(required=True, help="LOINC, for example 4548-4.")
    sequence = fields.Integer(default=100)
    unit = fields.Char(help="In which it is always recorded, for example mg/dL.")
    digits = fields.Integer(default=0, help="How many digits after the point are shown.")
    possible_low = fields.Float(help="Nobody can have less: such a value is refused.")
    possible_high = fields.Float(
        help="Nobody can have more: such a value is refused. 0: there is no such limit."
    )
    range_ids = fields.One2many(
        'healthcare.observation.range', 'type_id', string="Reference Ranges", copy=True
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint('UNIQUE (code)', "Another observation type has this code.")
    _digits_few = models.Constraint(
        'CHECK (digits BETWEEN 0 AND 6)', "Show between 0 and 6 digits after the point."
    )
    _possible_order = models.Constraint(
        'CHECK (possible_high = 0 OR possible_high > possible_low)',
        "The highest possible value must be above the lowest.",
    )

    @api.model
    def _search_display_name(self, operator, value):
        """Find a type by its code as well, and by its name in English."""
        domain = super()._search_display_name(operator, value)
        if operator not in ('ilike', 'like', '=ilike', '=like') or not isinstance(value, str):
            return domain
        english = self.with_context(lang='en_US')
        return (
            Domain(domain)
            | Domain('code', '=ilike', f'{value.strip()}%')
            | Domain('id', 'in', english._search(Domain('name', operator, value)))
        )

    @api.model
    def _by_code(self, codes):
        """Return {code: its record}, of those on the list."""
        # sudo: the list is no secret, and whoever imports need not be allowed to read it
        known = self.sudo().search([('code', 'in', [code for code in codes if code])])
        return {one.code: one.sudo(self.env.su) for one in known}

    def _get_range(self, gender, age):
        """Return the :class:`~..clinical.ranges.Range` of a patient, ``None``: there is none.

        :param age: in years, ``None``: not known
        """
        return ranges.choose([one._as_range() for one in self.range_ids], gender, age)

    def _format(self, value):
        """Return a value with as many digits as are usual."""
        return f'{value:.{self.digits}f}'
