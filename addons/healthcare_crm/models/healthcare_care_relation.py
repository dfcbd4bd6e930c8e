from odoo import fields, models
from odoo.fields import Domain

from .. import care
from ..sensitive import GROUP_CARE


class HealthcareCareRelation(models.Model):
    """Who treats whom, and why: nobody writes it, it follows from the record.

    Practitioners read the health records of the patients they are related to; see
    :mod:`odoo.addons.healthcare_crm.care` for what makes a relation.
    """

    _name = 'healthcare.care.relation'
    _description = "Who Treats a Patient"
    _auto = False
    _log_access = False
    _order = 'patient_id, reason, id'
    _rec_name = 'user_id'

    user_id = fields.Many2one('res.users', string="User", readonly=True, groups=GROUP_CARE)
    patient_id = fields.Many2one('res.partner', string="Patient", readonly=True, groups=GROUP_CARE)
    reason = fields.Selection(
        [
            ('practitioner', "The patient's practitioner"),
            ('appointment', "Appointment"),
            ('encounter', "Visit"),
            ('referral', "Referral"),
            ('department', "The department treats the patient"),
            ('break_glass', "Opened with a reason"),
        ],
        readonly=True,
        groups=GROUP_CARE,
    )
    until = fields.Datetime(
        readonly=True, groups=GROUP_CARE, help="Empty: until somebody else takes over."
    )
    source_id = fields.Integer(
        string="Row", readonly=True, groups=fields.NO_ACCESS, help="Of the table it follows from."
    )

    @property
    def _table_query(self):
        care.flush(self.env)
        return care.relations()

    def _search(self, domain, *args, **kwargs):
        """Find relations by what their ids are made of: the ids themselves are in no index."""
        domain = Domain(domain).map_conditions(self._by_parts)
        return super()._search(domain, *args, **kwargs)

    def _by_parts(self, condition):
        if condition.field_expr != 'id' or condition.operator not in ('=', 'in'):
            return condition
        value = condition.value
        ids = [value] if isinstance(value, int) else value
        if not all(isinstance(one, int) for one in ids):
            return condition
        sources, users = zip(*map(care.parts_of, ids), strict=True) if ids else ((), ())
        return condition & Domain.custom(
            to_sql=lambda _model, alias, _query: care.of_parts(alias, sources, users),
            predicate=lambda _relation: True,
        )
