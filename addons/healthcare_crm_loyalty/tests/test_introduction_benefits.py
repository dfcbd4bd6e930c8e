import re

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .test_introductions import IntroductionCase


@tagged('post_install', '-at_install')
class TestIntroductionBenefits(HttpCase, IntroductionCase):
    """The part of a patient's page by which they recommend the clinic."""

    def setUp(self):
        super().setUp()
        self.env['healthcare.consent.counter'].search([]).unlink()
        self.patient = self.card.partner_id
        self.path = self.patient._get_benefits_path()

    def send(self, action, **form):
        key = self.patient._sign_benefit_key(self.patient)
        answer = self.url_open(
            self.path, data={'key': key, 'action': action, **form}, allow_redirects=False
        )
        self.env.invalidate_all()
        return answer

    def test_the_link_the_code_and_what_it_brings(self):
        page = self.url_open(self.path + '?lang=en_US').text
        self.assertIn(self.introducer.url, page)
        self.assertIn("100 points", page)
        self.program.earning_ids.unlink()
        self.assertIn(self.introducer.url, self.url_open(self.path).text)
        self.introducer.unlink()
        self.assertNotIn("Recommend us", self.url_open(self.path + '?lang=en_US').text)

    def test_a_link_for_whoever_wants_one(self):
        self.introducer.unlink()
        self.assertIn("Get my link", self.url_open(self.path + '?lang=en_US').text)
        self.assertFalse(self.patient.introducer_ids)
        self.assertEqual(self.send('introduce').status_code, 303)
        self.assertEqual(len(self.patient.introducer_ids), 1)
        self.send('introduce')
        self.assertEqual(len(self.patient.introducer_ids), 1)

    def test_no_new_link_for_whose_link_was_withdrawn(self):
        self.introducer.active = False
        page = self.url_open(self.path + '?lang=en_US').text
        self.assertNotIn("Get my link", page)
        self.assertNotIn(self.introducer.url, page)
        self.assertEqual(self.send('introduce').status_code, 422)
        self.assertEqual(self.send('introduce_name', shown_name="K").status_code, 422)
        with self.assertRaisesRegex(UserError, "withdrawn"):
            self.env['healthcare.introducer']._get_for(self.patient)
        self.assertFalse(self.patient.introducer_ids)

    def test_clubs_but_none_about_health(self):
        for name, is_clinical in (("Oncology club", True), ("Walking club", False)):
            club = self.env['healthcare.club'].create({'name': name, 'is_clinical': is_clinical})
            self.env['healthcare.club.member'].create(
                {'club_id': club.id, 'patient_id': self.patient.id}
            )
        page = self.url_open(self.path).text
        self.assertNotIn("Oncology", page)
        [link] = re.findall(r'href="(/club/[^"]+)"', page)
        self.assertIn("Walking club", self.url_open(link).text)

    def test_the_name_is_the_patients_to_show(self):
        self.send('introduce_name', shown_name="  Kiệt  ")
        self.assertEqual(self.introducer.shown_name, "Kiệt")
        self.assertEqual(self.send('introduce_name', shown_name="K" * 41).status_code, 422)
        self.assertEqual(self.introducer.shown_name, "Kiệt")
        self.send('introduce_name', shown_name=" ")
        self.assertFalse(self.introducer.shown_name)
