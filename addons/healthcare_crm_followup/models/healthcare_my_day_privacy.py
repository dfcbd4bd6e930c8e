from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .healthcare_care_task_worklist import MOST_COUNTED, count_word
from .healthcare_my_day import block
from .healthcare_my_day_desk import SHOWN

#: numbers of consents that are added up: clinics, purposes and channels
MOST_NUMBERS = 5000
#: messages that did not arrive, and that somebody should look at
BOUNCED = ('bad_address', 'no_address', 'provider_error')


class HealthcareMyDay(models.AbstractModel):
    """The day of the privacy officer: what has a clock first, then what waits for their judgement,
    then what became of consents, which marketing sees as numbers, too.
    """

    _inherit = 'healthcare.my.day'

    @block('incidents', 'privacy_officer')
    @api.model
    def _block_incidents(self):
        """Incidents that are not closed, and until when somebody has to be told."""
        found = self._waiting('healthcare.incident', [('state', '!=', 'closed')], 'discovered_at')
        kinds = self._labels('healthcare.incident', 'kind')
        return {
            'title': self.env._("Privacy incidents"),
            'icon': 'fa-bolt',
            'rows': [
                {
                    'id': one.id,
                    'when': self._moment(one.discovered_at),
                    'title': kinds[one.kind],
                    'text': one.display_name,
                    'badges': self._due_badges(self._next_clock(one), one.is_overdue),
                    'action': self._open_record(one),
                }
                for one in found[:SHOWN]
            ],
            'count': count_word(len(found)),
            'empty': self._empty(self.env._("No privacy incident is open.")),
            'more': self._all('healthcare_crm.healthcare_incident_action'),
        }

    @block('requests', 'privacy_officer')
    @api.model
    def _block_requests(self):
        """What patients ask about their data, what is due first first."""
        found = self._waiting(
            'healthcare.privacy.request', [('state', 'in', ('received', 'checked'))], 'due_date'
        )
        kinds = self._labels('healthcare.privacy.request', 'kind')
        return {
            'title': self.env._("Privacy requests to answer"),
            'icon': 'fa-user-secret',
            'rows': [
                {
                    'id': one.id,
                    'title': self._patient(one.patient_id),
                    'text': kinds[one.kind],
                    'badges': self._due_badges(one.due_date, one.is_overdue),
                    'action': self._open_record(one),
                }
                for one in found[:SHOWN]
            ],
            'count': count_word(len(found)),
            'empty': self._empty(self.env._("Nobody waits for an answer.")),
            'more': self._all('healthcare_crm.healthcare_privacy_request_action'),
        }

    @block('openings', 'privacy_officer')
    @api.model
    def _block_openings(self):
        """Records that were opened with a reason; nobody reviews their own."""
        found = self._waiting(
            'healthcare.break.glass',
            [('reviewed_at', '=', False), ('user_id', '!=', self.env.uid)],
            'review_due',
        )
        reasons = self._labels('healthcare.break.glass', 'reason')
        now = fields.Datetime.now()
        return {
            'title': self.env._("Opened with a reason, to review"),
            'icon': 'fa-unlock-alt',
            'rows': [
                {
                    'id': one.id,
                    'when': self._moment(one.opened_at),
                    'title': one.user_id.name,
                    'text': f'{self._patient(one.patient_id)} · {reasons[one.reason]}',
                    'badges': self._due_badges(one.review_due, one.review_due < now),
                    'action': self._open_record(one),
                }
                for one in found[:SHOWN]
            ],
            'count': count_word(len(found)),
            'empty': self._empty(self.env._("No opened record waits for a review.")),
            'more': self._all('healthcare_crm.healthcare_break_glass_action'),
        }

    @block('unusual', 'privacy_officer')
    @api.model
    def _block_unusual(self):
        """Access that nobody has explained yet, the latest first."""
        found = self._waiting('healthcare.audit.finding', [('state', '=', 'new')], 'day desc')
        kinds = self._labels('healthcare.audit.finding', 'kind')
        return {
            'title': self.env._("Unusual access to review"),
            'icon': 'fa-eye',
            'rows': [
                {
                    'id': one.id,
                    'when': format_date(self.env, one.day),
                    'title': one.user_id.name,
                    'text': self._patient(one.patient_id) if one.patient_id else '',
                    'badges': [self._badge(kinds[one.kind], 'fa-question-circle-o', 'warning')],
                    'action': self._open_record(one),
                }
                for one in found[:SHOWN]
            ],
            'count': count_word(len(found)),
            'empty': self._empty(self.env._("Nothing unusual waits for a review.")),
            'more': self._all('healthcare_crm.healthcare_audit_finding_action'),
        }

    # ------------------------------------------------------------ consents and messages

    @block('coverage', 'marketing', 'privacy_officer')
    @api.model
    def _block_coverage(self):
        """How many patients agreed to what on which channel."""
        rows = self.env['healthcare.consent.coverage'].search([], limit=MOST_NUMBERS)
        counted = rows.filtered('purpose_id')
        patients = sum(rows.mapped('patients'))
        channels = (
            self.env['healthcare.consent']._fields['channel']._description_selection(self.env)
        )
        sums = {}
        for one in counted:
            key = (one.purpose_id, one.channel)
            sums[key] = sums.get(key, 0) + one.permitted
        return {
            'title': self.env._("Consent by purpose and channel"),
            'icon': 'fa-handshake-o',
            'table': {
                'head': [label for _code, label in channels],
                'rows': [
                    {
                        'title': purpose.name,
                        'cells': [
                            self._share(sums.get((purpose, code), 0), patients)
                            for code, _label in channels
                        ],
                    }
                    for purpose in counted.purpose_id.sorted('sequence')
                ],
            },
            'foot': self.env._(
                "Of %(patients)s patients, as of %(when)s",
                patients=patients,
                when=self._moment(rows[:1].date),
            )
            if rows
            else '',
            'empty': self._empty(self.env._("Consents are counted every few hours.")),
        }

    @block('withdrawn', 'privacy_officer')
    @api.model
    def _block_withdrawn(self):
        """Who took back a consent in the last seven days."""
        decisions = self.env['healthcare.consent'].search(
            [('decision', '=', 'deny'), ('date', '>=', self._midnight(7))], limit=SHOWN
        )
        channels = dict(decisions._fields['channel']._description_selection(self.env))
        return {
            'title': self.env._("Consents withdrawn in the last 7 days"),
            'icon': 'fa-undo',
            'rows': [
                {
                    'id': one.id,
                    'when': self._moment(one.date),
                    'title': self._patient(one.patient_id),
                    'text': f'{one.purpose_id.name} · {channels[one.channel]}',
                    'badges': [],
                    'action': self._open_patient(one.patient_id),
                }
                for one in decisions
            ],
            'count': len(decisions),
            'empty': self._empty(self.env._("Nobody withdrew a consent.")),
        }

    @block('bounces', 'privacy_officer')
    @api.model
    def _block_bounces(self):
        """Wrong addresses, refusals and patients who were never asked."""
        ledger = self.env['healthcare.communication']
        bounced = (
            Domain('status', '=', 'failed')
            & Domain('reason', 'in', BOUNCED)
            & Domain('date', '>=', self._midnight(7))
        )
        coverage = self.env['healthcare.consent.coverage'].search([('purpose_id', '=', False)])
        refused = self._count(
            self.env['healthcare.consent'],
            [
                ('decision', '=', 'deny'),
                ('method', 'in', ('link', 'reply')),
                ('date', '>=', self._midnight(7)),
            ],
        )
        name = self.env._("Messages that did not arrive")
        return {
            'title': self.env._("Reach and refusals"),
            'icon': 'fa-shield',
            'figures': [
                self._figure(
                    name,
                    count_word(self._count(ledger, bounced)),
                    'fa-reply',
                    'warning',
                    self._open_list(name, 'healthcare.communication', bounced),
                ),
                self._figure(self.env._("Opted out by themselves"), count_word(refused), 'fa-ban'),
                self._figure(
                    self.env._("Patients never asked"),
                    sum(coverage.mapped('unasked')),
                    'fa-question-circle-o',
                ),
            ],
        }

    # ------------------------------------------------------------ parts of blocks

    @api.model
    def _waiting(self, model, domain, order):
        """Return what waits, no more than is told as a number."""
        return self.env[model].search(domain, order=f'{order}, id', limit=MOST_COUNTED + 1)

    @api.model
    def _labels(self, model, name):
        return dict(self.env[model]._fields[name]._description_selection(self.env))

    @api.model
    def _next_clock(self, incident):
        """Return until when somebody who does not know yet has to be told, if anybody has."""
        clocks = (
            (incident.authority_due, incident.authority_told_at),
            (incident.patients_due, incident.patients_told_at),
        )
        return min((due for due, told in clocks if due and not told), default=None)

    @api.model
    def _due_badges(self, due, is_late):
        if is_late:
            return [self._badge(self.env._("Overdue"), 'fa-exclamation-triangle', 'danger')]
        if not due:
            return []
        day = format_date(self.env, due)
        return [self._badge(self.env._("Due %s", day), 'fa-clock-o')]

    @api.model
    def _all(self, action):
        return {'name': self.env._("All"), 'action': action}

    @api.model
    def _share(self, part, whole):
        """Return a number and its share of all."""
        percent = round(100 * part / whole) if whole else 0
        return {'value': part, 'percent': percent}
