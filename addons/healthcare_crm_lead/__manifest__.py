{
    'name': "Healthcare CRM: Leads",
    'version': '19.0.1.0.0',
    'category': 'Healthcare',
    'summary': "Enquiries to the clinic are followed up in Odoo's CRM, without what they say",
    'author': "Healthcare CRM for Odoo contributors",
    'license': 'LGPL-3',
    'depends': [
        'healthcare_crm',
        'crm',
    ],
    'data': [
        'views/crm_lead_views.xml',
        'views/healthcare_enquiry_views.xml',
    ],
    'auto_install': True,
    'installable': True,
    'post_init_hook': 'post_init_hook',
    'uninstall_hook': 'uninstall_hook',
}
