from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class HealthcareClubAttendance(models.Model):
    """That a patient came to a talk of a club."""

    _name = 'healthcare.club.attendance'
    _description = "Attendance of a Talk"
    _inherit = ['healthcare.club.part', 'healthcare.own.clinic']
    _owned_by = ('talk_id', 'patient_id')
    _order = 'id'
    _rec_name = 'talk_id'

    # no index of its own: the unique one begins with it
    talk_id = fields.Many2one('healthcare.club.talk', required=True, ondelete='cascade')
    club_id = fields.Many2one(related='talk_id.club_id', store=True)
    company_id = fields.Many2one(related='talk_id.company_id', store=True, index=True)
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        index=True,
        ondelete='cascade',
        domain=[('is_patient', '=', True)],
        groups=GROUP_STAFF,
    )

    _patient_uniq = models.Constraint(
        'UNIQUE (talk_id, patient_id)', "The patient came to this talk once."
    )

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        for talk in attendances.talk_id:
            if not talk.has_begun:
                raise UserError(self.env._("“%s” has not begun: nobody has come yet.", talk.name))
        attendances._note()
        return attendances

    def write(self, vals):
        result = super().write(vals)
        self._note()
        return result

    def unlink(self):
        self._note()
        return super().unlink()

    def _note(self):
        """Have it looked at again what coming has earned."""
        self.env['healthcare.loyalty.cause']._note('talk', self.ids)
