from odoo import api, fields, models

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL, GROUP_STAFF


class HealthcareEncounter(models.Model):
    """A visit, an admission or an emergency, here or elsewhere (FHIR Encounter).

    An appointment that took place makes one.

    Value sets: ``encounter_class`` v3-ActEncounterCode in words, ``status`` encounter-status,
    ``priority`` v3-ActPriority in words.
    """

    _name = 'healthcare.encounter'
    _description = "Visit"
    _inherit = ['healthcare.patient.record', 'healthcare.care.source']
    _owned_by = ('patient_id', 'company_id')
    _order = 'start desc, id desc'
    _rec_name = 'start'

    encounter_class = fields.Selection(
        [
            ('ambulatory', "Outpatient visit"),
            ('inpatient', "Hospital stay"),
            ('emergency', "Emergency"),
            ('virtual', "By video or phone"),
            ('home', "At home"),
        ],
        string="Kind",
        required=True,
        default='ambulatory',
        groups=GROUP_CLINICAL,
    )
    priority = fields.Selection(
        [('elective', "Planned"), ('urgent', "Urgent"), ('emergency', "Emergency")],
        string="Urgency",
        required=True,
        default='elective',
        groups=GROUP_CLINICAL,
    )
    severity = fields.Selection(
        [('normal', "Normal"), ('critical', "Critical")],
        required=True,
        default='normal',
        groups=GROUP_CLINICAL,
    )
    status = fields.Selection(
        [
            ('planned', "Planned"),
            ('in-progress', "In progress"),
            ('finished', "Finished"),
            ('cancelled', "Cancelled"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='finished',
        groups=GROUP_CLINICAL,
    )
    start = fields.Datetime(required=True, default=fields.Datetime.now, groups=GROUP_CLINICAL)
    end = fields.Datetime(groups=GROUP_CLINICAL)
    practitioner_id = fields.Many2one(
        'healthcare.practitioner',
        string="Practitioner",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_CLINICAL,
    )
    department_id = fields.Many2one(
        'healthcare.department',
        string="Department",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_CLINICAL,
    )
    specialty_id = fields.Many2one(
        'healthcare.specialty',
        string="Specialty",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_CLINICAL,
    )
    organization_id = fields.Many2one(
        'res.partner',
        string="Hospital or Clinic",
        index='btree_not_null',
        ondelete='restrict',
        domain=[('is_patient', '=', False)],
        groups=GROUP_CLINICAL,
        help="Where it was, if not here.",
    )
    reason = fields.Text(groups=GROUP_CLINICAL, **sealed('reason'))
    reason_sealed = sealed_column()
    appointment_id = fields.Many2one(
        'calendar.event',
        string="Appointment",
        copy=False,
        ondelete='set null',
        groups=GROUP_CLINICAL,
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        index=True,
        default=lambda self: self.env.company,
        groups=GROUP_STAFF,
    )
    currency_id = fields.Many2one(
        'res.currency',
        compute='_compute_currency_id',
        store=True,
        readonly=False,
        precompute=True,
        groups=GROUP_STAFF,
    )
    amount = fields.Monetary(string="Cost", groups=GROUP_STAFF, help="What the visit cost.")

    _patient_idx = models.Index('(patient_id, start)')
    _appointment_uniq = models.UniqueIndex(
        '(appointment_id) WHERE appointment_id IS NOT NULL',
        "This appointment has a visit already.",
    )

    _end_after_start = models.Constraint(
        'CHECK ("end" >= start)', "A visit cannot end before it starts."
    )
    _amount_positive = models.Constraint(
        'CHECK (amount >= 0)', "A visit cannot cost less than nothing."
    )

    @api.depends('company_id')
    def _compute_currency_id(self):
        for encounter in self:
            company = encounter.company_id or self.env.company
            encounter.currency_id = encounter.currency_id or company.currency_id

    # ------------------------------------------------------------
    # Visits that follow from appointments
    # ------------------------------------------------------------

    @api.model
    def _follow_appointments(self, appointments):
        """Make the visit of each appointment that took place, and keep it in step.

        That of an appointment which did not take place after all becomes an error. Doing it twice
        changes nothing.

        :param appointments: in sudo
        """
        known = {
            visit.appointment_id: visit
            for visit in self.search([('appointment_id', 'in', appointments.ids)])
        }
        missing = []
        for appointment in appointments:
            visit = known.get(appointment)
            if appointment.appointment_status == 'fulfilled':
                values = self._prepare_visit_values(appointment)
                if not visit:
                    missing.append(values)
                elif changed := {
                    name: value
                    for name, value in values.items()
                    if visit._fields[name].convert_to_write(visit[name], visit) != value
                }:
                    visit.write(changed)
            elif visit and visit.status != 'entered-in-error':
                visit.status = 'entered-in-error'
        self.create(missing)

    @api.model
    def _prepare_visit_values(self, appointment):
        service, practitioner = appointment.service_id, appointment.practitioner_id
        return {
            'appointment_id': appointment.id,
            'patient_id': appointment.patient_id.id,
            'status': 'finished',
            'start': appointment.start,
            'end': appointment.stop,
            'practitioner_id': practitioner.id,
            'department_id': (service.department_id or practitioner.department_id).id,
            'specialty_id': (service.specialty_id or practitioner.specialty_ids[:1]).id,
            'company_id': appointment.company_id.id,
        }
