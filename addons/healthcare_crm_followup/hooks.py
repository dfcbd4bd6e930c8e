from odoo.addons.healthcare_crm.hooks import drop_foreign_keys

from .models.healthcare_workflow_workers import WORKER_METHODS


def uninstall_hook(env):
    """Stop the workflows and their messages; let rows go in whatever order Odoo deletes them."""
    # answers and text messages stay with Odoo's own modules, and nobody could open them
    for model in ('survey.user_input.line', 'sms.sms'):
        env[model]._unseal_all()
    # no ORM: nobody is to be told, and nothing is to follow an appointment that goes from here on
    env.cr.execute("UPDATE healthcare_workflow SET state = 'draft'")
    # nobody will send these any more, a later installation least of all
    env.cr.execute("""
        UPDATE healthcare_communication
           SET status = CASE status WHEN 'sending' THEN 'unknown' ELSE 'cancelled' END,
               reason = CASE status WHEN 'sending' THEN 'crash' ELSE 'manual' END
         WHERE enrollment_id IS NOT NULL AND status IN ('queued', 'held', 'sending')
    """)
    env.invalidate_all()
    # the crons of further workers are copies, which Odoo does not know to be this addon's
    workflows = env['healthcare.workflow']
    workflows._set_workers(1)
    for method in WORKER_METHODS:
        workflows._get_crons(method, active_test=False)[1:].unlink()
    drop_foreign_keys(env, 'healthcare_crm_followup')
    # where messages go is not for a later installation to inherit
    env['ir.config_parameter'].set_param('healthcare_crm_followup.twilio_base_url', False)
