"""The fields this addon adds where patients are: see the register of ``healthcare_crm``."""

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF, GROUP_USER, SYSTEM, Sensitive

_MEMBER = Sensitive('contact', GROUP_STAFF, SYSTEM)

SENSITIVE = {
    'calendar.event': {
        'arrived_at': Sensitive('contact', GROUP_USER, SYSTEM),
    },
    'res.partner': {
        'membership_card_id': _MEMBER,
        'membership_balance': _MEMBER,
        'membership_tier': _MEMBER,
        'can_join': _MEMBER,
    },
}

PLAIN = {
    'calendar.event': set(),
    'res.partner': set(),
}
