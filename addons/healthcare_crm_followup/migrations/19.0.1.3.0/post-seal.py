from odoo.api import SUPERUSER_ID, Environment


def migrate(cr, version):
    """Seal what patients confided before it was encrypted; begun again, it goes on."""
    env = Environment(cr, SUPERUSER_ID, {})
    rotation = env['healthcare.key.rotation']
    # of Odoo's models too, where it is about a model of this add-on
    lent = set(rotation._get_sealable_models())
    for model in rotation._get_models():
        if env[model]._original_module == 'healthcare_crm_followup' or model in lent:
            env[model]._seal_clear(cr.commit)
    # the words of patients are in the ledger, encrypted
    cr.execute("UPDATE healthcare_workflow_event SET payload = payload - 'text' - 'data'")
