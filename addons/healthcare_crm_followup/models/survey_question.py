from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import email_normalize, single_email_re

from odoo.addons.healthcare_crm.models.res_partner import OLDEST_AGE
from odoo.addons.healthcare_crm.sensitive import GROUP_ADMINISTRATOR, GROUP_USER

#: where an answer may go
PATIENT_FIELDS = [
    ('name', "Name"),
    ('birth_date', "Birth date"),
    ('gender', "Gender"),
    ('phone', "Phone"),
    ('email', "E-mail"),
    ('street', "Street"),
    ('city', "City"),
    ('lang', "Language"),
    ('occupation', "Occupation"),
    ('preferred_channel', "Preferred channel"),
    ('member_number', "Member number of the insurance"),
    ('allergy', "Allergies, one each"),
    ('condition', "Conditions, one each"),
]


class SurveyQuestion(models.Model):
    """A question whose answer is data of the patient, not only an opinion."""

    _inherit = 'survey.question'

    patient_field = fields.Selection(
        PATIENT_FIELDS,
        string="Answer Goes To",
        groups=GROUP_USER,
        help="When a patient finishes the survey, the answer is entered in the record where "
        "nothing is there yet. Where it differs, staff decide.",
    )

    def _has_field_access(self, field, operation):
        """Let the administrator alone say what goes into records: answers do so by themselves."""
        if field.name == 'patient_field' and operation == 'write' and not self.env.su:
            return self.env.user.has_group(GROUP_ADMINISTRATOR)
        return super()._has_field_access(field, operation)

    def validate_question(self, answer, comment=None):
        """Refuse what the record would not take, while the patient is still there to correct it."""
        errors = super().validate_question(answer, comment=comment)
        # sudo: patients answer without a login, and the field is for the clinic's people
        target = self.sudo().patient_field
        if errors or not target or not isinstance(answer, str) or not answer.strip():
            return errors
        sentence = self._get_patient_problem(target, answer.strip())
        return {self.id: sentence} if sentence else {}

    def _get_patient_problem(self, target, answer):
        """Return what is wrong with an answer, as a sentence for the patient."""
        partners = self.env['res.partner']
        # sudo: as above
        country = self.env.company.sudo().country_id
        match target:
            case 'phone' if not partners._phone_format_number(answer, country):
                return self.env._(
                    "This does not look like a phone number. Write it like %s.",
                    partners._get_example_phone(country),
                )
            case 'email' if not (single_email_re.match(answer) and email_normalize(answer)):
                return self.env._(
                    "This does not look like an e-mail address. Write it like name@example.com."
                )
            case 'birth_date':
                today = fields.Date.context_today(self)
                try:
                    day = fields.Date.to_date(answer)
                except ValueError:
                    return self.env._("Please check this date.")
                if not today - relativedelta(years=OLDEST_AGE) <= day <= today:
                    return self.env._("Please check the year: this cannot be a birth date.")
        return None
