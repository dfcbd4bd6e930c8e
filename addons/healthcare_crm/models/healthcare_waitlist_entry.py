from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..sensitive import GROUP_STAFF

#: A slot that is freed later than this before its start is offered to nobody.
NOTICE = timedelta(hours=1)
#: The clinic itself cannot see anybody then.
NOBODY_CAN_COME = ('practitioner', 'clinic', 'weather')
#: What was offered is for the software to say: it takes back unanswered offers in any clinic.
OFFER_FIELDS = ('offered_event_id', 'appointment_id')
#: Entries that one nightly run closes in one transaction.
BATCH = 1000


class HealthcareWaitlistEntry(models.Model):
    """A patient who would come earlier, should a slot become free.

    The first who fits is offered a freed slot. The offer is an appointment that is only proposed:
    it keeps the slot, and the patient says yes or no as to any appointment, by phone or by link. A
    no frees the slot again, for the next one.
    """

    _name = 'healthcare.waitlist.entry'
    _description = "Waiting List Entry"
    _inherit = ['healthcare.patient.record']
    _owned_by = ('patient_id', 'company_id')
    _order = 'create_date desc, id desc'

    patient_id = fields.Many2one(groups=GROUP_STAFF)
    service_id = fields.Many2one(
        'healthcare.service',
        string="Service",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_STAFF,
        help="Empty: any.",
    )
    practitioner_id = fields.Many2one(
        'healthcare.practitioner',
        string="Practitioner",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_STAFF,
        help="Empty: any.",
    )
    date_from = fields.Date(
        string="Earliest",
        required=True,
        default=fields.Date.context_today,
        groups=GROUP_STAFF,
    )
    date_to = fields.Date(string="Latest", groups=GROUP_STAFF)
    status = fields.Selection(
        [
            ('waiting', "Waiting"),
            ('offered', "Offered"),
            ('booked', "Booked"),
            ('declined', "Declined"),
            ('cancelled', "Cancelled"),
            ('expired', "Expired"),
        ],
        required=True,
        default='waiting',
        copy=False,
        groups=GROUP_STAFF,
    )
    offered_event_id = fields.Many2one(
        'calendar.event',
        string="Freed Slot",
        index='btree_not_null',
        ondelete='set null',
        copy=False,
        readonly=True,
        groups=GROUP_STAFF,
        help="The cancelled appointment whose time is offered.",
    )
    appointment_id = fields.Many2one(
        'calendar.event',
        string="Offered Appointment",
        index='btree_not_null',
        ondelete='set null',
        copy=False,
        readonly=True,
        groups=GROUP_STAFF,
        help="The appointment that keeps the slot until the patient has answered.",
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        groups=GROUP_STAFF,
    )

    _patient_idx = models.Index('(patient_id)')
    _waiting_idx = models.Index(
        "(company_id, service_id, create_date, id) WHERE status = 'waiting'"
    )
    _last_day_idx = models.Index("(date_to) WHERE status = 'waiting'")

    _dates_in_order = models.Constraint(
        'CHECK (date_to >= date_from)',
        "The latest day cannot be before the earliest.",
    )

    def _has_field_access(self, field, operation):
        """Let nobody name an appointment of others as what was offered."""
        if operation == 'write' and field.name in OFFER_FIELDS and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    @api.depends('service_id', 'practitioner_id')
    def _compute_display_name(self):
        for entry in self:
            wanted = entry.service_id or entry.practitioner_id
            entry.display_name = (
                self.env._("Waiting for %s", wanted.display_name)
                if wanted
                else self.env._("Waiting for any appointment")
            )

    # ------------------------------------------------------------
    # Offering
    # ------------------------------------------------------------

    @api.model
    def _offer(self, events):
        """Offer each freed slot to the first patient who waits for one like it.

        :param events: appointments that were cancelled
        :return: the entries that were made an offer
        """
        # sudo: whoever cancels an appointment, the patient by link too, need not see who waits
        entries = self.sudo()
        offered = entries.browse()
        if not entries.search_count([('status', '=', 'waiting')], limit=1):
            return offered
        soonest = fields.Datetime.now() + NOTICE
        for event in events.sudo():
            if (
                event.allday
                or event.start < soonest
                or event.cancellation_reason in NOBODY_CAN_COME
            ):
                continue
            entry = entries.search(self._fitting(event), order='create_date, id', limit=1)
            entry._make_offer(event)
            offered += entry
        return offered

    @api.model
    def _fitting(self, event):
        """Return the domain of those whom the slot of ``event`` would suit."""
        tz = pytz.timezone(event._clinic_tz())
        day = pytz.utc.localize(event.start).astimezone(tz).date()
        domain = Domain(
            [
                ('status', '=', 'waiting'),
                ('date_from', '<=', day),
                ('service_id', 'in', [False, event.service_id.id]),
                ('practitioner_id', 'in', [False, event.practitioner_id.id]),
                ('patient_id', '!=', event.patient_id.id),
                ('patient_id.active', '=', True),
                ('patient_id.deceased', '!=', True),
                ('patient_id.contact_blocked', '!=', True),
            ]
        )
        domain &= Domain('date_to', '=', False) | Domain('date_to', '>=', day)
        if event.company_id:
            domain &= Domain('company_id', '=', event.company_id.id)
        return domain

    def _make_offer(self, event):
        """Keep the slot of the cancelled ``event`` for the patient until they have answered."""
        for entry in self:
            entry.write(
                {
                    'status': 'offered',
                    'offered_event_id': event.id,
                    'appointment_id': event.create(
                        {
                            'is_appointment': True,
                            'patient_id': entry.patient_id.id,
                            'practitioner_id': event.practitioner_id.id,
                            'service_id': (entry.service_id or event.service_id).id,
                            'company_id': event.company_id.id or entry.company_id.id,
                            'start': event.start,
                            'stop': event.stop,
                            'appointment_status': 'proposed',
                        }
                    ).id,
                }
            )

    @api.autovacuum
    def _gc_expired(self):
        """Close what nobody waits for any more: the last day, or the offered time, has passed."""
        now = fields.Datetime.now()
        past = Domain('status', '=', 'waiting') & Domain(
            'date_to', '<', fields.Date.today()
        ) | Domain('status', '=', 'offered') & Domain('appointment_id.start', '<', now)
        entries = self.search(past, limit=BATCH)
        unanswered = entries.appointment_id
        entries.write({'status': 'expired'})
        unanswered.write({'appointment_status': 'cancelled', 'cancellation_reason': 'other'})
        return len(entries), len(entries) == BATCH

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_book(self):
        """The patient takes the offered slot."""
        self._get_offers().action_confirm()
        return True

    def action_decline(self):
        """The patient does not take the slot: it is offered to the next one."""
        self._get_offers().with_context(cancellation_reason='patient').action_cancel()
        return True

    def action_wait(self):
        """Put the patient on the list again, in their old place."""
        self.check_access('write')
        # sudo: nobody writes what was offered; who may write the entry was checked
        self.sudo().write({'status': 'waiting', **dict.fromkeys(OFFER_FIELDS, False)})
        return True

    def action_cancel(self):
        """The patient does not wait any more; an offer is taken back."""
        offered = self.filtered(lambda entry: entry.status == 'offered')
        self.write({'status': 'cancelled'})
        offered.appointment_id.with_context(cancellation_reason='patient').action_cancel()
        return True

    def _get_offers(self):
        """Return the appointments offered to these entries.

        :raise UserError: one has no offer, or no longer
        """
        open_ones = self.filtered(
            lambda entry: (
                entry.status == 'offered' and entry.appointment_id.appointment_status == 'proposed'
            )
        )
        if rest := self - open_ones:
            raise UserError(
                self.env._(
                    "%(patients)s: no slot is offered at present. Reload the page to see where the "
                    "waiting list stands.",
                    patients=', '.join(rest[:10].patient_id.mapped('name')),
                )
            )
        return open_ones.appointment_id
