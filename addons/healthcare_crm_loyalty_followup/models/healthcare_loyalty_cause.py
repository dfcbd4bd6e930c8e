from odoo import api, models


class HealthcareLoyaltyCause(models.Model):
    """Points for questionnaires, and those a workflow gives on the spot."""

    _inherit = 'healthcare.loyalty.cause'

    @api.model
    def _get_sources(self):
        """A questionnaire earns once for each time that the clinic asked the member to answer it.

        Who opens the same survey again by themselves earns nothing. What a step of a workflow
        gives is new every time: the workflow says itself how often somebody comes there.
        """
        return super()._get_sources() | {
            'survey': (
                'survey.user_input',
                """
                SELECT answers.id AS res_id, 'survey' AS event, answers.partner_id AS patient_id,
                       NULL::int AS company_id, answers.end_datetime AS happened_at,
                       NULL::int AS service_id, '' AS part
                  FROM survey_user_input answers
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
            'workflow': (
                'res.partner',
                """
                SELECT patient.id, 'workflow', patient.id, NULL::int,
                       now() AT TIME ZONE 'UTC', NULL::int, ':' || gen_random_uuid()
                  FROM res_partner patient WHERE patient.id = ANY(%(ids)s)
                """,
            ),
        }

    @api.model
    def _note(self, kind, ids):
        """What a workflow gave is given: looked at again, it would be given once more."""
        return kind != 'workflow' and super()._note(kind, ids)

    @api.model
    def _give_now(self, earning, patients):
        """Give members among patients what an earning of workflows brings, within its limits."""
        self.env.flush_all()
        model, source = self._get_sources()['workflow']
        self._collect_due('workflow', source, patients.ids, earning.ids)
        self._finish_giving(model)
