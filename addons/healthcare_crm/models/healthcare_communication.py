from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_STAFF, GROUP_USER

_lt = LazyTranslate(__name__)

# The ways to reach a patient, everywhere in these addons. The labels are translated by the
# selection fields that use them.
CHANNELS = [
    ('email', "E-mail"),
    ('sms', "SMS"),
    ('call', "Phone call"),
    ('letter', "Letter"),
]

CHANNEL_CODES = [code for code, _label in CHANNELS]

# The ledger also holds what a patient decided on the page a message linked to.
LEDGER_CHANNELS = [*CHANNELS, ('link', "Link")]

# How a channel reads inside a sentence.
CHANNEL_WORDS = {
    'email': _lt("e-mail"),
    'sms': _lt("SMS"),
    'call': _lt("phone call"),
    'letter': _lt("letter"),
    'link': _lt("link"),
}

# Statuses of a contact that reached, or may have reached, the patient.
SENT_STATUSES = ('sent', 'delivered')
# Statuses of a contact that did not happen.
NOT_SENT_STATUSES = ('suppressed', 'cancelled', 'failed')

# Why nothing was sent, as the end of a sentence. ``%(channel)s`` is one of CHANNEL_WORDS.
REASON_SENTENCES = {
    'no_address': _lt("there is no address for %(channel)s"),
    'no_consent': _lt("no consent on file for %(channel)s"),
    'consent_denied': _lt("the patient refused %(channel)s"),
    'deceased': _lt("the patient is deceased"),
    'blocked': _lt("the patient asked not to be contacted"),
    'guardian': _lt("the patient is a minor and the guardian has not agreed"),
    'late': _lt("its time had passed"),
    'subject_cancelled': _lt("the appointment was cancelled or moved"),
    'quiet_hours': _lt("it fell into quiet hours"),
    'cap': _lt("the patient had enough messages for now"),
    'bad_address': _lt("the address is not valid"),
    'provider_error': _lt("the provider refused it"),
    'crash': _lt("the server stopped while sending, and it is not known whether it went out"),
    'manual': _lt("someone stopped it"),
}


class HealthcareCommunication(models.Model):
    """The ledger: one row for every contact with a patient, in or out (FHIR Communication).

    A contact that was decided against has its row too, with the reason. Rows are never deleted.
    """

    _name = 'healthcare.communication'
    _description = "Message"
    _inherit = ['healthcare.sealed']
    _order = 'date desc, id desc'
    _rec_name = 'summary'

    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        ondelete='restrict',
        domain=[('is_patient', '=', True)],
        groups=GROUP_USER,
    )
    direction = fields.Selection(
        [('out', "Outgoing"), ('in', "Incoming")],
        required=True,
        default='out',
    )
    channel = fields.Selection(LEDGER_CHANNELS, required=True)
    status = fields.Selection(
        [
            ('queued', "Queued"),
            ('held', "On hold"),
            ('sending', "Sending"),
            ('handed', "With staff"),
            ('sent', "Sent"),
            ('delivered', "Delivered"),
            ('failed', "Failed"),
            ('suppressed', "Not sent"),
            ('cancelled', "Cancelled"),
            ('unknown', "Unknown"),
            ('received', "Received"),
        ],
        required=True,
        default='queued',
    )
    reason = fields.Selection(
        [
            ('no_address', "No address"),
            ('no_consent', "No consent on file"),
            ('consent_denied', "Consent refused"),
            ('deceased', "Deceased"),
            ('blocked', "Do not contact"),
            ('guardian', "Guardian's consent missing"),
            ('late', "Too late"),
            ('subject_cancelled', "Appointment cancelled or moved"),
            ('quiet_hours', "Quiet hours"),
            ('cap', "Too many messages"),
            ('bad_address', "Wrong address"),
            ('provider_error', "Refused by the provider"),
            ('crash', "Interrupted"),
            ('manual', "Stopped by staff"),
        ],
        help="Why it was not sent.",
    )
    reason_detail = fields.Char(
        string="Provider's Answer",
        groups=GROUP_USER,
        help="The provider's own words.",
        **sealed('reason_detail'),
    )
    reason_detail_sealed = sealed_column()
    purpose_id = fields.Many2one(
        'healthcare.consent.purpose',
        string="Purpose",
        ondelete='restrict',
        groups=GROUP_USER,
    )
    consent_id = fields.Many2one(
        'healthcare.consent',
        string="Consent",
        ondelete='restrict',
        index='btree_not_null',
        groups=GROUP_USER,
        help="The decision of the patient that allowed or forbade this contact.",
    )
    idempotency_key = fields.Char(
        copy=False,
        readonly=True,
        # it names what it was made for: a campaign, a mailing, a workflow
        groups=GROUP_STAFF,
        help="The same contact can never be made twice.",
    )
    appointment_id = fields.Many2one(
        'calendar.event',
        string="Appointment",
        ondelete='set null',
        index='btree_not_null',
        groups=GROUP_USER,
    )
    answer = fields.Selection(
        [('confirmed', "Confirmed"), ('moved', "Moved"), ('cancelled', "Cancelled")],
        help="What the patient decided about the appointment on the page a message linked to.",
    )
    lang = fields.Char(string="Language", help="Language the message was written in.")
    address = fields.Char(groups=GROUP_USER)
    subject = fields.Char(groups=GROUP_STAFF, **sealed('subject'))
    subject_sealed = sealed_column()
    body = fields.Text(groups=GROUP_STAFF, **sealed('body'))
    body_sealed = sealed_column()
    provider_ref = fields.Char(string="Provider Reference", copy=False, index='btree_not_null')
    attempt = fields.Integer(default=0)
    due_at = fields.Datetime(string="Due")
    sent_at = fields.Datetime(string="Sent On")
    date = fields.Datetime(
        required=True,
        default=fields.Datetime.now,
        help="When it happened, or when it was decided not to do it.",
    )
    user_id = fields.Many2one(
        'res.users',
        string="Staff",
        help="Who made the contact, when it was a person.",
    )
    summary = fields.Char(compute='_compute_summary', groups=GROUP_USER)

    _idempotency_key_uniq = models.UniqueIndex(
        '(idempotency_key) WHERE idempotency_key IS NOT NULL',
        "This contact is in the ledger already.",
    )
    _queue_idx = models.Index("(channel, due_at, id) WHERE status = 'queued'")
    _patient_idx = models.Index('(patient_id, date DESC, id DESC)')

    @api.depends('direction', 'channel', 'status', 'reason', 'purpose_id', 'answer')
    @api.depends_context('lang')
    def _compute_summary(self):
        for communication in self:
            communication.summary = communication._get_summary()

    def _get_summary(self):
        """Return one sentence: what it was, what became of it, and why."""
        self.ensure_one()
        channel = self._get_channel_word()
        what = self.env._(
            "%(purpose)s by %(channel)s",
            purpose=self.purpose_id.name or self.env._("Contact with the patient"),
            channel=channel,
        )
        if self.answer:
            return {
                'confirmed': self.env._("Appointment confirmed by the patient through the link"),
                'moved': self.env._("Appointment moved by the patient through the link"),
                'cancelled': self.env._("Appointment cancelled by the patient through the link"),
            }[self.answer]
        if self.direction == 'in' or self.status == 'received':
            return self.env._("Received from the patient by %(channel)s", channel=channel)
        reason = self._get_reason_sentence()
        if self.status in NOT_SENT_STATUSES:
            if reason:
                return self.env._("%(what)s not sent: %(reason)s", what=what, reason=reason)
            return self.env._("%(what)s not sent", what=what)
        if self.status == 'unknown':
            return self.env._(
                "%(what)s may have been sent: %(reason)s",
                what=what,
                reason=reason or self.env._("the outcome is not known"),
            )
        if self.status in ('held', 'queued') and reason:
            return self.env._("%(what)s waits: %(reason)s", what=what, reason=reason)
        sentences = {
            'queued': self.env._("%(what)s will be sent", what=what),
            'held': self.env._("%(what)s waits", what=what),
            'sending': self.env._("%(what)s is being sent", what=what),
            'handed': self.env._("%(what)s is with the staff", what=what),
            'sent': self.env._("%(what)s sent", what=what),
            'delivered': self.env._("%(what)s delivered", what=what),
        }
        if self.channel == 'call' and self.status in SENT_STATUSES:
            return self.env._("%(what)s made", what=what)
        return sentences.get(self.status, what)

    def _get_reason_sentence(self):
        """Return why it was not sent as the end of a sentence, or an empty string.

        Reasons added by other addons fall back on their label.
        """
        self.ensure_one()
        if not self.reason:
            return ''
        if self.reason in REASON_SENTENCES:
            sentence = self.env._(REASON_SENTENCES[self.reason])
            return sentence % {'channel': self._get_channel_word()}
        return dict(self._fields['reason']._description_selection(self.env))[self.reason]

    def _get_channel_word(self):
        """Return the channel as it reads inside a sentence.

        Channels added by other addons fall back on their label.
        """
        self.ensure_one()
        if self.channel in CHANNEL_WORDS:
            return self.env._(CHANNEL_WORDS[self.channel])
        return dict(self._fields['channel']._description_selection(self.env)).get(self.channel, '')

    @api.model_create_multi
    def create(self, vals_list):
        communications = super().create(vals_list)
        communications._update_reminder_channel()
        return communications

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ledger(self):
        raise UserError(
            self.env._(
                "Contacts with patients cannot be deleted: the ledger keeps what was sent, "
                "what was not sent, and why.",
            )
        )

    def _set_result(self, status, reason=None, detail=None, provider_ref=None, date=None):
        """Record what became of these contacts.

        :param str status: the new status
        :param str reason: why nothing was sent, one of the values of ``reason``
        :param str detail: the provider's own words
        :param str provider_ref: the provider's number for the message
        :param datetime date: when it happened; now when not given
        """
        now = date or fields.Datetime.now()
        vals = {
            'status': status,
            'reason': reason or False,
            'reason_detail': detail or False,
            'date': now,
        }
        if provider_ref:
            vals['provider_ref'] = provider_ref
        if status == 'sent':
            vals['sent_at'] = now
        self.write(vals)
        self._update_reminder_channel()
        return True

    def _update_reminder_channel(self):
        """Tell the appointments through which channel their first reminder went out."""
        reminder_id = self.env['ir.model.data']._xmlid_to_res_id(
            'healthcare_crm.consent_purpose_reminder'
        )
        if not (self and reminder_id):
            return
        # one statement, because every reminder that leaves comes by here; an appointment has
        # nothing that depends on it
        self.flush_recordset()
        appointments = self.env['calendar.event']
        appointments.flush_model(['reminder_channel'])
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE calendar_event AS event SET reminder_channel = communication.channel
                  FROM healthcare_communication AS communication
                 WHERE communication.id IN %s AND event.id = communication.appointment_id
                   AND communication.status IN %s AND communication.direction = 'out'
                   AND communication.purpose_id = %s
                   AND COALESCE(event.reminder_channel, 'none') = 'none'
             RETURNING event.id
                """,
                self._ids,
                SENT_STATUSES,
                reminder_id,
            )
        )
        appointments.browse([one for (one,) in rows]).invalidate_recordset(['reminder_channel'])
