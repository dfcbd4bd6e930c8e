from odoo import api, fields, models, tools
from odoo.tools import SQL


class ResCompany(models.Model):
    """Who reads the health records of a clinic's patients."""

    _inherit = 'res.company'

    record_access = fields.Selection(
        [
            ('care', "Those who treat the patient"),
            ('clinic', "Everybody in the clinic who treats patients"),
        ],
        string="Health Records Are Read By",
        required=True,
        default='care',
        help="Those who treat the patient: practitioners read the records of their patients, and "
        "open others with a reason; nurses those of their departments. Names, contact data and "
        "appointments are there for the whole clinic either way.",
    )
    break_glass_hours = fields.Integer(
        string="Opened With a Reason for",
        required=True,
        default=4,
        help="Hours for which a record that somebody opened with a reason stays open.",
    )

    shared_roles = fields.Boolean(
        string="One Person May Have Several Roles",
        help="In a clinic with fewer than 5 users: the privacy officer may be clinic "
        "administrator too, and who administers the system may treat patients.",
    )

    _break_glass_hours_some = models.Constraint(
        'CHECK (break_glass_hours BETWEEN 1 AND 72)',
        "A record that was opened with a reason stays open for 1 to 72 hours.",
    )

    @api.model
    @tools.ormcache()
    def _get_record_access(self):
        """Return the ids of the clinics that are open to all who treat patients, and of others.

        :rtype: tuple[list[int], list[int]]
        """
        self.flush_model(['record_access'])
        rows = self.env.execute_query(SQL("SELECT id, record_access FROM res_company"))
        is_open = [one for one, access in rows if access == 'clinic']
        return is_open, [one for one, access in rows if access != 'clinic']

    def write(self, vals):
        result = super().write(vals)
        if 'record_access' in vals:
            self.env.registry.clear_cache()
        return result
