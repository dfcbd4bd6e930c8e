from odoo.addons.healthcare_crm.hooks import drop_foreign_keys


def uninstall_hook(env):
    """Let the movements of points go in whatever order Odoo deletes them."""
    # without its condition, a segment of a club would be of everybody
    conditions = env['healthcare.segment.condition'].search([('kind', '=', 'club')])
    conditions.segment_id.action_archive()
    conditions.unlink()
    drop_foreign_keys(env, 'healthcare_crm_loyalty')
