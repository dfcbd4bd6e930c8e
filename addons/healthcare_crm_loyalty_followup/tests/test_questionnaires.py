from odoo.tests import tagged

from odoo.addons.healthcare_crm_loyalty.tests.common import LoyaltyCase


@tagged('post_install', '-at_install')
class TestQuestionnaires(LoyaltyCase):
    """Answering a questionnaire earns points."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.earning_ids.event = 'survey'
        cls.card = cls.make_member()
        cls.survey = cls.env['survey.survey'].create({'title': "How are you?"})

    def answer(self, partner=None, **values):
        answers = self.survey.sudo()._create_answer(
            partner=partner or self.card.partner_id, check_attempts=False, **values
        )
        answers._mark_done()
        return answers

    def test_answers_earn_once(self):
        self.answer()
        self.answer()
        self.process()
        self.assertBalance(self.card, 10)

    def test_what_is_asked_for_and_not_answered_earns_nothing(self):
        self.survey.sudo()._create_answer(partner=self.card.partner_id)
        self.process()
        self.assertBalance(self.card, 0)

    def test_tests_earn_nothing_and_deleted_answers_are_taken_back(self):
        self.answer(test_entry=True)
        answers = self.answer()
        self.process()
        self.assertBalance(self.card, 10)
        answers.unlink()
        self.process()
        self.assertBalance(self.card, 0)

    def test_the_answers_of_somebody_else_after_all(self):
        other = self.make_member(name="Trần Thị Bình")
        answers = self.answer()
        self.process()
        answers.partner_id = other.partner_id
        self.process()
        self.assertBalance(self.card, 0)
        self.assertBalance(other, 10)
