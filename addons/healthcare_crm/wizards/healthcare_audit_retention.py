from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..models.healthcare_audit_block import MAJORITY, YEARS
from ..sensitive import GROUP_PRIVACY

#: HIPAA 45 CFR 164.316(b)(2)
FEWEST_YEARS = 6
PARAMETERS = {'years': 'healthcare_crm.audit_years', 'majority': 'healthcare_crm.audit_majority'}


class HealthcareAuditRetention(models.TransientModel):
    """How long looks at patients are kept: for privacy officers to see, and to change."""

    _name = 'healthcare.audit.retention'
    _description = "How Long Looks Are Kept"

    years = fields.Integer(required=True, default=lambda self: self._get_kept('years', YEARS))
    majority = fields.Integer(
        "Age of Majority",
        required=True,
        default=lambda self: self._get_kept('majority', MAJORITY),
        help="Looks at somebody who was younger are kept so many years from that birthday on.",
    )
    oldest_at = fields.Datetime("Oldest Look", readonly=True, compute='_compute_stock')
    row_count = fields.Integer("Looks", readonly=True, compute='_compute_stock')

    @api.model
    def _get_kept(self, name, default):
        # sudo: how long is no secret
        return int(self.env['ir.config_parameter'].sudo().get_param(PARAMETERS[name], default))

    def _compute_stock(self):
        self.check_access('read')
        # the count is the planner's: of millions nobody needs it to the row
        ((oldest, count),) = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT recorded_at FROM healthcare_audit_event ORDER BY id LIMIT 1),
                       greatest(reltuples, 0)::bigint
                  FROM pg_class WHERE oid = 'healthcare_audit_event'::regclass
                """
            )
        )
        self.oldest_at, self.row_count = oldest, count

    @api.constrains('years', 'majority')
    def _check_years(self):
        for retention in self:
            if retention.years < FEWEST_YEARS:
                raise ValidationError(
                    self.env._("Looks are kept for at least %s years.", FEWEST_YEARS)
                )
            if not 0 <= retention.majority <= 30:  # noqa: PLR2004 - nowhere it is later
                raise ValidationError(self.env._("Enter an age of majority from 0 to 30."))

    def action_keep(self):
        """Keep looks for so long from now on."""
        self.ensure_one()
        if not self.env.user.has_group(GROUP_PRIVACY):
            raise AccessError(self.env._("Only privacy officers say how long looks are kept."))
        # sudo: the two parameters are theirs, no other is
        parameters = self.env['ir.config_parameter'].sudo()
        for name, key in PARAMETERS.items():
            parameters.set_param(key, str(self[name]))
        self.env['healthcare.audit']._record(
            'config',
            self._name,
            detail=f'looks are kept {self.years} years, majority {self.majority}',
        )
        return {'type': 'ir.actions.act_window_close'}
