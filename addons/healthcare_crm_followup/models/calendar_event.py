from odoo import api, models

from odoo.addons.healthcare_crm.guarded import GuardedOne2many

#: A change of one of these is as good as a new booking: another time, or another patient.
BOOKING_FIELDS = {
    'start',
    'stop',
    'duration',
    'start_date',
    'stop_date',
    'allday',
    'patient_id',
}
#: Others on which enrollments depend.
OTHER_FIELDS = {
    'appointment_status',
    'patient_response',
    'is_appointment',
    'active',
    'practitioner_id',
    'service_id',
    'company_id',
}
#: status -> what happened when an appointment came to it
STATUS_HAPPENINGS = {
    'booked': 'appointment_booked',
    'cancelled': 'appointment_cancelled',
    'noshow': 'appointment_noshow',
    'arrived': 'appointment_arrived',
    'fulfilled': 'appointment_fulfilled',
}


class CalendarEvent(models.Model):
    _inherit = 'calendar.event'

    #: Fields whose change is told to workflows as ``changed``.
    CHANGES_TOLD = frozenset(OTHER_FIELDS)

    enrollment_ids = GuardedOne2many(
        'healthcare.workflow.enrollment',
        'subject_id',
        string="Workflows",
        domain=[('subject_model', '=', 'calendar.event')],
        groups='healthcare_crm.group_healthcare_user',
    )
    care_task_ids = GuardedOne2many(
        'healthcare.care.task',
        'appointment_id',
        string="Care Tasks",
        groups='healthcare_crm.group_healthcare_user',
    )

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events._workflow_happened('created')
        for status, appointments in (
            events._workflow_subjects().grouped('appointment_status').items()
        ):
            if status in STATUS_HAPPENINGS:
                appointments._workflow_happened(STATUS_HAPPENINGS[status])
        return events

    def write(self, vals):
        before = {}
        appointments = self.sudo().browse()
        if OTHER_FIELDS & vals.keys():
            appointments = self._workflow_subjects()
            before = {
                event.id: (event.appointment_status, event.patient_response)
                for event in appointments
            }
        result = super().write(vals)
        # a cancellation taken back, a request accepted: as good as a new booking
        booked = self.filtered(
            lambda event: (
                vals.get('appointment_status') == 'booked'
                and before.get(event.id, ('booked',))[0] != 'booked'
            )
        )
        watched = [name for name in vals if name in BOOKING_FIELDS | OTHER_FIELDS]
        if BOOKING_FIELDS & vals.keys():
            self._workflow_happened('moved', watched)
        elif watched:
            booked._workflow_happened('moved', watched)
            (self - booked)._workflow_happened('changed', watched)
        # those that are appointments no more are nobody's subjects above
        self.env['healthcare.workflow.event']._happened(
            'changed', appointments - self._workflow_subjects(), {'fields': watched}
        )
        self._tell_what_became(before)
        return result

    def _tell_what_became(self, before):
        """Tell the engine by name what changed in the appointments' status and answers.

        :param before: {id: (status, answer)} of before the change
        """
        became = {}
        for event in self._workflow_subjects():
            status, response = before.get(event.id, (None, None))
            if event.id not in before:
                continue
            if event.appointment_status != status:
                became.setdefault(STATUS_HAPPENINGS.get(event.appointment_status), []).append(
                    event.id
                )
            if event.patient_response != response and event.patient_response == 'accepted':
                became.setdefault('appointment_confirmed', []).append(event.id)
        became.pop(None, None)
        for code, ids in became.items():
            self.browse(ids)._workflow_happened(code)

    def unlink(self):
        # before the rows go: afterwards nobody knows which of them were appointments
        self._workflow_happened('deleted')
        return super().unlink()

    def _workflow_subjects(self):
        """Return the appointments among these events."""
        # sudo: an employee who moves an event need not be allowed to see that it is an appointment
        return self.sudo().filtered('is_appointment')

    def _workflow_happened(self, code, fields_written=None):
        """Tell the engine what happened to the appointments among these events."""
        payload = {'fields': fields_written} if fields_written else None
        self.env['healthcare.workflow.event']._happened(code, self._workflow_subjects(), payload)
