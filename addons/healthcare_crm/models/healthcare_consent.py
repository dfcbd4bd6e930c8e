from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..segmenting.rows import Exists
from ..sensitive import GROUP_USER
from .healthcare_communication import CHANNELS


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

    _latest_idx = models.Index('(patient_id, purpose_id, channel, date DESC, id DESC)')
    _permit_idx = models.Index(
        "(purpose_id, channel, patient_id, date, id) WHERE decision = 'permit'"
    )
    _deny_idx = models.Index("(purpose_id, channel, patient_id, date, id) WHERE decision = 'deny'")
    _denied_idx = models.Index("(date DESC, id DESC) INCLUDE (method) WHERE decision = 'deny'")

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
        # Five minutes: the clocks of two servers, or of a form and the database, may differ.
        limit = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        if any(consent.date > limit for consent in self):
            raise UserError(self.env._("The date of a consent cannot be in the future."))

    @api.model
    def _decisions(self, patient_ids, purpose_ids, channels):
        """Return the decision in force for each patient, purpose and channel.

        One query, whatever the number of patients. What is absent was never asked.

        :rtype: dict[tuple[int, int, str], tuple[str, int]]
        :return: ``{(patient_id, purpose_id, channel): (decision, consent_id)}``
        """
        if not (patient_ids and purpose_ids and channels):
            return {}
        self.flush_model(['patient_id', 'purpose_id', 'channel', 'decision', 'date'])
        rows = self.env.execute_query(
            SQL(
                """
            SELECT DISTINCT ON (patient_id, purpose_id, channel)
                   patient_id, purpose_id, channel, decision, id
              FROM healthcare_consent
             WHERE patient_id = ANY(%s) AND purpose_id = ANY(%s) AND channel = ANY(%s)
          ORDER BY patient_id, purpose_id, channel, date DESC, id DESC
            """,
                list(patient_ids),
                list(purpose_ids),
                list(channels),
            )
        )
        return {
            (patient_id, purpose_id, channel): (decision, consent_id)
            for patient_id, purpose_id, channel, decision, consent_id in rows
        }

    @api.model
    def _permits(self, purpose, channel):
        """Return the patients whose decision in force about a purpose and a channel is a yes: one
        that no refusal came after.

        :rtype: Domain
        """
        self.flush_model(['patient_id', 'purpose_id', 'channel', 'decision', 'date'])
        return Exists(
            lambda patient: SQL(
                """
                SELECT FROM healthcare_consent AS consent
                 WHERE consent.patient_id = %(patient)s
                   AND consent.purpose_id = %(purpose)s AND consent.channel = %(channel)s
                   AND consent.decision = 'permit'
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
            )
        )
