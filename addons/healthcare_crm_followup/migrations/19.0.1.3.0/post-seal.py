from odoo.api import SUPERUSER_ID, Environment


def migrate(cr, version):
    """Seal what patients confided before it was encrypted; begun again, it goes on."""
    env = Environment(cr, SUPERUSER_ID, {})
    for model in env['healthcare.key.rotation']._get_models():
        if env[model]._original_module == 'healthcare_crm_followup':
            env[model]._seal_clear(cr.commit)
