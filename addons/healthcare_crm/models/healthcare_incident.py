from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..privacy.deadlines import BREACH_HOURS, jurisdiction_of
from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_PRIVACY
from .healthcare_privacy_request import JURISDICTION_LABELS


class HealthcareIncident(models.Model):
    """Data of patients got where it should not be: until when who has to be told, and whose."""

    _name = 'healthcare.incident'
    _description = "Privacy Incident"
    _inherit = [
        'mail.thread',
        'mail.activity.mixin',
        'healthcare.own.clinic',
        'healthcare.sealed',
    ]
    _order = 'discovered_at desc, id desc'

    kind = fields.Selection(
        [
            ('snooping', "Somebody looked without need"),
            ('recipient', "Sent to the wrong person"),
            ('lost', "Device or paper lost"),
            ('account', "Somebody else used a login"),
            ('attack', "Attack from outside"),
            ('loss', "Data destroyed or out of reach"),
        ],
        string="What Happened",
        required=True,
        groups=GROUP_PRIVACY,
    )
    company_id = fields.Many2one(
        'res.company', string="Clinic", required=True, default=lambda self: self.env.company
    )
    jurisdiction = fields.Selection(
        '_get_jurisdictions',
        string="Law",
        required=True,
        compute='_compute_jurisdiction',
        store=True,
        readonly=False,
        precompute=True,
        groups=GROUP_PRIVACY,
    )
    discovered_at = fields.Datetime(
        string="Discovered",
        required=True,
        default=lambda self: fields.Datetime.now(),
        groups=GROUP_PRIVACY,
    )
    details = fields.Text(groups=GROUP_PRIVACY, **sealed('details', copy=False))
    details_sealed = sealed_column()
    measures = fields.Text(
        string="What Was Done", groups=GROUP_PRIVACY, **sealed('measures', copy=False)
    )
    measures_sealed = sealed_column()
    state = fields.Selection(
        [('open', "Still going on"), ('contained', "Contained"), ('closed', "Closed")],
        required=True,
        default='open',
        readonly=True,
        index=True,
        copy=False,
        groups=GROUP_PRIVACY,
    )
    early_due = fields.Datetime(
        string="Early Warning Until", compute='_compute_clocks', store=True, groups=GROUP_PRIVACY
    )
    authority_due = fields.Datetime(
        string="Authority Until", compute='_compute_clocks', store=True, groups=GROUP_PRIVACY
    )
    patients_due = fields.Datetime(
        string="Patients Until", compute='_compute_clocks', store=True, groups=GROUP_PRIVACY
    )
    authority_told_at = fields.Datetime(
        string="Authority Told", readonly=True, copy=False, groups=GROUP_PRIVACY
    )
    patients_told_at = fields.Datetime(
        string="Patients Told", readonly=True, copy=False, groups=GROUP_PRIVACY
    )
    is_overdue = fields.Boolean(compute='_compute_is_overdue', groups=GROUP_PRIVACY)
    user_id = fields.Many2one(
        'res.users',
        string="Responsible",
        default=lambda self: self.env.user,
        ondelete='restrict',
        groups=GROUP_PRIVACY,
    )
    looked_user_id = fields.Many2one(
        'res.users', string="Who Looked", ondelete='restrict', groups=GROUP_PRIVACY
    )
    looked_from = fields.Datetime(string="From", groups=GROUP_PRIVACY)
    looked_until = fields.Datetime(string="Until", groups=GROUP_PRIVACY)
    looked_model = fields.Char(
        string="At What",
        groups=GROUP_PRIVACY,
        help="Technical name of a kind of record, such as healthcare.condition; empty: any.",
    )
    patient_ids = fields.Many2many(
        'res.partner',
        'healthcare_incident_patient',
        'incident_id',
        'patient_id',
        string="Affected Patients",
        readonly=True,
        copy=False,
        context={'active_test': False},
        groups=GROUP_PRIVACY,
    )
    patient_count = fields.Integer(string="Affected", readonly=True, groups=GROUP_PRIVACY)

    @api.model
    def _get_jurisdictions(self):
        return [(code, self.env._(label)) for code, label in JURISDICTION_LABELS]

    @api.depends_context('lang')
    def _compute_display_name(self):
        for incident in self:
            incident.display_name = self.env._("Privacy incident %s", incident.id or '')

    @api.depends('company_id')
    def _compute_jurisdiction(self):
        for incident in self:
            incident.jurisdiction = jurisdiction_of(incident.company_id.country_id.code)

    @api.depends('jurisdiction', 'discovered_at')
    def _compute_clocks(self):
        for incident in self:
            hours = BREACH_HOURS.get(incident.jurisdiction)
            for name in ('early', 'authority', 'patients'):
                incident[f'{name}_due'] = (
                    hours
                    and incident.discovered_at
                    and incident.discovered_at + timedelta(hours=hours[name])
                )

    @api.depends('authority_due', 'patients_due', 'authority_told_at', 'patients_told_at', 'state')
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for incident in self:
            incident.is_overdue = incident.state != 'closed' and any(
                due and not told and due < now
                for due, told in (
                    (incident.authority_due, incident.authority_told_at),
                    (incident.patients_due, incident.patients_told_at),
                )
            )

    #: what only the software writes
    _DONE = frozenset(
        {'state', 'authority_told_at', 'patients_told_at', 'patient_ids', 'patient_count'}
    )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {n: v for n, v in vals.items() if n not in self._DONE} for vals in vals_list
            ]
        incidents = super().create(vals_list)
        incidents._remind()
        return incidents

    def write(self, vals):
        if not self.env.su and vals.keys() & self._DONE:
            raise AccessError(self.env._("Use the buttons: what was done is written down by them."))
        result = super().write(vals)
        if vals.keys() & {'user_id', 'discovered_at', 'jurisdiction'}:
            self._remind()
        return result

    def _remind(self):
        """Plan what is next: to tell the authority, and then the patients."""
        kind = 'mail.mail_activity_data_todo'
        # sudo: the reminders of whoever was responsible before
        self.sudo().activity_unlink([kind])
        for incident in self.filtered(lambda incident: incident.state != 'closed'):
            for due, told, summary in (
                (
                    incident.authority_due,
                    incident.authority_told_at,
                    self.env._("Tell the authority of this privacy incident"),
                ),
                (
                    incident.patients_due,
                    incident.patients_told_at,
                    self.env._("Tell the patients of this privacy incident"),
                ),
            ):
                if due and not told:
                    incident.activity_schedule(
                        kind,
                        due.date(),
                        summary=summary,
                        user_id=(incident.user_id or self.env.user).id,
                    )

    # ------------------------------------------------------------
    # Whose data
    # ------------------------------------------------------------

    def action_find_patients(self):
        """Take the patients from the audit: whoever was looked at by a user, in a time."""
        self._check_officer()
        for incident in self:
            if not (incident.looked_user_id or incident.looked_model) or not incident.looked_from:
                raise UserError(self.env._("Say whose looks count, or at what, and since when."))
            incident._find_patients()

    def _find_patients(self):
        self.ensure_one()
        self.env.flush_all()
        found = self.env['healthcare.audit.event']._get_affected_patients(
            self.looked_from,
            self.looked_until or fields.Datetime.now() + timedelta(seconds=1),
            self.looked_user_id.ids or None,
            model=self.looked_model,
        )
        # the audit names the deleted and other clinics' patients, too
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_incident_patient (incident_id, patient_id)
                SELECT %s, patient.id FROM res_partner AS patient
                 WHERE patient.id = ANY(%s)
                   AND (patient.company_id IS NULL OR patient.company_id = %s)
           ON CONFLICT DO NOTHING
                """,
                self.id,
                found,
                self.company_id.id,
            )
        )
        self.invalidate_recordset(['patient_ids'])
        # sudo: counted by the software
        hidden = self.sudo()
        hidden.patient_count = len(hidden.patient_ids)

    # ------------------------------------------------------------
    # Life
    # ------------------------------------------------------------

    def action_contain(self):
        """Note that it goes on no more."""
        self._set({'state': 'contained'})

    def action_authority_told(self):
        """Note that the authority was told."""
        self._set({'authority_told_at': fields.Datetime.now()})

    def action_patients_told(self):
        """Note that the patients were told."""
        self._set({'patients_told_at': fields.Datetime.now()})

    def action_close(self):
        """Close it: everything was done, and written down."""
        for incident in self:
            if not incident.measures:
                raise UserError(self.env._("Write what was done first; also why nobody was told."))
        self._set({'state': 'closed'})

    def _set(self, vals):
        self._check_officer()
        if any(incident.state == 'closed' for incident in self):
            raise UserError(self.env._("This privacy incident is closed."))
        # sudo: only the buttons write how far it is
        self.sudo().write(vals)
        self._remind()

    def _check_officer(self):
        if not self.env.su and not self.env.user.has_group(GROUP_PRIVACY):
            raise AccessError(self.env._("Only the privacy officer sees to incidents."))
