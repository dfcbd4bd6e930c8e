"""Everything a clinic has of a patient, as the patient may take it along (names of FHIR R4)."""

from odoo.tools import SQL

RESOURCES = {
    'calendar.event': 'Appointment',
    'healthcare.alert': 'Flag',
    'healthcare.allergy': 'AllergyIntolerance',
    'healthcare.care.task': 'Task',
    'healthcare.communication': 'Communication',
    'healthcare.condition': 'Condition',
    'healthcare.consent': 'Consent',
    'healthcare.consent.signature': 'Consent',
    'healthcare.coverage': 'Coverage',
    'healthcare.document': 'DocumentReference',
    'healthcare.encounter': 'Encounter',
    'healthcare.enquiry': 'Communication',
    'healthcare.family.history': 'FamilyMemberHistory',
    'healthcare.immunization': 'Immunization',
    'healthcare.lifestyle': 'Observation',
    'healthcare.medication': 'MedicationStatement',
    'healthcare.observation': 'Observation',
    'healthcare.procedure': 'Procedure',
    'healthcare.referral': 'ServiceRequest',
    'healthcare.workflow.enrollment': 'CarePlan',
    'res.partner': 'Patient',
    'survey.user_input': 'QuestionnaireResponse',
}
#: what is about the software, or about other people
LEFT_OUT = frozenset(
    {
        'healthcare.erasure',
        'healthcare.patient.link',
        'healthcare.patient.matching',
        'healthcare.privacy.request',
        'healthcare.referrer.entry',
        'healthcare.referrer.thanks',
    }
)
NOT_TOLD = frozenset({'binary', 'one2many', 'many2many', 'json', 'properties', 'reference'})


def make_dossier(env, partners, register):
    """Return a FHIR-like Bundle of everything about some records of one patient.

    :param env: may read everything; who may see the result is asked before
    :param register: the sensitive fields, ``{model: {field: …}}``
    """
    entries = [_tell(partner, register['res.partner']) for partner in partners]
    for model in sorted(register):
        if model in LEFT_OUT or model == 'res.partner':
            continue
        Model = env[model].with_context(active_test=False)
        field = Model._fields.get('patient_id')
        if field is None or not field.store:
            continue
        records = Model.search([('patient_id', 'in', partners.ids)], order='id')
        entries += [_tell(record, register[model]) for record in records]
    for model, (path, names) in sorted(env['healthcare.sensitive']._get_taken_along().items()):
        Model = env[model].with_context(active_test=False)
        records = Model.search([(path, 'in', partners.ids)], order='id')
        entries += [_tell(record, names) for record in records]
    return {
        'resourceType': 'Bundle',
        'type': 'collection',
        'entry': [{'resource': entry} for entry in entries],
    }


def _tell(record, listed):
    """Return what a record says, by the names of its fields, as a person would read it."""
    told = {
        'resourceType': RESOURCES.get(record._name, 'Basic'),
        'id': f'{record._name},{record.id}',
    }
    for name, field in record._fields.items():
        if field.type in NOT_TOLD or name.endswith(('_sealed', '_index', '_masked')):
            continue
        if name not in listed and not _is_own(record, name):
            continue
        value = record[name]
        if field.type == 'many2one':
            value = value.display_name
        elif field.type == 'selection' and value:
            value = dict(field._description_selection(record.env)).get(value, value)
        if value or (field.type in ('integer', 'float', 'boolean') and value == 0 and field.store):
            told[name] = value
    return told


def tell_processor(processor):
    """Return who handles the patient's data for the clinic."""
    told = {'resourceType': 'Organization', 'id': f'{processor._name},{processor.id}'}
    for name in ('name', 'service', 'data_classes', 'country_id', 'transfer_basis'):
        value, field = processor[name], processor._fields[name]
        if field.type == 'many2one':
            value = value.display_name
        elif field.type == 'selection':
            value = dict(field._description_selection(processor.env)).get(value)
        if value:
            told[name] = value
    return told


def _is_own(record, name):
    if record._name == 'res.partner':
        return name in {
            'name',
            'email',
            'phone',
            'street',
            'street2',
            'zip',
            'city',
            'country_id',
            'lang',
            'comment',
            'create_date',
        }
    return name in {'name', 'start', 'stop', 'date', 'status', 'create_date'} or name.startswith(
        'sent_'
    )


def get_looks(env, patient_ids):
    """Return who looked at some patients, when and at what, the latest first."""
    rows = env.execute_query(
        SQL(
            """
            SELECT recorded_at, login, roles, action, model, field_names, purpose
              FROM healthcare_audit_event
             WHERE patients && %s::int[]
          ORDER BY id DESC
            """,
            list(patient_ids),
        )
    )
    return [
        {
            'resourceType': 'AuditEvent',
            'recorded': str(recorded_at),
            'agent': login,
            'role': roles,
            'action': action,
            'entity': model,
            'fields': fields,
            'purposeOfEvent': purpose,
        }
        for recorded_at, login, roles, action, model, fields, purpose in rows
    ]
