from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import LazyTranslate

from ..privacy.deadlines import acknowledge_on, due_on, jurisdiction_of
from ..privacy.dossier import get_looks, make_dossier, tell_processor
from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_PRIVACY
from ..step_up import check_step_up, step_up

_lt = LazyTranslate(__name__)

#: days before it is due that somebody is reminded, but not before half of the time is over
REMIND_DAYS = 5
OPEN = ('received', 'checked')
JURISDICTION_LABELS = [
    ('gdpr', _lt("Europe: GDPR")),
    ('tw_pdpa', _lt("Taiwan: Personal Data Protection Act")),
    ('vn_pdp', _lt("Vietnam: Personal Data Protection Law")),
    ('hipaa', _lt("United States: HIPAA")),
]


class HealthcarePrivacyRequest(models.Model):
    """What a patient asks of the clinic about their data, and until when it has to be done."""

    _name = 'healthcare.privacy.request'
    _description = "Privacy Request"
    _inherit = [
        'mail.thread',
        'mail.activity.mixin',
        'healthcare.own.clinic',
        'healthcare.sealed',
    ]
    _mail_post_access = 'read'
    _order = 'due_date, id'

    patient_id = fields.Many2one(
        'res.partner',
        required=True,
        index=True,
        ondelete='restrict',
        context={'active_test': False},
        domain=[('is_patient', '=', True)],
        groups=GROUP_PRIVACY,
    )
    company_id = fields.Many2one(
        'res.company', string="Clinic", required=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(
        [
            ('access', "Access: see what there is"),
            ('portability', "Portability: take it along"),
            ('correction', "Correction"),
            ('restriction', "Restriction: keep it, but leave it alone"),
            ('objection', "Objection to what it is used for"),
            ('erasure', "Erasure"),
        ],
        string="Asks For",
        required=True,
        groups=GROUP_PRIVACY,
    )
    requester = fields.Selection(
        [
            ('patient', "The patient"),
            ('guardian', "A guardian"),
            ('representative', "Somebody with a power of attorney"),
        ],
        string="Asked By",
        required=True,
        default='patient',
        groups=GROUP_PRIVACY,
    )
    details = fields.Text(groups=GROUP_PRIVACY, **sealed('details', copy=False))
    details_sealed = sealed_column()
    answer = fields.Text(
        string="What Was Done", groups=GROUP_PRIVACY, **sealed('answer', copy=False)
    )
    answer_sealed = sealed_column()
    received_on = fields.Date(
        required=True, default=fields.Date.context_today, groups=GROUP_PRIVACY
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
    acknowledge_on = fields.Date(
        string="First Answer Until",
        compute='_compute_due_date',
        store=True,
        groups=GROUP_PRIVACY,
        help="In Vietnam the patient hears within two working days what will happen.",
    )
    due_date = fields.Date(
        string="Due", compute='_compute_due_date', store=True, index=True, groups=GROUP_PRIVACY
    )
    extended = fields.Boolean(readonly=True, copy=False, groups=GROUP_PRIVACY)
    is_overdue = fields.Boolean(compute='_compute_is_overdue', groups=GROUP_PRIVACY)
    state = fields.Selection(
        [
            ('received', "Received"),
            ('checked', "Identity checked"),
            ('done', "Done"),
            ('refused', "Refused"),
        ],
        required=True,
        readonly=True,
        default='received',
        index=True,
        copy=False,
        groups=GROUP_PRIVACY,
    )
    identity_method = fields.Selection(
        [
            ('document', "Saw a document with a photo"),
            ('call', "Called back on the number in the record"),
            ('login', "Logged in"),
            ('power', "Saw the power of attorney and a document"),
        ],
        string="How Identity Was Checked",
        copy=False,
        groups=GROUP_PRIVACY,
    )
    checked_by_id = fields.Many2one(
        'res.users', string="Checked By", readonly=True, copy=False, ondelete='restrict'
    )
    answered_on = fields.Date(readonly=True, copy=False, groups=GROUP_PRIVACY)
    user_id = fields.Many2one(
        'res.users',
        string="Responsible",
        default=lambda self: self.env.user,
        ondelete='restrict',
        groups=GROUP_PRIVACY,
    )
    is_restricted = fields.Boolean(compute='_compute_is_restricted', groups=GROUP_PRIVACY)
    erasure_id = fields.Many2one(
        'healthcare.erasure', readonly=True, copy=False, ondelete='restrict', groups=GROUP_PRIVACY
    )

    @api.model
    def _get_jurisdictions(self):
        return [(code, self.env._(label)) for code, label in JURISDICTION_LABELS]

    @api.depends('kind')
    @api.depends_context('lang')
    def _compute_display_name(self):
        """Name nobody: notices of activities go by e-mail."""
        for request in self:
            request.display_name = self.env._("Privacy request %s", request.id or '')

    @api.depends('company_id')
    def _compute_jurisdiction(self):
        for request in self:
            request.jurisdiction = jurisdiction_of(request.company_id.country_id.code)

    @api.depends('jurisdiction', 'kind', 'received_on', 'extended')
    def _compute_due_date(self):
        for request in self:
            told = (request.jurisdiction, request.received_on)
            known = all(told) and request.kind
            request.acknowledge_on = acknowledge_on(*told) if known else False
            request.due_date = known and due_on(
                request.jurisdiction, request.kind, request.received_on, request.extended
            )

    @api.depends('due_date', 'state')
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for request in self:
            request.is_overdue = bool(
                request.state in OPEN and request.due_date and request.due_date < today
            )

    @api.depends('patient_id.processing_restricted')
    def _compute_is_restricted(self):
        for request in self:
            request.is_restricted = request.patient_id.processing_restricted

    # ------------------------------------------------------------
    # Life
    # ------------------------------------------------------------

    #: what only the software writes
    _DONE = frozenset({'state', 'extended', 'checked_by_id', 'answered_on', 'erasure_id'})

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {n: v for n, v in vals.items() if n not in self._DONE} for vals in vals_list
            ]
        requests = super().create(vals_list)
        requests._follow_patient()
        requests._remind()
        self.env['healthcare.audit']._record(
            'request', self._name, requests.patient_id.ids, res_ids=requests.ids
        )
        return requests

    def write(self, vals):
        if not self.env.su and vals.keys() & self._DONE:
            raise AccessError(self.env._("Use the buttons: what was done is written down by them."))
        if 'patient_id' in vals and any(request.state != 'received' for request in self):
            raise AccessError(self.env._("Use the buttons: what was done is written down by them."))
        result = super().write(vals)
        if 'patient_id' in vals:
            self._follow_patient()
        if vals.keys() & {'user_id', 'received_on', 'jurisdiction', 'kind', 'extended'}:
            self._remind()
        return result

    def _follow_patient(self):
        """Be of the patient's clinic. What is answered is all there is about the patient, so nobody
        asks about one whom they may not see.

        :raise AccessError: somebody does
        """
        self.patient_id.check_access('read')
        for request in self:
            company = request.patient_id.company_id
            if company and company != request.company_id:
                request.company_id = company

    def _remind(self):
        """Plan a reminder before each is due."""
        kind = 'mail.mail_activity_data_todo'
        # sudo: the reminders of whoever was responsible before
        self.sudo().activity_unlink([kind])
        for request in self.filtered(lambda request: request.state in OPEN and request.due_date):
            early = request.due_date - timedelta(days=REMIND_DAYS)
            half = request.received_on + (request.due_date - request.received_on) / 2
            request.activity_schedule(
                kind,
                min(request.acknowledge_on or request.due_date, max(early, half)),
                summary=self.env._("Answer this privacy request"),
                user_id=(request.user_id or self.env.user).id,
            )

    def action_check_identity(self):
        """Note that who asks is who they say."""
        self._check_officer()
        for request in self:
            if not request.identity_method:
                raise UserError(self.env._("Choose how the identity was checked first."))
            if request.requester != 'patient' and request.identity_method == 'login':
                raise UserError(self.env._("Somebody else than the patient shows documents, too."))
            request._set({'state': 'checked', 'checked_by_id': self.env.uid}, ('received',))

    def action_extend(self):
        """Take the longer term, once; the law wants the patient told why."""
        self._check_officer()
        for request in self:
            if request.extended:
                raise UserError(
                    self.env._("It was extended already; the law knows no second time.")
                )
            if not request.answer:
                raise UserError(
                    self.env._(
                        "Write under “What Was Done” why it takes longer: the patient is told."
                    )
                )
            request._set({'extended': True}, OPEN)

    def action_restrict(self):
        """Leave the patient's data alone from now on: no contacts, no segments, no workflows."""
        self._check_officer()
        for request in self:
            request._check_is(('checked',))
            # sudo: the privacy officer writes no patients, but this
            request.patient_id.sudo()._restrict_processing()

    def action_lift(self):
        """Use the patient's data again; the law wants the patient told before."""
        self._check_officer()
        for request in self:
            if not request.answer:
                raise UserError(self.env._("Write what was done, or why it is refused, first."))
            # sudo: as above
            request.patient_id.sudo()._lift_restriction()
            self.env['healthcare.audit']._record(
                'request', 'res.partner', request.patient_id.ids, detail='restriction lifted'
            )

    def action_erase(self):
        """Open the erasure of the patient: first, what would be deleted is shown."""
        self.ensure_one()
        self._check_officer()
        self._check_is(('checked',))
        if not self.erasure_id:
            self._set(
                {
                    'erasure_id': self.env['healthcare.erasure']
                    .create({'patient_id': self.patient_id.id})
                    .id
                },
                ('checked',),
            )
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'healthcare.erasure',
            'res_id': self.erasure_id.id,
            'view_mode': 'form',
        }

    @step_up('export')
    def action_export(self):
        """Download everything there is about the patient, as JSON."""
        self.ensure_one()
        self._check_export()
        return {
            'type': 'ir.actions.act_url',
            'url': f'/healthcare/privacy/request/{self.id}.json',
            'target': 'download',
        }

    @step_up('export')
    def action_print(self):
        """Print everything there is about the patient."""
        self.ensure_one()
        self._check_export()
        report = self.env.ref('healthcare_crm.healthcare_privacy_request_action_print')
        return report.report_action(self, config=False)

    def _check_export(self):
        self._check_officer()
        if self.kind not in ('access', 'portability'):
            raise UserError(self.env._("The patient does not ask for this."))
        self._check_is(('checked', 'done'))

    def action_done(self):
        """Note that it is done."""
        self._finish('done')

    def action_refuse(self):
        """Note that it is refused, and why."""
        self._finish('refused')

    def _finish(self, state):
        self._check_officer()
        for request in self:
            if not request.answer:
                raise UserError(self.env._("Write what was done, or why it is refused, first."))
            if state == 'done' and request.state == 'received':
                raise UserError(self.env._("Check first who asks."))
            if state == 'done' and request.kind == 'erasure' and request.erasure_id.state != 'done':
                raise UserError(self.env._("The erasure is not done yet."))
            request._set({'state': state, 'answered_on': fields.Date.context_today(request)}, OPEN)
        self._remind()

    def _check_is(self, states):
        if self.state not in states:
            raise UserError(
                self.env._("Check first who asks.")
                if self.state == 'received'
                else self.env._("This request is closed.")
            )

    def _set(self, vals, states):
        self._check_is(states)
        # sudo: only the buttons write how far it is
        self.sudo().write(vals)

    def _check_officer(self):
        if not self.env.su and not self.env.user.has_group(GROUP_PRIVACY):
            raise AccessError(self.env._("Only the privacy officer answers privacy requests."))

    # ------------------------------------------------------------
    # Everything about the patient
    # ------------------------------------------------------------

    def _make_dossier(self, purpose):
        """Return everything about the patient, and who looked at it, as a FHIR-like Bundle.

        :param str purpose: what the audit says of it
        """
        self.ensure_one()
        self._check_export()
        # sudo: the patient may have what the privacy officer may not read; recorded below
        request = self.sudo()
        partners = request.patient_id.with_context(active_test=False)
        partners |= partners.search([('merged_into_id', 'in', partners.ids)])
        register = self.env['healthcare.sensitive']._get_register()
        dossier = make_dossier(request.env, partners, register)
        self.env['healthcare.audit']._record(
            purpose, 'res.partner', partners.ids, res_ids=partners.ids, detail='privacy request'
        )
        self.env['healthcare.disclosure']._log(
            self.patient_id,
            'dossier',
            'request',
            self.patient_id,
            what=self.env._("Everything about the patient"),
        )
        looks = get_looks(request.env, partners.ids)
        processors = request.env['healthcare.processor']._find_of(partners)
        dossier['entry'] += [{'resource': tell_processor(one)} for one in processors]
        dossier['entry'] += [{'resource': look} for look in looks]
        dossier['timestamp'] = fields.Datetime.to_string(fields.Datetime.now())
        return dossier

    def _get_printed(self):
        """Return what the PDF shows: ``[(kind of record, [[(label, value)]])]``."""
        # the button asks who is there; the address of the report alone prints nothing
        check_step_up(self.env, 'export')
        found, looks = {}, Counter()
        for entry in self._make_dossier('print')['entry']:
            resource = dict(entry['resource'])
            if resource['resourceType'] == 'AuditEvent':
                who = (resource[name] for name in ('agent', 'action', 'entity'))
                looks[(resource['recorded'][:10], *who)] += 1
                continue
            kind, model = resource.pop('resourceType'), resource.pop('id', ',').partition(',')[0]
            label = kind
            if model in self.env:
                # sudo: the names of models and fields are no secret
                label = self.env['ir.model'].sudo()._get(model).name
                told = self.env[model].sudo().fields_get(list(resource), ['string'])
                resource = {told.get(n, {}).get('string', n): v for n, v in resource.items()}
            found.setdefault(label, []).append(list(resource.items()))
        return [*found.items(), *self._tell_looks(looks)]

    def _tell_looks(self, looks):
        """Return who looked at what on which day; each look is in the JSON."""
        if not looks:
            return []
        event = self.env['healthcare.audit.event']
        actions = dict(event._fields['action']._description_selection(self.env))
        # sudo: the names of models are no secret
        models_ = self.env['ir.model'].sudo()
        words = self.env._("Day"), self.env._("Login"), self.env._("Did"), self.env._("Times")
        rows = [
            list(
                zip(
                    words,
                    (
                        day,
                        login,
                        f'{actions.get(action, action)}: {models_._get(model).name or model}',
                        count,
                    ),
                    strict=True,
                )
            )
            for (day, login, action, model), count in sorted(looks.items(), reverse=True)
        ]
        return [(models_._get(event._name).name, rows)]
