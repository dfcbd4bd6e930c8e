from collections import namedtuple

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: In a clinic with fewer users one person may have two roles, if it says so.
SMALL = 5

#: Two groups that nobody has both of, the sentence that says so, and the field of the company that
#: lets a clinic with few users have it nevertheless.
Pair = namedtuple('Pair', 'one other sentence unless', defaults=(None,))
# The system's administrators are editors by nature, and more than that.
_SYSTEM, _EDITOR = 'base.group_system', 'mail.group_mail_template_editor'

EXCLUSIVE = [
    Pair(
        'healthcare_crm.group_marketing',
        'healthcare_crm.group_clinical',
        _lt(
            "%(user)s cannot have a marketing role and read clinical data at the same time. "
            "Remove the Marketing role, or the Nurse, Practitioner or other clinical role."
        ),
    ),
    Pair(
        'healthcare_crm.group_privacy_officer',
        'healthcare_crm.group_clinic_administrator',
        _lt(
            "%(user)s cannot be privacy officer and clinic administrator at the same time: nobody "
            "supervises what they design. Give one of the roles to somebody else. A clinic with "
            "fewer than 5 users may allow it: on its company, under Patients."
        ),
        'shared_roles',
    ),
    Pair(
        _EDITOR,
        'healthcare_crm.group_clinic_administrator',
        _lt(
            "%(user)s cannot be mail template editor and clinic administrator at the same time: "
            "what is written into a mail template runs with the rights of the system. Whoever "
            "designs workflows uses message templates."
        ),
    ),
    Pair(
        _SYSTEM,
        'healthcare_crm.group_clinical',
        _lt(
            "%(user)s cannot administer the system and read clinical data at the same time. Use "
            "two logins: one for the settings, one for the patients. A clinic with fewer than 5 "
            "users may allow it: on its company, under Patients."
        ),
        'shared_roles',
    ),
]


class ResGroups(models.Model):
    _inherit = 'res.groups'

    @api.constrains('implied_ids', 'implied_by_ids', 'user_ids')
    def _check_exclusive_groups(self):
        # an upgrade does not stop at what was allowed before
        if self.pool.ready:
            self._check_exclusive()

    @api.model
    def _check_exclusive(self, users=None):
        """Refuse a user who has both groups of one of the :data:`EXCLUSIVE` pairs.

        :param users: the users to check; everybody when not given
        """
        for pair in EXCLUSIVE:
            if both := self._find_both(pair, users):
                sentence = self.env._(pair.sentence)
                raise ValidationError(sentence % {'user': both.name})

    @api.model
    def _find_both(self, pair, users):
        """Return a user with both groups of a pair who may not have them."""
        groups = [self.env.ref(xmlid, raise_if_not_found=False) for xmlid in pair[:2]]
        if not all(groups):
            return None  # the groups are being created
        domain = Domain.AND([('all_group_ids', 'in', group.ids)] for group in groups)
        # the superuser is nobody, and who is gone does nothing
        domain &= Domain('id', '!=', self.env.ref('base.user_root').id)
        if users is not None:
            domain &= Domain('id', 'in', users.ids)
        # sudo: who may give rights need not read all of the users
        found = self.env['res.users'].sudo().with_context(active_test=False).search(domain)
        if pair.one == _EDITOR:
            found = found.filtered(lambda user: not user.has_group(_SYSTEM))
        if pair.unless:
            found = found.filtered(lambda user: not self._is_small(user.company_id, pair.unless))
        return found[:1]

    @api.model
    def _is_small(self, company, name):
        """Say whether a clinic with few users lets somebody have two roles."""
        if not company[name]:
            return False
        members = Domain('company_ids', 'in', company.ids) & Domain('share', '=', False)
        return self.env['res.users'].sudo().search_count(members, limit=SMALL) < SMALL
