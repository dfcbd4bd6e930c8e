from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from .crypto import keyring


def pre_init_hook(env):
    """Say what is missing before anything is installed."""
    try:
        keyring.get()
    except keyring.KeysMissing as error:
        raise UserError(
            env._(
                "Healthcare CRM encrypts what patients confide, and needs keys to be installed. "
                "%(reason)s",
                reason=error,
            )
        ) from error


def post_init_hook(env):
    """Seal what was written about contacts before this add-on was there."""
    for model in env['healthcare.key.rotation']._get_sealable_models():
        env[model]._seal_clear(env.flush_all)


def uninstall_hook(env):
    """Leave our users their login, and let rows go in whatever order Odoo deletes them."""
    # whoever has a role of ours and nothing else is an employee through that role alone
    role = env.ref('healthcare_crm.group_healthcare_user', raise_if_not_found=False)
    if role:
        staff = role.with_context(active_test=False).all_user_ids
        staff.write({'group_ids': [Command.link(env.ref('base.group_user').id)]})
    # letters and files stay, and nobody could open them
    for model in env['healthcare.key.rotation']._get_sealable_models():
        env[model]._unseal_all()
    drop_foreign_keys(env, 'healthcare_crm')
    # these are not among the things Odoo knows to be a module's; their triggers go along
    for function in (
        'healthcare_visit_tally_mark',
        'healthcare_quality_count_add',
    ):
        env.cr.execute(SQL('DROP FUNCTION IF EXISTS %s() CASCADE', SQL.identifier(function)))
    # choices of fields that Odoo's own modules lend to our models, which Odoo would leave behind
    choices = env['ir.model.fields.selection'].search([('field_id.model', '=like', 'healthcare.%')])
    env['ir.model.data'].search(
        [
            ('model', '=', 'ir.model.fields.selection'),
            ('res_id', 'in', choices.ids),
            ('module', 'not =like', 'healthcare_crm%'),
        ]
    ).unlink()


def drop_foreign_keys(env, module):
    """Drop the foreign keys of a module that is being uninstalled.

    Odoo first deletes what has an external ID, such as demo patients and purposes of consent, and
    only then the tables and columns. What still refers to those records, such as the messages of a
    clinic, would forbid it, and they would stay behind; it is about to be dropped itself.
    """
    env['ir.model.constraint'].search([('type', '=', 'f'), ('module.name', '=', module)]).unlink()
