from odoo import fields, models
from odoo.fields import Domain

from ..overview import badge, fact, row
from ..sensitive import GROUP_STAFF
from .healthcare_communication import NOT_SENT_STATUSES, SENT_STATUSES

#: rows of a block; the rest is one click away
SHOWN, SHOWN_VISITS = 5, 3
#: of appointments that have not begun; many patients are there before
COMING = ('proposed', 'pending', 'booked', 'waitlist', 'arrived', 'checked-in')
_VISIT_BADGES = {
    'confirmed': ('fa-check', 'primary'),
    'arrived': ('fa-sign-in', 'info'),
    'checked-in': ('fa-sign-in', 'info'),
    'fulfilled': ('fa-check-circle', 'success'),
    'noshow': ('fa-user-times', 'danger'),
    'cancelled': ('fa-ban', 'secondary'),
}
_REFERRAL_ICONS = {
    'active': ('fa-paper-plane-o', 'info'),
    'completed': ('fa-check-circle', 'success'),
    'on-hold': ('fa-pause', 'secondary'),
    'draft': ('fa-pencil', 'secondary'),
}
_CHANNEL_ICONS = {
    'email': 'fa-envelope-o',
    'sms': 'fa-mobile',
    'call': 'fa-phone',
    'letter': 'fa-file-text-o',
}


class ResPartner(models.Model):
    """The blocks of the 360° view for whoever sees the patient, and for the desk."""

    _inherit = 'res.partner'

    # ------------------------------------------------------------ who and how to reach

    def _overview_contact(self):
        phone = self._get_phone_to_call()
        # an address in one line
        lines = map(str.strip, self._display_address(True).split('\n'))
        address = ', '.join(filter(None, lines))
        facts = [
            fact(self.env._("Phone"), self.phone, 'fa-phone', self.phone and f'tel:{self.phone}'),
            fact(
                self.env._("E-mail"),
                self.email,
                'fa-envelope-o',
                self.email and f'mailto:{self.email}',
            ),
            fact(self.env._("Preferred channel"), self._overview_label(self, 'preferred_channel')),
            fact(self.env._("Language"), self._overview_language()),
            fact(self.env._("Address"), address),
            fact(self.env._("Practitioner"), self.practitioner_id.display_name),
            fact(self.env._("Occupation"), self.occupation),
            fact(self.env._("Stage"), self._overview_label(self, 'lifecycle_stage')),
            fact(self.env._("Source"), self.source_id.display_name),
        ]
        if phone != self.phone:
            # those who decide for a minor come first
            facts.insert(
                0,
                fact(
                    self.env._("Call"),
                    phone,
                    'fa-phone',
                    f'tel:{phone}',
                    hint=self.env._("Guardian: %s", self.guardian_id.name),
                ),
            )
        is_staff = self.env.user.has_group(GROUP_STAFF)
        return {
            'facts': [one for one in facts if one['value']],
            'add': is_staff and {'label': self.env._("Log a Call"), 'method': 'action_log_call'},
            'more': is_staff and {'label': self.env._("Edit"), 'page': 'details'},
            'empty': self.env._("No phone, no e-mail: write down how to reach the patient."),
        }

    def _overview_language(self):
        languages = dict(self.env['res.lang'].get_installed())
        return len(languages) > 1 and languages.get(self.lang)

    # ------------------------------------------------------------ appointments

    def _overview_appointments(self):
        events = self.env['calendar.event']
        mine = Domain('is_appointment', '=', True) & Domain('patient_id', '=', self.id)
        now = fields.Datetime.now()
        coming = events.search_fetch(
            mine & Domain('start', '>=', now) & Domain('appointment_status', 'in', COMING),
            order='start, id',
            limit=SHOWN_VISITS,
        )
        past = events.search_fetch(
            mine
            & Domain('start', '<', now)
            & Domain('appointment_status', '!=', 'entered-in-error'),
            order='start desc, id desc',
            limit=SHOWN_VISITS,
        )
        is_staff = self.env.user.has_group(GROUP_STAFF)
        return {
            'rows': [self._overview_visit(visit, now) for visit in coming | past],
            'empty': self.env._("No appointments yet."),
            'add': is_staff
            and {'label': self.env._("New Appointment"), 'method': 'action_new_appointment'},
            'more': {'label': self.env._("All"), 'method': 'action_view_appointments'},
        }

    def _overview_visit(self, visit, now):
        icon, tone = _VISIT_BADGES.get(visit.status_badge, ('fa-clock-o', 'secondary'))
        return row(
            visit,
            visit.service_id.display_name or self.env._("Appointment"),
            visit.practitioner_id.display_name,
            self._overview_moment(visit.start),
            [badge(self._overview_label(visit, 'status_badge'), icon, tone)],
            self._overview_open(
                visit, 'healthcare_crm.calendar_event_view_form_appointment', dialog=False
            ),
            muted=visit.start < now,
        )

    # ------------------------------------------------------------ household and guardian

    def _overview_household(self):
        patients = self.search_fetch(
            Domain('is_patient', '=', True) & self._near_domain(), limit=SHOWN
        )
        return {
            'rows': [self._overview_relative(person) for person in self.guardian_id | patients],
            'empty': self.env._("Nobody is named who lives with the patient or decides for them."),
            'note': self.household_id.name,
            'add': {'label': self.env._("Edit"), 'page': 'details'},
        }

    def _near_domain(self):
        """Return the domain of those this patient lives with or decides for."""
        near = Domain('guardian_id', '=', self.id)
        if self.household_id:
            near |= Domain('household_id', '=', self.household_id.id)
        return near & Domain('id', '!=', self.id)

    def _overview_relative(self, person):
        roles = []
        if person == self.guardian_id:
            roles.append(badge(self.env._("Guardian"), 'fa-shield', 'info'))
        if person.guardian_id == self:
            roles.append(badge(self.env._("Decides for"), 'fa-child', 'info'))
        if self.household_id and person.household_id == self.household_id:
            roles.append(badge(self.env._("Lives with"), 'fa-home'))
        return row(
            person,
            person.with_context(show_patient_identity=True).display_name,
            person.phone,
            badges=roles,
            action=self._overview_open_patient(person),
        )

    # ------------------------------------------------------------ insurance

    def _overview_coverage(self, limit=SHOWN):
        coverages = self.env['healthcare.coverage'].search_fetch(
            Domain('patient_id', '=', self.id) & Domain('status', '!=', 'entered-in-error'),
            limit=limit,
        )
        today = self._overview_today()
        valid = any(coverage.is_valid for coverage in coverages)
        return {
            'rows': [self._overview_one_coverage(coverage, today) for coverage in coverages],
            'empty': self.env._("Nothing is known about who pays."),
            'note': ''
            if valid or not coverages
            else self.env._("No insurance is valid today: ask before the visit."),
            'add': self._overview_add(self.env._("Add Insurance"), 'healthcare.coverage'),
            'more': self._overview_all(self.env._("Insurance"), 'healthcare.coverage'),
        }

    def _overview_one_coverage(self, coverage, today):
        kind = self._overview_label(coverage, 'kind')
        payer = coverage.payer_id.display_name
        return row(
            coverage,
            payer or kind,
            ' · '.join(
                filter(None, [payer and kind, coverage.plan, coverage.member_number_masked])
            ),
            badges=[self._overview_validity(coverage, today)],
            action=self._overview_open(coverage),
            muted=not coverage.is_valid,
        )

    def _overview_validity(self, coverage, today):
        """Return in a word whether an insurance pays today."""
        start, end = coverage.start_date, coverage.end_date
        if coverage.status != 'active':
            return badge(self._overview_label(coverage, 'status'), 'fa-question-circle-o')
        if end and end < today:
            return badge(
                self.env._("Ended on %s", self._overview_day(end)), 'fa-times-circle', 'danger'
            )
        if start and start > today:
            return badge(
                self.env._("Begins on %s", self._overview_day(start)), 'fa-clock-o', 'warning'
            )
        if end:
            return badge(
                self.env._("Valid until %s", self._overview_day(end)), 'fa-check-circle', 'success'
            )
        return badge(self.env._("Valid"), 'fa-check-circle', 'success')

    # ------------------------------------------------------------ referrals

    def _overview_referrals(self):
        referrals = self.env['healthcare.referral'].search_fetch(
            Domain('patient_id', '=', self.id)
            & Domain('status', 'not in', ('revoked', 'entered-in-error')),
            limit=SHOWN,
        )
        return {
            'rows': [self._overview_referral(referral) for referral in referrals],
            'empty': self.env._("No referrals."),
            'add': self._overview_add(self.env._("New Referral"), 'healthcare.referral'),
            'more': self._overview_all(self.env._("Referrals"), 'healthcare.referral'),
        }

    def _overview_referral(self, referral):
        icon, tone = _REFERRAL_ICONS.get(referral.status, ('fa-circle-o', 'secondary'))
        badges = [badge(self._overview_label(referral, 'status'), icon, tone)]
        if referral.is_overdue:
            badges.insert(0, badge(self.env._("Overdue"), 'fa-exclamation-triangle', 'danger'))
        if referral.priority != 'routine':
            badges.insert(
                0, badge(self._overview_label(referral, 'priority'), 'fa-bolt', 'warning')
            )
        return row(
            referral,
            referral.display_name,
            self._overview_label(referral, 'direction'),
            self._overview_day(referral.sent_at or referral.create_date),
            badges,
            self._overview_open(referral),
            muted=referral.status == 'completed',
        )

    # ------------------------------------------------------------ consents and contacts

    def _overview_consents(self):
        consents = self.env['healthcare.consent']
        purposes = self.env['healthcare.consent.purpose'].search_fetch([('active', '=', True)])
        channels = consents._fields['channel']._description_selection(self.env)
        codes = [code for code, _label in channels]
        decisions = consents._decisions(self.ids, purposes.ids, codes)
        words = {
            'permit': badge(self.env._("Agreed"), 'fa-check', 'success'),
            'deny': badge(self.env._("Refused"), 'fa-times', 'danger'),
            None: badge(self.env._("Never asked"), 'fa-minus', 'muted'),
        }
        return {
            'head': [label for _code, label in channels],
            'table': [
                {
                    'title': purpose.name,
                    'cells': [
                        words[decisions.get((self.id, purpose.id, code), (None, None))[0]]
                        for code in codes
                    ],
                }
                for purpose in purposes
            ],
            'empty': self.env._("There are no purposes to consent to yet."),
            'add': self._overview_method(
                self.env._("Record Consent"), 'action_record_consent', 'healthcare.consent'
            ),
            'more': self._overview_all(self.env._("Consents"), 'healthcare.consent'),
        }

    def _overview_contacts(self):
        messages = self.env['healthcare.communication'].search_fetch(
            [('patient_id', '=', self.id)], limit=SHOWN
        )
        return {
            'rows': [
                row(
                    message,
                    message.summary,
                    '',
                    self._overview_moment(message.date),
                    [self._overview_message_badge(message)],
                    self._overview_open(message),
                )
                for message in messages
            ],
            'empty': self.env._("Nothing was sent or received yet."),
            'more': {'label': self.env._("All"), 'method': 'action_view_communications'},
        }

    def _overview_message_badge(self, message):
        icon, tone = _CHANNEL_ICONS.get(message.channel, 'fa-comment-o'), 'secondary'
        if message.status in (*SENT_STATUSES, 'received'):
            tone = 'success'
        elif message.status in NOT_SENT_STATUSES:
            tone = 'warning'
        return badge(self._overview_label(message, 'status'), icon, tone)
