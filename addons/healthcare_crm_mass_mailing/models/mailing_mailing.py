import logging
from contextlib import suppress

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: What is counted of a mailing, and told roughly of a group that one must not see into.
FIGURES = (
    'scheduled',
    'expected',
    'canceled',
    'sent',
    'pending',
    'delivered',
    'opened',
    'process',
    'clicked',
    'replied',
    'bounced',
    'failed',
)
#: share -> what it is a share of all with
RATIOS = {
    'received_ratio': 'delivered',
    'opened_ratio': 'opened',
    'replied_ratio': 'replied',
    'bounced_ratio': 'bounced',
}
#: what says who gets a mailing
CHOOSING = frozenset(
    {'mailing_domain', 'mailing_model_id', 'mailing_filter_id', 'contact_list_ids', 'segment_id'}
)


class MailingMailing(models.Model):
    """A mailing that may be addressed to a segment of patients, with their consent.

    To patients there is no other way: whoever is a patient gets nothing from a mailing to contacts.
    """

    _inherit = 'mailing.mailing'

    segment_id = fields.Many2one(
        'healthcare.segment',
        string="Segment",
        index='btree_not_null',
        ondelete='restrict',
        help="The patients who are in it when the mailing is sent.",
    )
    consent_purpose_id = fields.Many2one(
        'healthcare.consent.purpose',
        string="Consent For",
        ondelete='restrict',
        compute='_compute_consent_purpose_id',
        store=True,
        readonly=False,
        help="Only patients who agreed to e-mail for this purpose get the letter.",
    )
    # nobody else's rights count when it is sent
    chosen_by_id = fields.Many2one(
        'res.users', string="Recipients Chosen By", copy=False, groups=fields.NO_ACCESS
    )
    segment_summary = fields.Char(compute='_compute_segment_summary')

    @api.depends('segment_id')
    def _compute_consent_purpose_id(self):
        marketing = self.env.ref(
            'healthcare_crm.consent_purpose_marketing', raise_if_not_found=False
        )
        for mailing in self:
            if not mailing.segment_id:
                mailing.consent_purpose_id = False
            elif not mailing.consent_purpose_id:
                mailing.consent_purpose_id = marketing

    @api.depends('segment_id', 'consent_purpose_id', 'state')
    @api.depends_context('uid')
    def _compute_segment_summary(self):
        for mailing in self:
            if not (mailing.segment_id and mailing.consent_purpose_id):
                mailing.segment_summary = False
                continue
            if mailing.segment_id.is_opaque:
                # who agrees to e-mail is known, and a number that follows it would tell of each
                mailing.segment_summary = self.env._(
                    "%s patients; those who agreed will get it", mailing.segment_id.group_size
                )
                continue
            mailing.segment_summary = self.env._(
                "%(count)s of %(all)s patients would get it now",
                count=mailing._count_recipients(),
                all=mailing.segment_id.patient_count,
            )

    @api.onchange('segment_id')
    def _onchange_segment_id(self):
        if self.segment_id:
            self.mailing_model_id = self.env['ir.model']._get('res.partner')

    @api.constrains('segment_id', 'consent_purpose_id', 'mailing_model_id', 'use_exclusion_list')
    def _check_segment(self):
        for mailing in self.filtered('segment_id'):
            if mailing.mailing_model_id.model != 'res.partner':
                raise ValidationError(
                    self.env._("A mailing to a segment goes to contacts: choose Contact.")
                )
            if not mailing.consent_purpose_id:
                raise ValidationError(
                    self.env._(
                        'Say what the patients of "%s" must have agreed to.',
                        mailing.segment_id.name,
                    )
                )
            if not mailing.use_exclusion_list:
                raise ValidationError(
                    self.env._("Patients who do not want any letters are never written to.")
                )
            # constraints run as sudo, the author does not
            segment = mailing.with_env(self.env(su=False)).segment_id
            segment.check_access('read')
            segment._check_group()
            if segment.is_opaque:
                # when it is refused later, nothing is kept of how many there were then
                segment._tell(mailing._count_recipients(), 'chosen', mailing._name_recipients())

    # ------------------------------------------------------------ who gets it

    def _get_recipients_domain(self):
        """Return who gets it, as of now: the moment of sending."""
        domain = self._as_chosen(super()._get_recipients_domain())
        if self.segment_id:
            # of a group that one must not see into, no part can be chosen: that may be one patient
            domain = Domain.TRUE if self.segment_id.is_guarded else domain
            return domain & self._get_segment_recipients()
        if self.mailing_model_real == 'res.partner':
            # in SQL: that somebody is a patient is not for everybody to ask
            return domain & Domain.custom(
                to_sql=lambda _model, alias, _query: SQL(
                    '%s IS NOT TRUE', SQL.identifier(alias, 'is_patient')
                )
            )
        return domain

    def _as_chosen(self, domain):
        """Return whom a domain finds with the rights of whoever wrote it.

        The job that sends reads everything: how many letters left would answer any question about
        a patient.
        """
        if not self.env.su:
            return domain
        # sudo: only who it was
        author = self.sudo().chosen_by_id or self.sudo().create_uid
        Model = self.env[self.mailing_model_real].with_user(author)
        try:
            return Domain('id', 'in', Model._search(domain))
        except AccessError:
            _logger.info("Mailing %s: user %s may not ask what it asks", self.id, author.id)
            return Domain.FALSE

    @api.model_create_multi
    def create(self, vals_list):
        mailings = super().create(vals_list)
        mailings._note_choice()
        return mailings

    def write(self, vals):
        """Keep to whom it was sent: who may read of it depends on that."""
        if 'segment_id' in vals:
            changed = self.filtered(lambda one: one.segment_id.id != vals['segment_id'])
            # sudo: whether it was sent, not to whom
            messages = self.env['healthcare.communication'].sudo()
            if messages.search_count([('mailing_id', 'in', changed.ids)], limit=1):
                raise UserError(
                    self.env._("This mailing was sent already. Duplicate it to write to others.")
                )
        result = super().write(vals)
        if CHOOSING & vals.keys():
            self._note_choice()
        return result

    def _note_choice(self):
        """Note who chose the recipients, and refuse what they may not ask."""
        if self.env.su:
            return
        for mailing in self:
            if mailing.mailing_model_real in self.env:
                with suppress(ValueError):  # Odoo says so when it is sent
                    mailing.env[mailing.mailing_model_real]._search(
                        mailing._get_recipients_domain()
                    )
        # sudo: nobody writes it themselves
        self._fields['chosen_by_id'].write(self.sudo(), self.env.uid)

    def _get_segment_recipients(self):
        """Return the members who may be written to."""
        return self._get_members() & Domain.custom(
            to_sql=lambda _model, alias, _query: SQL('%s IS NULL', self._get_obstacle(alias))
        )

    def _get_members(self):
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                """
                EXISTS (SELECT FROM healthcare_segment_member AS member
                         WHERE member.segment_id = %s AND member.patient_id = %s)
                """,
                self.segment_id.id,
                SQL.identifier(alias, 'id'),
            )
        )

    def _get_obstacle(self, alias):
        """Return what keeps a patient from getting the letter, one of the reasons of the ledger,
        as SQL; ``NULL`` where nothing does."""
        consents = self.env['healthcare.consent']
        consents._flush_decisions()
        self.env['res.partner'].flush_model()
        latest = SQL(
            """
            FROM healthcare_consent AS consent
            WHERE consent.patient_id = %(patient)s AND consent.purpose_id = %(purpose)s
              AND consent.channel = 'email'
            ORDER BY consent.date DESC, consent.id DESC LIMIT 1
            """,
            patient=SQL.identifier(alias, 'id'),
            purpose=self.consent_purpose_id.id,
        )

        def of(name):
            return SQL.identifier(alias, name)

        return SQL(
            """
            CASE WHEN %(deceased)s THEN 'deceased'
                 WHEN %(blocked)s OR %(active)s IS NOT TRUE THEN 'blocked'
                 WHEN (SELECT consent.decision = 'permit' AND %(current)s %(latest)s) IS NOT TRUE
                 THEN CASE (SELECT consent.decision %(latest)s) WHEN 'deny'
                      THEN 'consent_denied' ELSE 'no_consent' END
                 WHEN (SELECT %(vouched)s %(latest)s) IS NOT TRUE THEN 'guardian'
                 WHEN COALESCE(%(email)s, '') = '' THEN 'no_address' END
            """,
            deceased=of('deceased'),
            blocked=of('contact_blocked'),
            active=of('active'),
            latest=latest,
            current=consents._sql_is_current(SQL('consent')),
            vouched=consents._sql_is_vouched(SQL('consent')),
            email=of('email_normalized'),
        )

    def _get_opt_out_list(self):
        """Add the addresses that were blocked when a patient was erased."""
        refused = super()._get_opt_out_list()
        if not self.segment_id:
            return refused
        # sudo: who is in it is not for everybody who sends to read
        patients = self.env['res.partner'].sudo().search(self._get_segment_recipients())
        blocked = self.env['healthcare.erasure']._get_blocked(patients.mapped('email_normalized'))
        return set(refused) | blocked

    # ------------------------------------------------------------ sending

    def _get_remaining_recipients(self):
        # sudo: who got it already is not for everybody who sends to read
        mailing = self.sudo() if self.segment_id else self
        return super(MailingMailing, mailing)._get_remaining_recipients()

    def _action_send_mail(self, res_ids=None):
        """Enter in the ledger who gets nothing, and why, before the others are written to."""
        small = self._stop_small()
        for mailing in (self - small).filtered('segment_id'):
            if not mailing.segment_id.refreshed_at:
                raise UserError(
                    self.env._(
                        'The patients of "%s" are still being looked up. Send the mailing in a '
                        "few minutes.",
                        mailing.segment_id.name,
                    )
                )
            mailing._enter_suppressed()
        return super(MailingMailing, self - small)._action_send_mail(res_ids)

    def action_put_in_queue(self):
        """Say at once that a group is too small, not when the mailing is sent."""
        for mailing in self:
            mailing._check_group()
        return super().action_put_in_queue()

    def _stop_small(self):
        """Return the mailings of the queue that too few would get; they are drafts again."""
        small = self.browse()
        for mailing in self:
            try:
                mailing._check_group()
            except UserError as refused:
                if self.env.uid != SUPERUSER_ID:
                    raise
                mailing.state = 'draft'
                mailing._message_log(body=str(refused))
                small += mailing
        return small

    def _check_group(self):
        """Refuse to write to so few that it could be guessed who is in the group.

        :raise UserError: there are too few, for who sends it or, in a job, is responsible for it
        """
        self.ensure_one()
        user = self.env.user
        if self.env.uid == SUPERUSER_ID:
            user = self.user_id or self.create_uid
        segment = self.segment_id.with_user(user)
        if segment.is_opaque:
            segment._check_group(self._count_recipients(), self._name_recipients())

    def _count_recipients(self):
        # sudo: how many, not who
        return self.env['res.partner'].sudo().search_count(self._get_segment_recipients())

    def _name_recipients(self):
        """Return which patients of its segment get it: what is told of them is told alike by all
        mailings to the same."""
        return f'mailing,{self.consent_purpose_id.id}'

    # ------------------------------------------------------------ what came of it

    @api.depends_context('uid')
    def _compute_total(self):
        result = super()._compute_total()
        for mailing in self.filtered(lambda one: one.segment_id.is_opaque):
            mailing.total = mailing.segment_id.patient_count
        return result

    @api.depends_context('uid')
    def _compute_statistics(self):
        """Tell whoever may not see into the group about how many, or nothing."""
        result = super()._compute_statistics()
        for mailing in self.filtered(lambda one: one.segment_id.is_opaque):
            told = mailing.segment_id._tell_each(
                {name: mailing[name] for name in FIGURES}, mailing._name_recipients(), mailing
            )
            for name in FIGURES:
                mailing[name] = told[name] or 0
            for name, part in RATIOS.items():
                share = mailing[part] / mailing.expected if mailing.expected else 0
                mailing[name] = round(100 * min(1, share))
        return result

    @api.depends_context('uid')
    def _compute_clicks_ratio(self):
        result = super()._compute_clicks_ratio()
        # a share of them tells how many they are
        self.filtered(lambda one: one.segment_id.is_opaque).clicks_ratio = 0
        return result

    def _enter_suppressed(self):
        """Enter the members who get nothing, in one statement; once, however often it is sent."""
        self._enter(
            SQL(
                """
                SELECT patient.id, 'suppressed', %(obstacle)s, patient.email
                  FROM healthcare_segment_member AS member
                  JOIN res_partner AS patient ON patient.id = member.patient_id
                 WHERE member.segment_id = %(segment)s AND %(obstacle)s IS NOT NULL
                """,
                obstacle=self._get_obstacle('patient'),
                segment=self.segment_id.id,
            )
        )

    def _enter(self, rows, provider_ref=None):
        """Enter letters in the ledger; of a letter that is there already, what became of it.

        :param SQL rows: patient, status, reason, address
        """
        self.env['healthcare.communication'].flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_communication (
                    patient_id, status, reason, address, mailing_id, purpose_id, channel,
                    direction, idempotency_key, date, sent_at, consent_id, attempt,
                    create_uid, create_date, write_uid, write_date)
                SELECT entered.*, %(mailing)s, %(purpose)s, 'email', 'out',
                       %(key)s || entered.patient_id, %(now)s,
                       CASE entered.status WHEN 'sent' THEN %(now)s::timestamp END,
                       (SELECT id FROM healthcare_consent AS consent
                         WHERE consent.patient_id = entered.patient_id
                           AND consent.purpose_id = %(purpose)s AND consent.channel = 'email'
                      ORDER BY consent.date DESC, consent.id DESC LIMIT 1),
                       1, %(user)s, %(now)s, %(user)s, %(now)s
                  FROM (%(rows)s) AS entered (patient_id, status, reason, address)
                    ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL
                    DO UPDATE SET status = excluded.status, reason = excluded.reason,
                                  sent_at = excluded.sent_at, date = excluded.date,
                                  consent_id = excluded.consent_id
                        WHERE healthcare_communication.status != 'sent'
              RETURNING id
                """,
                mailing=self.id,
                purpose=self.consent_purpose_id.id,
                key=f'mailing:{self.id}:',
                now=fields.Datetime.now(),
                user=self.env.uid,
                rows=rows,
            )
        )
        entered = [id_ for (id_,) in self.env.cr.fetchall()]
        self.env['healthcare.communication']._seal_rows(
            'subject', dict.fromkeys(entered, self.subject)
        )
        self.env['healthcare.communication'].invalidate_model()
        self.env['res.partner'].invalidate_model(['communication_ids'])

    def _enter_each(self, patient_ids, status, reason=None):
        """Enter what became of the letters to some patients."""
        if patient_ids:
            self._enter(
                SQL(
                    'SELECT id, %s, %s, email FROM res_partner WHERE id = ANY(%s)',
                    status,
                    reason,
                    list(patient_ids),
                )
            )

    def _get_obstacles(self, patient_ids):
        """Return {patient id: reason} of those who may not be written to any more."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, reason FROM (
                    SELECT patient.id, %s AS reason
                      FROM res_partner AS patient WHERE patient.id = ANY(%s)) AS asked
                 WHERE reason IS NOT NULL
                """,
                self._get_obstacle('patient'),
                list(patient_ids),
            )
        )
        return dict(rows)

    # ------------------------------------------------------------ coming back

    def _withdraw(self, patient_id):
        """Note that a patient withdraws the consent this mailing was sent with; once."""
        self.ensure_one()
        consents = self.env['healthcare.consent'].sudo()
        purpose = self.consent_purpose_id.id
        decision, _consent = consents._decisions([patient_id], [purpose], ['email']).get(
            (patient_id, purpose, 'email'), (None, None)
        )
        if decision != 'deny' and self.env['res.partner'].browse(patient_id).exists():
            consents.create(
                {
                    'patient_id': patient_id,
                    'purpose_id': purpose,
                    'channel': 'email',
                    'decision': 'deny',
                    'method': 'link',
                }
            )
