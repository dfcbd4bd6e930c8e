{
    'name': "Healthcare CRM: Campaign Mailings",
    'version': '19.0.1.3.0',
    'category': 'Healthcare',
    'summary': "Mailings of a campaign: only to whom it addresses, opens and clicks counted",
    'author': "Healthcare CRM for Odoo contributors",
    'license': 'LGPL-3',
    'depends': ['healthcare_crm_loyalty', 'healthcare_crm_mass_mailing'],
    'data': [
        'security/healthcare_loyalty_mailing_rules.xml',
        'views/healthcare_campaign_views.xml',
    ],
    'installable': True,
    'auto_install': True,
}
