from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .healthcare_care_task import OPEN_STATES
from .healthcare_care_task_worklist import MOST_COUNTED, count_word
from .healthcare_my_day import block

#: rows of a block; the rest is one click away
SHOWN, SHOWN_TODAY = 8, 40
#: appointments that hold, or held
EXPECTED = ('proposed', 'pending', 'booked')
SETTLED = ('arrived', 'checked-in', 'fulfilled', 'noshow')
BADGES = {
    'confirmed': ('fa-check', 'primary'),
    'arrived': ('fa-sign-in', 'info'),
    'checked-in': ('fa-sign-in', 'info'),
    'fulfilled': ('fa-check-circle', 'success'),
    'noshow': ('fa-user-times', 'danger'),
}
RED_FLAG_KEY = 'survey:%:red_flag'


class HealthcareMyDay(models.AbstractModel):
    """The days of those who work with patients."""

    _inherit = 'healthcare.my.day'

    # ------------------------------------------------------------ appointments

    @block('today', 'reception')
    @api.model
    def _block_today(self):
        """Who comes today, and whether they are there."""
        events = self.env['calendar.event']
        is_expected = self._day_domain() & Domain('appointment_status', 'in', EXPECTED)
        is_settled = self._day_domain() & Domain('appointment_status', 'in', SETTLED)
        now = fields.Datetime.now()
        # who is still to come is above who came, and of these the latest: they may be in the room
        expected = events.search(is_expected, order='start, id', limit=MOST_COUNTED + 1)
        settled = events.search(is_settled, order='start desc, id', limit=SHOWN)
        visits = expected[:SHOWN_TODAY] + settled
        return {
            'title': self.env._("Today's appointments"),
            'icon': 'fa-calendar-check-o',
            'rows': [
                self._visit_row(visit)
                | {
                    'buttons': [
                        self._button(
                            self.env._("Arrived"), visit, 'action_arrive', 'fa-sign-in', True
                        ),
                        *(
                            [
                                self._button(
                                    self.env._("No-show"), visit, 'action_noshow', 'fa-user-times'
                                )
                            ]
                            if visit.start < now
                            else []
                        ),
                    ]
                    if visit.appointment_status in EXPECTED
                    else []
                }
                for visit in visits
            ],
            'count': count_word(len(expected)),
            'empty': self._empty(
                self.env._("Nobody is booked for today. Book a patient to see them here."),
                self.env._("Appointments"),
                'healthcare_crm.calendar_event_action_appointment',
            ),
            'more': self._more_appointments(),
        }

    @block('my_patients', 'practitioner')
    @api.model
    def _block_my_patients(self):
        """The practitioner's own patients of today, with what to know of them."""
        domain = (
            self._day_domain()
            & Domain('appointment_status', 'in', (*EXPECTED, *SETTLED))
            & Domain('practitioner_id.user_id', '=', self.env.uid)
        )
        visits = self.env['calendar.event'].search(domain, order='start, id', limit=SHOWN_TODAY)
        flagged = self._flagged_tasks(Domain('patient_id', 'in', visits.patient_id.ids)).patient_id
        return {
            'title': self.env._("My patients today"),
            'icon': 'fa-user-md',
            'rows': [
                self._visit_row(visit)
                | {'badges': self._patient_badges(visit, visit.patient_id in flagged)}
                for visit in visits
            ],
            'count': len(visits),
            'empty': self._empty(
                self.env._("No patient of yours is booked for today."),
                self.env._("Appointments"),
                'healthcare_crm.calendar_event_action_appointment',
            ),
            'more': self._more_appointments(),
        }

    @block('unconfirmed', 'reception', 'call_desk')
    @api.model
    def _block_unconfirmed(self):
        """Who is booked for tomorrow and has not said that they come."""
        domain = (
            self._day_domain(1)
            & Domain('appointment_status', 'in', EXPECTED)
            & Domain('patient_response', '!=', 'accepted')
        )
        # to count them takes as long as to know which, so one search does both
        found = self.env['calendar.event'].search(domain, order='start, id', limit=MOST_COUNTED + 1)
        return {
            'title': self.env._("Not confirmed for tomorrow"),
            'icon': 'fa-question-circle-o',
            'rows': [
                self._visit_row(visit)
                | {
                    'phone': visit.patient_phone or '',
                    'badges': [],
                    'buttons': [
                        self._button(
                            self.env._("Confirmed"), visit, 'action_confirm', 'fa-check', True
                        )
                    ],
                }
                for visit in found[:SHOWN]
            ],
            'count': count_word(len(found)),
            'empty': self._empty(
                self.env._("Everybody who comes tomorrow has confirmed, or nobody is booked.")
            ),
            'more': {
                'name': self.env._("All"),
                'action': self._open_list(
                    self.env._("Not confirmed for tomorrow"), 'calendar.event', domain
                ),
            },
        }

    @block('waitlist', 'reception')
    @api.model
    def _block_waitlist(self):
        """Freed slots that were offered to somebody who waits, and has not answered."""
        entries = self.env['healthcare.waitlist.entry']
        offered = entries.search([('status', '=', 'offered')], order='id', limit=SHOWN)
        waiting = self._count(entries, [('status', '=', 'waiting')])
        return {
            'title': self.env._("Waiting list offers"),
            'icon': 'fa-hourglass-half',
            'rows': [
                {
                    'id': entry.id,
                    'when': self._moment(entry.appointment_id.start)
                    if entry.appointment_id
                    else '',
                    'title': self._patient(entry.patient_id),
                    'text': ' · '.join(
                        filter(
                            None,
                            (
                                entry.appointment_id.practitioner_id.name,
                                entry.appointment_id.service_id.name,
                            ),
                        )
                    ),
                    'phone': entry.patient_id._get_phone_to_call() or '',
                    'badges': [self._badge(self.env._("Offered"), 'fa-hand-o-right', 'info')],
                    'action': self._open_visit(entry.appointment_id)
                    if entry.appointment_id
                    else self._open_record(entry),
                }
                for entry in offered
            ],
            'count': len(offered),
            'empty': self._empty(
                self.env._(
                    "No offer is open. %s wait: a freed slot is offered to the first who fits.",
                    count_word(waiting),
                )
            ),
            'more': {
                'name': self.env._("All"),
                'action': self._open_list(
                    self.env._("Waiting list"),
                    'healthcare.waitlist.entry',
                    Domain('status', 'in', ('waiting', 'offered')),
                ),
            },
        }

    @block('enquiries', 'reception', 'call_desk')
    @api.model
    def _block_enquiries(self):
        """New enquiries, the longest waiting first."""
        new = [('state', '=', 'new')]
        found = self.env['healthcare.enquiry'].search(new, order='date, id', limit=MOST_COUNTED + 1)
        shown = found[:SHOWN]
        channels = dict(found._fields['channel']._description_selection(self.env))
        return {
            'title': self.env._("New enquiries"),
            'icon': 'fa-comments-o',
            'rows': [
                {
                    'id': enquiry.id,
                    'when': enquiry.age,
                    'title': enquiry.display_name,
                    'text': ' · '.join(
                        filter(None, (channels[enquiry.channel], enquiry.service_id.name))
                    ),
                    'phone': enquiry.phone or '',
                    'badges': [
                        self._badge(
                            self.env._("Longer than a day"), 'fa-exclamation-circle', 'danger'
                        )
                    ]
                    if enquiry.is_overdue
                    else [],
                    'buttons': [
                        self._button(
                            self.env._("Answered"), enquiry, 'action_contacted', 'fa-check', True
                        )
                    ],
                    'action': self._open_record(enquiry),
                }
                for enquiry in shown
            ],
            'count': count_word(len(found)),
            'empty': self._empty(self.env._("Nobody is waiting for an answer.")),
            'more': {
                'name': self.env._("All"),
                'action': self._open_list(self.env._("New enquiries"), 'healthcare.enquiry', new),
            },
        }

    @api.model
    def _more_appointments(self):
        return {
            'name': self.env._("All"),
            'action': 'healthcare_crm.calendar_event_action_appointment',
        }

    @api.model
    def _visit_row(self, visit):
        """Return one appointment as a row."""
        statuses = dict(visit._fields['status_badge']._description_selection(self.env))
        badge = visit.status_badge
        return {
            'id': visit.id,
            'when': self._time(visit.start),
            'title': self._patient(visit.patient_id),
            'text': ' · '.join(filter(None, (visit.practitioner_id.name, visit.service_id.name))),
            'badges': [self._badge(statuses.get(badge, ''), *BADGES.get(badge, ()))],
            'action': self._open_visit(visit),
        }

    @api.model
    def _patient_badges(self, visit, is_flagged):
        """Return the status of a visit and the alerts of its patient."""
        patient = visit.patient_id
        badges = list(self._visit_row(visit)['badges'])
        if is_flagged:
            badges.append(self._badge(self.env._("Red flag"), 'fa-flag', 'danger'))
        if patient.contact_blocked:
            badges.append(self._badge(self.env._("Do not contact"), 'fa-ban', 'danger'))
        if patient.lang and patient.lang[:2] != (self.env.user.lang or '')[:2]:
            language = self.env['res.lang']._get_data(code=patient.lang).name
            badges.append(self._badge(language or patient.lang, 'fa-language', 'info'))
        if patient.guardian_id:
            badges.append(self._badge(self.env._("Guardian decides"), 'fa-child', 'warning'))
        return badges

    # ------------------------------------------------------------ tasks

    @block('red_flags', 'nurse', 'practitioner')
    @api.model
    def _block_red_flags(self):
        """Answers in a survey that somebody has to see to; a practitioner's are of their own."""
        domain = Domain.TRUE
        if not self._has_role(('nurse',)):
            domain = Domain('patient_id.practitioner_id.user_id', '=', self.env.uid)
        return {
            'title': self.env._("Red flags"),
            'icon': 'fa-flag',
            **self._task_rows(self._flagged_tasks(domain)),
            'empty': self._empty(
                self.env._("No red flags. An alarming answer in a survey appears here at once.")
            ),
        }

    @block('tasks', 'reception', 'call_desk', 'nurse', 'practitioner')
    @api.model
    def _block_tasks(self):
        """What is to be done now by this user and their role, the most urgent first."""
        tasks = self.env['healthcare.care.task']
        now = fields.Datetime.now()
        # a desk works as one; practitioners do their own, and what is nobody's
        is_desk = self._has_role(('reception', 'call_desk', 'nurse'))
        shared = tasks._scope_domain('team' if is_desk else 'unassigned')
        # two searches: each reads its own index, one for both would read the table
        theirs, mine = (
            tasks.search(tasks._due_domain(now) & scope, limit=MOST_COUNTED + 1)
            for scope in (shared, tasks._scope_domain('mine'))
        )
        return {
            'title': self.env._("Tasks to do"),
            'icon': 'fa-phone',
            **self._task_rows((theirs[:SHOWN] | mine[:SHOWN]).sorted()[:SHOWN]),
            'count': count_word(len(theirs | mine)),
            'empty': self._empty(
                self.env._("Nothing to do right now. Workflows put calls and checks here."),
                self.env._("Worklist"),
                self._open_worklist(),
            ),
            'more': {'name': self.env._("Work through"), 'action': self._open_worklist()},
        }

    @block('followups', 'nurse')
    @api.model
    def _block_followups(self):
        """Calls and checks after a visit or an operation that fall due today."""
        tasks = self.env['healthcare.care.task']
        purposes = self.env['healthcare.consent.purpose'].search([('code', '=', 'followup')])
        domain = (
            tasks._due_domain(fields.Datetime.now())
            & Domain('purpose_id', 'in', purposes.ids)
            & Domain('role', '=', 'nurse')
        )
        return {
            'title': self.env._("Follow-ups due"),
            'icon': 'fa-heartbeat',
            **self._task_rows(tasks.search(domain, limit=SHOWN)),
            'empty': self._empty(
                self.env._("No follow-up is due. Workflows about care after a visit bring them.")
            ),
        }

    @block('callbacks', 'call_desk')
    @api.model
    def _block_callbacks(self):
        """Patients who asked to be called again, and when."""
        tasks = self.env['healthcare.care.task']
        domain = (
            Domain('state', 'in', OPEN_STATES)
            & Domain('window_start', '>', fields.Datetime.now())
            & Domain('attempts', '>', 0)
            & (tasks._scope_domain('team') | tasks._scope_domain('mine'))
        )
        found = tasks.search(domain, order='window_start, id', limit=SHOWN)
        return {
            'title': self.env._("Planned calls"),
            'icon': 'fa-clock-o',
            **self._task_rows(found),
            'empty': self._empty(
                self.env._("No call is planned. “Call back later” in the worklist plans one.")
            ),
        }

    @block('my_figures', 'call_desk', 'reception')
    @api.model
    def _block_my_figures(self):
        """What this user got done today."""
        tasks = self.env['healthcare.care.task']
        done = dict(
            tasks._read_group(
                [
                    ('completed_at', '>=', self._midnight()),
                    ('completed_by_id', '=', self.env.uid),
                ],
                ['outcome'],
                ['__count'],
            )
        )
        reached = sum(
            count for outcome, count in done.items() if outcome not in ('no_answer', 'wrong_number')
        )
        return {
            'title': self.env._("My figures today"),
            'icon': 'fa-bar-chart',
            'figures': [
                self._figure(self.env._("Tasks done"), sum(done.values()), 'fa-check'),
                self._figure(self.env._("Patients reached"), reached, 'fa-comment-o', 'success'),
                self._figure(
                    self.env._("Appointments confirmed"), done.get('confirmed', 0), 'fa-calendar'
                ),
                self._figure(
                    self.env._("No answer"), done.get('no_answer', 0), 'fa-bell-slash-o', 'warning'
                ),
            ],
        }

    @api.model
    def _flagged_tasks(self, domain):
        """Return the open tasks that a red flag raised, of those in ``domain``."""
        return self.env['healthcare.care.task'].search_fetch(
            Domain('state', 'in', OPEN_STATES)
            & Domain('priority', '=', '2')
            & Domain('idempotency_key', '=like', RED_FLAG_KEY)
            & domain,
            ['patient_id'],
            limit=SHOWN,
        )

    @api.model
    def _task_rows(self, tasks):
        """Return tasks as the ``rows`` and ``count`` of a block."""
        now = fields.Datetime.now()
        tasks = tasks._with_known_patients()
        rows = []
        for task, row in zip(tasks, tasks._worklist_rows(now), strict=True):
            tone = 'danger' if row['is_overdue'] else 'secondary'
            icon = 'fa-exclamation-triangle' if row['is_overdue'] else 'fa-clock-o'
            badges = [self._badge(row['due'], icon, tone)] if row['due'] else []
            if task.priority != '0':
                badges.append(self._badge(row['priority_name'], 'fa-star', 'warning'))
            if row['holder']:
                badges.append(
                    self._badge(self.env._("%s has it", row['holder']), 'fa-user', 'info')
                )
            rows.append(
                {
                    'id': task.id,
                    'title': self._patient(task.patient_id),
                    'text': task.name,
                    'badges': badges,
                    'action': self._open_worklist(task_id=task.id),
                }
            )
        return {'rows': rows, 'count': len(rows)}

    # ------------------------------------------------------------ what patients answered

    @block('answers', 'practitioner')
    @api.model
    def _block_answers(self):
        """Which of the practitioner's patients answered a survey lately, not what."""
        sent = self.env['healthcare.communication'].search(
            [
                ('patient_id.practitioner_id.user_id', '=', self.env.uid),
                ('survey_input_id', '!=', False),
                ('date', '>=', fields.Datetime.now() - timedelta(days=30)),
            ],
            limit=100,
        )
        # sudo: that an invitation this user may see was answered; the answers are not read
        answered = sent.filtered(lambda one: one.sudo().survey_input_id.state == 'done')[:SHOWN]
        return {
            'title': self.env._("Surveys answered"),
            'icon': 'fa-list-alt',
            'rows': [
                {
                    'id': one.id,
                    'when': self._moment(one.sudo().survey_input_id.end_datetime or one.date),
                    'title': self._patient(one.patient_id),
                    'text': one.sudo().survey_input_id.survey_id.title,
                    'badges': [self._badge(self.env._("Red flag"), 'fa-flag', 'danger')]
                    if one.sudo().survey_input_id.is_red_flag
                    else [],
                    'action': self._open_patient(one.patient_id),
                }
                for one in answered
            ],
            'count': len(answered),
            'empty': self._empty(
                self.env._("None of your patients answered a survey in the last 30 days.")
            ),
        }
