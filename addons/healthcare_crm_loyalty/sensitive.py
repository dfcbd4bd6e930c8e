"""The fields this addon adds where patients are: see the register of ``healthcare_crm``."""

from odoo.addons.healthcare_crm.sensitive import GROUP_USER, SYSTEM, Sensitive

SENSITIVE = {'calendar.event': {'arrived_at': Sensitive('contact', GROUP_USER, SYSTEM)}}

PLAIN = {'calendar.event': set()}
