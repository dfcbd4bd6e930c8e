# Part of Healthcare CRM for Odoo. License LGPL-3.
"""From parsed lines to records, a batch at a time. Plain classes, made anew for every batch.

A dry run takes the same decisions and leaves out the writing; that is all it leaves out.
"""

from typing import NamedTuple

import pytz

from odoo import Command, fields, models

from ..crypto import keyring
from ..importing import rows
from ..importing.problems import ERROR, NOTE, WARNING, problem
from .healthcare_import_health import HealthWriter
from .healthcare_import_lookup import Lookup
from .healthcare_import_matcher import LINK, Documents, Matcher
from .healthcare_import_problem import INDEXED
from .res_partner_identity import LATER

# Consent to reminders in a file does not say by which channel: it is given for all that
# a reminder may take.
CONSENT_CHANNELS = ('email', 'sms', 'call')

PATIENT_FIELDS = {  # target of a column -> field
    'name': 'name',
    'gender': 'gender',
    'birth_date': 'birth_date',
    'language': 'lang',
    'email': 'email',
    'phone': 'phone',
    'preferred_channel': 'preferred_channel',
    'street': 'street',
    'city': 'city',
    'state': 'state_id',
    'zip': 'zip',
    'country': 'country_id',
    'occupation': 'occupation',
    'practitioner': 'practitioner_id',
    'source': 'source_id',
    'tags': 'category_id',
}


def as_values(vals):
    """Commands as a list again, as the ORM wants them; tuples because values are grouped."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in vals.items()
    }


class Outcome(NamedTuple):
    """What became of one line, ``created``, ``updated``, …, and all that is to be said of it."""

    row: rows.ParsedRow
    result: str
    problems: list


class Writer:
    """What writing patients and writing appointments have in common."""

    def __init__(self, record, dry_run, within=None):
        """``within``: who stands in the file twice, unless the file is too long to say."""
        self.within = within
        self.env = record.env
        self.record = record
        self.system = record.system_id
        self.dry_run = dry_run
        self.replace = record.existing == 'update'
        self.headers = {column.target: column.header for column in record.column_ids}

    def find_patients(self, numbers):
        """Return ``{number: patient}`` of the patients this source knows, archived ones too."""
        Identifier = self.env['healthcare.patient.identifier']
        found = Identifier._find_numbers([(self.system.id, number) for number in numbers])
        readable = set(
            Identifier.browse(one.id for one in found.values())._filtered_access('read').ids
        )
        # a number of a record that was merged is now one of the record that was kept
        return {
            number: self.env['res.partner'].browse(identifier.patient_id.id)._follow_merges()
            for (_system, number), identifier in found.items()
            if identifier.id in readable
        }

    def create_patients(self, vals_by_number):
        """Create patients known by a number of this source; return ``{number: patient}``."""
        # their keys are stored once, with their identifiers
        Partner = self.env['res.partner'].with_context(**{LATER: True})
        patients = Partner.create(
            [
                {
                    # Nobody's language is assumed: without this it would be the importing user's.
                    'lang': False,
                    **as_values(vals),
                    'is_patient': True,
                    'identifier_ids': [
                        Command.create({'system_id': self.system.id, 'value': number}),
                        *vals.get('identifier_ids', ()),
                    ],
                }
                for number, vals in vals_by_number.items()
            ]
        )
        patients = patients.with_env(self.env)
        patients._refresh_matching()
        return dict(zip(vals_by_number, patients, strict=True))

    def write_changes(self, changes):
        """Write ``[(record, values)]``, records with the same values at once.

        An export of outcomes changes thousands of appointments to one of two statuses.
        """
        groups = {}
        for record, vals in changes:
            key = tuple(sorted(vals.items()))
            groups[key] = groups.get(key, record.browse()) | record
        for key, records in groups.items():
            records.write(as_values(dict(key)))

    def compare(self, record, vals, headers, missing=()):
        """Return ``(changes, problems)`` of a record that is in the database already.

        :param dict vals: the values in the file
        :param dict headers: the column of each field
        :param missing: fields whose value only stands in for one
        """
        changes, problems = {}, []
        for name, value in vals.items():
            current = record[name]
            if isinstance(current, models.BaseModel):
                if isinstance(value, tuple):
                    # tags: those on file stay, whatever the file says
                    new = [command for command in value if command[1] not in current.ids]
                    if new:
                        changes[name] = tuple(new)
                    continue
                current = current.id
            if current == value:
                continue
            if not current or name in missing or self.replace:
                changes[name] = value
            else:
                shown = record[name].browse(value).display_name if name[-3:] == '_id' else value
                problems.append(problem('kept', headers.get(name, ''), str(shown), WARNING))
        return changes, problems


class PatientWriter(Writer):
    """Lines of patients."""

    def __init__(self, record, dry_run, within=None):
        super().__init__(record, dry_run, within)
        languages = self.env['res.lang'].with_context(active_test=False).search([])
        self.languages = {language.code: language.active for language in languages}
        self.purpose = self.env.ref('healthcare_crm.consent_purpose_reminder')
        self.lookup = Lookup(self.env, dry_run)
        # lines that may be about somebody and stay out: nobody can be their person
        self.left_out = set()
        self.health = HealthWriter(self.env, dry_run)
        self.documents = Documents(self.env, self.headers)
        self.matcher = Matcher(self.env, record.company_id, self.documents)
        self.field_headers = {
            name: self.headers.get(target) for target, name in PATIENT_FIELDS.items()
        }

    def write_rows(self, parsed_rows):
        """Import lines together; return their outcomes."""
        failed, prepared = [], []
        patients = self._find_known(parsed_rows)
        candidates = self._find_candidates(
            [row for row in parsed_rows if row.index not in patients and 'patient_id' in row.values]
        )
        linked, reviewed = {}, {}
        for row in parsed_rows:
            if row.index in patients:
                prepared.append(row)
                continue
            refused = self._decide(row, candidates.get(row.index, ()), linked, reviewed)
            if refused:
                failed.append(Outcome(row, 'error', row.problems + [refused]))
            else:
                prepared.append(row)
        values = {row.index: self._prepare(row) for row in prepared}
        nobody = self.env['res.partner']
        for index, candidate in linked.items():
            if candidate.patient:
                patients[index] = candidate.patient
        new = [row for row in prepared if row.index not in patients and row.index not in linked]
        whose = self._find_whose(prepared, new, patients, linked, values)
        owners = self.documents.get_owners(prepared)
        decisions = self.env['healthcare.consent']._decisions(
            [patient.id for patient in patients.values()], self.purpose.ids, CONSENT_CHANNELS
        )
        new_indexes = {row.index for row in new}
        outcomes, consents, written, numbers = [], [], [], []
        for row in prepared:
            vals, problems = values[row.index]
            patient = whose[row.index]
            known = nobody if row.index in new_indexes else patient
            missing, differs = self._compare_consent(known, row, decisions)
            consents += [self._prepare_consent(patient, row, channel) for channel in missing]
            if missing and known:
                # the same person may stand in a later line
                decisions |= {
                    (known.id, self.purpose.id, channel): (consents[-1]['decision'], 0)
                    for channel in missing
                }
            if differs:
                problems.append(
                    problem(
                        'consent_kept',
                        self.headers['reminder_consent'],
                        'yes' if row.values['reminder_consent'] else 'no',
                        WARNING,
                    )
                )
            more, taken = self.documents.assign(row, patient, owners)
            numbers += more
            problems += taken
            result = 'created'
            if known:
                changes, differences = self._compare_patient(known, row, vals)
                problems += differences
                result = 'updated' if changes or missing or more else 'unchanged'
                if changes:
                    written.append((known, changes))
            if row.index in linked:
                result = 'linked'
                numbers.append(
                    {
                        'patient_id': patient.id,
                        'system_id': self.system.id,
                        'value': row.values['patient_id'],
                    }
                )
                problems.append(self._describe('linked', row, [linked[row.index]]))
            elif row.index in reviewed:
                problems.append(self._describe('may_be_known', row, reviewed[row.index]))
            outcomes.append(Outcome(row, result, row.problems + problems))
        if not self.dry_run:
            self.write_changes(written)
            self.env['healthcare.patient.identifier'].create(numbers)
            self.env['healthcare.consent'].create(consents)
            self._put_up_for_review(reviewed, whose)
        completed = self.health.write_entries([(row, whose[row.index]) for row in prepared])
        return failed + [
            outcome._replace(result='updated')
            if outcome.result == 'unchanged' and outcome.row.index in completed
            else outcome
            for outcome in outcomes
        ]

    # -- Who it is ---------------------------------------------------------------------------

    def _find_known(self, parsed_rows):
        """Return ``{index of the line: patient}`` of those known by a number."""
        by_number = self.find_patients(
            {row.values['patient_id'] for row in parsed_rows if 'patient_id' in row.values}
        )
        ours = {row.values['clinic_number'] for row in parsed_rows if 'clinic_number' in row.values}
        by_clinic_number = self._find_by_clinic_number(ours)
        known = {}
        for row in parsed_rows:
            patient = by_number.get(row.values.get('patient_id')) or by_clinic_number.get(
                row.values.get('clinic_number')
            )
            if patient:
                known[row.index] = patient
        return known

    def _find_candidates(self, parsed_rows):
        """Return ``{index: [Candidate]}``, the most probable first, of lines with a new number."""
        if self.record.duplicates != 'link':
            return {}
        within = self.within or self.matcher.find_within(parsed_rows)
        # who came with earlier lines is found within the file, in a dry run and afterwards
        until = self.record.last_patient_id if self.within else None
        found = self.matcher.find_on_file(parsed_rows, until)
        here = {row.index for row in parsed_rows}
        before = {
            one.earlier.index: one.earlier.number
            for row in parsed_rows
            for one in within.found.get(row.index, ())
            if one.earlier.index not in here
        }
        known = self.find_patients(before.values()) if before else {}
        left_out = self.record._get_left_out(list(before)) | self.left_out
        for row in parsed_rows:
            for one in within.found.get(row.index, ()):
                if one.earlier.index in left_out:
                    continue
                if patient := known.get(one.earlier.number):
                    found[row.index].append(one._replace(patient=patient))
                elif self.dry_run or one.earlier.index in here:
                    found[row.index].append(one)
            found[row.index].sort(key=lambda candidate: -candidate.match.probability)
        return found

    def _decide(self, row, candidates, linked, reviewed):
        """Enter a line with a new number as somebody's, or for review; return why it stays out."""
        if 'patient_id' not in row.values:
            return self._describe_unknown(row, ERROR)
        candidates = [
            # the person of a line that is itself about somebody is that person
            one._replace(
                patient=linked[one.earlier.index].patient, earlier=linked[one.earlier.index].earlier
            )
            if not one.patient and one.earlier.index in linked
            else one
            for one in candidates
            if not one.earlier or one.earlier.index not in self.left_out
        ]
        if candidates and candidates[0].match.zone == LINK:
            linked[row.index] = candidates[0]
        elif candidates and self.record.review == 'leave':
            self.left_out.add(row.index)
            return self._describe('left_out', row, candidates)
        elif candidates:
            reviewed[row.index] = candidates
        return None

    def _find_whose(self, prepared, new, patients, linked, values):
        """Create the new patients; return ``{index: patient}``, empty ones in a dry run."""
        if self.dry_run:
            return {
                row.index: patients.get(row.index) or self._get_stand_in(row, linked, values)
                for row in prepared
            }
        created = self.create_patients(
            {row.values['patient_id']: values[row.index][0] for row in new}
        )
        whose = patients | {row.index: created[row.values['patient_id']] for row in new}
        for row in prepared:
            if row.index not in whose:
                # the person of an earlier line
                whose[row.index] = whose[linked[row.index].earlier.index]
        return whose

    def _get_stand_in(self, row, linked, values):
        """Return a record that is not stored, of the person of an earlier line in a dry run.

        An empty one for somebody who is new with this line.
        """
        nobody = self.env['res.partner']
        if not self.within:
            return nobody
        said, number = self.within.said, row.values['patient_id']
        if row.index not in linked:
            self.within.say(number, dict(values[row.index][0]))
            return nobody
        vals = said.get(linked[row.index].earlier.number)
        if vals is None:
            return nobody
        self.within.say(number, vals)
        stand_in = nobody.new({'is_patient': True, **as_values(vals)})
        vals |= self.compare(stand_in, values[row.index][0], {})[0]
        return stand_in

    def _describe(self, code, row, candidates):
        """Return the sentence about whom a line is, or may be, about."""
        best = candidates[0]
        detail = (
            f'{best.patient.name} ({best.patient.patient_number})'
            if best.patient
            else self.env._("the person of line %s", best.earlier.line)
        )
        header = next(
            filter(None, map(self.headers.get, ('name', 'family_name', 'given_name'))), ''
        )
        return problem(code, header, row.values.get('name', ''), detail=detail)

    def _put_up_for_review(self, reviewed, whose):
        found = [
            (whose[index].id, (one.patient or whose[one.earlier.index]).id, one.match)
            for index, candidates in reviewed.items()
            # the most probable one last: it stays, where one person was found in two ways
            for one in reversed(candidates)
            if one.patient or one.earlier.index in whose
        ]
        self.env['healthcare.patient.link']._record(found, 'import')

    def _find_by_clinic_number(self, numbers):
        """Return ``{patient number: patient}`` of the patients this clinic may see."""
        if not numbers:
            return {}
        companies = [False, self.record.company_id.id]
        found = (
            self.env['res.partner']
            .with_context(active_test=False)
            .search_fetch(
                [
                    ('is_patient', '=', True),
                    ('patient_number', 'in', list(numbers)),
                    ('company_id', 'in', companies),
                ],
                ['patient_number'],
            )
        )
        return {patient.patient_number: patient._follow_merges() for patient in found}

    def _describe_unknown(self, row, level):
        return problem(
            'no_clinic_number',
            self.headers.get('clinic_number', ''),
            row.values.get('clinic_number', ''),
            level,
        )

    # -- Values ------------------------------------------------------------------------------

    def _prepare(self, row):
        """Return ``(values, problems)`` of a patient."""
        vals, problems = {}, []
        for target, name in PATIENT_FIELDS.items():
            if target not in row.values:
                continue
            value = row.values[target]
            if target in self.lookup.finders:
                value, code = self.lookup.find(target, value, vals)
                if code:
                    problems.append(problem(code, self.headers[target], row.values[target]))
                if not value:
                    continue
            vals[name] = value
        language = vals.get('lang')
        if language and language not in self.languages:
            del vals['lang']
            problems.append(problem('bad_language', self.headers['language'], language))
        elif language and not self.languages[language]:
            # only in a dry run: the import switches them on before its first line
            problems.append(problem('language_activated', value=language, level=NOTE))
        return vals, problems

    def _compare_patient(self, patient, row, vals):
        """Return ``(changes, problems)`` of a patient on file."""
        number = row.values.get('patient_id')
        # A patient first seen in a file of appointments has a number for a name.
        stand_in = ('name',) if number and (patient.name or '').endswith(number) else ()
        return self.compare(patient, vals, self.field_headers, stand_in)

    def _compare_consent(self, patient, row, decisions):
        """Return ``(channels never asked about, whether another decision is on file)``.

        A decision on file may be younger than the file, and is never changed by it.
        """
        if 'reminder_consent' not in row.values:
            return (), False
        decision = 'permit' if row.values['reminder_consent'] else 'deny'
        on_file = {
            channel: decisions[patient.id, self.purpose.id, channel][0]
            for channel in CONSENT_CHANNELS
            if patient and (patient.id, self.purpose.id, channel) in decisions
        }
        missing = [channel for channel in CONSENT_CHANNELS if channel not in on_file]
        return missing, any(other != decision for other in on_file.values())

    def _prepare_consent(self, patient, row, channel):
        return {
            'patient_id': patient.id if patient else False,
            'purpose_id': self.purpose.id,
            'channel': channel,
            'decision': 'permit' if row.values['reminder_consent'] else 'deny',
            'method': 'import',
        }


class AppointmentWriter(Writer):
    """Lines of appointments."""

    def __init__(self, record, dry_run, within=None):
        super().__init__(record, dry_run, within)
        self.zone = pytz.timezone(record.company_id.resource_calendar_id.tz or 'UTC')
        self.today = fields.Date.context_today(record)
        self.purpose = self.env.ref('healthcare_crm.consent_purpose_reminder')
        # Patients a dry run would have created: told once, as the import does.
        self.announced = set()
        self.field_headers = {
            'start': self.headers.get('start'),
            'stop': self.headers.get('stop'),
            'allday': self.headers.get('start'),
            'booked_at': self.headers.get('booked_at'),
            'appointment_status': self.headers.get('status') or self.headers.get('no_show'),
        }

    def write_rows(self, parsed_rows):
        """Import lines together; return their outcomes."""
        numbers = [row.values['appointment_id'] for row in parsed_rows]
        known = self._find_events(numbers)
        patients = self.find_patients({row.values['patient_id'] for row in parsed_rows})
        new = [row for row in parsed_rows if row.values['appointment_id'] not in known]
        ours = [row for row in parsed_rows if not self._is_others(row, known, patients)]
        strangers = self._get_strangers(new, patients)
        if not self.dry_run:
            self._complete_patients(ours, patients)
            patients |= self.create_patients(
                {number: self._prepare_stranger(row) for number, row in strangers.items()}
            )
        events = dict(known)
        if not self.dry_run:
            created = self.env['calendar.event'].create(
                [self._prepare_event(row, patients[row.values['patient_id']]) for row in new]
            )
            events |= {
                row.values['appointment_id']: event for row, event in zip(new, created, strict=True)
            }
        reminded = self._write_reminders(ours, events)
        outcomes, written = [], []
        for row in parsed_rows:
            result, problems = 'created', []
            event = known.get(row.values['appointment_id'])
            if event:
                result, changes, problems = self._compare_event(row, event, patients)
                if changes:
                    written.append((event, changes))
                if result == 'unchanged' and row.values['appointment_id'] in reminded:
                    result = 'updated'
            elif strangers.get(row.values['patient_id']) is row:
                problems = [
                    problem(
                        'patient_created',
                        self.headers['patient_id'],
                        row.values['patient_id'],
                        WARNING,
                    )
                ]
            outcomes.append(Outcome(row, result, row.problems + problems))
        if not self.dry_run:
            self.write_changes(written)
        return outcomes

    # -- Patients ----------------------------------------------------------------------------

    def _get_strangers(self, parsed_rows, patients):
        """Return ``{number: first line}`` of patients nobody knows yet."""
        strangers = {}
        for row in parsed_rows:
            number = row.values['patient_id']
            if number not in patients and number not in self.announced:
                strangers.setdefault(number, row)
        if self.dry_run and strangers:
            # told in an earlier batch, by a writer that is gone
            ring = keyring.get()
            indexes = {
                index: number for number in strangers for index in ring.indexes(number, INDEXED)
            }
            # sudo: the index is nobody's
            told = (
                self.env['healthcare.import.problem']
                .sudo()
                .search_fetch(
                    [
                        ('import_id', '=', self.record.id),
                        ('code', '=', 'patient_created'),
                        ('value_index', 'in', list(indexes)),
                    ],
                    ['value_index'],
                )
            )
            announced = {indexes[index] for index in told.mapped('value_index')}
            strangers = {
                number: row for number, row in strangers.items() if number not in announced
            }
            self.announced |= strangers.keys()
        return strangers

    def _prepare_stranger(self, row):
        vals = {
            'name': row.values.get('name') or self.env._("Patient %s", row.values['patient_id']),
        }
        return vals | {
            name: row.values[name] for name in ('gender', 'birth_date') if name in row.values
        }

    def _complete_patients(self, parsed_rows, patients):
        """Fill in a gender or a birth date that was missing; never replace one from here."""
        changes = {}
        for row in parsed_rows:
            patient = patients.get(row.values['patient_id'])
            for name in ('gender', 'birth_date'):
                if patient and name in row.values and not patient[name]:
                    # the first line that knows it, when a patient has several
                    changes.setdefault(patient, {}).setdefault(name, row.values[name])
        self.write_changes(changes.items())

    # -- Appointments ------------------------------------------------------------------------

    def _find_events(self, numbers):
        found = (
            self.env['calendar.event']
            .with_context(active_test=False)
            .search(
                [
                    ('identifier_system_id', '=', self.system.id),
                    ('identifier_value', 'in', numbers),
                ]
            )
        )
        return {event.identifier_value: event for event in found}

    def _prepare_event(self, row, patient):
        return {
            'is_appointment': True,
            'patient_id': patient.id,
            'company_id': self.record.company_id.id,
            'identifier_system_id': self.system.id,
            'identifier_value': row.values['appointment_id'],
            # not now, which is the default: nobody booked anything by importing
            'booked_at': False,
            **self._get_vals(row),
        }

    def _get_vals(self, row):
        vals = rows.event_dates(row.values, self.zone)
        if status := rows.event_status(row.values, self.today):
            vals['appointment_status'] = status
        if booked := rows.booking_moment(row.values, self.zone):
            vals['booked_at'] = booked
        return vals

    def _is_others(self, row, known, patients):
        """Whether the appointment is in the database, and belongs to another patient there."""
        event = known.get(row.values['appointment_id'])
        return event and event.patient_id != patients.get(row.values['patient_id'])

    def _compare_event(self, row, event, patients):
        """Return ``(result, changes, problems)`` of an appointment that is in the database."""
        if self._is_others(row, {row.values['appointment_id']: event}, patients):
            return (
                'error',
                {},
                [
                    problem(
                        'other_patient',
                        self.headers['patient_id'],
                        row.values['patient_id'],
                        ERROR,
                    )
                ],
            )
        changes, problems = self.compare(event, self._get_vals(row), self.field_headers)
        if {'allday', 'start', 'stop'} & changes.keys():
            # a moment is only right with its other half
            changes |= rows.event_dates(row.values, self.zone)
        return 'updated' if changes else 'unchanged', changes, problems

    # -- Reminders ---------------------------------------------------------------------------

    def _write_reminders(self, parsed_rows, events):
        """Put reminders that were sent into the ledger; return the appointments that had none."""
        keys = {
            f'import:{self.system.code}:{row.values["appointment_id"]}:sms': row
            for row in parsed_rows
            if row.values.get('sms_received')
        }
        Communication = self.env['healthcare.communication']
        there = set(
            Communication.search_fetch(
                [('idempotency_key', 'in', list(keys))], ['idempotency_key']
            ).mapped('idempotency_key')
        )
        keys = {key: row for key, row in keys.items() if key not in there}
        if not self.dry_run:
            now = fields.Datetime.now()
            Communication.create(
                [
                    {
                        'patient_id': event.patient_id.id,
                        'appointment_id': event.id,
                        'purpose_id': self.purpose.id,
                        'channel': 'sms',
                        'status': 'sent',
                        'idempotency_key': key,
                        # The file says that it was sent, not when: at the latest, when it was due.
                        'date': min(event.start, now),
                    }
                    for key, row in keys.items()
                    for event in [events[row.values['appointment_id']]]
                ]
            )
        return {row.values['appointment_id'] for row in keys.values()}


WRITERS = {'patients': PatientWriter, 'appointments': AppointmentWriter}
