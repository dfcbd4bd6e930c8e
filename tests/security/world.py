"""A clinic in which every sensitive value is known: who asks, and about whom.

For each model of the register there is a record of a patient whom the practitioner treats
(``treated``), of another patient of the clinic (``clinic``) and of a patient of another clinic
(``elsewhere``). Every text, date and number in them is a marker: it occurs nowhere else.
"""

import base64
import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from odoo.fields import Command

from odoo.addons.healthcare_crm.auditing import events

from . import members

TREATED, CLINIC, ELSEWHERE = PLACES = ('treated', 'clinic', 'elsewhere')
#: identity → group
IDENTITIES = {
    'practitioner': 'healthcare_crm.group_practitioner',
    'nurse': 'healthcare_crm.group_nurse',
    'reception': 'healthcare_crm.group_reception',
    'call_desk': 'healthcare_crm.group_call_desk',
    'marketing': 'healthcare_crm.group_marketing',
    'quality': 'healthcare_crm.group_quality',
    'privacy_officer': 'healthcare_crm.group_privacy_officer',
    'clinic_administrator': 'healthcare_crm.group_clinic_administrator',
    'portal': 'base.group_portal',
    'public': 'base.group_public',
}
OUTSIDERS = ('portal', 'public')
#: models on whose records people leave notes
CHATTED = (
    'res.partner',
    'healthcare.enquiry',
    'healthcare.break.glass',
    'healthcare.privacy.request',
    'healthcare.incident',
    'calendar.event',
)
#: what a marker looks like: a word, a day, a number
MARKER = re.compile(r'ZQ\d{6}Z|\b(?:23\d\d|190\d)-\d\d-\d\d|(?<![\d.])84\d{5}(?!\d)', re.IGNORECASE)
SYSTEM = 'healthcare_crm.identifier_system_merged'
WORDS = ('char', 'text', 'html')
#: ends of names of fields that are made from others
UNMARKED = ('_sealed', '_index', '_masked', '_normalized', '_sha256')


class Mark(NamedTuple):
    """Where a marker was put."""

    model: str
    field: str
    place: str


class World:
    """The records and the users of the clinic.

    :ivar marks: marker → :class:`Mark`
    :ivar records: model → place → record
    :ivar users: identity → user
    """

    def __init__(self, env):
        self.env = env(context={**env.context, 'tracking_disable': True})
        self.marks = {}
        self.records = {}
        self.register = env['healthcare.sensitive']._get_register() | members.AS_A_WHOLE
        self.companies = dict.fromkeys(PLACES, env.company)
        self.companies[ELSEWHERE] = env['res.company'].create(
            {'name': "Elsewhere", 'country_id': env.company.country_id.id}
        )
        env.user.company_ids |= self.companies[ELSEWHERE]
        env.company.record_access = self.companies[ELSEWHERE].record_access = 'care'
        self._make_users()
        self._make_patients()
        for model, make in MAKERS.items():
            for place in PLACES:
                self._make(model, place, make(self, place))
        self._make_by_software()
        env.flush_all()

    # ------------------------------------------------------------ markers

    def word(self, model, field, place):
        """Return a new marker that is a word."""
        return self._note(f'ZQ{len(self.marks):06}Z', model, field, place)

    def day(self, model, field, place):
        """Return a new marker that is a day, far ahead, and not the first of a month: groups by
        months begin and end with those."""
        months, days = divmod(len(self.marks), 27)
        day = date(2300 + months // 12, 1 + months % 12, 2 + days)
        self._note(str(day), model, field, place)
        return day

    def moment(self, model, field, place):
        """Return a new marker that is a moment, at noon."""
        return datetime.combine(self.day(model, field, place), datetime.min.time()).replace(hour=12)

    def number(self, model, field, place):
        """Return a new marker that is a number."""
        number = 8_400_000 + len(self.marks)
        self._note(str(number), model, field, place)
        return number

    def _note(self, marker, model, field, place):
        self.marks[marker] = Mark(model, field, place)
        return marker

    def find(self, text):
        """Return the markers in a text."""
        found = {one.upper().partition('.')[0] for one in MARKER.findall(text)}
        return found & self.marks.keys()

    # ------------------------------------------------------------ who

    def _make_users(self):
        env = self.env(context={**self.env.context, 'no_reset_password': True})
        self.users = {'public': env.ref('base.public_user')}
        for name, group in IDENTITIES.items():
            groups = env.ref(group)
            if name not in OUTSIDERS:
                groups |= env.ref('base.group_allow_export')
            if name != 'public':
                self.users[name] = env['res.users'].create(
                    {
                        'name': f'Proof {name}',
                        'login': f'proof_{name}',
                        'email': f'{name}@clinic.example',
                        'group_ids': [Command.set(groups.ids)],
                        'company_id': env.company.id,
                        'company_ids': [Command.set(env.company.ids)],
                    }
                )
        self.practitioners, self.services = {}, {}
        for place, company in self.companies.items():
            values = {'name': f'Dr {place}', 'company_id': company.id}
            if place == TREATED:
                values['user_id'] = self.users['practitioner'].id
            self.practitioners[place] = env['healthcare.practitioner'].create(values)
            self.services[place] = env['healthcare.service'].create(
                {'name': f'Check-up {place}', 'company_id': company.id}
            )
        self.helper = env['res.partner'].create({'name': "Helper", 'is_company': True})
        # the portal user is a patient: reads themselves as a contact, and nothing of the record
        self.users['portal'].partner_id.write(
            {'is_patient': True, 'company_id': self.env.company.id}
        )

    def patient(self, place):
        """Return the patient of a place."""
        return self.records['res.partner'][place]

    def get(self, model, place):
        """Return the record of a place."""
        return self.records[model][place]

    # ------------------------------------------------------------ what

    def _make_patients(self):
        for place in PLACES:
            number = len(self.marks)
            self._make(
                'res.partner',
                place,
                {
                    'name': self.word('res.partner', 'name', place),
                    'email': f"{self.word('res.partner', 'email', place)}@example.org".lower(),
                    'phone': f'+8869122{number:05}',
                    'street': self.word('res.partner', 'street', place),
                    'comment': self.word('res.partner', 'comment', place),
                    'is_patient': True,
                    'company_id': self.companies[place].id,
                    'birth_date': self._birthday(place),
                    'deceased_date': None,
                    'gender': 'female',
                    'preferred_channel': 'email',
                    'lifecycle_stage': 'active',
                    'practitioner_id': self.practitioners[place].id,
                    'source_id': self.env.ref('utm.utm_source_newsletter').id,
                    'guardian_id': self.helper.id,
                    'referrer_id': self.helper.id,
                    'clinic_role': 'doctor',
                    'is_vip': True,
                },
            )

    def _birthday(self, place):
        day = date(1900, 1, 1) + timedelta(days=len(self.marks))
        self._note(str(day), 'res.partner', 'birth_date', place)
        return day

    def _make(self, model, place, values):
        """Create a record; what is a text and was left open is marked."""
        Model = self.env[model].with_company(self.companies[place])
        marking = {'date': self.day, 'datetime': self.moment, 'float': self.number}
        marking |= dict.fromkeys(WORDS, self.word) | dict.fromkeys(('monetary',), self.number)
        for name in self.register.get(model, ()):
            field = Model._fields[name]
            is_given = (field.store and not field.compute) or field.inverse or field.precompute
            if name in values or not is_given or name.endswith(UNMARKED):
                continue
            if field.type in marking:
                values[name] = marking[field.type](model, name, place)
            elif field.type == 'selection' and field.required and not field.default:
                values[name] = field.get_values(self.env)[0]
        record = Model.create({name: value for name, value in values.items() if value is not None})
        self.records.setdefault(model, {})[place] = record
        return record

    def _make_by_software(self):
        """Make what only the software makes."""
        for place in PLACES:
            self._merge(place)
        self._match()
        self._look()
        self._count()
        self._follow_up()
        for place in PLACES:
            members.enter(self, place)
        self._write_to_each_other()

    def _merge(self, place):
        """Merge a patient into that of the place."""
        other = self.env['res.partner'].create(
            {
                'name': self.word('res.partner', 'name', place),
                'is_patient': True,
                'company_id': self.companies[place].id,
                'phone': self.patient(place).phone,
                'occupation': self.word('res.partner', 'occupation', place),
            }
        )
        self._put('healthcare.patient.merge', place, other._merge_into(self.patient(place)))

    def _put(self, model, place, record):
        assert record, f'no {model} of {place}'
        self.records.setdefault(model, {})[place] = record[:1]

    def _match(self):
        """Let the patients be prepared for the search for duplicates."""
        self.env.flush_all()
        Matching = self.env['healthcare.patient.matching']
        for place in PLACES:
            domain = [('patient_id', '=', self.patient(place).id)]
            self._put('healthcare.patient.matching', place, Matching.search(domain))

    def _look(self):
        """Record a look at each patient, in this transaction alone."""
        for place in PLACES:
            detail = self.word('healthcare.audit.event', 'detail', place)
            patient = self.patient(place)
            event = events.Event(
                user_id=self.users['nurse'].id,
                login='proof_nurse',
                roles='nurse',
                company_id=self.companies[place].id,
                action='read',
                model='res.partner',
                field_names='name',
                record_ids=tuple(patient.ids),
                patients=tuple(patient.ids),
                detail=detail,
            )
            ids = events.write(self.env.cr.dbname, [event], cr=self.env.cr)
            self._put(
                'healthcare.audit.event', place, self.env['healthcare.audit.event'].browse(ids)
            )

    def _count(self):
        """Enter how often each patient came, which PostgreSQL does otherwise."""
        model = 'healthcare.visit.tally'
        for place in PLACES:
            values = {
                'patient_id': self.patient(place).id,
                'company_id': self.companies[place].id,
                'visits': self.number(model, 'visits', place),
                'first': self.moment(model, 'first', place),
                'last': self.moment(model, 'last', place),
            }
            self._put(model, place, self.env[model].create(values))

    def _follow_up(self):
        """Enter what a workflow writes of a patient."""
        now = datetime.now().replace(microsecond=0)
        workflow_of, survey = {}, self.env['survey.survey'].create({'title': "How are you?"})
        for place in PLACES:
            company = self.companies[place]
            flow = self.env['healthcare.workflow'].create(
                {'name': f'Follow up {place}', 'company_id': company.id}
            )
            workflow_of[place] = flow.version_id = self.env['healthcare.workflow.version'].create(
                {
                    'workflow_id': flow.id,
                    'number': 1,
                    'graph': {'steps': {}},
                    'checksum': place,
                    'publisher_id': self.env.uid,
                    'date': now,
                }
            )
            enrollment = self._make(
                'healthcare.workflow.enrollment',
                place,
                {
                    'workflow_id': flow.id,
                    'version_id': flow.version_id.id,
                    'patient_id': self.patient(place).id,
                    'subject_model': 'res.partner',
                    'subject_id': self.patient(place).id,
                    'occurrence': place,
                    'state': 'active',
                    'date_start': now,
                    'company_id': company.id,
                },
            )
            log = {'enrollment_id': enrollment.id, 'kind': 'incident', 'date': now}
            log['detail'] = {'error': self.word('healthcare.workflow.log', 'detail', place)}
            self._make('healthcare.workflow.log', place, log)
            event = {'source_key': place, 'kind': 'message_replied', 'date': now}
            event |= {'subject_model': 'res.partner', 'subject_id': self.patient(place).id}
            event['payload'] = {'text': self.word('healthcare.workflow.event', 'payload', place)}
            self._make('healthcare.workflow.event', place, event)
            self._make(
                'healthcare.care.task',
                place,
                {
                    'name': "Call",
                    'patient_id': self.patient(place).id,
                    'appointment_id': _event(self, place),
                    'communication_id': self.get('healthcare.communication', place).id,
                    'company_id': company.id,
                },
            )
            self._make(
                'link.tracker',
                place,
                {
                    'url': f'https://clinic.example/{place}',
                    'title': "Link",
                    'communication_id': self.get('healthcare.communication', place).id,
                },
            )
            self._make(
                'survey.user_input',
                place,
                {'survey_id': survey.id, 'enrollment_id': enrollment.id},
            )
            domain = [('patient_id', '=', self.patient(place).id)]
            self._put(
                'healthcare.referrer.entry',
                place,
                self.env['healthcare.referrer.entry'].search(domain),
            )
            if place == TREATED:
                relations = self.env['healthcare.care.relation'].search(domain)
                self._put('healthcare.care.relation', place, relations)

    def _write_to_each_other(self):
        """Leave notes on records, as people do."""
        for model in CHATTED:
            for place in PLACES:
                record = self.get(model, place)
                body = self.word(f'{model} chatter', 'body', place)
                file = self.word(f'{model} chatter', 'file', place)
                record.with_context(mail_notify_force_send=False).message_post(
                    body=body, attachments=[('note.txt', file.encode())]
                )


def _of(more=None, /, **given):
    """Return a maker of a record about the patient of a place."""

    def make(world, place):
        values = {'patient_id': world.patient(place).id} | {
            name: value(world, place) if callable(value) else value for name, value in given.items()
        }
        return values | (more(world, place) if more else {})

    return make


def _file(world, model, field, place):
    """Return a file that says a marker."""
    return base64.b64encode(b'%PDF-1.4 ' + world.word(model, field, place).encode())


def _partner(world, place):
    return world.helper.id


def _by(world, place):
    return world.practitioners[place].id


def _company(world, place):
    return world.companies[place].id


def _event(world, place):
    return world.get('calendar.event', place).id


def _now(*_args):
    return datetime.now().replace(microsecond=0)


def _form(world, place):
    form = world.env['healthcare.consent.form'].create(
        {'name': "Form", 'company_id': world.companies[place].id}
    )
    version = form.version_ids or world.env['healthcare.consent.form.version'].create(
        {'form_id': form.id}
    )
    return {'form_id': form.id, 'version_id': version[:1].id}


#: model → what makes the values of a record; in this order
MAKERS = {
    'calendar.event': _of(
        name="Appointment",
        is_appointment=True,
        practitioner_id=_by,
        service_id=lambda world, place: world.services[place].id,
        company_id=_company,
        start=lambda world, place: datetime(2027, 3, 1, 9) + timedelta(hours=PLACES.index(place)),
        stop=lambda world, place: datetime(2027, 3, 1, 10) + timedelta(hours=PLACES.index(place)),
        appointment_status='booked',
        patient_response='accepted',
        identifier_system_id=lambda world, place: world.env.ref(SYSTEM).id,
        response_date=None,
        booked_at=None,
        reminder_channel='email',
    ),
    'healthcare.audit.finding': _of(
        user_id=lambda world, place: world.users['nurse'].id,
        company_id=_company,
        kind='volume',
        day=lambda *_args: date.today(),
    ),
    'healthcare.patient.identifier': _of(
        system_id=lambda world, place: world.env.ref(SYSTEM).id,
    ),
    'healthcare.patient.link': _of(
        other_id=members.get_another, company_id=_company, probability=None
    ),
    'healthcare.condition': _of(
        code='E11.9', onset_date=None, expected_end_date=None, abatement_date=None
    ),
    'healthcare.medication': _of(end_date=None, practitioner_id=_by),
    'healthcare.procedure': _of(practitioner_id=_by),
    'healthcare.observation': _of(date=_now, range_high=None, range_low=None),
    'healthcare.immunization': _of(date=lambda *_args: date.today(), vaccine_code='influenza'),
    'healthcare.allergy': _of(onset_date=None),
    'healthcare.family.history': _of(relationship='FTH'),
    'healthcare.lifestyle': _of(date=lambda *_args: date.today(), sleep_hours=None),
    'healthcare.alert': _of(date_from=None),
    'healthcare.coverage': _of(payer_id=_partner, start_date=None),
    'healthcare.document': _of(
        file=lambda world, place: _file(world, 'healthcare.document', 'file', place),
        date=lambda *_args: date.today(),
    ),
    'healthcare.encounter': _of(
        start=_now,
        end=None,
        practitioner_id=_by,
        company_id=_company,
        appointment_id=_event,
    ),
    'healthcare.household': lambda world, place: {'company_id': world.companies[place].id},
    'healthcare.referral': _of(
        company_id=_company,
        direction='outgoing',
        partner_id=_partner,
        practitioner_id=lambda world, place: place == TREATED and world.practitioners[place].id,
        status='draft',
        answered_at=None,
    ),
    'healthcare.referral.response': lambda world, place: {
        'referral_id': world.get('healthcare.referral', place).id
    },
    'healthcare.referrer.thanks': _of(referrer_id=_partner),
    'healthcare.waitlist.entry': _of(
        company_id=_company, date_from=lambda *_args: date.today(), date_to=None
    ),
    'healthcare.consent.signature': _of(
        _form,
        date=_now,
        signer_id=lambda world, place: world.patient(place).id,
        relation='self',
        decision='permit',
        method='desk',
        lang='en_US',
        wording_sha256='0' * 64,
        pdf_sha256='1' * 64,
        document_id=lambda world, place: world.get('healthcare.document', place).id,
    ),
    'healthcare.consent': _of(
        purpose_id=lambda world, place: world.env.ref('healthcare_crm.consent_purpose_reminder').id,
        channel='email',
        decision='permit',
        given_by_id=_partner,
        signature_id=lambda world, place: world.get('healthcare.consent.signature', place).id,
        document_id=lambda world, place: world.get('healthcare.document', place).id,
    ),
    'healthcare.communication': _of(
        purpose_id=lambda world, place: world.env.ref('healthcare_crm.consent_purpose_reminder').id,
        channel='email',
        status='sent',
        appointment_id=_event,
        consent_id=lambda world, place: world.get('healthcare.consent', place).id,
    ),
    'healthcare.break.glass': _of(
        user_id=lambda world, place: world.env.uid
        if place == ELSEWHERE
        else world.users['nurse'].id,
        company_id=_company,
        opened_at=lambda *_args: datetime.now() - timedelta(days=2),
        expires_at=lambda *_args: datetime.now() - timedelta(days=1),
        review_due=lambda *_args: datetime.now(),
        review_note=None,
    ),
    'healthcare.quality.rule': lambda world, place: {
        'name': "Everybody",
        'advice': "Ask.",
        'domain': '[]',
        'company_id': world.companies[place].id,
    },
    'healthcare.quality.finding': _of(
        rule_id=lambda world, place: world.get('healthcare.quality.rule', place).id,
        company_id=_company,
        found_at=_now,
    ),
    'healthcare.segment': lambda world, place: {
        'name': f'Segment {place}',
        'company_id': world.companies[place].id,
    },
    'healthcare.segment.member': _of(
        segment_id=lambda world, place: world.get('healthcare.segment', place).id, date=_now
    ),
    'healthcare.enquiry': _of(
        company_id=_company,
        email=lambda world,
        place: f"{world.word('healthcare.enquiry', 'email', place)}@example.org",
        phone=lambda world, place: f'+8869133{len(world.marks):05}',
        birth_date=None,
        practitioner_id=_by,
        service_id=lambda world, place: world.services[place].id,
        patient_id=lambda world, place: world.patient(place).id,
    ),
    'healthcare.import': lambda world, place: {
        'company_id': world.companies[place].id,
        'system_id': world.env.ref(SYSTEM).id,
        'file_name': 'patients.csv',
        'file': _file(world, 'healthcare.import', 'file', place),
    },
    'healthcare.import.column': lambda world, place: {
        'import_id': world.get('healthcare.import', place).id,
        'header': "Name",
    },
    'healthcare.import.problem': lambda world, place: {
        'import_id': world.get('healthcare.import', place).id,
        'code': 'too_many_cells',
    },
    'healthcare.incident': lambda world, place: {
        'company_id': world.companies[place].id,
        'discovered_at': datetime.now(),
        'patient_ids': [Command.set(world.patient(place).ids)],
    },
    'healthcare.privacy.request': _of(
        company_id=_company, received_on=lambda *_args: date.today(), kind='access'
    ),
    'healthcare.erasure': _of(company_id=_company),
    'healthcare.disclosure': _of(company_id=_company, recipient_id=_partner, basis='treatment'),
    'crm.lead': lambda world, place: {'name': "Lead", 'company_id': world.companies[place].id},
}
