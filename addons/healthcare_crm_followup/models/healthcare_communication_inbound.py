import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from odoo.addons.healthcare_crm import letters

from ..engine import placeholders
from ..engine.steps.message import REPLIED
from ..inbound import reports, words

_logger = logging.getLogger(__name__)

#: What a report tells workflows; ``sent`` is no news to them.
REPORT_HAPPENINGS = {'delivered': 'message_delivered', 'failed': 'message_bounced'}
#: Messages that may have reached somebody, who may answer them.
ANSWERABLE = ('sending', 'sent', 'delivered', 'unknown')
#: As many messages to one number are looked at for the one that is answered.
RECENT = 20


class HealthcareCommunication(models.Model):
    """What comes back: reports, replies, opens and clicks; a subject of its own, hence a file of
    its own. All of it runs in sudo: who brings it has no rights, or is a robot."""

    _inherit = 'healthcare.communication'

    is_sender_known = fields.Boolean(
        readonly=True,
        help="It came from an address of the patient or the guardian. What came from another one "
        "is kept, but changes no consent.",
    )
    opened_at = fields.Datetime(string="Opened On", readonly=True, copy=False)
    clicked_at = fields.Datetime(string="Link Followed On", readonly=True, copy=False)

    _sms_address_idx = models.Index(
        "(address, id DESC) WHERE channel = 'sms' AND direction = 'out'"
    )

    # ------------------------------------------------------------
    # Reports
    # ------------------------------------------------------------

    def _take_report(self, status, reason=None, detail=None, provider_ref=None):
        """Take in what the provider reports of this message, unless it is old news.

        :param status: a key of :data:`.reports.PROGRESS`
        :return: whether it was news
        """
        self.ensure_one()
        if not reports.leads_on(self.status, status):
            return False
        was_unknown = self.status == 'unknown'
        self._set_result(status, reason, detail, provider_ref)
        if status == 'delivered' and not self.sent_at:
            # the report was quicker than the provider's answer
            self.sent_at = self.date
        if was_unknown:
            # nobody need ask any more whether it arrived
            self._close_tasks()
        if status in REPORT_HAPPENINGS:
            code = REPORT_HAPPENINGS[status]
            event = self.env['healthcare.workflow.event']
            event._answered(self, status)
            event._happened(code, self, keys=[f'{code}:{self.id}'])
        return True

    @api.model
    def _take_notice(self, letter, parsed):
        """Take in a mail server's notice about one of our letters.

        :param letter: the :class:`email.message.EmailMessage`
        :param parsed: what ``mail.thread`` found in it
        """
        found = letters.notice(letter)
        if found is None:
            self._take_letter(letter, parsed)
            return
        status, reason, detail = found
        message = self._find_letter(parsed.get('bounced_msg_ids') or letters.references(letter))
        if message and status:
            message._take_report(status, reason, detail)

    def _find_letter(self, references):
        """Return the letter of ours with the first of these Message-Ids that is one."""
        if not references:
            return self.browse()
        found = self.search(
            [
                ('provider_ref', 'in', references),
                ('channel', '=', 'email'),
                ('direction', '=', 'out'),
            ]
        )
        return found.sorted(lambda message: references.index(message.provider_ref))[:1]

    # ------------------------------------------------------------
    # Replies
    # ------------------------------------------------------------

    @api.model
    def _take_letter(self, letter, parsed):
        """File ``letter`` if it answers one of ours; return whether it does.

        :param letter: the :class:`email.message.EmailMessage`
        :param parsed: what ``mail.thread`` found in it
        """
        original = self._find_letter(letters.references(letter))
        if not original:
            return False
        sender = email_normalize(parsed.get('email_from') or '')
        patient = original.patient_id
        known = (original.address, patient.email, patient.guardian_id.email)
        ours = {email_normalize(address) for address in known if address} - {False}
        text = letters.own_words(letter)
        if files := letters.attachments(letter):
            left_out = self.env._("Files that came along were not kept: %s", ', '.join(files))
            text = f'{text}\n\n{left_out}'.strip()
        self._file_reply(
            original,
            patient,
            {
                'channel': 'email',
                'idempotency_key': f'email:{parsed["message_id"]}',
                'provider_ref': parsed['message_id'],
                'address': sender,
                'subject': parsed.get('subject'),
                'body': text,
                'is_sender_known': sender in ours,
            },
            is_automatic=letters.is_automatic(letter),
        )
        return True

    @api.model
    def _take_sms(self, companies, number, text, sid):
        """File a short message that came to one of ``companies`` from ``number``.

        Whose it is, and what it is about, says the last message that went to that number. A number
        nobody knows is filed nowhere, nor is what it wrote.

        :param sid: the provider's number of the message
        """
        original = self.search(
            [
                ('address', '=', number),
                ('channel', '=', 'sms'),
                ('direction', '=', 'out'),
                ('status', 'in', ANSWERABLE),
            ],
            order='id DESC',
            limit=RECENT,
        ).filtered(lambda message: message._get_clinic() <= companies)[:1]
        patient = original.patient_id or self._find_patient(companies, number)
        if not patient:
            _logger.info('A text message from a number of no patient was not kept (%s)', sid)
            return
        self._file_reply(
            original,
            patient,
            {
                'channel': 'sms',
                'idempotency_key': f'sms:{sid}',
                'provider_ref': sid,
                'address': number,
                'body': text.replace('\0', '')[: letters.MAX_TEXT],
                'is_sender_known': True,
            },
        )

    def _get_clinic(self):
        """Return the clinic this is about; an empty record where every clinic shares the
        patient."""
        self.ensure_one()
        return self.appointment_id.company_id or self.patient_id.company_id

    def _find_patient(self, companies, number):
        """Return the one patient with this number, an empty record for none or several."""
        found = self.env['res.partner'].search(
            Domain('is_patient', '=', True)
            & Domain('phone_sanitized', '=', number)
            & Domain('company_id', 'in', [False, *companies.ids]),
            limit=2,
        )
        return found if len(found) == 1 else found.browse()

    def _file_reply(self, original, patient, values, is_automatic=False):
        """Enter a reply in the ledger, once, and let the workflow hear of it.

        :param original: the message it answers; may be empty
        :param values: the reply's own fields
        :param is_automatic: a program answered: it is filed, and nobody is told
        """
        key = values['idempotency_key']
        if self.search_count([('idempotency_key', '=', key)], limit=1):
            return
        reply = self.create(
            {
                'patient_id': patient.id,
                'direction': 'in',
                'status': 'received',
                'purpose_id': original.purpose_id.id,
                'appointment_id': original.appointment_id.id,
                'enrollment_id': original.enrollment_id.id,
                'step_key': original.step_key,
                'visit': original.visit,
                'lang': original.lang,
                **values,
            }
        )
        if is_automatic:
            return
        text = reply.body or ''
        step = original._get_step() if original else {}
        replies = step.get('replies') or ()
        way = words.match_reply(replies, text)
        event = self.env['healthcare.workflow.event']
        event._happened('message_replied', reply)
        event._answered(original, way if way in (step.get('next') or {}) else REPLIED)
        is_asked = words.is_asked_for(text, replies)
        if reply.is_sender_known and words.is_opt_out(text, is_asked):
            reply._opt_out()

    def _opt_out(self):
        """Record that the patient refuses this purpose on this channel.

        A message to nothing in particular refuses every purpose. An appointment is never touched:
        whether it is meant is for people to ask.
        """
        self.ensure_one()
        patient = self.patient_id
        purposes = self.purpose_id or self.purpose_id.search([('active', '=', True)])
        decisions = self.env['healthcare.consent']._decisions(
            patient.ids, purposes.ids, [self.channel]
        )
        refused = purposes.filtered(
            lambda purpose: decisions.get((patient.id, purpose.id, self.channel), [''])[0] != 'deny'
        )
        self.env['healthcare.consent'].create(
            [
                {
                    'patient_id': patient.id,
                    'purpose_id': purpose.id,
                    'channel': self.channel,
                    'decision': 'deny',
                    'method': 'reply',
                    'given_by_id': self._get_guardian_who_wrote().id,
                }
                for purpose in refused
            ]
        )
        if refused:
            self.env['healthcare.workflow.event']._happened('opted_out', self)
        if self.appointment_id and self.appointment_id._patient_can_answer():
            self._ask_about_appointment()

    def _get_guardian_who_wrote(self):
        """Return the guardian if the reply came from an address that is not the patient's."""
        patient = self.patient_id
        field = 'email_normalized' if self.channel == 'email' else 'phone_sanitized'
        guardian = patient.guardian_id
        if guardian and self.address == guardian[field] and self.address != patient[field]:
            return guardian
        return guardian.browse()

    def _ask_about_appointment(self):
        """Let reception ask, once, whether a word like "cancel" meant the appointment."""
        appointment = self.appointment_id
        task = self.env['healthcare.care.task'].with_context(
            lang=(self._get_clinic() or self.env.company).partner_id.lang
        )
        key = f'opted_out:{appointment.id}'
        if task.search_count([('idempotency_key', '=', key)], limit=1):
            return
        now = fields.Datetime.now()
        refuses_calls = (
            self.env['healthcare.consent']
            ._decisions(self.patient_id.ids, self.purpose_id.ids, ['call'])
            .get((self.patient_id.id, self.purpose_id.id, 'call'), [''])[0]
            == 'deny'
        )
        task.create(
            {
                'idempotency_key': key,
                'name': task.env._("Ask whether the appointment is to be cancelled"),
                'patient_id': self.patient_id.id,
                'appointment_id': appointment.id,
                'purpose_id': self.purpose_id.id,
                'company_id': appointment.company_id.id,
                'task_type': 'check' if refuses_calls else 'call',
                'role': 'reception',
                'priority': '1',
                'window_start': now,
                'window_end': min(now + timedelta(days=1), appointment.start),
            }
        )

    # ------------------------------------------------------------
    # Opens and clicks
    # ------------------------------------------------------------

    def _set_seen(self, outcome):
        """Note that the patient ``opened`` or ``clicked`` this message; the first time counts."""
        self.ensure_one()
        field = f'{outcome}_at'
        if self[field]:
            return
        self[field] = fields.Datetime.now()
        event = self.env['healthcare.workflow.event']
        event._answered(self, outcome)
        event._happened(f'message_{outcome}', self, keys=[f'{outcome}:{self.id}'])

    def _get_link(self, name):
        """Return our own link ``name`` (a placeholder) of this message, made anew; ``None`` where
        it leads nowhere, or to somebody else's appointment by now."""
        self.ensure_one()
        appointment = self.appointment_id
        is_theirs = not appointment or appointment.patient_id == self.patient_id
        if not (is_theirs and name and name.endswith('_link')):
            return None
        lang = self.lang or self.patient_id.lang
        values = placeholders.values(self.env, self.patient_id, appointment, lang, {name}, self)
        return values.get(name)
