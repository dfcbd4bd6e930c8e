from odoo import api, fields, models
from odoo.fields import Domain

from .. import care
from ..guarded import GuardedOne2many
from ..sensitive import GROUP_CARE, GROUP_USER


class ResPartner(models.Model):
    """Who treats a patient, and so reads their health record."""

    _inherit = 'res.partner'

    care_relation_ids = GuardedOne2many(
        'healthcare.care.relation', 'patient_id', string="Treated By", groups=GROUP_CARE
    )
    is_in_care = fields.Boolean(
        string="In My Care",
        compute='_compute_is_in_care',
        search='_search_is_in_care',
        groups=GROUP_USER,
        help="You may read this patient's health record, as far as your role does.",
    )

    @api.depends(
        'practitioner_id',
        'company_id',
        'appointment_ids.practitioner_id',
        'appointment_ids.service_id',
        'appointment_ids.start',
        'appointment_ids.appointment_status',
        'encounter_ids.practitioner_id',
        'encounter_ids.department_id',
        'encounter_ids.start',
        'encounter_ids.status',
        'referral_ids.practitioner_id',
        'referral_ids.department_id',
        'referral_ids.status',
    )
    @api.depends_context('uid')
    def _compute_is_in_care(self):
        mine = self.env.user._get_in_care(self._origin.ids)
        for patient in self:
            # who is being registered has no record yet
            patient.is_in_care = not patient._origin or patient._origin.id in mine

    def _search_is_in_care(self, operator, value):
        self._check_field_access(self._fields['is_in_care'], 'read')
        if operator != 'in':
            return NotImplemented
        carer = self.env.user._get_carer()
        if not carer:
            return Domain(True in value)
        care.flush(self.env)
        mine = Domain.custom(
            to_sql=lambda _model, alias, _query: carer.condition(alias),
        )
        return mine if True in value else ~mine

    @api.model_create_multi
    def create(self, vals_list):
        """Who registers a patient treats them, where treating is what opens the record."""
        own = not self.env.su and self._get_own_practitioner()
        if own:
            default = self.env.context.get('default_is_patient', False)
            vals_list = [
                {'practitioner_id': own.id} | vals if vals.get('is_patient', default) else vals
                for vals in vals_list
            ]
        return super().create(vals_list)

    @api.model
    def _get_own_practitioner(self):
        """Return the practitioner that a user is who reads their patients' records only."""
        carer = self.env.user._get_carer()
        return self.env['healthcare.practitioner'].browse(carer.own[:1] if carer else ())

    def write(self, vals):
        """Let nobody make themselves a patient's practitioner, nor a contact their patient."""
        if vals.keys().isdisjoint(care.READ['res.partner']):
            return super().write(vals)
        with self.env.user.with_env(self.env)._guard_care(set(self.ids)):
            return super().write(vals)

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Keep what is said about patients from who only knows them as contacts."""
        operations = super()._mail_get_operation_for_mail_message_operation(message_operation)
        if message_operation != 'read' or self.env.user.has_group(GROUP_USER):
            return operations
        # sudo: only to look; that it is a patient is not for them to read
        patients = self.sudo().exists().filtered('is_patient')
        if self.env.su:
            # Odoo asks for the one record that a message is of, and takes nothing for a refusal
            return {**operations, **dict.fromkeys(patients)}
        return {record: how for record, how in operations.items() if record not in patients}

    def _get_merge_problem(self, other):
        """Keep the record of a stranger out of that of one's own patient."""
        user = self.env.user
        if not self.env.su and not user._is_in_care((self | other).ids):
            return self.env._(
                "You treat only one of these patients, or none. Ask reception to merge them."
            )
        return super()._get_merge_problem(other)

    # ------------------------------------------------------------ opening with a reason

    def action_break_glass(self):
        """Ask why the record of a patient this user does not treat should be opened."""
        self.ensure_one()
        self.check_access('read')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Open the Health Record"),
            'res_model': 'healthcare.break.glass.open',
            'views': [[False, 'form']],
            'target': 'new',
            'context': {'default_patient_id': self.id},
        }

    def _get_record_action(self):
        """Return the action that shows this patient, anew."""
        return self._overview_open_patient(self) | {'target': 'main'}
