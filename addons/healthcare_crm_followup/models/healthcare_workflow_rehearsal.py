from collections import Counter
from datetime import timedelta
from functools import cache

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import clock, placeholders, simulate
from ..engine.effects import CareTask, Communication
from ..engine.graph import compile_graph
from ..engine.render import PLACEHOLDER, fill, in_language
from ..engine.steps import STEP_KINDS

#: So many patients can be followed with the eye; how many there are is told.
MAX_PATIENTS = 300
MAX_PERIOD = timedelta(days=370)


class HealthcareWorkflow(models.Model):
    """What the draft would do: played for patients with a clock that is put forward, or counted as
    if it were published now. Nothing is written and nothing is sent."""

    _inherit = 'healthcare.workflow'

    # ------------------------------------------------------------ simulation

    def simulate_questions(self):
        """Return which steps wait for an answer, and what people may answer.

        :return: [{"key", "name", "kind", "answers": [[outcome, label], …]}]
        """
        self.ensure_one()
        self.check_access('write')
        edges = self.env['healthcare.workflow.edge']
        found = []
        for key, step in self._get_draft()['steps'].items():
            kind = STEP_KINDS.get(step['kind'])
            codes = kind.answers(step) if kind else ()
            if codes:
                labels = edges._get_outcome_labels(step)
                found.append(
                    {
                        'key': key,
                        'name': step['name'],
                        'kind': step['kind'],
                        'answers': [[code, labels.get(code, code)] for code in codes],
                    }
                )
        return found

    def simulate_play(self, date_from, date_to, patient_ids=None, answers=None):
        """Return what would happen to whom and when, as JSON.

        :param date_from: UTC, as ``date_to``
        :param patient_ids: play it for these, from the beginning of the period; ``None``: for those
            whose turn comes
        :param answers: {step key: outcome}; where a step waits and is not named, nobody answers
        """
        self.ensure_one()
        self.check_access('write')
        self._check_publishable()
        start, end = self._get_period(date_from, date_to)
        definition = self._get_draft()
        named = self._reads_conditions(definition)
        if not named and patient_ids is not None:
            raise UserError(
                self.env._(
                    "This workflow looks at health data that you may not see. It can be played for "
                    "everybody whose turn comes, without names."
                )
            )
        subject_ids = None if patient_ids is None else self._get_played_ids(patient_ids, start)
        # not sudo where its conditions are open: who plays it sees the patients they may see, and
        # no others; sudo where the conditions were vetted, else it could not be published: then no
        # name leaves this method
        env = self.env if named else self.sudo().env
        found = simulate.rehearse(
            env, definition, start, end, subject_ids, answers, most=MAX_PATIENTS
        )
        return {
            'date_from': fields.Datetime.to_string(start),
            'date_to': fields.Datetime.to_string(end),
            'is_named': named,
            'total': found.total,
            'played': min(found.total, MAX_PATIENTS),
            'joins': {key: sorted(upstream) for key, upstream in found.joins.items()},
            'people': self._tell_people(found.lines, named),
            'lines': self._tell_lines(found.lines, definition['steps'], named),
        }

    @api.model
    def _get_period(self, date_from, date_to):
        """Return the period as moments, if it can be played."""
        start, end = fields.Datetime.to_datetime(date_from), fields.Datetime.to_datetime(date_to)
        if not start or not end or end <= start:
            raise UserError(self.env._("Choose an end after the beginning."))
        if end - start > MAX_PERIOD:
            raise UserError(self.env._("Choose a period of a year at most."))
        return start, end

    def _get_played_ids(self, patient_ids, start):
        """Return one subject for each chosen patient, the one the workflow is most likely about.

        That is the first appointment from ``start`` on, else the last one; of other records, the
        newest.
        """
        if not patient_ids:
            raise UserError(self.env._("Choose at least one patient."))
        patients = self.env['res.partner'].search([('id', 'in', patient_ids)])
        model = self.subject_model
        if model == 'res.partner':
            return patients.ids
        records = self.env[model]
        of_patients = [('patient_id', 'in', patients.ids)]
        if model == 'calendar.event':
            found = [
                *records.search([*of_patients, ('start', '<', start)], order='start'),
                *records.search([*of_patients, ('start', '>=', start)], order='start desc'),
            ]
        else:
            found = records.search(of_patients, order='id')
        chosen = {record.patient_id.id: record.id for record in found}
        if not chosen:
            raise UserError(
                self.env._("These patients have nothing that the workflow is about yet.")
            )
        return list(chosen.values())

    def _tell_people(self, lines, named):
        """Return {number of the enrollment: what its patient is called here}."""
        patients = {line.row.enrollment_id: line.row.patient_id for line in lines}
        if not named:
            return {
                number: self.env._("Patient %s", place)
                for place, number in enumerate(patients, start=1)
            }
        records = self.env['res.partner'].browse(set(patients.values()))
        self.env['healthcare.audit']._record_shown(records, 'simulation')
        records = records.with_context(show_patient_identity=True)
        names = {patient.id: patient.display_name for patient in records}
        return {number: names[patient_id] for number, patient_id in patients.items()}

    def _tell_lines(self, lines, steps, named):
        """Return the lines of a simulation as JSON."""

        @cache  # of thousands of lines, few say something new
        def say(outcome, key, reason):
            words = (self._say_outcome(outcome, steps[key]), self._say_reason(reason))
            return ': '.join(filter(None, words))

        return [self._tell_line(line, steps[line.row.step_key], named, say) for line in lines]

    def _tell_line(self, line, step, named, say):
        """Return one line of a simulation as JSON; ``say`` puts it in words."""
        row, result = line.row, line.result
        outcome = 'waiting' if result.is_parked else result.outcome
        message = next((one for one in result.effects if isinstance(one, Communication)), None)
        told = {
            'at': fields.Datetime.to_string(line.moment),
            'who': row.enrollment_id,
            'token': row.token_id,
            'key': row.step_key,
            'step': step['name'],
            'kind': step['kind'],
            'parked': result.is_parked,
            'tone': self._get_tone(result, message),
            'text': say(outcome, row.step_key, result.reason),
        }
        if step['kind'] == 'end':
            told['ends'] = result.outcome != 'neutral'
        if message and message.status == 'queued':
            # a language that few speak would tell whom it is about
            lang = message.lang if named else self.env.lang or 'en_US'
            told |= {'channel': message.channel, 'lang': lang}
            if message.due_at != line.moment:
                told['send_at'] = fields.Datetime.to_string(message.due_at)
            if named:
                told |= {'patient_id': row.patient_id, 'appointment_id': row.appointment_id}
        return told

    def _get_tone(self, result, message):
        """Return what a line is about: sent, refused, task, end, or step for anything between."""
        if message:
            return 'sent' if message.status == 'queued' else 'refused'
        if any(isinstance(one, CareTask) for one in result.effects):
            return 'task'
        return 'step'

    def simulate_words(self, key, channel, lang, patient_id=False, appointment_id=False):
        """Return the words a simulated message would have, {"lang", "subject", "body"}.

        Without a patient, what depends on one stays a placeholder.
        """
        self.ensure_one()
        self.check_access('write')
        step = self._get_draft()['steps'].get(key) or {}
        texts = (step.get('templates') or {}).get(channel)
        if not texts:
            raise UserError(self.env._("The step has no words for this channel any more."))
        languages = (lang, self.company_id.partner_id.lang, 'en_US')
        subject, body = (in_language(texts.get(of) or {}, *languages) for of in ('subject', 'body'))
        if patient_id:
            patient = self.env['res.partner'].browse(patient_id)
            appointment = self.env['calendar.event'].browse(appointment_id or ())
            patient.check_access('read')
            appointment.check_access('read')
            self.env['healthcare.audit']._record_shown(patient, 'simulation')
            used = set(PLACEHOLDER.findall(f'{subject} {body}'))
            # a link that works is for the patient alone
            links = {name: 'https://…' for name in used if name.endswith('_link')}
            values = placeholders.values(
                self.env, patient, appointment, lang or 'en_US', used - set(links)
            )
            subject, body = (fill(text, values | links) for text in (subject, body))
        return {
            'lang': dict(self.env['res.lang'].get_installed()).get(lang, lang or ''),
            'subject': subject,
            'body': body,
        }

    # ------------------------------------------------------------ preview

    def preview_load(self):
        """Return what publishing the draft now would mean, as JSON; see
        :func:`~..engine.simulate.preview`."""
        self.ensure_one()
        self.check_access('write')
        self._check_publishable()
        now = fields.Datetime.now()
        definition = self._get_draft()
        found = self._preview(now)
        triggers = compile_graph(definition).triggers.values()
        return {
            'is_about_appointments': self.subject_model == 'calendar.event',
            'entering': found['entering'],
            'reached': found['reached'],
            'played': found['played'],
            'waits_for_happenings': any(not trigger.is_scheduled for trigger in triggers),
            'expected': found['expected'],
            'days': self._count_by_day(found['moments'], now, definition['tz']),
            'steps': [
                {
                    'key': key,
                    'name': step['name'],
                    'kind': step['kind'],
                    'ways': [
                        {
                            'text': self._say_outcome(outcome, step),
                            'reason': self._say_reason(reason),
                            'tone': self._get_way_tone(outcome, step),
                            'total': total,
                        }
                        for (of, outcome, reason), total in found['steps'].most_common()
                        if of == key
                    ],
                }
                for key, step in definition['steps'].items()
                if any(of == key for of, _outcome, _reason in found['steps'])
            ],
        }

    @api.model
    def _get_way_tone(self, outcome, step):
        """Return what a way of leaving a step is about, as :meth:`_get_tone` does."""
        if outcome == 'waiting' and step['kind'] == 'care_task':
            return 'task'
        if 'templates' in step and outcome in ('sent', 'waiting'):
            return 'sent'
        return 'refused' if outcome == 'suppressed' else 'step'

    @api.model
    def _count_by_day(self, moments, now, tz):
        """Return [[day, how many of ``moments`` are on it]] from today to the horizon."""
        counts = Counter(clock.to_local(moment, tz).date() for moment in moments)
        today = clock.to_local(now, tz).date()
        days = (today + timedelta(days=n) for n in range(simulate.HORIZON.days + 1))
        return [[fields.Date.to_string(day), counts[day]] for day in days]

    # ------------------------------------------------------------ words

    @api.model
    def _say_outcome(self, outcome, step):
        """Return what happens to those patients, as words that follow the step's name.

        :param step: the step in its JSON form
        """
        _ = self.env._
        if outcome == 'waiting' and step['kind'] == 'care_task':
            return _("a task would be opened")
        if outcome == 'waiting' and 'templates' in step:
            # it was sent, and waits for what becomes of it
            return _("would be sent")
        if step['kind'] == 'end':
            meaning = self.env['healthcare.workflow.step']._fields['meaning']
            return dict(meaning._description_selection(self.env)).get(outcome, outcome)
        edges = self.env['healthcare.workflow.edge']
        said = {
            'sent': _("would be sent"),
            'suppressed': _("would not be sent"),
            'waiting': _("would wait"),
            'done': _("would go on"),
        }
        return said.get(outcome) or edges._get_outcome_labels(step).get(outcome, outcome)

    @api.model
    def _say_reason(self, reason):
        """Return the channel or the reason of a decision in words."""
        ledger = self.env['healthcare.communication']._fields
        labels = dict(ledger['channel']._description_selection(self.env))
        labels |= dict(ledger['reason']._description_selection(self.env))
        return labels.get(reason, reason or '')
