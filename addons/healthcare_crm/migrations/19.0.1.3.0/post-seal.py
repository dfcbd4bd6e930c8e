from odoo.api import SUPERUSER_ID, Environment


def migrate(cr, version):
    """Seal what patients confided before it was encrypted; begun again, it goes on."""
    env = Environment(cr, SUPERUSER_ID, {})
    # numbers stand veiled there from now on, and are prepared anew by the scheduled job
    cr.execute(
        "UPDATE healthcare_patient_matching SET key_identifier = NULL, prepared = NULL, version = 0"
    )
    rotation = env['healthcare.key.rotation']
    # of Odoo's models too: letters, notes and files about patients
    lent = set(rotation._get_sealable_models())
    for model in rotation._get_models():
        if env[model]._original_module == 'healthcare_crm' or model in lent:
            env[model]._seal_clear(cr.commit)
    env['healthcare.patient.merge']._seal_journals(cr.commit)
    env.ref('healthcare_crm.ir_cron_matching_backfill')._trigger()
    # files in clear leave the disk now, not with the next night's tidying up
    env['ir.attachment']._gc_file_store()
