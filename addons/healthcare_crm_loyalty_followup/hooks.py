from odoo.addons.healthcare_crm.hooks import drop_foreign_keys


def uninstall_hook(env):
    """Let rows go in whatever order Odoo deletes them."""
    drop_foreign_keys(env, 'healthcare_crm_loyalty_followup')
