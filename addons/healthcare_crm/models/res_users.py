from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError

from .. import care
from ..sensitive import GROUP_CLINICAL

_NURSE = 'healthcare_crm.group_nurse'


class ResUsers(models.Model):
    _inherit = 'res.users'

    healthcare_department_ids = fields.Many2many(
        'healthcare.department',
        'healthcare_department_res_users_rel',
        'user_id',
        'department_id',
        string="Departments",
        help="Whose patients this user treats. A nurse without departments treats all patients of "
        "the clinic.",
    )
    practitioner_ids = fields.One2many(
        'healthcare.practitioner', 'user_id', string="Is Practitioner", readonly=True
    )
    care_restricted = fields.Boolean(
        compute='_compute_care_restricted',
        help="Reads the health records of the patients they treat only.",
    )

    @api.depends('group_ids', 'healthcare_department_ids', 'company_id.record_access')
    def _compute_care_restricted(self):
        for user in self:
            user.care_restricted = bool(user._get_carer())

    def _get_carer(self):
        """Return whose patients this user treats; None when that does not matter.

        It does not to who reads no health records, to nurses who work for the whole clinic, and
        where all clinics let everybody who treats patients read all of them.

        :rtype: care.Carer | None
        """
        self.ensure_one()
        if not self.has_group(GROUP_CLINICAL):
            return None
        open_clinics, closed = self.env['res.company']._get_record_access()
        if not closed:
            return None
        # sudo: what a user's work is made of is no secret to the rules
        carer = care.Carer.of(self.sudo(), open_clinics)
        if self.has_group(_NURSE) and not carer.departments:
            return None
        return carer

    def _get_in_care(self, patient_ids):
        """Return which of these patients' health records care lets this user read.

        :param patient_ids: ids of patients
        :rtype: set[int]
        """
        patient_ids = set(patient_ids)
        carer = self._get_carer() if patient_ids else None
        return carer.among(self.env, patient_ids) if carer else patient_ids

    def _is_in_care(self, patient_ids):
        """Say whether care lets this user read the health records of all these patients."""
        return self._get_in_care(patient_ids) == set(patient_ids)

    @contextmanager
    def _guard_care(self, patient_ids):
        """Let this user change something, but not so that it makes them treat a patient.

        Who books a stranger with themselves would else read the health record of anybody.

        :param patient_ids: ids of the patients whom the change may be about
        :raise AccessError: it did
        """
        carer = None if self.env.su or not patient_ids else self._get_carer()
        if not carer:
            yield
            return
        before = self._get_in_care(patient_ids)
        yield
        if self._get_in_care(patient_ids) - before:
            raise AccessError(
                self.env._(
                    "You do not treat this patient, and nobody can make themselves the one who "
                    "does. Ask reception to book the patient with you or to refer them to you; "
                    "if you need the record now, open it with a reason."
                )
            )

    @api.constrains('group_ids', 'company_id')
    def _check_exclusive_groups(self):
        self.env['res.groups']._check_exclusive(self)
