"""A patient joins at the desk; the member's own page, without a script, on a small phone."""

import tempfile

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_loyalty.tests.common import LoyaltyCase

from .screenshots import taking_screenshots


@tagged('post_install', '-at_install')
class TestMembershipInBrowser(HttpCase, LoyaltyCase):
    def test_at_the_desk(self):
        self.env['loyalty.program'].search([('id', '!=', self.program.id)]).active = False
        home = self.env['healthcare.household'].create({'name': "Đỗ Hoài"})
        patient = self.make_patient(name="Đỗ Hoài An", household_id=home.id)
        binh = self.make_member(name="Đỗ Hoài Bình", household_id=home.id)
        binh._give(100, description="Welcome")
        new_test_user(self.env, 'desk', groups='healthcare_crm.group_reception', lang='en_US')
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(f'/odoo/patients/{patient.id}', 'healthcare_membership', login='desk')
        self.assertEqual(
            {picture.stem for picture in taken},
            {
                'membership-1-card',
                'membership-2-link',
                'membership-3-family',
                'membership-4-blocked',
            },
        )
        card = patient._get_memberships()
        self.assertTrue(card.active)
        self.assertFalse(card.is_blocked or card.purse_id)
        self.assertBalance(binh, 100)

    def test_the_page_of_a_member_fits_a_small_phone_at_twice_the_size(self):
        card = self.make_member(name="Đỗ Hoài An", lang='en_US')
        card._give(1240, description="Welcome")
        self.browser_js(
            card.partner_id._get_benefits_path(),
            """
            document.documentElement.style.fontSize = "200%";
            document.documentElement.style.width = "320px";
            const page = document.querySelector(".page");
            if (page.scrollWidth <= 320) console.log("test successful");
            else console.error("wide " + page.scrollWidth);
            """,
            ready="!!document.querySelector('.balance')",
        )
