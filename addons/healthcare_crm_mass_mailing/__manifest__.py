{
    'name': "Healthcare CRM: Mailings to Segments",
    'version': '19.0.1.0.0',
    'category': 'Healthcare',
    'summary': "Mailings to a segment of patients: only with consent, each in the ledger",
    'author': "Healthcare CRM for Odoo contributors",
    'license': 'LGPL-3',
    'depends': ['healthcare_crm', 'mass_mailing'],
    'data': [
        'security/healthcare_crm_mass_mailing_groups.xml',
        'security/healthcare_crm_mass_mailing_rules.xml',
        'views/mailing_mailing_views.xml',
        'views/healthcare_segment_views.xml',
    ],
    'installable': True,
    'auto_install': True,
    'uninstall_hook': 'uninstall_hook',
}
