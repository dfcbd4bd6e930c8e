from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.healthcare_crm.guarded import GuardedOne2many
from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

#: Whoever is there so long before the beginning has come.
EARLY = timedelta(hours=12)


class HealthcareClubTalk(models.Model):
    """A part of a club's programme: a talk, a course, a walk together."""

    _name = 'healthcare.club.talk'
    _description = "Talk of a Club"
    _inherit = ['healthcare.club.part', 'healthcare.own.clinic']
    _owned_by = ('club_id',)
    _order = 'start desc, id desc'

    name = fields.Char(string="Subject", required=True, translate=True)
    club_id = fields.Many2one(
        'healthcare.club', string="Club", required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='club_id.company_id', store=True, index=True)
    may_run = fields.Boolean(related='club_id.may_run', related_sudo=False)
    knows_members = fields.Boolean(related='club_id.knows_members', related_sudo=False)
    start = fields.Datetime(required=True)
    duration = fields.Float(string="Hours", required=True, default=1)
    stop = fields.Datetime(compute='_compute_stop', store=True)
    has_begun = fields.Boolean(
        compute='_compute_has_begun', help="Or does today: people come a little before."
    )
    speaker = fields.Char()
    practitioner_id = fields.Many2one(
        'healthcare.practitioner', string="Practitioner", ondelete='set null'
    )
    place = fields.Char()
    description = fields.Text(translate=True)
    state = fields.Selection(
        [('planned', "Planned"), ('held', "Held"), ('cancelled', "Cancelled")],
        required=True,
        default='planned',
    )
    attendance_ids = GuardedOne2many(
        'healthcare.club.attendance', 'talk_id', string="Who Came", groups=GROUP_STAFF
    )
    attendance_count = fields.Integer(
        string="Came", compute='_compute_attendance_count', groups=GROUP_STAFF
    )

    _start_idx = models.Index('(start DESC, id DESC)')
    _duration_positive = models.Constraint(
        'CHECK (duration > 0 AND duration <= 240)', "A talk takes some time, and ends."
    )

    @api.depends('start', 'duration')
    def _compute_stop(self):
        for talk in self:
            talk.stop = talk.start and talk.start + timedelta(hours=talk.duration)

    @api.depends('start')
    def _compute_has_begun(self):
        soon = fields.Datetime.now() + EARLY
        for talk in self:
            talk.has_begun = bool(talk.start) and talk.start <= soon

    @api.depends('attendance_ids')
    @api.depends_context('uid')
    def _compute_attendance_count(self):
        counts = dict(
            self.env['healthcare.club.attendance']._read_group(
                [('talk_id', 'in', self.ids)], ['talk_id'], ['__count']
            )
        )
        for talk in self:
            talk.attendance_count = counts.get(talk._origin, 0)

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(('start', 'state', 'club_id')):
            # sudo: what earns points does not depend on who looks
            self.sudo().attendance_ids._note()
        return result

    def unlink(self):
        # sudo: as above
        self.sudo().attendance_ids._note()
        return super().unlink()

    def action_add_members(self):
        """Enter all members as having come; those who did not are taken out by hand."""
        for talk in self:
            missing = talk._get_members() - talk.attendance_ids.patient_id
            self.env['healthcare.club.attendance'].create(
                [{'talk_id': talk.id, 'patient_id': patient.id} for patient in missing]
            )
        return True

    def _get_members(self):
        """Return the patients in the club, for what is done with all of them.

        :raise AccessError: this user does not run the club, or may not know who is in it
        """
        self.ensure_one()
        self.check_access('write')
        if not self.knows_members:
            raise AccessError(
                self.env._(
                    "Being in “%s” tells about health: that is for its coordinators to do.",
                    self.club_id.name,
                )
            )
        members = self.env['healthcare.club.member']
        return members.search(
            [('club_id', '=', self.club_id.id), ('state', '=', 'member')]
        ).patient_id
