{
    'name': "Healthcare CRM: Loyalty in Follow-up",
    'version': '19.0.1.3.0',
    'category': 'Healthcare',
    'summary': "Answering a questionnaire earns points",
    'author': "Healthcare CRM for Odoo contributors",
    'license': 'LGPL-3',
    'depends': ['healthcare_crm_loyalty', 'healthcare_crm_followup'],
    'installable': True,
    'auto_install': True,
}
