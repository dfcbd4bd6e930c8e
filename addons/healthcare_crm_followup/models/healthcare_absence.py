from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_date


class HealthcareAbsence(models.Model):
    """Days somebody is away, and who does their care tasks meanwhile."""

    _name = 'healthcare.absence'
    _description = "Absence"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('user_id',)
    _order = 'date_from desc, id desc'
    _rec_name = 'user_id'

    user_id = fields.Many2one(
        'res.users',
        string="Who Is Away",
        required=True,
        ondelete='cascade',
        index=True,
        default=lambda self: self.env.user,
        domain=[('share', '=', False)],
    )
    date_from = fields.Date(
        string="First Day", required=True, default=lambda self: fields.Date.context_today(self)
    )
    date_to = fields.Date(string="Last Day", required=True)
    substitute_id = fields.Many2one(
        'res.users',
        string="Substitute",
        ondelete='set null',
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        help="Gets the tasks meanwhile. Empty, or away too: the tasks are for everybody of the "
        "role.",
    )

    _dates_check = models.Constraint(
        'CHECK (date_to >= date_from)', "The last day comes before the first."
    )
    _period_idx = models.Index('(date_to, date_from)')

    @api.constrains('user_id', 'substitute_id')
    def _check_substitute(self):
        if self.filtered(lambda absence: absence.substitute_id == absence.user_id):
            raise ValidationError(self.env._("Choose somebody else as substitute."))

    @api.model_create_multi
    def create(self, vals_list):
        """Hand over at once what is open, should the absence have begun."""
        absences = super().create(vals_list)
        self.env['healthcare.care.task']._cron_hand_over()
        return absences

    def write(self, vals):
        """Hand over at once what is open, should the absence have begun."""
        result = super().write(vals)
        self.env['healthcare.care.task']._cron_hand_over()
        return result

    def _get_period(self):
        """Return the days and who stands in, in words."""
        self.ensure_one()
        days = self.env._(
            "%(first)s to %(last)s",
            first=format_date(self.env, self.date_from),
            last=format_date(self.env, self.date_to),
        )
        if not self.substitute_id:
            return days
        return self.env._(
            "%(days)s, instead: %(person)s", days=days, person=self.substitute_id.name
        )

    @api.model
    def _away(self, now, user_ids=None):
        """Return {user id: id of who stands in, or ``None``} of those who are away.

        Days are those of each user's own time zone.

        :param now: the moment asked about, naive UTC
        :param user_ids: only these; ``None`` means all
        """
        if user_ids is not None and not user_ids:
            return {}
        self.flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    WITH away AS (
                        SELECT absence.user_id, absence.substitute_id
                          FROM healthcare_absence AS absence
                          JOIN res_users AS person ON person.id = absence.user_id
                          JOIN res_partner AS partner ON partner.id = person.partner_id
                         WHERE (%(now)s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(partner.tz, 'UTC')
                               )::date BETWEEN absence.date_from AND absence.date_to
                    )
                    SELECT away.user_id, max(substitute.id)
                      FROM away
                      LEFT JOIN res_users AS substitute
                        ON substitute.id = away.substitute_id AND substitute.active
                       AND substitute.id NOT IN (SELECT user_id FROM away)
                     WHERE %(among)s
                     GROUP BY away.user_id
                    """,
                    now=SQL('%s::timestamp', now),
                    among=SQL('TRUE')
                    if user_ids is None
                    else SQL('away.user_id IN %s', tuple(user_ids)),
                )
            )
        )
