import re
from collections import Counter
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, LazyTranslate, format_date, format_datetime, format_time

from odoo.addons.healthcare_crm.models.res_partner import PHONE_LIKE
from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

from ..engine import clock, placeholders, render
from .healthcare_care_task import OPEN_STATES, ROLES

_lt = LazyTranslate(__name__)

#: A task that is open in a worklist is kept for its reader so long; the page asks again meanwhile.
HOLD = timedelta(minutes=3)
#: rows of the queue, and of what comes later
SHOWN, SHOWN_LATER = 50, 10
#: Beyond that a tab says "999+": nobody works off more than that by counting them.
MOST_COUNTED = 999
#: tasks that a search looks further into; who finds more than that types another letter
MOST_FOUND = 5000
#: what an index finds inside a name has so many characters at least
SHORTEST = 3
#: How many free tasks are tried for one that nobody takes in the same moment.
TRIED = 20
#: what was done before, shown with a task
SHOWN_BEFORE = 5
#: A call promised for a time is made within an hour of it.
PROMISED = timedelta(hours=1)
#: What is put off longer is forgotten.
LATEST = timedelta(days=366)
AFTERNOON, MORNING = time(14), time(9)
COMING = ('proposed', 'pending', 'booked')
#: whose tasks -> the name of their tab
SCOPES = {
    'mine': _lt("My tasks"),
    'team': _lt("My team's"),
    'unassigned': _lt("Unassigned"),
    'all': _lt("Everybody's"),
}
#: outcome -> (its key, what its button says, the icon); those of a step's own follow with 6 to 9
ABOUT_VISIT = {
    'confirmed': ('1', _lt("Confirmed"), 'fa-check'),
    'rescheduled': ('2', _lt("Another time"), 'fa-calendar'),
    'cancelled': ('3', _lt("Cancels"), 'fa-times'),
}
DONE = {'reached': ('1', _lt("Done"), 'fa-check')}
UNREACHED = {
    'no_answer': ('4', _lt("No answer"), 'fa-bell-slash-o'),
    'wrong_number': ('5', _lt("Wrong number"), 'fa-ban'),
}
OWN_KEYS = ('6', '7', '8', '9')


def count_word(count):
    """Return a number as people read it, who need not know how many more than many."""
    return f'{MOST_COUNTED}+' if count > MOST_COUNTED else str(count)


class HealthcareCareTask(models.Model):
    """The worklist: who works on what, what comes next, and what a caller has to know.

    A task that somebody has open is *held* for them: nobody else is led to it. That is a lease, not
    an assignment; it ends when they leave it, or by itself when their page is gone.
    """

    _inherit = 'healthcare.care.task'

    attempts = fields.Integer(
        copy=False, readonly=True, help="How often it was put off until the patient can talk."
    )
    held_by_id = fields.Many2one(
        'res.users', string="Open At", copy=False, readonly=True, help="Who has it on their screen."
    )
    held_until = fields.Datetime(copy=False, readonly=True)
    hours_to_done = fields.Float(
        compute='_compute_hours_to_done',
        store=True,
        aggregator='avg',
        string="Hours Until Done",
        help="From the moment it was to be done to the moment it was.",
    )

    # in the order of the worklist: a page of it is read from the index, whoever's it is
    _worklist_idx = models.Index(
        "(priority DESC, window_end, id) WHERE state IN ('requested', 'in-progress')"
    )
    _team_idx = models.Index(
        "(role, priority DESC, window_end, id) WHERE state IN ('requested', 'in-progress')"
    )
    _unassigned_idx = models.Index(
        "(role, priority DESC, window_end, id) "
        "WHERE state IN ('requested', 'in-progress') AND user_id IS NULL"
    )
    _purpose_idx = models.Index(
        "(purpose_id, role, priority DESC, window_end, id) "
        "WHERE state IN ('requested', 'in-progress')"
    )
    _later_idx = models.Index("(window_start) WHERE state IN ('requested', 'in-progress')")
    _held_idx = models.Index('(held_by_id) WHERE held_by_id IS NOT NULL')
    _done_idx = models.Index('(completed_at, completed_by_id) WHERE completed_at IS NOT NULL')

    @api.depends('completed_at')
    def _compute_hours_to_done(self):
        for task in self:
            since = task.window_start or task.create_date
            spent = task.completed_at - since if task.completed_at and since else timedelta()
            task.hours_to_done = max(spent.total_seconds() / 3600, 0)

    # ------------------------------------------------------------ the screen

    @api.model
    def worklist_load(self, view, task_id=None, without=()):
        """Return what the worklist shows; take a task where one is asked for.

        :param dict view: ``scope`` (one of :data:`SCOPES`; empty: mine if there is any, else my
            team's), ``role``, ``company``, ``workflow``, ``type``, ``search``
        :param task_id: the task to open, ``'next'`` for the first that is free, empty for none
        :param without: ids of tasks whose outcome is on its way
        :return: ``{scope, scopes, tasks, more, later, card, is_lead}``
        """
        self.browse().check_access('read')
        now = fields.Datetime.now()
        narrowed = self._worklist_narrowed(view) & Domain('id', 'not in', list(without))
        due = narrowed & self._due_domain(now)
        queues = self._search_each(
            {scope: due & self._scope_domain(scope) for scope in self._get_scopes()}
        )
        scope = view.get('scope')
        if scope not in queues:
            # who has nothing of their own helps the team
            scope = next(one for one in queues if queues[one] or one != 'mine')
        mine = self._scope_domain(scope)
        is_search = bool(view.get('search'))
        tasks = self.search(narrowed & mine, limit=SHOWN + 1) if is_search else queues[scope]
        later = (
            self.browse()
            if is_search
            else self.search(
                narrowed & mine & Domain('window_start', '>', now),
                limit=SHOWN_LATER,
                order='window_start, id',
            )
        )
        opened = self._open_for_me(due & mine, task_id, now, without)
        return {
            'scope': scope,
            'scopes': [
                {
                    'code': code,
                    'name': self.env._(SCOPES[code]),
                    'count': count_word(len(queue)),
                }
                for code, queue in queues.items()
            ],
            'tasks': tasks[:SHOWN]._with_known_patients()._worklist_rows(now),
            'more': len(tasks) > SHOWN,
            'later': later._with_known_patients()._worklist_rows(now),
            'card': opened._worklist_card(now) if opened else None,
            'is_lead': self._is_lead(),
        }

    @api.model
    def worklist_filters(self):
        """Return what the worklist can be narrowed to: ``{role, company, workflow, type}``, each a
        list of [value, name]."""
        self.browse().check_access('read')
        workflows = self.env['healthcare.workflow'].search([('state', '!=', 'draft')], limit=200)
        return {
            'role': self._fields['role']._description_selection(self.env),
            'company': [[one.id, one.name] for one in self.env.companies]
            if len(self.env.companies) > 1
            else [],
            'workflow': [[one.id, one.name] for one in workflows],
            'type': self._fields['task_type']._description_selection(self.env),
        }

    def worklist_release(self):
        """Let others have the tasks this user has open."""
        self.check_access('read')
        self._release()
        return True

    @api.model
    def _search_each(self, domains):
        """Return {key: the first tasks of that domain}, of all domains in one query.

        Each is read in the order of the list, from its own index, where a count of them, or one
        condition for all, would read the table.
        """
        queries = {
            key: self._search(domain, limit=MOST_COUNTED + 1, order=self._order)
            for key, domain in domains.items()
        }
        self.flush_model()
        found = dict.fromkeys(domains, ())
        found |= self.env.execute_query(
            SQL(' UNION ALL ').join(
                SQL('SELECT %s, ARRAY(%s)', key, query.select()) for key, query in queries.items()
            )
        )
        return {key: self.browse(ids) for key, ids in found.items()}

    @api.model
    def _is_lead(self):
        """Return whether this user gives work to others."""
        return self.env.user.has_group('healthcare_crm_followup.group_team_lead')

    @api.model
    def _check_lead(self):
        if not self._is_lead():
            raise AccessError(
                self.env._("Only team leads and clinic administrators see the workload.")
            )

    @api.model
    def _get_scopes(self):
        """Return the tabs of this user: an administrator without a role has no team."""
        scopes = ['mine', 'team', 'unassigned'] if self._get_my_roles() else ['mine', 'unassigned']
        return [*scopes, 'all'] if self._is_lead() else scopes

    @api.model
    def _scope_domain(self, scope):
        """Return the domain of the tasks in a tab."""
        roles = self._get_my_roles()
        team = Domain('role', 'in', roles) if roles else Domain.TRUE
        return {
            'mine': Domain('user_id', '=', self.env.uid),
            'team': team,
            'unassigned': team & Domain('user_id', '=', False),
            'all': Domain.TRUE,
        }[scope]

    @api.model
    def _due_domain(self, now):
        """Return the domain of the tasks to be done now."""
        return Domain('state', 'in', OPEN_STATES) & (
            Domain('window_start', '=', False) | Domain('window_start', '<=', now)
        )

    @api.model
    def _worklist_narrowed(self, view):
        """Return the domain of the open tasks the reader narrowed the list to."""
        domain = Domain('state', 'in', OPEN_STATES)
        for name, field in (
            ('role', 'role'),
            ('company', 'company_id'),
            ('type', 'task_type'),
            ('workflow', 'enrollment_id.workflow_id'),
        ):
            if view.get(name):
                domain &= Domain(field, '=', view[name])
        if search := (view.get('search') or '').strip():
            domain &= self._find_open(search)
        return domain

    @api.model
    def _find_open(self, search):
        """Return the domain of open tasks with these words in their name, or whose patient is known
        by this name, number or phone; of very many the first."""
        patients = self._find_patients(search) if len(search) >= SHORTEST else ()
        if len(search) >= SHORTEST and len(patients) <= MOST_FOUND:
            return Domain('patient_id', 'in', patients) | Domain('name', 'ilike', search)
        return Domain('id', 'in', self._find_by_name(search))

    @api.model
    def _find_patients(self, search):
        """Return the ids of the patients who are known by this name, number or phone; of more than
        :data:`MOST_FOUND` some."""
        # sudo: whom a search found is seen only in tasks the user may read
        patients = self.env['res.partner'].sudo().with_context(active_test=False)
        known = Domain('complete_name', 'ilike', search) | Domain.OR(
            Domain('patient_number', '=like', f'{spelt}%')
            for spelt in {search, search.upper(), search.lower()}
        )
        domains = [known]
        if (
            PHONE_LIKE.fullmatch(search)
            and len(digits := re.sub(r'\D', '', search).lstrip('0')) > 3
        ):
            domains.append(Domain('phone_mobile_search', 'ilike', digits))
            patients.flush_model(['phone'])
        return {
            patient_id
            for domain in domains
            for patient_id in patients._search(
                Domain('is_patient', '=', True) & domain, limit=MOST_FOUND + 1, order='id'
            )
        }

    @api.model
    def _find_by_name(self, search):
        """Return the ids of open tasks with this in their name or their patient's: the way round
        for what very many patients, or two Chinese characters, have in common."""
        # sudo: as above
        patients = self.env['res.partner'].sudo()
        of_patient = patients._search(Domain('complete_name', 'ilike', search)).where_clause
        of_task = self.sudo()._search(Domain('name', 'ilike', search)).where_clause
        self.flush_model()
        patients.flush_model()
        return [
            task_id
            for (task_id,) in self.env.execute_query(
                SQL(
                    """
                    WITH healthcare_care_task AS MATERIALIZED (
                        SELECT id, name, patient_id FROM healthcare_care_task
                         WHERE state IN %s ORDER BY priority DESC, window_end, id
                    )
                    SELECT healthcare_care_task.id
                      FROM healthcare_care_task
                     CROSS JOIN LATERAL (SELECT * FROM res_partner
                                          WHERE id = healthcare_care_task.patient_id
                                         OFFSET 0) AS res_partner
                     WHERE (%s) OR (%s) LIMIT %s
                    """,
                    OPEN_STATES,
                    of_patient,
                    of_task,
                    MOST_FOUND,
                )
            )
        ]

    # ------------------------------------------------------------ one reader at a time

    @api.model
    def _open_for_me(self, domain, task_id, now, without):
        """Return the task to show, held for this user if nobody else has it.

        ``'next'`` is the first of ``domain`` that nobody has open; two who ask in the same moment
        get two different ones.
        """
        if not task_id:
            return self.browse()
        if task_id == 'next':
            free = Domain('held_by_id', '=', False) | Domain('held_until', '<', now)
            free |= Domain('held_by_id', '=', self.env.uid)
            found = self.search(domain & free, limit=TRIED)._with_known_patients()
            return found._hold(now, without)
        task = self.browse(task_id).exists()
        task.check_access('read')
        if task.state in OPEN_STATES:
            task._hold(now, without)
        return task

    def _hold(self, now, without=()):
        """Hold the first of these tasks that is free for this user, and let go of all others.

        :return: the task that is held now; empty if none was free
        """
        if not self or not self.has_access('write'):
            return self[:1]
        self.flush_model(['held_by_id', 'held_until', 'state'])
        taken = self.env.execute_query(
            SQL(
                """
                UPDATE healthcare_care_task SET held_by_id = %(user)s, held_until = %(until)s
                 WHERE id = (SELECT id FROM healthcare_care_task
                              WHERE id = ANY(%(ids)s) AND state IN ('requested', 'in-progress')
                                AND (held_by_id IS NULL OR held_until < %(now)s
                                     OR held_by_id = %(user)s)
                              ORDER BY array_position(%(ids)s, id) LIMIT 1
                                FOR UPDATE SKIP LOCKED)
             RETURNING id
                """,
                user=self.env.uid,
                until=now + HOLD,
                now=now,
                ids=list(self._ids),
            )
        )
        task = self.browse(one for (one,) in taken)
        if task:
            self._release_where(SQL('NOT id = ANY(%s)', [*task._ids, *without]))
        self.invalidate_model(['held_by_id', 'held_until'])
        return task

    def _release(self):
        """Let go of those of these tasks that this user holds."""
        self._release_where(SQL('id = ANY(%s)', list(self._ids)))

    @api.model
    def _release_where(self, condition):
        self.flush_model(['held_by_id', 'held_until'])
        self.env.execute_query(
            SQL(
                """
                UPDATE healthcare_care_task SET held_by_id = NULL, held_until = NULL
                 WHERE held_by_id = %s AND %s RETURNING id
                """,
                self.env.uid,
                condition,
            )
        )
        self.invalidate_model(['held_by_id', 'held_until'])

    def _get_other_holder(self, now=None):
        """Return who else has this task open at the moment, an empty user if nobody."""
        self.ensure_one()
        is_held = self.held_until and self.held_until >= (now or fields.Datetime.now())
        holder = self.held_by_id if is_held else self.env['res.users']
        return holder if holder != self.env.user else self.env['res.users']

    def _complete(self, outcome):
        """Finish only what nobody else is working on."""
        for task in self:
            if holder := task._get_other_holder():
                raise UserError(
                    self.env._("%(person)s has this task open now.", person=holder.sudo().name)
                )
        result = super()._complete(outcome)
        self._release()
        return result

    # ------------------------------------------------------------ what the screen shows

    def _with_known_patients(self):
        """Return the tasks of patients this user may see: one who went to another clinic leaves
        tasks behind, which must not keep anybody from the others."""
        known = self.patient_id._filtered_access('read')
        return self.filtered(lambda task: task.patient_id in known)

    def _clinic_tz(self):
        """Return the time zone of the clinic this task belongs to."""
        return self.env['res.partner']._get_clinic_tz(self.company_id.id) or 'UTC'

    def _worklist_when(self, moment, now):
        """Return a moment in the clinic's time: the time of today, else day and time."""
        tz = self._clinic_tz()
        if clock.to_local(moment, tz).date() == clock.to_local(now, tz).date():
            return format_time(self.env, moment, tz=tz, time_format='short')
        return format_datetime(self.env, moment, tz=tz, dt_format='short')

    def _worklist_due(self, now):
        """Return until when this is to be done, in words."""
        if self.window_start and self.window_start > now:
            return self.env._("From %s", self._worklist_when(self.window_start, now))
        if not self.window_end:
            return ''
        when = self._worklist_when(self.window_end, now)
        if self.window_end < now:
            return self.env._("Overdue since %s", when)
        return self.env._("Due %s", when)

    def _worklist_rows(self, now):
        """Return what the queue shows of these tasks, a handful of queries for any number."""
        self.env['healthcare.audit']._record_shown(self.patient_id, 'worklist')
        priorities = dict(self._fields['priority']._description_selection(self.env))
        return [
            {
                'id': task.id,
                'name': task.name,
                'patient': task.patient_id.name,
                'age': task.patient_id.age if task.patient_id.birth_date else False,
                'number': task.patient_id.patient_number or '',
                'type': task.task_type,
                'priority': task.priority,
                'priority_name': priorities[task.priority],
                'due': task._worklist_due(now),
                'is_overdue': bool(task.window_end and task.window_end < now),
                'is_later': bool(task.window_start and task.window_start > now),
                'is_escalated': bool(task.escalated_at),
                'attempts': task.attempts,
                'user': task.user_id.name or '',
                'holder': task._get_other_holder(now).name or '',
                'instead_of': task.absent_user_id.name or '',
            }
            for task in self
        ]

    def _worklist_card(self, now):
        """Return all that whoever does this task has to know."""
        self.ensure_one()
        (row,) = self._worklist_rows(now)
        patient = self.patient_id
        is_open = self.state in OPEN_STATES
        holder = self._get_other_holder(now)
        return row | {
            'is_open': is_open,
            'can_work': is_open and not holder and self.has_access('write'),
            'state': dict(self._fields['state']._description_selection(self.env))[self.state],
            'outcome': self.outcome_name or '',
            'done_by': self.completed_by_id.name or '',
            'patient_id': patient.id,
            'language': self._get_language_name(patient.lang),
            'phone': self.phone or '',
            'call_whom': self._get_guardian_to_call().name or '',
            'alerts': self._worklist_alerts(),
            'why': self.why if self.why != self.name else '',
            'before': self._worklist_before(now),
            'about': self.subject_name or '',
            'workflow': self.enrollment_id.workflow_id.name or '',
            'script': self._worklist_script(),
            'appointment': self._worklist_appointment(now),
            'outcomes': self._worklist_outcomes(now),
            'later': self._worklist_later(now),
            'note': self.note or '',
            'user_id': self.user_id.id,
            'role': dict(self._fields['role']._description_selection(self.env))[self.role],
        }

    def _get_guardian_to_call(self):
        """Return the guardian who answers the phone for this patient, empty if the patient does."""
        patient = self.patient_id
        guardian = patient.guardian_id
        return guardian if guardian.phone and guardian.phone == self.phone else guardian.browse()

    @api.model
    def _get_language_name(self, code):
        return self.env['res.lang']._get_data(code=code).name or '' if code else ''

    def _worklist_alerts(self):
        """Return what to know before picking up the phone: [{icon, tone, text}]."""
        patient = self.patient_id
        alerts = []
        if patient.deceased:
            alerts.append(('fa-ban', 'danger', self.env._("The patient is deceased. Do not call.")))
        if patient.contact_blocked:
            alerts.append(
                ('fa-ban', 'danger', self.env._("Do not contact: the patient asked for that."))
            )
        if guardian := self._get_guardian_to_call():
            alerts.append(
                (
                    'fa-child',
                    'warning',
                    self.env._("A minor: speak with the guardian, %s.", guardian.name),
                )
            )
        language = patient.lang
        if language and language[:2] != (self.env.user.lang or '')[:2]:
            alerts.append(
                (
                    'fa-language',
                    'info',
                    self.env._(
                        "Speaks %s: you may need an interpreter.", self._get_language_name(language)
                    ),
                )
            )
        return [{'icon': icon, 'tone': tone, 'text': text} for icon, tone, text in alerts]

    def _worklist_before(self, now):
        """Return what was tried before with this patient about the same, the latest first."""
        about = Domain('patient_id', '=', self.patient_id.id)
        if self.enrollment_id:
            about &= Domain('enrollment_id', '=', self.enrollment_id.id)
        elif self.appointment_id:
            about &= Domain('appointment_id', '=', self.appointment_id.id)
        found = self.env['healthcare.communication'].search(about, limit=SHOWN_BEFORE)
        return [
            {'id': one.id, 'when': self._worklist_when(one.date, now), 'text': one.summary}
            for one in found
        ]

    def _worklist_script(self):
        """Return what to say, in the patient's language and in the reader's: [{lang, text}]."""
        patient, appointment = self.patient_id, self.appointment_id
        langs = dict.fromkeys(lang for lang in (patient.lang, self.env.user.lang) if lang)
        scripts = {}
        for lang in langs:
            text = self.with_context(lang=lang).instruction
            if not text:
                continue
            used = set(render.PLACEHOLDER.findall(text))
            # a link that works is for the patient alone: it acts in their name
            links = {name: 'https://…' for name in used if name.endswith('_link')}
            values = links | placeholders.values(
                self.env, patient, appointment, lang, used - set(links)
            )
            filled = '\n'.join(render.fill(line, values) for line in text.split('\n'))
            scripts.setdefault(filled, lang)
        return [
            {'lang': self._get_language_name(lang) if len(scripts) > 1 else '', 'text': text}
            for text, lang in scripts.items()
        ]

    def _worklist_appointment(self, now):
        """Return what is to be known of the appointment; ``None`` without any."""
        appointment = self.appointment_id
        if not appointment:
            return None
        badges = dict(appointment._fields['status_badge']._description_selection(self.env))
        return {
            'id': appointment.id,
            'when': self._worklist_day_and_time(appointment.start, appointment._clinic_tz()),
            'with': ', '.join(
                filter(None, (appointment.practitioner_id.name, appointment.service_id.name))
            ),
            'clinic': appointment.company_id.name or '',
            'status': badges.get(appointment.status_badge, ''),
            'badge': appointment.status_badge or '',
            'is_coming': self._is_visit_coming(now),
        }

    @api.model
    def _worklist_day_and_time(self, moment, tz):
        day = clock.to_local(moment, tz).date()
        return self.env._(
            "%(day)s, %(time)s",
            day=format_date(self.env, day, date_format='full'),
            time=format_time(self.env, moment, tz=tz, time_format='short'),
        )

    def _is_visit_coming(self, now):
        appointment = self.appointment_id
        return bool(
            appointment.start
            and appointment.start > now
            and appointment.appointment_status in COMING
        )

    def _worklist_outcomes(self, now):
        """Return how this task can end, in the order of the keys: [{code, key, name, icon}]."""
        offered = dict(ABOUT_VISIT if self._is_visit_coming(now) else DONE)
        if self.task_type == 'call':
            offered |= UNREACHED
        outcomes = [
            {'code': code, 'key': key, 'name': self.env._(name), 'icon': icon}
            for code, (key, name, icon) in offered.items()
        ]
        for index, own in enumerate(self.own_outcomes or ()):
            key = OWN_KEYS[index] if index < len(OWN_KEYS) else ''
            outcomes.append(
                {'code': own['outcome'], 'key': key, 'name': own['name'], 'icon': 'fa-flag-o'}
            )
        if 'reached' not in offered and self._leads_on('reached'):
            taken = {one['key'] for one in outcomes}
            key = next((key for key in reversed(OWN_KEYS) if key not in taken), '')
            outcomes.append(
                {
                    'code': 'reached',
                    'key': key,
                    'name': self.env._("Reached"),
                    'icon': 'fa-comment-o',
                }
            )
        return outcomes

    def _leads_on(self, outcome):
        """Return whether the workflow does something else after this outcome."""
        # sudo: what a workflow does next is no secret to who does its task
        version = self.sudo().enrollment_id.version_id
        step = version._get_step(self.step_key) if version else {}
        return bool((step.get('next') or {}).get(outcome))

    # ------------------------------------------------------------ call back later

    def _worklist_later(self, now):
        """Return the moments a call can be put off to: [{code, name, when}]."""
        names = {
            'hour': self.env._("In 1 hour"),
            'afternoon': self.env._("This afternoon"),
            'morning': self.env._("Tomorrow morning"),
        }
        return [
            {'code': code, 'name': names[code], 'when': self._worklist_when(moment, now)}
            for code, moment in self._later_moments(now).items()
        ]

    def _later_moments(self, now):
        """Return {code: moment} of when the patient could be called again, in the clinic's day."""
        tz = self._clinic_tz()
        local = clock.to_local(now, tz)
        today = local.date()
        moments = {'hour': now + timedelta(hours=1)}
        if local.time() < AFTERNOON:
            moments['afternoon'] = clock.moment_of(today, AFTERNOON, tz)
        moments['morning'] = clock.moment_of(today + timedelta(days=1), MORNING, tz)
        return moments

    def worklist_postpone(self, code, at=None):
        """Put a task off: the patient cannot talk now, or nobody picks up. It stays open.

        :param str code: one of the moments of the card, or ``'at'``
        :param str at: for ``'at'``, day and time at the clinic, as ``2030-01-31T15:30``
        :raise UserError: the moment has passed, or comes after the appointment
        """
        self.ensure_one()
        self._check_open()
        now = fields.Datetime.now()
        if code == 'at':
            try:
                chosen = datetime.fromisoformat(at)
                start = clock.moment_of(chosen.date(), chosen.time(), self._clinic_tz())
            except (OverflowError, TypeError, ValueError) as error:
                raise UserError(self.env._("Choose day and time.")) from error
        else:
            start = self._later_moments(now).get(code)
        if not start or start <= now:
            raise UserError(self.env._("This moment has passed. Choose a later one."))
        if start > now + LATEST:
            raise UserError(self.env._("Choose day and time."))
        if self._is_visit_coming(now) and start >= self.appointment_id.start:
            raise UserError(
                self.env._("The appointment comes before that. Choose an earlier time.")
            )
        self._move_window(start)
        return True

    def _move_window(self, start):
        """Have the task done from ``start`` on, and its workflow wait as much longer."""
        length = PROMISED
        if self.window_start and self.window_end and self.window_end > self.window_start:
            length = min(self.window_end - self.window_start, PROMISED)
        until, before = start + length, self.window_end
        self._release()
        # sudo: attempts are counted by the software only; who may write the task was checked
        self.sudo().write(
            {
                'window_start': start,
                'window_end': until,
                'attempts': self.attempts + 1,
                'state': 'requested',
            }
        )
        if not (self.enrollment_id and before and until > before):
            return
        self.env.flush_all()
        # the token of this visit would else end the task before the time the patient asked for
        self.env.execute_query(
            SQL(
                """
                UPDATE healthcare_workflow_token SET due_at = due_at + %s
                 WHERE enrollment_id = %s AND step_key = %s AND visit = %s AND state = 'parked'
                   AND due_at IS NOT NULL RETURNING id
                """,
                until - before,
                self.enrollment_id.id,
                self.step_key,
                self.visit,
            )
        )
        self.env['healthcare.workflow.token'].invalidate_model(['due_at'])

    # ------------------------------------------------------------ whose they are

    def worklist_finish(self, outcome):
        """End the task: what the buttons of the screen do.

        :param str outcome: the code of one of the card's outcomes
        """
        self.ensure_one()
        self._complete(outcome)
        return True

    def worklist_assign(self, user_id):
        """Give these tasks to somebody, or back to everybody of the role.

        :param user_id: whose they are from now on; empty: nobody's in particular
        :return: how many were given
        """
        self._check_open()
        user = self.env['res.users'].browse(user_id or ())
        if user and not user.search_count([('id', '=', user.id), *self._colleagues_domain()]):
            raise UserError(self.env._("%s does no care tasks.", user.name))
        is_me = user == self.env.user
        self.write({'user_id': user.id})
        # sudo: the state is not for everyone to write, taking or giving a task is
        self.sudo().write({'state': 'in-progress' if is_me else 'requested'})
        if not is_me:
            self._release()
        return len(self)

    @api.model
    def _colleagues_domain(self):
        """Return the domain of who can do care tasks in the clinics this user works in."""
        return [
            ('all_group_ids', 'in', self.env.ref(GROUP_STAFF).ids),
            ('company_ids', 'in', self.env.companies.ids),
            ('share', '=', False),
        ]

    @api.model
    def worklist_colleagues(self):
        """Return who can do care tasks here: [{id, name, is_away}]."""
        self.browse().check_access('read')
        users = self._get_colleagues()
        away = self.env['healthcare.absence']._away(fields.Datetime.now(), set(users.ids))
        return [{'id': one.id, 'name': one.name, 'is_away': one.id in away} for one in users]

    @api.model
    def _get_colleagues(self):
        users = self.env['res.users'].search_fetch(
            self._colleagues_domain(), ['partner_id'], order='name', limit=200
        )
        # now, for all of them at once: they stand in for each other
        users.partner_id.fetch(['name'])
        return users

    # ------------------------------------------------------------ workload

    @api.model
    def workload_load(self):
        """Return the work of each person, for team leads: ``{people, unassigned}``.

        People have {id, name, open, overdue, done, hours, absence}; what is nobody's is counted by
        role.
        """
        self._check_lead()
        now = fields.Datetime.now()
        tz = self.browse()._clinic_tz()
        today = clock.to_local(now, tz).date()
        midnight = clock.moment_of(today, time(), tz)
        counted, late, nobody = Counter(), Counter(), {}
        for person_id, role, count, overdue in self._count_open(now):
            counted[person_id] += count
            late[person_id] += overdue
            if not person_id:
                nobody[role] = count
        done, hours = self._count_done(midnight)
        people = self._get_colleagues()
        absences = self._next_absences(people, today)
        roles = dict(self._fields['role']._description_selection(self.env))
        return {
            'people': [
                {
                    'id': person.id,
                    'name': person.name,
                    'open': counted[person.id],
                    'overdue': late[person.id],
                    'done': done.get(person.id, 0),
                    'hours': round(hours.get(person.id) or 0, 1),
                    'absence': absences.get(person.id, ''),
                }
                for person in people
            ],
            'unassigned': [
                {'role': role, 'name': roles[role], 'open': nobody[role]}
                for role, _name in ROLES
                if role in nobody
            ],
        }

    @api.model
    def _count_open(self, now):
        """Return (user id, role, open tasks, overdue ones) of everybody, in one pass."""
        query = self._search(Domain('state', 'in', OPEN_STATES))
        query.groupby = SQL('1, 2')
        self.flush_model()
        return self.env.execute_query(
            query.select(
                SQL('healthcare_care_task.user_id'),
                SQL('healthcare_care_task.role'),
                SQL('count(*)'),
                SQL('count(*) FILTER (WHERE healthcare_care_task.window_end < %s)', now),
            )
        )

    @api.model
    def _count_done(self, midnight):
        """Return {user id: tasks done since ``midnight``} and {user id: hours a task took in the
        week up to now}, in one pass."""
        query = self._search([('completed_at', '>=', midnight - timedelta(days=7))])
        query.groupby = SQL('1')
        self.flush_model()
        rows = self.env.execute_query(
            query.select(
                SQL('healthcare_care_task.completed_by_id'),
                SQL('count(*) FILTER (WHERE healthcare_care_task.completed_at >= %s)', midnight),
                SQL('avg(healthcare_care_task.hours_to_done)'),
            )
        )
        return {one: count for one, count, _hours in rows}, {one: avg for one, _count, avg in rows}

    @api.model
    def _next_absences(self, people, today):
        """Return {user id: their next absence in words} of those who are or will be away."""
        found = self.env['healthcare.absence'].search(
            [('user_id', 'in', people.ids), ('date_to', '>=', today)], order='date_from desc'
        )
        return {one.user_id.id: one._get_period() for one in found}

    @api.model
    def workload_tasks(self, user_id, role=None):
        """Return open tasks of somebody, or of nobody in ``role``, for a team lead to give away."""
        self._check_lead()
        domain = Domain('state', 'in', OPEN_STATES) & Domain('user_id', '=', user_id or False)
        if role:
            domain &= Domain('role', '=', role)
        tasks = self.search(domain, limit=100)._with_known_patients()
        return tasks._worklist_rows(fields.Datetime.now())
