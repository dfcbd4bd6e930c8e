from odoo import api, fields, models

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


class CalendarEvent(models.Model):
    _inherit = 'calendar.event'

    enrollment_ids = fields.One2many(
        'healthcare.workflow.enrollment',
        'subject_id',
        string="Workflows",
        domain=[('subject_model', '=', 'calendar.event')],
        groups='healthcare_crm.group_healthcare_user',
    )
    care_task_ids = fields.One2many(
        'healthcare.care.task',
        'appointment_id',
        string="Care Tasks",
        groups='healthcare_crm.group_healthcare_user',
    )

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events._workflow_happened('created')
        return events

    def write(self, vals):
        # a cancellation taken back, a request accepted: as good as a new booking
        booked = self.browse()
        if vals.get('appointment_status') == 'booked':
            # sudo: as below
            booked = self.sudo().filtered(lambda event: event.appointment_status != 'booked')
        result = super().write(vals)
        if BOOKING_FIELDS & vals.keys():
            self._workflow_happened('moved')
        elif booked:
            booked.with_env(self.env)._workflow_happened('moved')
            (self - booked)._workflow_happened('changed')
        elif OTHER_FIELDS & vals.keys():
            self._workflow_happened('changed')
        return result

    def unlink(self):
        # before the rows go: afterwards nobody knows which of them were appointments
        self._workflow_happened('deleted')
        return super().unlink()

    def _workflow_happened(self, kind):
        """Tell the engine what happened to the appointments among these events."""
        # sudo: an employee who moves an event need not be allowed to see that it is an appointment
        appointments = self.sudo().filtered('is_appointment')
        self.env['healthcare.workflow.event']._happened(kind, appointments)
