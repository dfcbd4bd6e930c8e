"""The fields this addon adds where patients are: see the register of ``healthcare_crm``."""

from odoo.addons.healthcare_crm.sensitive import SYSTEM, Sensitive

SENSITIVE = {
    'event.event': {
        'is_clinical_club': Sensitive('clinical', read='base.group_user', write=SYSTEM),
    },
}

PLAIN = {'event.event': {'talk_ids'}}
