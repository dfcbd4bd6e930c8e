"""Actions that ask again who is there."""

from odoo.addons.base.models.res_users import check_identity


def step_up(purpose):
    """Let an action of a button run only after its user has shown again who they are.

    :param str purpose: ``export``, ``merge``, ``reveal``, ``break_glass`` or ``rotate``
    """

    def decorate(action):
        return check_identity(action)

    return decorate
