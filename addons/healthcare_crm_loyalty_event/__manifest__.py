{
    'name': "Healthcare CRM: Club Events",
    'version': '19.0.1.3.0',
    'category': 'Healthcare',
    'summary': "Talks of patient clubs as events; who comes to an event earns points",
    'author': "Healthcare CRM for Odoo contributors",
    'license': 'LGPL-3',
    'depends': ['healthcare_crm_loyalty', 'event'],
    'data': [
        'security/healthcare_crm_loyalty_event_rules.xml',
        'views/healthcare_club_talk_views.xml',
        'views/event_event_views.xml',
    ],
    'installable': True,
    'auto_install': True,
    'uninstall_hook': 'uninstall_hook',
}
