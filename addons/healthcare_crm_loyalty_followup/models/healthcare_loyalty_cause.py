from odoo import api, models


class HealthcareLoyaltyCause(models.Model):
    _inherit = 'healthcare.loyalty.cause'

    @api.model
    def _get_sources(self):
        """A questionnaire earns once for each time that the clinic asked the member to answer it.

        Who opens the same survey again by themselves earns nothing.
        """
        return super()._get_sources() | {
            'survey': (
                'survey.user_input',
                """
                SELECT answers.id AS res_id, 'survey' AS event, answers.partner_id AS patient_id,
                       patient.company_id, answers.end_datetime AS happened_at,
                       NULL::int AS service_id, '' AS part
                  FROM survey_user_input answers
                  JOIN res_partner patient ON patient.id = answers.partner_id
                 WHERE answers.id = ANY(%(ids)s) AND answers.state = 'done'
                   AND answers.test_entry IS NOT TRUE
                   AND (answers.enrollment_id IS NOT NULL OR NOT EXISTS (
                        SELECT FROM survey_user_input earlier
                         WHERE earlier.survey_id = answers.survey_id
                           AND earlier.partner_id = answers.partner_id
                           AND earlier.state = 'done' AND earlier.test_entry IS NOT TRUE
                           AND earlier.id < answers.id))
                """,
            ),
        }
