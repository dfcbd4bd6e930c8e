"""The fields this addon adds where patients are: see the register of ``healthcare_crm``."""

SENSITIVE = {'healthcare.communication': {}}

PLAIN = {'healthcare.communication': {'mailing_id'}}
