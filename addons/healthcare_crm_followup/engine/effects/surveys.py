"""Invitations to Odoo surveys, ``survey.user_input``."""

from dataclasses import dataclass

from odoo.tools import SQL

#: A thousand invitations need no thousand lines of chatter.
QUIET = {
    'tracking_disable': True,
    'mail_create_nolog': True,
    'mail_create_nosubscribe': True,
    'mail_notrack': True,
}


@dataclass(frozen=True)
class SurveyInvitation:
    """An empty set of answers for one patient, which the link in the message opens."""

    survey_id: int
    patient_id: int
    lang: str | None
    enrollment_id: int
    step_key: str
    visit: int

    @classmethod
    def of(cls, row, step):
        """Return the invitation of ``step`` for ``row``."""
        return cls(
            step.survey_id,
            row.patient_id,
            row.person.lang,
            row.enrollment_id,
            step.key,
            row.visit,
        )

    @classmethod
    def apply(cls, env, effects, now):
        """Create the answers as ``survey.survey._create_answer`` does, all at once, and tell the
        ledger rows of the messages about them.

        :raise UserError: a survey was closed meanwhile
        """
        answers = env['survey.user_input'].with_context(**QUIET)
        patients = env['res.partner'].browse({effect.patient_id for effect in effects})
        patients.fetch(['name', 'email'])
        for survey in env['survey.survey'].browse({effect.survey_id for effect in effects}):
            survey._check_answer_creation(False, False, False, check_attempts=False)
        created = answers.create([effect._values(env) for effect in effects])
        env.flush_all()
        env.execute_query(
            SQL(
                """
                UPDATE healthcare_communication AS communication SET survey_input_id = answers.id
                  FROM survey_user_input AS answers
                 WHERE answers.id = ANY(%s)
                   AND communication.enrollment_id = answers.enrollment_id
                   AND communication.step_key = answers.step_key
                   AND communication.visit = answers.visit
             RETURNING communication.id
                """,
                created.ids,
            )
        )
        env['healthcare.communication'].invalidate_model(['survey_input_id'])

    def _values(self, env):
        """Return the values of the new answers."""
        patient = env['res.partner'].browse(self.patient_id)
        survey = env['survey.survey'].browse(self.survey_id)
        return {
            'survey_id': self.survey_id,
            'partner_id': self.patient_id,
            'email': patient.email,
            'nickname': patient.name,
            'lang_id': self.lang in survey._get_supported_lang_codes()
            and env['res.lang']._get_data(code=self.lang).id,
            # each invitation is a pool of attempts of its own
            'invite_token': survey.is_attempts_limited
            and env['survey.user_input']._generate_invite_token(),
            'enrollment_id': self.enrollment_id,
            'step_key': self.step_key,
            'visit': self.visit,
        }
