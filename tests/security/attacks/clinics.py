"""Two clinics full of marked values, and somebody of each role in one of them.

Every value says where it is and who may read it: ``ZQTHEREHEALTH`` is health data of the other
clinic. An attack that brings a mark to somebody who may not have it, or changes a row of the other
clinic, has succeeded.
"""

import base64
import json
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.healthcare_crm import sensitive
from odoo.addons.healthcare_crm_loyalty.tests import everything

PASSWORD = 'An-attack-Passw0rd'
#: group that may read a field -> what marks its values
MARKS = {
    # that there is a contact is no secret in its clinic, that it is a patient is
    'base.group_user': 'CONTACT',
    sensitive.GROUP_USER: 'USER',
    sensitive.GROUP_STAFF: 'DESK',
    sensitive.GROUP_CLINICAL: 'HEALTH',
    sensitive.GROUP_IDENTIFIER_CLEAR: 'NUMBER',
    sensitive.GROUP_ADMINISTRATOR: 'IMPORT',
    sensitive.GROUP_PRIVACY: 'PRIVACY',
}
#: who attacks -> their groups
ROLES = {
    'reception': 'healthcare_crm.group_reception',
    'call_desk': 'healthcare_crm.group_call_desk',
    'nurse': 'healthcare_crm.group_nurse',
    'practitioner': 'healthcare_crm.group_practitioner',
    'marketing': 'healthcare_crm.group_marketing',
    'quality': 'healthcare_crm.group_quality',
    'privacy_officer': 'healthcare_crm.group_privacy_officer',
    'clinic_administrator': 'healthcare_crm.group_clinic_administrator',
    'employee': 'base.group_user',
    'portal': 'base.group_portal',
    'public': 'base.group_public',
}
#: model with a patient -> what it needs beside marks
RECORDS = {
    'healthcare.condition': {},
    'healthcare.medication': {},
    'healthcare.procedure': {},
    'healthcare.observation': {},
    'healthcare.immunization': {'vaccine_code': 'influenza'},
    'healthcare.allergy': {},
    'healthcare.family.history': {'relationship': 'FTH'},
    'healthcare.lifestyle': {'smoking': 'never'},
    'healthcare.document': {'file': base64.b64encode(b'%s')},
    'healthcare.encounter': {'amount': 4711},
    'healthcare.alert': {'kind': 'anxiety'},
    'healthcare.coverage': {'kind': 'private'},
    'healthcare.waitlist.entry': {},
    'healthcare.communication': {'channel': 'email'},
    'healthcare.referral': {},
    'healthcare.enquiry': {'email': '%s@example.org', 'phone': '+84 24 3333 %d'},
    'healthcare.privacy.request': {'kind': 'access', 'requester': 'patient'},
    'healthcare.erasure': {'ground': 'request'},
    'healthcare.care.task': {},
}
#: tables that say nothing about a clinic, or that every look writes
_UNWATCHED = {'healthcare_audit_event', 'healthcare_care_relation'}


#: of which each clinic has a record
MODELS = {
    *RECORDS,
    'calendar.event',
    'healthcare.consent',
    'healthcare.consent.form',
    'healthcare.consent.form.version',
    'healthcare.department',
    'healthcare.enquiry.page',
    'healthcare.household',
    'healthcare.import',
    'healthcare.incident',
    'healthcare.message.template',
    'healthcare.patient.identifier',
    'healthcare.practitioner',
    'healthcare.referrer.thanks',
    'healthcare.segment',
    'healthcare.service',
    'healthcare.workflow',
    'healthcare.campaign',
    'healthcare.campaign.code',
    'healthcare.campaign.participant',
    'healthcare.campaign.print',
    'healthcare.campaign.settlement',
    'healthcare.club',
    'healthcare.club.attendance',
    'healthcare.club.member',
    'healthcare.club.talk',
    'healthcare.club.volunteer',
    'healthcare.coupon.batch',
    'healthcare.coupon.redemption',
    'healthcare.introducer',
    'healthcare.introduction',
    'healthcare.loyalty.allocation',
    'healthcare.loyalty.cause',
    'healthcare.loyalty.cut',
    'healthcare.loyalty.earning',
    'healthcare.loyalty.redemption',
    'healthcare.loyalty.share',
    'healthcare.loyalty.tier',
    'healthcare.loyalty.tier.change',
    'loyalty.card',
    'loyalty.history',
    'loyalty.program',
    'loyalty.reward',
    'res.company',
    'res.partner',
}


class Clinic:
    """One clinic: a patient, a practitioner, and a marked record of every kind."""

    def __init__(self, env, where, number):
        self.where = where
        self.company = env['res.company'].create(
            {'name': f"Clinic {where}", 'country_id': env.ref('base.vn').id}
        )
        self.company.record_access = 'care'
        self.env = env = env['res.partner'].with_company(self.company).env
        here = {'company_id': self.company.id}
        self.department = env['healthcare.department'].create(
            {'name': f"Ward {self.mark()}", **here}
        )
        self.practitioner = env['healthcare.practitioner'].create(
            {'name': f"Dr {self.mark()}", 'department_id': self.department.id, **here}
        )
        self.patient, self.other = env['res.partner'].create(
            [
                {
                    'name': f"{name} {self.mark('base.group_user')}",
                    'email': f'{name}.{self.mark("base.group_user")}@example.org'.lower(),
                    'phone': f'+84 24 3828 {number}{last}',
                    'street': f"{last} {self.mark('base.group_user')} Street",
                    'is_patient': True,
                    'birth_date': '1980-02-03',
                    **here,
                }
                for name, last in (("An", 100), ("Binh", 200))
            ]
        )
        self.household = env['healthcare.household'].create(
            {
                'name': self.mark(sensitive.GROUP_STAFF),
                'member_ids': [Command.set(self.patient.ids)],
                **here,
            }
        )
        self.number = f'{self.mark(sensitive.GROUP_IDENTIFIER_CLEAR)}{number}'
        self.records = {
            'res.company': self.company,
            'res.partner': self.patient,
            'healthcare.department': self.department,
            'healthcare.practitioner': self.practitioner,
            'healthcare.household': self.household,
            'healthcare.patient.identifier': env['healthcare.patient.identifier'].create(
                {
                    'patient_id': self.patient.id,
                    'system_id': env.ref('healthcare_crm.identifier_system_merged')
                    .copy({'name': f"Attack {where}", 'check_rule': False})
                    .id,
                    'value': self.number,
                }
            ),
            'healthcare.service': env['healthcare.service'].create(
                {'name': f"Service {self.mark()}", **here}
            ),
            'healthcare.incident': env['healthcare.incident'].create(
                {
                    'kind': 'lost',
                    'details': self.mark(sensitive.GROUP_PRIVACY),
                    **here,
                }
            ),
        }
        for model, values in RECORDS.items():
            self.records[model] = self._create(model, values, number)
        self.visit = self.records['calendar.event'] = env['calendar.event'].create(
            {
                'name': f"Visit {self.mark()}",
                'description': self.mark(),
                'is_appointment': True,
                'patient_id': self.patient.id,
                'practitioner_id': self.practitioner.id,
                'start': fields.Datetime.now() + timedelta(days=3),
                **here,
            }
        )
        self.consent = self.records['healthcare.consent'] = env['healthcare.consent'].create(
            {
                'patient_id': self.patient.id,
                'purpose_id': env.ref('healthcare_crm.consent_purpose_reminder').id,
                'channel': 'email',
                'decision': 'permit',
            }
        )
        form = env['healthcare.consent.form'].create({'name': f"Form {self.mark()}", **here})
        self.records['healthcare.consent.form'] = form
        self.version = self.records['healthcare.consent.form.version'] = env[
            'healthcare.consent.form.version'
        ].create(
            {
                'form_id': form.id,
                'number': 1,
                'line_ids': [
                    Command.create(
                        {'purpose_id': env.ref('healthcare_crm.consent_purpose_reminder').id}
                    )
                ],
                'wording_ids': [
                    Command.create(
                        {'lang': 'en_US', 'title': f"Words {where}", 'body': "We write."}
                    )
                ],
            }
        )
        self.version.action_publish()
        self.records['healthcare.segment'] = env['healthcare.segment'].create(
            {'name': f"Segment {self.mark()}", **here}
        )
        self.records['healthcare.message.template'] = env['healthcare.message.template'].create(
            {
                'name': f"Words {self.mark()}",
                'channel': 'sms',
                'body': self.mark(),
                **here,
            }
        )
        self.records['healthcare.enquiry.page'] = env['healthcare.enquiry.page'].create(
            {'name': f"Page {self.mark()}", **here}
        )
        self.records['healthcare.import'] = env['healthcare.import'].create(
            {
                'file': base64.b64encode(
                    f'name,phone\n{self.mark(sensitive.GROUP_ADMINISTRATOR)},1\n'.encode()
                ),
                'file_name': f'{where}.csv',
                **here,
            }
        )
        self.records['healthcare.workflow'] = env['healthcare.workflow'].create(
            {'name': f"Workflow {self.mark()}", **here}
        )
        self.records['healthcare.referrer.thanks'] = env['healthcare.referrer.thanks'].create(
            {
                'patient_id': self.patient.id,
                'referrer_id': self.other.id,
                'method': 'letter',
                'note': self.mark(sensitive.GROUP_STAFF),
            }
        )
        self.message = self.patient.message_post(body=self.mark(), subject=self.mark())
        self.users_partner = new_test_user(
            env, f'colleague.{where.lower()}', groups=ROLES['nurse']
        ).partner_id
        desk = self.mark(sensitive.GROUP_STAFF)
        self.records |= everything.join(env, self.patient, self.other, self.mark())
        self.records['loyalty.history'].description = desk
        self.records['healthcare.introducer'].shown_name = desk
        env.flush_all()
        assert set(self.records) == MODELS, set(self.records) ^ MODELS

    def mark(self, read=sensitive.GROUP_USER):
        """Return what marks values here that a group may read."""
        return f'ZQ{self.where}{MARKS[read]}'

    def _create(self, model, values, number):
        """Create a record of the patient's, with a mark in whatever takes words."""
        register = self.env['healthcare.sensitive']._get_register().get(model, {})
        marked = {}
        for name, field in self.env[model]._fields.items():
            read = register[name].read if name in register else None
            if field.type not in ('char', 'text', 'html') or read not in MARKS:
                continue
            if (field.store or field.inverse) and not field.related:
                marked[name] = self.mark(read)
        for name in ('name', 'title'):
            if name in self.env[model]._fields and name not in marked:
                marked[name] = self.mark()
        values = dict(values)
        if 'company_id' in self.env[model]._fields:
            values['company_id'] = self.company.id
        for name, value in values.items():
            if value == base64.b64encode(b'%s'):
                values[name] = base64.b64encode(self.mark(sensitive.GROUP_CLINICAL).encode())
            elif isinstance(value, str) and '%s' in value:
                values[name] = value % self.mark(sensitive.GROUP_STAFF).lower()
            elif isinstance(value, str) and '%d' in value:
                values[name] = value % number
        for name in ('email_normalized', 'lang', 'identifier_number', 'member_number_masked'):
            marked.pop(name, None)
        return self.env[model].create({'patient_id': self.patient.id, **marked, **values})


def make_users(env, company):
    """Return one user of each role in a clinic, who treats nobody."""
    users = {}
    for role, group in ROLES.items():
        users[role] = new_test_user(
            env,
            f'attack.{role}',
            groups=group,
            password=PASSWORD,
            name=f"Attacker {role}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
    return users


def forbidden_marks(user, here, there):
    """Return the marks that this user must never be shown."""
    marks = {there.mark(read) for read in MARKS}
    for read in MARKS:
        if not user.has_group(read):
            marks.add(here.mark(read))
    # who treats nobody reads nobody's health records
    if user.has_group('healthcare_crm.group_practitioner'):
        marks.add(here.mark(sensitive.GROUP_CLINICAL))
    return {mark.lower() for mark in marks}


def found_marks(answer, marks):
    """Return the marks in what was answered, in whatever form they come."""
    text = answer if isinstance(answer, str) else json.dumps(answer, default=_plain)
    text = text.lower()
    found = {mark for mark in marks if mark in text}
    for mark in marks:
        encoded = base64.b64encode(mark.encode()).decode().rstrip('=').lower()
        if encoded[:-1] in text:
            found.add(mark)
    return found


def _plain(value):
    if isinstance(value, bytes):
        return value.decode('utf-8', 'replace')
    if hasattr(value, '_ids') and hasattr(value, '_name'):
        return f'{value._name}{value._ids}'
    return str(value)


class Watch:
    """The rows of a clinic, and whether they are as they were."""

    #: what says whose a row is
    COLUMNS = ('patient_id', 'company_id', 'kept_id', 'merged_id')
    #: written by every look, or read from other tables
    UNWATCHED = ('healthcare.audit.event', 'healthcare.care.relation')
    CORE = (
        'calendar.event',
        'crm.lead',
        'loyalty.card',
        'loyalty.program',
        'loyalty.reward',
        'mail.activity',
        'mailing.mailing',
        'survey.user_input',
    )
    #: of which only the card says whose they are
    OF_CARDS = ('loyalty_history', 'healthcare_loyalty_redemption', 'healthcare_loyalty_share')

    def __init__(self, clinic):
        env = clinic.env
        self.cr = env.cr
        patients = ','.join(map(str, (clinic.patient | clinic.other).ids))
        conditions = {
            'res_partner': [f'id IN ({patients})'],
            'res_company': [f'id = {clinic.company.id}'],
            'mail_message': [],
            'ir_attachment': [],
        }
        card = clinic.records['loyalty.card'].id
        conditions |= {table: [f'card_id = {card}'] for table in self.OF_CARDS}
        for name, model in env.items():
            if model._abstract or model._transient or not model._auto or name in self.UNWATCHED:
                continue
            if not name.startswith('healthcare.') and name not in self.CORE:
                continue
            for column in self.COLUMNS:
                field = model._fields.get(column)
                if field and field.store and field.column_type:
                    ids = clinic.company.id if column == 'company_id' else patients
                    conditions.setdefault(model._table, []).append(f'{column} IN ({ids})')
        for name, records in clinic.records.items():
            if records:
                ids = ','.join(map(str, records.ids))
                conditions['mail_message'].append(f"(model = '{name}' AND res_id IN ({ids}))")
                conditions['ir_attachment'].append(f"(res_model = '{name}' AND res_id IN ({ids}))")
        self.query = ' UNION ALL '.join(
            f"SELECT '{table}', md5(x::text) FROM {table} x WHERE {' OR '.join(any_of)}"
            for table, any_of in conditions.items()
        )

    def look(self):
        """Return what tells whether a row changes, comes or goes."""
        self.cr.execute(self.query)
        return set(self.cr.fetchall())
