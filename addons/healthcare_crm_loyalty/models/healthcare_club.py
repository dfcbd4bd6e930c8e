import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.healthcare_crm.guarded import GuardedOne2many
from odoo.addons.healthcare_crm.sensitive import (
    GROUP_CLINICAL,
    GROUP_MARKETING,
    GROUP_STAFF,
)

from ..steps import Steps

_logger = logging.getLogger(__name__)


class HealthcareClub(models.Model):
    """A club of patients: diabetes, oncology, young mothers.

    Being in it may tell about somebody's health. Of such a club, only those who read health records
    know the members, of the patients they treat, and its coordinators know all of them.
    """

    _name = 'healthcare.club'
    _description = "Patient Club"
    _inherit = ['healthcare.own.clinic']
    _order = 'name, id'

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    is_clinical = fields.Boolean(
        string="Being in It Tells About Health",
        default=True,
        help="Only clinical staff who treat them, and its coordinators, know who is in it.",
    )
    description = fields.Text(
        translate=True, help="What patients read who are invited: what it is for, what is done."
    )
    color = fields.Integer()
    coordinator_ids = fields.Many2many(
        'res.users',
        string="Coordinators",
        domain=[('share', '=', False)],
        help="They run it, and know its members.",
    )
    segment_id = fields.Many2one(
        'healthcare.segment',
        string="Invite the Patients Of",
        ondelete='restrict',
        index='btree_not_null',
        help="Everybody who is in this segment, or comes into it, is invited. Nobody is a member "
        "without having agreed.",
    )
    news_segment_id = fields.Many2one(
        'healthcare.segment',
        string="Who Gets the Newsletter",
        readonly=True,
        index='btree_not_null',
        copy=False,
        ondelete='set null',
    )
    may_run = fields.Boolean(compute='_compute_may', help="You may change it, and write to it.")
    knows_members = fields.Boolean(compute='_compute_may')
    member_ids = GuardedOne2many(
        'healthcare.club.member', 'club_id', string="Members", groups=GROUP_STAFF
    )
    volunteer_ids = GuardedOne2many(
        'healthcare.club.volunteer', 'club_id', string="Volunteers", groups=GROUP_STAFF
    )
    talk_ids = fields.One2many('healthcare.club.talk', 'club_id', string="Programme")
    member_count = fields.Integer(
        string="Members Now", compute='_compute_counts', groups=GROUP_STAFF
    )
    invited_count = fields.Integer(string="Invited", compute='_compute_counts', groups=GROUP_STAFF)
    reach = fields.Char(
        string="Gets the Newsletter",
        compute='_compute_reach',
        help="How many members there are, as exactly as you may know it.",
    )
    talk_count = fields.Integer(string="Talks", compute='_compute_talks')
    next_talk_id = fields.Many2one('healthcare.club.talk', compute='_compute_talks')

    @api.depends('is_clinical', 'coordinator_ids')
    @api.depends_context('uid')
    def _compute_may(self):
        user = self.env.user
        for club in self:
            club.may_run = (club._origin or club).has_access('write')
            group = GROUP_CLINICAL if club.is_clinical else GROUP_STAFF
            club.knows_members = self.env.su or user.has_group(group)

    @api.depends('member_ids.state')
    @api.depends_context('uid')
    def _compute_counts(self):
        groups = self.env['healthcare.club.member']._read_group(
            [('club_id', 'in', self.ids)], ['club_id', 'state'], ['__count']
        )
        counts = {(club.id, state): count for club, state, count in groups}
        for club in self:
            club.member_count = counts.get((club._origin.id, 'member'), 0)
            club.invited_count = counts.get((club._origin.id, 'invited'), 0)

    @api.depends('news_segment_id.group_size')
    @api.depends_context('uid', 'lang')
    def _compute_reach(self):
        may_read = self.env['healthcare.segment'].has_access('read')
        for club in self:
            club.reach = may_read and club.news_segment_id.group_size

    @api.depends('talk_ids.start')
    def _compute_talks(self):
        talks = self.env['healthcare.club.talk']
        counts = dict(talks._read_group([('club_id', 'in', self.ids)], ['club_id'], ['__count']))
        coming = talks.search(
            [
                ('club_id', 'in', self.ids),
                ('start', '>=', fields.Datetime.now()),
                ('state', '=', 'planned'),
            ],
            order='start desc',
        )
        following = {talk.club_id.id: talk for talk in coming}
        for club in self:
            club.talk_count = counts.get(club._origin, 0)
            club.next_talk_id = following.get(club._origin.id, talks)

    @api.constrains('is_clinical', 'segment_id')
    def _check_clinical(self):
        for club in self.sudo():
            if club._is_told():
                raise ValidationError(
                    self.env._(
                        "“%(segment)s” asks about health, so being in “%(club)s” tells about it.",
                        segment=club.segment_id.name,
                        club=club.name,
                    )
                )

    def _is_told(self):
        """Return whether everybody at the desk would know what the segment asks."""
        return not self.is_clinical and self.segment_id._is_clinical()

    @api.constrains('is_clinical', 'coordinator_ids')
    def _check_coordinators(self):
        for club in self.sudo().filtered('is_clinical'):
            for user in club.coordinator_ids:
                if not user.has_group(GROUP_CLINICAL):
                    raise ValidationError(
                        self.env._(
                            "%(user)s reads no health records, and cannot coordinate “%(club)s”: "
                            "being in it tells about health.",
                            user=user.name,
                            club=club.name,
                        )
                    )

    def write(self, vals):
        # sudo: whether there are members, not who
        if vals.get('is_clinical') is False and any(
            club.is_clinical and club.sudo().member_ids for club in self
        ):
            raise UserError(
                self.env._(
                    "Patients were invited to this club, and only those who treat them know it. "
                    "Make a new club instead."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_joined(self):
        # sudo: whether there were members, not who
        for club in self.sudo():
            if club.member_ids:
                raise UserError(
                    self.env._(
                        "Patients were invited to “%s”. Archive it instead: what was written to "
                        "its members keeps who may read it.",
                        club.name,
                    )
                )

    # ------------------------------------------------------------ members

    def action_invite(self):
        """Invite everybody of the segment who was not invited before."""
        self.check_access('write')
        for club in self:
            if not club.segment_id:
                raise UserError(self.env._("Choose the segment first whose patients you invite."))
            club._check_clinical()
            # sudo: members are written in SQL, for whoever may write the club
            club.sudo()._invite()
        return True

    def _invite(self):
        """Invite the patients of the segment, in one statement; return how many are new.

        Who declined, or left, is not asked again.
        """
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO healthcare_club_member (
                       club_id, company_id, patient_id, state, origin, invited_at,
                       create_uid, write_uid, create_date, write_date)
                SELECT %(club)s, %(company)s, patient.id, 'invited', 'segment', %(now)s,
                       %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM healthcare_segment_member member
                  JOIN res_partner patient ON patient.id = member.patient_id
                 WHERE member.segment_id = %(segment)s AND patient.active
                   AND patient.contact_blocked IS NOT TRUE
                   AND patient.deceased IS NOT TRUE
                ON CONFLICT (club_id, patient_id) DO NOTHING
                RETURNING id
                """,
                club=self.id,
                company=self.company_id.id,
                segment=self.segment_id.id,
                now=fields.Datetime.now(),
                uid=self.env.uid,
            )
        )
        self.env['healthcare.club.member'].invalidate_model()
        self.invalidate_recordset(['member_ids', 'member_count', 'invited_count'])
        self.env['healthcare.club.member'].browse([id_ for (id_,) in rows])._tell_invited()
        return len(rows)

    @api.model
    def _cron_invite(self):
        """Invite those who came into the segments of clubs, and have talks earn points."""
        with Steps(self.env) as do:
            do(self.env['healthcare.loyalty.cause']._note_talks)
            for club in self.search([('segment_id', '!=', False)]):
                if club._is_told():
                    _logger.warning("Club %s invites nobody: its segment is of health", club.id)
                    continue
                do(club._invite)

    def action_view_members(self):
        """Open the members."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_loyalty.healthcare_club_member_action'
        )
        return action | {
            'path': False,
            'domain': [('club_id', '=', self.id)],
            'context': {'default_club_id': self.id, 'show_patient_identity': True},
        }

    def action_view_talks(self):
        """Open the programme."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_loyalty.healthcare_club_talk_action'
        )
        return action | {
            'path': False,
            'domain': [('club_id', '=', self.id)],
            'context': {'default_club_id': self.id},
        }

    # ------------------------------------------------------------ newsletter

    def action_newsletter(self):
        """Begin a letter to the members, who get it if they agreed to news of clubs.

        Whoever runs the club and writes no mailings has everything made ready for marketing.
        """
        self.ensure_one()
        if not self.env.user.has_group(GROUP_MARKETING):
            self.check_access('write')
        segment = self._get_news_segment()
        if not hasattr(segment, 'action_new_mailing'):
            raise UserError(
                self.env._("Letters to many are sent with Odoo’s Email Marketing: install it.")
            )
        if not self.env['mailing.mailing'].has_access('create'):
            return {
                'type': 'ir.actions.client',
                'tag': 'display_notification',
                'params': {
                    'type': 'info',
                    'sticky': True,
                    'message': self.env._(
                        "“%s” is ready: ask whoever writes your mailings to write to this segment.",
                        segment.name,
                    ),
                },
            }
        purpose = self.env.ref(
            'healthcare_crm_loyalty.consent_purpose_club', raise_if_not_found=False
        )
        action = segment.action_new_mailing()
        action['context'] |= {
            'default_consent_purpose_id': purpose and purpose.id,
            'default_subject': self.name,
        }
        return action

    def _get_news_segment(self):
        """Return the segment of those who are members at the time."""
        self.ensure_one()
        if not self.news_segment_id:
            # sudo: whoever runs the club may write to its members, and need not build segments
            club = self.sudo()
            club.news_segment_id = club.env['healthcare.segment'].create(
                {
                    'name': self.env._("Members of %s", self.name),
                    'company_id': self.company_id.id,
                    'condition_ids': [
                        fields.Command.create({'kind': 'club', 'club_ids': self.ids})
                    ],
                }
            )
            club.news_segment_id._refresh()
        return self.news_segment_id
