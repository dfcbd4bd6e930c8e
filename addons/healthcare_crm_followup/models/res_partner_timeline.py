from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF, GROUP_USER

from .. import timeline

#: Nobody asks for more at once.
MOST = 200


class ResPartner(models.Model):
    """The patient's timeline, a subject of its own, hence a file of its own."""

    _inherit = 'res.partner'

    @api.readonly
    def get_timeline(self, limit=50, before=None, kinds=None):
        """Return everything sent, received, planned and refused, newest first, with the reason in
        words.

        :param int limit: how many entries of the past
        :param list before: the ``next`` of the page before; the first page also has what is
            planned, and what can be done
        :param list kinds: only these, of ``message``, ``task``, ``appointment``, ``consent``,
            ``survey``, ``workflow``
        :rtype: dict
        :raise AccessError: to whom patients are nothing
        """
        self.ensure_one()
        if not self.env.user.has_group(GROUP_USER):
            raise AccessError(self.env._("You are not allowed to read patients' timelines."))
        self.check_access('read')
        self.env['healthcare.audit']._record_shown(self, 'timeline')
        now = fields.Datetime.now()
        limit = max(1, min(int(limit), MOST))
        past, coming = timeline.read_page(self.env, self, now, limit, before, kinds)
        entries = timeline.say(self.env, past + coming)
        page = {
            'entries': entries[: len(past)],
            'next': past[-1].cursor if len(past) == limit else False,
        }
        if not before:
            planned = entries[len(past) :]
            if not kinds or 'workflow' in kinds:
                planned += timeline.read_places(self.env, self, now)
            page |= {
                # what has no date waits for somebody: it comes last
                'planned': sorted(planned, key=lambda one: one['date'] or '9'),
                'phone': self._get_phone_to_call(),
                'is_staff': self.env.user.has_group(GROUP_STAFF),
            }
        return page

    def action_view_timeline(self):
        """Open the timeline on a page of its own."""
        self.ensure_one()
        action = self.env['ir.actions.actions']._for_xml_id(
            'healthcare_crm_followup.patient_timeline_action'
        )
        return action | {
            'name': self.display_name,
            'context': {'active_id': self.id, 'active_model': 'res.partner'},
        }
