{
    'name': "Healthcare CRM: Follow-up",
    'version': '19.0.1.0.0',
    'category': 'Healthcare',
    'summary': "Reminders and follow-up without code; consent is checked at the moment of sending",
    'author': "Healthcare CRM for Odoo contributors",
    'license': 'LGPL-3',
    'depends': [
        'healthcare_crm',
        'sms_twilio',
    ],
    'data': [
        'security/healthcare_crm_followup_rules.xml',
        'security/ir.model.access.csv',
        'data/ir_cron_data.xml',
        'data/healthcare_message_template_data.xml',
        'wizards/healthcare_workflow_preview_views.xml',
        'views/healthcare_care_task_views.xml',
        'views/healthcare_message_template_views.xml',
        'views/healthcare_workflow_step_views.xml',
        'views/healthcare_workflow_enrollment_views.xml',
        'views/healthcare_workflow_views.xml',
        'views/calendar_event_views.xml',
        'views/res_partner_views.xml',
        'views/healthcare_crm_followup_menus.xml',
    ],
    'demo': [
        'demo/healthcare_workflow_demo.xml',
    ],
    'assets': {
        'web.assets_tests': ['healthcare_crm_followup/static/tests/tours/**/*'],
    },
    'installable': True,
}
