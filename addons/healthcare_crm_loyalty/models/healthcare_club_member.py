from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.healthcare_crm import links
from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

#: The scope keeps a token that was signed for one page from opening another.
SCOPE = 'healthcare_crm_loyalty.club'
PATH = '/club/%s'
HOURS = 24 * 60
METHODS = [
    ('in_person', "In person"),
    ('phone', "By phone"),
    ('form', "Paper form"),
    ('link', "By the link"),
]


class HealthcareClubMember(models.Model):
    """Somebody who is invited to a club, or in it. Nobody is in it who has not agreed."""

    _name = 'healthcare.club.member'
    _description = "Member of a Club"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('club_id', 'patient_id')
    _order = 'id desc'
    _rec_name = 'patient_id'

    # no index of its own: the unique one begins with it
    club_id = fields.Many2one('healthcare.club', string="Club", required=True, ondelete='cascade')
    company_id = fields.Many2one(related='club_id.company_id', store=True, index=True)
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        index=True,
        ondelete='cascade',
        domain=[('is_patient', '=', True)],
        groups=GROUP_STAFF,
    )
    state = fields.Selection(
        [
            ('invited', "Invited"),
            ('member', "In the Club"),
            ('declined', "Declined"),
            ('left', "Left"),
        ],
        required=True,
        default='invited',
        readonly=True,
        copy=False,
        groups=GROUP_STAFF,
    )
    origin = fields.Selection(
        [('hand', "By hand"), ('segment', "By the segment")],
        string="Invited By",
        required=True,
        default='hand',
        readonly=True,
        groups=GROUP_STAFF,
    )
    invited_at = fields.Datetime(
        string="Invited On", default=fields.Datetime.now, readonly=True, groups=GROUP_STAFF
    )
    joined_at = fields.Datetime(
        string="Member Since", readonly=True, copy=False, groups=GROUP_STAFF
    )
    left_at = fields.Datetime(string="Left On", readonly=True, copy=False, groups=GROUP_STAFF)
    method = fields.Selection(
        METHODS, string="Agreed", readonly=True, copy=False, groups=GROUP_STAFF
    )
    given_by_id = fields.Many2one(
        'res.partner',
        string="Agreed By",
        readonly=True,
        copy=False,
        ondelete='set null',
        groups=GROUP_STAFF,
        help="Who decided: the patient, or the guardian of a minor.",
    )
    recorded_by_id = fields.Many2one('res.users', readonly=True, copy=False, ondelete='set null')
    invitation_url = fields.Char(
        string="Invitation Link",
        compute='_compute_invitation_url',
        groups=GROUP_STAFF,
        help="By it the patient joins, declines or leaves.",
    )

    _patient_uniq = models.Constraint(
        'UNIQUE (club_id, patient_id)', "The patient was invited to this club already."
    )

    @api.depends('club_id', 'patient_id')
    def _compute_invitation_url(self):
        for member in self:
            member.invitation_url = member._origin.id and member._get_url()

    @api.model_create_multi
    def create(self, vals_list):
        """Invite; whoever invites says no more than whom, and to what."""
        if not self.env.su and any(vals.keys() - {'club_id', 'patient_id'} for vals in vals_list):
            raise AccessError(
                self.env._("Invite the patient first. That they agreed is recorded by a button.")
            )
        members = super().create(vals_list)
        if any(not patient.is_patient or patient.deceased for patient in members.patient_id):
            raise UserError(self.env._("Only patients can be invited to a club."))
        members._tell_invited()
        return members

    def _tell_invited(self):
        """Tell patients that they are invited; with workflows, it is them who do."""

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("What a patient decided is recorded by the buttons."))
        return super().write(vals)

    def action_agreed_in_person(self):
        """The patient told us."""
        return self._agreed('in_person')

    def action_agreed_by_phone(self):
        """The patient told us by phone."""
        return self._agreed('phone')

    def action_agreed_on_paper(self):
        """The patient signed a form."""
        return self._agreed('form')

    def _agreed(self, method, holder=None):
        self.check_access('write')
        # sudo: state and evidence are written here only
        for member in self.sudo():
            patient = member.patient_id
            holder_of = holder or patient._get_consent_holder()
            if not holder_of:
                raise UserError(
                    self.env._(
                        "%s is not of age. Enter the guardian in the patient's record first.",
                        patient.name,
                    )
                )
            member.write(
                {
                    'state': 'member',
                    'method': method,
                    'given_by_id': holder_of.id,
                    'recorded_by_id': self.env.uid,
                    'joined_at': fields.Datetime.now(),
                    'left_at': False,
                }
            )
        return True

    def action_declined(self):
        """The patient does not want to."""
        return self._ends('declined')

    def action_left(self):
        """The patient left."""
        return self._ends('left')

    def _ends(self, state):
        self.check_access('write')
        # sudo: as above
        self.sudo().write({'state': state, 'left_at': fields.Datetime.now()})
        return True

    def action_ask_for_news(self):
        """Record whether, and how, the patient wants the club's news."""
        self.ensure_one()
        purpose = self.env.ref(
            'healthcare_crm_loyalty.consent_purpose_club', raise_if_not_found=False
        )
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("News of the Club"),
            'res_model': 'healthcare.consent.wizard',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {
                'default_patient_id': self.patient_id.id,
                'default_purpose_ids': purpose and purpose.ids,
                'default_channel_email': True,
            },
        }

    # ------------------------------------------------------------ by the link

    def _get_url(self):
        """Return the signed address of the page on which the patient decides."""
        self.ensure_one()
        return self.get_base_url() + PATH % self._get_token()

    def _get_token(self):
        patient = self.sudo().patient_id
        holder = patient._get_consent_holder() or patient
        return links.sign(
            SCOPE,
            [patient.id, holder.id, patient.consent_link_number, self.id],
            expiration_hours=HOURS,
        )

    @api.model
    def _find(self, token):
        """Return the invitation that a link opens and who holds it, in sudo; nobody for others."""
        nobody = self.sudo().browse()
        patient, holder, rest = self.env['res.partner']._read_consent_token(token, SCOPE)
        if not patient:
            return nobody, holder
        found = nobody.browse(rest[0]).exists()
        if found.patient_id != patient:
            # the patient's records were merged since
            found = nobody.search(
                [('club_id', '=', found.club_id.id), ('patient_id', '=', patient.id)]
            )
        return (found if found.club_id.active else nobody), holder

    def _decide_by_link(self, action, holder):
        """Do what somebody chose on the page; return whether it could be."""
        self.ensure_one()
        if action == 'join':
            return self._agreed('link', holder)
        if action == 'decline' and self.state == 'invited':
            return self._ends('declined')
        if action == 'leave' and self.state == 'member':
            return self._ends('left')
        return False
