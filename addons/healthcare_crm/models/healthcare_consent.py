from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..segmenting.rows import Exists
from ..sensitive import GROUP_STAFF, GROUP_USER
from .healthcare_communication import CHANNELS

#: What shows how a decision came about: written by the software, which was there.
_EVIDENCE = frozenset(
    {'form_version_id', 'wording_sha256', 'signature_id', 'document_id', 'expires_on', 'origin'}
)
#: How a decision may reach us that was made on an earlier day.
_LATE_METHODS = ('form', 'import')
#: The clocks of two servers, or of a form and the database, may differ.
_CLOCKS = timedelta(minutes=5)
#: the columns of the index that tells what was decided last
_DECIDES = SQL(
    'patient_id, purpose_id, channel, id, decision, expires_on, form_version_id, given_by_id'
)


class HealthcareConsent(models.Model):
    """One decision of a patient about one purpose and one channel (FHIR Consent).

    Rows are only ever added: the latest decision counts, the earlier ones prove what was agreed
    when a message was sent. No row means that the patient was never asked, which is not a yes.
    """

    _name = 'healthcare.consent'
    _description = "Consent"
    _order = 'date desc, id desc'
    _rec_name = 'purpose_id'

    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        ondelete='restrict',
        domain=[('is_patient', '=', True)],
        groups=GROUP_USER,
    )
    purpose_id = fields.Many2one(
        'healthcare.consent.purpose',
        string="Purpose",
        required=True,
        ondelete='restrict',
        groups=GROUP_USER,
    )
    channel = fields.Selection(CHANNELS, required=True, groups=GROUP_USER)
    decision = fields.Selection(
        [('permit', "Agreed"), ('deny', "Refused")],
        required=True,
        groups=GROUP_USER,
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    method = fields.Selection(
        [
            ('in_person', "In person"),
            ('screen', "Signed on screen"),
            ('form', "Paper form"),
            ('phone', "By phone"),
            ('link', "Link in a message"),
            ('reply', "Reply to a message"),
            ('web', "Form on the web"),
            ('import', "Imported"),
        ],
        required=True,
        default='in_person',
        help="How the patient told us.",
    )
    given_by_id = fields.Many2one(
        'res.partner',
        string="Given By",
        ondelete='restrict',
        index='btree_not_null',
        groups=GROUP_USER,
        help="Who decided, when it was not the patient: usually the guardian.",
    )
    form_version_id = fields.Many2one(
        'healthcare.consent.form.version',
        string="Wording",
        ondelete='restrict',
        index='btree_not_null',
        groups=GROUP_USER,
        help="The words the patient was shown.",
    )
    wording_sha256 = fields.Char(
        string="Fingerprint of the Words",
        groups=GROUP_USER,
        help="SHA-256 of the exact words, in the language they were shown in.",
    )
    expires_on = fields.Date(
        string="Valid Until",
        groups=GROUP_USER,
        help="Empty: until the patient withdraws it.",
    )
    signature_id = fields.Many2one(
        'healthcare.consent.signature',
        string="Signature",
        ondelete='restrict',
        index='btree_not_null',
        groups=GROUP_STAFF,
    )
    document_id = fields.Many2one(
        'healthcare.document',
        string="Proof on File",
        ondelete='restrict',
        index='btree_not_null',
        groups=fields.NO_ACCESS,
        help="A scan, a letter or a recording.",
    )
    has_proof = fields.Boolean(string="Proof", compute='_compute_has_proof', groups=GROUP_STAFF)
    origin = fields.Char(
        groups=GROUP_STAFF, help="From which address and device it was decided, by a link."
    )

    # with all that decides, so that no row is looked up
    _latest_idx = models.Index(
        '(patient_id, purpose_id, channel, date DESC, id DESC) '
        'INCLUDE (decision, expires_on, form_version_id, given_by_id)'
    )
    _permit_idx = models.Index(
        '(purpose_id, channel, patient_id, date, id) '
        "INCLUDE (expires_on, form_version_id, given_by_id) WHERE decision = 'permit'"
    )
    _deny_idx = models.Index("(purpose_id, channel, patient_id, date, id) WHERE decision = 'deny'")
    _denied_idx = models.Index("(date DESC, id DESC) INCLUDE (method) WHERE decision = 'deny'")

    @api.depends('document_id', 'signature_id')
    def _compute_has_proof(self):
        # sudo: that there is a proof, not what it shows
        for consent in self.sudo():
            consent.has_proof = bool(consent.document_id or consent.signature_id)

    @api.model_create_multi
    def create(self, vals_list):
        """Take nobody's word for how a decision came about."""
        if not self.env.su:
            self._check_recorded(vals_list)
        consents = super().create(vals_list)
        consents.patient_id.check_access('read')
        return consents

    def _check_recorded(self, vals_list):
        """Refuse evidence that is made up, and decisions from the past without a paper.

        :raise AccessError: a user wrote what only the software knows
        :raise UserError: a decision is dated back
        """
        if any(not _EVIDENCE.isdisjoint(vals) for vals in vals_list):
            raise AccessError(self.env._("The evidence of a consent is written by the software."))
        oldest = fields.Datetime.now() - _CLOCKS
        for vals in vals_list:
            date = fields.Datetime.to_datetime(vals.get('date'))
            if vals.get('method') == 'screen':
                raise AccessError(self.env._("Only a signature makes a signed consent."))
            if date and date < oldest and vals.get('method') not in _LATE_METHODS:
                raise UserError(
                    self.env._("Only a paper form can be entered with the date of an earlier day.")
                )

    def write(self, vals):
        """Refuse every change, the superuser's too: a consent is evidence."""
        if not self:
            return super().write(vals)
        raise UserError(
            self.env._(
                "A recorded consent cannot be changed. Record the patient's new decision instead: "
                "the latest one counts.",
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        raise UserError(
            self.env._(
                "A recorded consent cannot be deleted. Record the patient's new decision instead: "
                "the latest one counts.",
            )
        )

    @api.constrains('date')
    def _check_date(self):
        limit = fields.Datetime.now() + _CLOCKS
        if any(consent.date > limit for consent in self):
            raise UserError(self.env._("The date of a consent cannot be in the future."))

    @api.model
    def _tell_audit(self, action, records, patients, detail):
        """Record what somebody did. What the software does as it is installed has no audience, and
        the audit's table may not be there yet."""
        if self.env.uid != SUPERUSER_ID:
            self.env['healthcare.audit']._record(
                action,
                records._name,
                patient_ids=patients.ids,
                res_ids=records.ids,
                detail=detail,
            )

    def action_open_proof(self):
        """Hand the signed copy, the scan or the recording to staff."""
        self.ensure_one()
        self.check_access('read')
        if not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(self.env._("The proof of a consent is for staff."))
        if self.signature_id:
            return self.signature_id.action_download()
        return {
            'type': 'ir.actions.act_url',
            'url': f'/healthcare/consent/proof/{self.id}',
            'target': 'download',
        }

    @api.model
    def _decisions(self, patient_ids, purpose_ids, channels):
        """Return the decision in force for each patient, purpose and channel.

        One query, whatever the number of patients. What is absent was never asked, or no longer
        counts: it expired, its wording asks again, or a minor gave it without a guardian.

        :rtype: dict[tuple[int, int, str], tuple[str, int]]
        :return: ``{(patient_id, purpose_id, channel): (decision, consent_id)}``
        """
        if not (patient_ids and purpose_ids and channels):
            return {}
        self._flush_decisions()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT patient_id, purpose_id, channel, decision, id FROM (
                SELECT DISTINCT ON (patient_id, purpose_id, channel) %s
                  FROM healthcare_consent
                 WHERE patient_id = ANY(%s) AND purpose_id = ANY(%s) AND channel = ANY(%s)
              ORDER BY patient_id, purpose_id, channel, date DESC, id DESC) AS consent
             WHERE decision = 'deny' OR (%s AND %s)
            """,
                _DECIDES,
                list(patient_ids),
                list(purpose_ids),
                list(channels),
                self._sql_is_current(SQL('consent')),
                self._sql_is_vouched(SQL('consent'), SQL('= ANY(%s)', list(patient_ids))),
            )
        )
        return {
            (patient_id, purpose_id, channel): (decision, consent_id)
            for patient_id, purpose_id, channel, decision, consent_id in rows
        }

    @api.model
    def _permits(self, purpose, channel):
        """Return the patients whose decision in force about a purpose and a channel is a yes: one
        that still counts, and that no refusal came after.

        :rtype: Domain
        """
        self._flush_decisions()
        return Exists(
            lambda patient: SQL(
                """
                SELECT FROM healthcare_consent AS consent
                 WHERE consent.patient_id = %(patient)s
                   AND consent.purpose_id = %(purpose)s AND consent.channel = %(channel)s
                   AND consent.decision = 'permit' AND %(current)s AND %(vouched)s
                   AND NOT EXISTS (
                       SELECT FROM healthcare_consent AS later
                        WHERE later.patient_id = consent.patient_id
                          AND later.purpose_id = %(purpose)s AND later.channel = %(channel)s
                          AND later.decision = 'deny'
                          AND (later.date, later.id) > (consent.date, consent.id))
                """,
                patient=patient,
                purpose=purpose.id,
                channel=channel,
                current=self._sql_is_current(SQL('consent')),
                vouched=self._sql_is_vouched(SQL('consent')),
            )
        )

    def _flush_decisions(self):
        self.flush_model()
        self.env['healthcare.consent.form.version'].flush_model(['is_void'])
        self.env['res.partner'].flush_model(['birth_date', 'company_id'])
        self.env['res.company'].flush_model(['healthcare_age_of_majority'])

    @api.model
    def _sql_is_current(self, consent, today=None):
        """Return SQL that says whether a permission has not expired, and its words still hold.

        :param consent: SQL of the alias of a row of the table
        :param today: the day it is, if that is not the user's
        """
        return SQL(
            """
            (%(consent)s.expires_on IS NULL OR %(consent)s.expires_on >= %(today)s)
            AND (%(consent)s.form_version_id IS NULL OR %(consent)s.form_version_id NOT IN (
                 SELECT id FROM healthcare_consent_form_version WHERE is_void))
            """,
            consent=consent,
            today=today or fields.Date.context_today(self),
        )

    @api.model
    def _sql_is_vouched(self, consent, among=None, today=None):
        """Return SQL that says whether a permission was given by somebody who is of age: by the
        patient, or for the patient by somebody else.

        :param among: SQL that the ids of the patients meet, where it is about few of them
        :param today: the day it is, if that is not the user's
        """
        return SQL(
            """
            (%(consent)s.given_by_id <> %(consent)s.patient_id
             OR %(consent)s.patient_id NOT IN (%(minors)s))
            """,
            consent=consent,
            minors=self._sql_minors(among, today),
        )

    @api.model
    def _sql_minors(self, among=None, today=None):
        """Return SQL that selects the ids of the patients who are not of age.

        :param among: SQL that the ids meet: without it, all children of the clinic are read
        :param today: the day it is, if that is not the user's
        """
        return SQL(
            """
            SELECT child.id FROM res_partner AS child WHERE %(minor)s %(among)s
            """,
            minor=self.env['res.partner']._sql_is_minor(SQL('child'), today),
            among=SQL('AND child.id %s', among) if among else SQL(),
        )
