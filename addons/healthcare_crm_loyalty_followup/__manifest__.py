{
    'name': "Healthcare CRM: Loyalty and Workflows",
    'version': '19.0.1.3.0',
    'category': 'Healthcare',
    'summary': "Workflows about members and their points; points by steps and questionnaires",
    'author': "Healthcare CRM for Odoo contributors",
    'license': 'LGPL-3',
    'depends': [
        'healthcare_crm_followup',
        'healthcare_crm_loyalty',
    ],
    'data': [
        'security/healthcare_loyalty_workflow_rules.xml',
        'views/healthcare_workflow_views.xml',
    ],
    'demo': ['demo/healthcare_loyalty_demo.xml'],
    'auto_install': True,
    'installable': True,
    'uninstall_hook': 'uninstall_hook',
}
