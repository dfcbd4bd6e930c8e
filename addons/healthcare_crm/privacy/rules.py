"""What becomes of the rows that name a patient, by their model.

What no rule names is deleted where it must have a patient, or is listed as sensitive, and points
at nobody afterwards elsewhere.
"""

from typing import NamedTuple

DELETE, ANONYMISE, KEEP, DETACH = 'delete', 'anonymise', 'keep', 'detach'


class Rule(NamedTuple):
    """
    :param action: ``delete``, ``anonymise`` (the row stays, for statistics), ``keep`` or
        ``detach`` (it stays, and names nobody)
    :param clear: ``{column: value}`` that an anonymised row has instead
    :param why: code of the reason, see ``healthcare.erasure``
    """

    action: str
    clear: dict = {}
    why: str = ''


#: what makes up the medical record: kept while the law says so
MEDICAL = frozenset(
    {
        'healthcare.alert',
        'healthcare.allergy',
        'healthcare.condition',
        'healthcare.consent',
        'healthcare.consent.signature',
        'healthcare.coverage',
        'healthcare.document',
        'healthcare.encounter',
        'healthcare.family.history',
        'healthcare.immunization',
        'healthcare.lifestyle',
        'healthcare.medication',
        'healthcare.observation',
        'healthcare.patient.identifier',
        'healthcare.procedure',
        'healthcare.referral',
        'healthcare.referral.response',
    }
)
#: what proves that the law was kept
PROOF = ('healthcare.erasure', 'healthcare.privacy.request', 'healthcare.disclosure')
#: money: tax law keeps it, and says for how long
ACCOUNTS = ('account.', 'sale.', 'purchase.', 'stock.', 'payment.', 'pos.')
#: of the patient's own row, what a kept record is known by
KEPT_COLUMNS = frozenset(
    {
        'name',
        'complete_name',
        'is_patient',
        'patient_number',
        'birth_date',
        'gender',
        'deceased',
        'deceased_date',
        'guardian_id',
        'practitioner_id',
        'street',
        'street2',
        'zip',
        'city',
        'state_id',
        'country_id',
    }
)
#: of the patient's own row, what says nothing about a person
PLAIN_COLUMNS = frozenset(
    {
        'id',
        'active',
        'company_id',
        'type',
        'is_company',
        'commercial_partner_id',
        'partner_share',
        'create_date',
        'create_uid',
        'write_date',
        'write_uid',
    }
)

RULES = {
    'calendar.event': Rule(
        ANONYMISE,
        {
            'name': '–',
            'description': None,
            'notes': None,
            'location': None,
            'access_token': None,
            'videocall_location': None,
            'identifier_value': None,
            'identifier_system_id': None,
            'enquiry_id': None,
            'opportunity_id': None,
        },
        'statistics',
    ),
    'healthcare.communication': Rule(
        ANONYMISE,
        {
            'address': None,
            'subject_sealed': None,
            'body_sealed': None,
            'reason_detail_sealed': None,
            'provider_ref': None,
            'answer': None,
        },
        'statistics',
    ),
    'mailing.trace': Rule(
        ANONYMISE,
        {'email': None, 'message_id': None, 'failure_reason': None, 'sms_number': None},
        'statistics',
    ),
    'link.tracker.click': Rule(ANONYMISE, {'ip': None}, 'statistics'),
    'res.users': Rule(
        ANONYMISE,
        {'login': 'erased-{id}', 'password': None, 'signature': None, 'active': False},
        'login',
    ),
    'healthcare.audit.finding': Rule(KEEP, why='proof'),
    'privacy.log': Rule(KEEP, why='proof'),
    **{model: Rule(KEEP, why='proof') for model in PROOF},
    'calendar.attendee': Rule(DELETE),
    'crm.lead': Rule(DELETE),
    'event.registration': Rule(DELETE),
    # what a campaign brought, and what was settled for it, stays as it was counted
    'healthcare.campaign.participant': Rule(DETACH),
    'loyalty.card': Rule(DELETE),
    'survey.user_input': Rule(DELETE),
    'res.partner': Rule(DETACH),
    'res.company': Rule(KEEP, why='clinic'),
    'healthcare.practitioner': Rule(KEEP, why='clinic'),
}
#: rows beside others, by the name of their model and their id: gone with what they are about
SATELLITES = frozenset(
    {
        'ir.attachment',
        'ir.model.data',
        'mail.activity',
        'mail.followers',
        'mail.message',
        'mailing.trace',
        'rating.rating',
        'sms.sms',
    }
)
#: tables of free text that nothing ties to a patient: rows that quote one go …
SWEPT_ROWS = (
    'bus_bus',
    'crm_lead',
    'healthcare_enquiry',
    'healthcare_import_problem',
    'ir_logging',
)
#: … or lose the words
SWEPT_WORDS = (
    'mail_message',
    'mail_mail',
    'mail_tracking_value',
    'discuss_channel',
    'healthcare_household',
    # what a merge of others has changed, and would put back
    'healthcare_patient_merge',
)


def rule_of(model, held, required, listed):
    """Return the rule for rows of a model that point at a patient.

    :param bool held: the law keeps the medical record
    :param bool required: they cannot be without the patient
    :param bool listed: the model is in the register of sensitive fields
    :rtype: Rule
    """
    if held and model in MEDICAL:
        return Rule(KEEP, why='medical')
    if model in RULES:
        return RULES[model]
    if model.startswith(ACCOUNTS):
        return Rule(KEEP, why='accounts')
    return Rule(DELETE if required or listed or model in SATELLITES else DETACH)
