from odoo.addons.healthcare_crm.hooks import drop_foreign_keys


def post_init_hook(env):
    """Let the enquiries that wait be followed up from now on."""
    env['healthcare.enquiry'].search([('state', 'in', ('new', 'contacted'))])._make_leads()


def uninstall_hook(env):
    """Leave the leads, which are those of the CRM; let rows go in whatever order."""
    drop_foreign_keys(env, 'healthcare_crm_lead')
