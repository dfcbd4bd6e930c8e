from odoo.tools import SQL

from odoo.addons.healthcare_crm.hooks import drop_foreign_keys
from odoo.addons.healthcare_crm.segmenting import KINDS

from . import segmenting


def uninstall_hook(env):
    """Let the movements of points go in whatever order Odoo deletes them."""
    ours = [
        code
        for code, kind in KINDS.items()
        if type(kind).__module__.startswith(segmenting.__name__)
    ]
    # without its condition, a segment of a club would be of everybody, and so would be those that
    # ask who is in it
    Condition = env['healthcare.segment.condition']
    conditions = Condition.search([('kind', 'in', ours)])
    segments = asked = conditions.segment_id
    while asked:
        asked = Condition.search([('segment_ids', 'in', asked.ids)]).segment_id - segments
        segments |= asked
    segments.action_archive()
    conditions.unlink()
    drop_foreign_keys(env, 'healthcare_crm_loyalty')
    # by which rules coupons are taken nobody knows any more: no code outlives them
    batches = env['healthcare.coupon.batch'].with_context(active_test=False).search([])
    programs = batches.program_id
    programs.action_archive()
    env.flush_all()
    env.cr.execute(SQL('DELETE FROM loyalty_card WHERE program_id = ANY(%s)', programs.ids))
    env.invalidate_all(flush=False)
