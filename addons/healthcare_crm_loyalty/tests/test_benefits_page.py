from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.healthcare_crm.models import res_partner_consent
from odoo.addons.healthcare_crm.tests.audit_case import AuditChecks

from .common import LoyaltyCase

REFUSED = "Not today."


@tagged('post_install', '-at_install')
class TestBenefitsPage(AuditChecks, LoyaltyCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.portal_point_name = "points"
        cls.program.tier_ids = [
            Command.create({'rank': 1, 'name': "Silver", 'benefits': "Tea\nA quiet room"}),
            Command.create({'rank': 2, 'name': "Gold", 'entry_value': 1000}),
            Command.create({'rank': 3, 'name': "Guest", 'basis': 'invitation'}),
        ]
        cls.card = cls.make_member(name="Lin Mei", lang='en_US')
        cls.patient = cls.card.partner_id
        cls.today = cls.program._get_today()

    def earn(self, points, **values):
        return self.card._give(points, 'earn', description="Your visit", **values)

    def get(self, path=None, **params):
        return self.url_open(path or self.patient._get_benefits_path(), params=params)

    def post(self, path=None, **form):
        path = path or self.patient._get_benefits_path()
        return self.url_open(path, data=form, allow_redirects=False)

    def test_what_a_member_sees(self):
        self.earn(1240)
        self.card._spend(40, description="Soap")
        self.Card._recompute_tiers(self.program)
        page = self.get()
        self.assertEqual(page.status_code, 200)
        self.assertIn("1,200 points", page.text)
        self.assertIn("Gold", page.text)
        self.assertIn("+1,240", page.text)
        self.assertIn("−40", page.text)
        self.assertIn("Soap", page.text)
        self.assertIn(self.card.number, page.text)
        self.assertIn('<svg', page.text)
        self.assertNotIn("Guest", page.text)
        self.assertNotIn("<script", page.text)
        self.assertLess(len(page.content), 100_000)
        self.assertIn("default-src 'none'", page.headers['Content-Security-Policy'])

    def test_progress_and_benefits(self):
        self.earn(250)
        self.Card._recompute_tiers(self.program)
        page = self.get()
        self.assertIn("750 more points to Gold", page.text)
        self.assertIn("A quiet room", page.text)

    def test_what_expires_next(self):
        self.earn(30, expires_on=self.today + timedelta(days=40))
        self.earn(20, expires_on=self.today + timedelta(days=10))
        days = [points for _day, points in self.card._get_expiring()]
        self.assertEqual(days, [20, 30])
        self.assertIn("20 points can be used until", self.get().text)

    def test_nobody_named_on_ones_own_page(self):
        self.assertNotIn("Lin Mei", self.get().text)

    def test_no_member_is_told_how_to_join(self):
        path = self.make_patient()._get_benefits_path()
        self.assertIn("not a member yet", self.get(path).text)

    def test_nothing_by_a_wrong_link(self):
        path = self.patient._get_benefits_path()
        for wrong in (
            path[:-2],
            path + 'x',
            '/my/benefits/nothing',
            self.patient._get_consent_path(),
        ):
            token = wrong.rsplit('/', 1)[1]
            page = self.url_open(f'/my/benefits/{token}')
            self.assertEqual(page.status_code, 404)
            self.assertNotIn("points", page.text)

    def test_links_are_revoked_with_those_of_consents(self):
        path = self.patient._get_benefits_path()
        self.patient.action_revoke_consent_links()
        self.assertEqual(self.get(path).status_code, 404)

    def test_opening_is_audited(self):
        self.get()
        looks = self.recorded(action='read', model='loyalty.card')
        self.assertIn(self.patient.id, [one for look in looks for one in look['patients']])

    def test_a_guardian_opens_the_page_of_a_minor(self):
        self.patient.birth_date = fields.Date.subtract(self.today, years=5)
        self.patient.guardian_id = self.make_patient(name="Chen Yu", lang='en_US')
        self.assertIn("Lin Mei", self.get().text)

    # -- forms

    def let_do(self, method):
        """Have the page offer something to do."""
        Partner = self.registry['res.partner']
        self.startPatcher(patch.object(Partner, '_test_benefit', method, create=True))
        actions = {'test': ('_test_benefit', "It was done.")}
        self.startPatcher(patch.object(Partner, '_get_benefit_actions', lambda patient: actions))

    def test_a_form_does_something_once(self):
        done = []
        self.let_do(lambda patient, form: done.append((patient.id, form['what'])))
        key = self.patient.sudo()._sign_benefit_key(self.patient)
        answer = self.post(action='test', key=key, what='this')
        self.assertEqual(answer.status_code, 303)
        self.assertIn("It was done.", self.url_open(answer.headers['Location']).text)
        self.assertEqual(self.post(action='test', key=key, what='again').status_code, 422)
        self.assertEqual(done, [(self.patient.id, 'this')])

    def test_why_something_cannot_be_done(self):
        def refuse(_patient, _form):
            raise UserError(REFUSED)

        self.let_do(refuse)
        key = self.patient.sudo()._sign_benefit_key(self.patient)
        answer = self.post(action='test', key=key)
        self.assertEqual(answer.status_code, 422)
        self.assertIn(REFUSED, answer.text)

    def test_what_is_refused_takes_its_key_and_is_undone(self):
        asked = []

        def refuse(patient, form):
            asked.append(form)
            patient.name = "Half done"
            raise UserError(REFUSED)

        self.let_do(refuse)
        key = self.patient.sudo()._sign_benefit_key(self.patient)
        for _time in range(3):
            self.assertEqual(self.post(action='test', key=key).status_code, 422)
        self.assertEqual(len(asked), 1)
        self.assertEqual(self.patient.name, "Lin Mei")

    def test_what_is_refused_is_counted(self):
        self.startPatcher(patch.object(res_partner_consent, 'MAX_DECISIONS', 2))
        asked = []

        def refuse(_patient, form):
            asked.append(form)
            raise UserError(REFUSED)

        self.let_do(refuse)
        for _time in range(3):
            key = self.patient.sudo()._sign_benefit_key(self.patient)
            answer = self.post(action='test', key=key)
        self.assertIn("That was often", answer.text)
        self.assertEqual(len(asked), 2)

    def test_nothing_without_a_key_or_with_that_of_somebody_else(self):
        done = []
        self.let_do(lambda patient, form: done.append(form))
        other = self.make_patient()
        for key in ('', 'x', other.sudo()._sign_benefit_key(other)):
            self.assertEqual(self.post(action='test', key=key).status_code, 422)
        self.assertFalse(done)

    def test_nothing_by_the_address(self):
        done = []
        self.let_do(lambda patient, form: done.append(form))
        key = self.patient.sudo()._sign_benefit_key(self.patient)
        self.get(action='test', key=key)
        self.post(self.patient._get_benefits_path() + f'?action=test&key={key}')
        self.assertFalse(done)

    def test_invented_notices_say_nothing(self):
        self.assertNotIn("invented", self.get(notice='invented').text)
