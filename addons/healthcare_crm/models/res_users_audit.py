from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class ResUsers(models.Model):
    _inherit = 'res.users'

    def write(self, vals):
        done = super().write(vals)
        if 'login' in vals or 'company_id' in vals:
            self.env.registry.clear_cache()  # of healthcare.audit
        return done

    @api.ondelete(at_uninstall=False)
    def _unlink_except_looked(self):
        """Keep whoever looked at patients: the record of it names them."""
        found = self.env.execute_query(
            SQL(
                "SELECT FROM healthcare_audit_event WHERE user_id = ANY(%s) LIMIT 1",
                self.ids,
            )
        )
        if found:
            raise UserError(
                self.env._(
                    "Whoever looked at patients' data cannot be deleted: the record of it names"
                    " them. Archive the user instead."
                )
            )
