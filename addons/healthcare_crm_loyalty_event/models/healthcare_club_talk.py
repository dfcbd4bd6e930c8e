from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class HealthcareClubTalk(models.Model):
    """A talk may be an event: people register, and are ticked off at the door."""

    _inherit = 'healthcare.club.talk'

    event_id = fields.Many2one(
        'event.event',
        string="Event",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='set null',
    )

    _event_uniq = models.UniqueIndex(
        '(event_id) WHERE event_id IS NOT NULL', "This event is another talk already."
    )

    def action_make_event(self):
        """Make an event of the talk, without any letters, and open it."""
        self.ensure_one()
        self.check_access('write')
        if not self.event_id:
            # sudo: whoever runs the club may announce its talks without a role in events
            talk = self.sudo()
            talk.event_id = talk.env['event.event'].create(self._prepare_event())
        return self.event_id.has_access('read') and self.action_open_event()

    def _prepare_event(self):
        return {
            'name': self.name,
            'date_begin': self.start,
            'date_end': self.stop,
            'date_tz': self.company_id.resource_calendar_id.tz or 'UTC',
            'company_id': self.company_id.id,
            'user_id': self.env.uid,
            # Odoo would write to whoever registers, whatever they agreed to
            'event_mail_ids': [],
        }

    def action_open_event(self):
        """Open the event of this talk."""
        self.ensure_one()
        if not self.event_id.has_access('read'):
            raise AccessError(
                self.env._("Ask whoever manages your events for a role in events: you have none.")
            )
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'event.event',
            'res_id': self.event_id.id,
            'views': [(False, 'form')],
        }

    def action_register_members(self):
        """Register all members of the club for the event; nothing is sent."""
        patients = self._get_members()
        if not self.event_id:
            raise UserError(self.env._("Make an event of the talk first."))
        # sudo: whoever runs the club registers its members without a role in events
        registrations = self.sudo().env['event.registration']
        missing = patients - self.sudo().event_id.registration_ids.partner_id
        registrations.with_context(mail_create_nosubscribe=True, tracking_disable=True).create(
            [{'event_id': self.event_id.id, 'partner_id': patient.id} for patient in missing.sudo()]
        )
        return True

    def write(self, vals):
        result = super().write(vals)
        moved = {
            mine: theirs
            for mine, theirs in (('start', 'date_begin'), ('stop', 'date_end'), ('name', 'name'))
            if mine in vals or (mine == 'stop' and {'start', 'duration'} & vals.keys())
        }
        if moved:
            # sudo: as above
            for talk in self.sudo().filtered('event_id'):
                talk.event_id.write({theirs: talk[mine] for mine, theirs in moved.items()})
        return result

    def _follow_event(self):
        """Have those be there who were ticked off at the door; those entered by hand stay."""
        attendances = self.env['healthcare.club.attendance']
        for talk in self.filtered('has_begun'):
            came = talk.event_id.registration_ids.filtered(lambda one: one.state == 'done')
            patients = came.partner_id.filtered('is_patient')
            talk.attendance_ids.filtered(
                lambda one, patients=patients: one.by_event and one.patient_id not in patients
            ).unlink()
            attendances.create(
                [
                    {'talk_id': talk.id, 'patient_id': patient.id, 'by_event': True}
                    for patient in patients - talk.attendance_ids.patient_id
                ]
            )
