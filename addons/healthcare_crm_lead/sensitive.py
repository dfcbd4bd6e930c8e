"""The fields this addon adds to models with patient data, as in the core addon's register."""

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF, SYSTEM, Sensitive

SENSITIVE = {
    'healthcare.enquiry': {
        'lead_id': Sensitive('clinical', read=GROUP_STAFF, write=SYSTEM),
    },
    'crm.lead': {
        'enquiry_ids': Sensitive('clinical', read=GROUP_STAFF),
    },
}

PLAIN = {
    'healthcare.enquiry': set(),
    'crm.lead': set(),
}
