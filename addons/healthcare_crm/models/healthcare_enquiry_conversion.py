from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: What an enquiry and a patient both have: never overwritten on a patient who has it already.
COPIED = ('phone', 'email', 'birth_date', 'source_id', 'practitioner_id')
#: As many patients are offered to choose from.
MAX_CANDIDATES = 8


class HealthcareEnquiry(models.Model):
    """How an enquiry becomes a patient: a subject of its own, hence a file of its own."""

    _inherit = 'healthcare.enquiry'

    def action_make_patient(self):
        """Make a patient of the enquiry, or link the one it is; ask first where it may be one."""
        self.ensure_one()
        if self.patient_id:
            return self._convert(self.patient_id)
        candidates = self._find_candidates()
        if not candidates and self.returning != 'returning':
            return self._convert(self._create_patient())
        wizard = self.env['healthcare.enquiry.conversion'].create(
            {
                'enquiry_id': self.id,
                'candidate_ids': [
                    (0, 0, {'patient_id': patient.id, 'reason': reason})
                    for patient, reason in candidates
                ],
            }
        )
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Is it one of these patients?"),
            'res_model': wizard._name,
            'res_id': wizard.id,
            'views': [(False, 'form')],
            'target': 'new',
        }

    def _find_candidates(self):
        """Return the patients this may be: [(patient, why)], the likeliest first."""
        self.ensure_one()
        patients = self.env['res.partner']
        known = Domain('is_patient', '=', True)
        looks = []
        if self.email_normalized:
            looks.append(
                (self.env._("Same e-mail"), Domain('email_normalized', '=', self.email_normalized))
            )
        if self.phone:
            looks.append((self.env._("Same phone"), Domain('phone_sanitized', '=', self.phone)))
        if self.name:
            looks.append((self.env._("Same name"), Domain('name', '=ilike', self.name)))
        found = {}
        for reason, domain in looks:
            for patient in patients.search(known & domain, limit=MAX_CANDIDATES):
                found.setdefault(patient, []).append(reason)
        alike = patients.match_candidates(
            {
                'name': self.name,
                'phone': self.phone,
                'email': self.email,
                'birth_date': fields.Date.to_string(self.birth_date),
            }
        )
        rank = {one['id']: index for index, one in enumerate(alike)}
        for patient in patients.browse(rank):
            found.setdefault(patient, [self.env._("Much alike")])
        # those whom the matcher found first, in its order
        best = sorted(found, key=lambda one: (rank.get(one.id, len(rank)), -len(found[one])))[
            :MAX_CANDIDATES
        ]
        return [(patient, ', '.join(found[patient])) for patient in best]

    # ------------------------------------------------------------
    # The patient
    # ------------------------------------------------------------

    def _create_patient(self):
        """Return a new patient with all that the enquiry says."""
        self.ensure_one()
        if not self.name:
            raise UserError(self.env._("Enter the name first: a patient needs one."))
        values = {
            'is_patient': True,
            'lifecycle_stage': 'prospect',
            'name': self.name,
            **{name: self._copied(name) for name in COPIED},
        }
        if self.lang:
            values['lang'] = self.lang
        if contact := self._find_contact():
            contact.write(values)
            return contact
        return self.env['res.partner'].create(values)

    def _find_contact(self):
        """Return the contact whom a reply to this enquiry made, who is nobody else yet."""
        contacts = self.env['res.partner']
        if not self.email_normalized:
            return contacts
        found = contacts.search(
            Domain('email_normalized', '=', self.email_normalized)
            & Domain('is_patient', '!=', True)
            & Domain('is_company', '=', False)
            & Domain('parent_id', '=', False)
            & Domain('user_ids', '=', False)
            & Domain('name', 'in', [self.name, self.email, self.email_normalized]),
            limit=2,
        )
        return found if len(found) == 1 else contacts

    def _copied(self, name):
        value = self[name]
        return value.id if isinstance(value, models.BaseModel) else value

    def _convert(self, patient):
        """Link ``patient``, add what is not on file yet, and open what comes next."""
        self.ensure_one()
        missing = {name: self._copied(name) for name in COPIED if self[name] and not patient[name]}
        if missing:
            patient.write(missing)
        self.patient_id = patient
        self._record_consents()
        self._draft_coverage()
        if self.state in ('new', 'contacted'):
            self.state = 'converted'
        if not self.user_id:
            self.user_id = self.env.user
        self._close_reminders()
        if self.service_id or self.preferred_date or self.practitioner_id:
            return self.action_book()
        return self.action_open_patient()

    def _record_consents(self):
        """Record what was agreed to on the page, for the addresses that are the patient's own."""
        self.ensure_one()
        purpose = self.env.ref('healthcare_crm.consent_purpose_reminder', raise_if_not_found=False)
        if not (self.agrees_to_contact and purpose):
            return
        patient = self.patient_id
        channels = []
        if self.email_normalized and self.email_normalized == patient.email_normalized:
            channels.append('email')
        if self.phone and self.phone == patient.phone:
            channels += ['sms', 'call']
        consents = self.env['healthcare.consent']
        known = consents.search(
            [
                ('patient_id', '=', patient.id),
                ('purpose_id', '=', purpose.id),
                ('method', '=', 'web'),
                ('date', '=', self.date),
            ]
        ).mapped('channel')
        consents.check_access('create')
        # sudo: users date no consent back; this one was given when the form was sent
        consents.sudo().create(
            [
                {
                    'patient_id': patient.id,
                    'purpose_id': purpose.id,
                    'channel': channel,
                    'decision': 'permit',
                    'method': 'web',
                    'date': self.date,
                }
                for channel in channels
                if channel not in known
            ]
        )

    def _draft_coverage(self):
        """Note that the patient says to be insured, to be checked, where nothing is on file."""
        self.ensure_one()
        coverages = self.env['healthcare.coverage']
        mine = [('patient_id', '=', self.patient_id.id), ('status', 'in', ('draft', 'active'))]
        if self.insured == 'yes' and not coverages.search_count(mine, limit=1):
            coverages.create(
                {'patient_id': self.patient_id.id, 'status': 'draft', 'plan': self.payer_name}
            )

    def _booked(self):
        """An appointment of the patient was made."""
        booked = self.filtered(
            lambda enquiry: (
                enquiry.state in ('new', 'contacted', 'converted')
                and enquiry.patient_id
                and enquiry.patient_id in enquiry.appointment_ids.patient_id
            )
        )
        booked.write({'state': 'booked'})
