from odoo.addons.healthcare_crm.hooks import drop_foreign_keys


def uninstall_hook(env):
    """Leave the events, which are those of Odoo; let rows go in whatever order."""
    drop_foreign_keys(env, 'healthcare_crm_loyalty_event')
