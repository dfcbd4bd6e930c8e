from odoo.addons.healthcare_crm.hooks import drop_foreign_keys


def uninstall_hook(env):
    """Let the rows that mailings refer to go in whatever order Odoo deletes them."""
    drop_foreign_keys(env, 'healthcare_crm_mass_mailing')
