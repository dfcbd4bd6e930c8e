"""Let the links that patients were sent work until they end; new ones need the key file."""

import time

from odoo import SUPERUSER_ID, api

from odoo.addons.healthcare_crm.links import OLD_UNTIL

#: no link that was sent lasts longer, but for those of appointments that are further ahead
LONGEST = 90 * 24 * 3600


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    env['ir.config_parameter'].set_param(OLD_UNTIL, str(int(time.time()) + LONGEST))
