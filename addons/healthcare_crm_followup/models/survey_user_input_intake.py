from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.healthcare_crm.crypto.mask import mask

from ..intake import answers as intake

#: How long staff have to decide about an answer that differs.
DECIDE_WITHIN = {'days': 2}
#: targets that are rows of a model, not fields: target → (model, what a new row says)
ROW_MODELS = {
    'allergy': ('healthcare.allergy', {'verification_status': 'unconfirmed'}),
    'condition': ('healthcare.condition', {'verification_status': 'provisional'}),
}


class SurveyUserInput(models.Model):
    """A patient's answers land in fields: a subject of its own, hence a file of its own.

    All of it runs in sudo: patients answer without a login. What is on file is never overwritten.
    """

    _inherit = 'survey.user_input'

    def _mark_done(self):
        result = super()._mark_done()
        # sudo: answers come in without a login; only an administrator says where they go
        for answers in self.sudo():
            if answers.partner_id.is_patient and not answers.test_entry:
                answers._take_to_record()
        return result

    def _take_to_record(self):
        """Enter the answers in the patient's record; what differs becomes a task."""
        self.ensure_one()
        patient = self.partner_id
        open_points = []
        for line in self.user_input_line_ids.filtered('question_id.patient_field'):
            value = line._get_patient_value()
            if not value:
                continue
            target = line.question_id.patient_field
            try:
                with self.env.cr.savepoint():
                    point = self._take_answer(patient, target, value)
            except (UserError, ValueError):
                # a rule of the record that the form does not know: people decide
                point = str(value)
            if point:
                open_points.append(f'{line.question_id.title}: {point}')
        if open_points:
            self._open_decision(patient, open_points)

    def _take_answer(self, patient, target, value):
        """Enter one answer; return what staff have to decide about, if anything."""
        if target in ROW_MODELS:
            return self._add_rows(patient, target, value)
        if target == 'member_number':
            return self._take_member_number(patient, value)
        if target == 'phone':
            country = patient.country_id or patient.company_id.country_id
            country = country or self.env.company.country_id
            value = patient._phone_format_number(value, country) or value
        known = patient[target]
        if not known:
            patient[target] = value
        elif not intake.same(known, value):
            return self._tell_difference(known, value)
        return None

    def _add_rows(self, patient, target, text):
        """Add what the patient names and is not on file yet, to be confirmed."""
        model, values = ROW_MODELS[target]
        records = self.env[model]
        known = records.search([('patient_id', '=', patient.id)]).mapped('name')
        known = {(name or '').casefold() for name in known}
        records.create(
            [
                {'patient_id': patient.id, 'name': name, **values}
                for name in intake.rows(text)
                if name.casefold() not in known
            ]
        )

    def _take_member_number(self, patient, number):
        coverage = self.env['healthcare.coverage'].search(
            [('patient_id', '=', patient.id), ('status', 'in', ('draft', 'active'))],
            # the one that counts first
            order='status, id desc',
            limit=1,
        )
        # sudo: it is compared here, and told covered
        known = coverage.sudo().member_number
        if not coverage:
            coverage.create(
                {'patient_id': patient.id, 'status': 'draft', 'member_number_masked': number}
            )
        elif not known:
            coverage.member_number_masked = number
        elif not intake.same(known, number):
            return self._tell_difference(mask(known), mask(number))
        return None

    def _tell_difference(self, known, value):
        return self.env._("on file “%(known)s”, now “%(value)s”", known=known, value=value)

    def _open_decision(self, patient, points):
        """Let reception decide about answers that differ from the record, once."""
        clinic = self.enrollment_id.company_id or patient.company_id or self.env.company
        task = self.env['healthcare.care.task'].with_context(lang=clinic.partner_id.lang)
        key = f'survey:{self.id}:intake'
        if task.search_count([('idempotency_key', '=', key)], limit=1):
            return
        now = self.end_datetime
        task.create(
            {
                'idempotency_key': key,
                'name': task.env._("A form differs from the record: decide what is right"),
                'patient_id': patient.id,
                'company_id': clinic.id,
                'task_type': 'check',
                'role': 'reception',
                'note': '\n'.join(points),
                'window_start': now,
                'window_end': self.end_datetime + relativedelta(**DECIDE_WITHIN),
            }
        )
