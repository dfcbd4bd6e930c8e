from odoo import models


class IrRule(models.Model):
    _inherit = 'ir.rule'

    def _get_rules(self, model_name, mode='read'):
        """Let staff change appointments, which are private events of somebody else.

        The rule of the calendar allows a private event to be changed by its organiser and
        attendees only. For staff, our own rule takes its place: it says the same and adds
        appointments. The rule of the calendar itself is left alone, so that nothing remains of
        this when the addon is uninstalled.
        """
        rules = super()._get_rules(model_name, mode=mode)
        if (
            model_name == 'calendar.event'
            and mode != 'read'
            and rules
            and self.env.user.has_group('healthcare_crm.group_healthcare_staff')
        ):
            private = self.env.ref(
                'calendar.calendar_event_rule_private',
                raise_if_not_found=False,
            )
            ours = self.env.ref(
                'healthcare_crm.calendar_event_rule_appointment_staff',
                raise_if_not_found=False,
            )
            # ours may have been archived: then the calendar's applies
            if private and ours in rules:
                rules -= private
        return rules
