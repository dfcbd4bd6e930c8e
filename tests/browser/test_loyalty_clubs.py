from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.healthcare_crm_loyalty.tests.common import LoyaltyCase

from .tours import TourCase

#: a code with the right last character
CODE = 'F23456789Y'


@tagged('post_install', '-at_install')
class TestIntroductionsAndClubs(TourCase, LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.an = cls.make_patient("Đỗ Hoài An", phone='+84912000001')
        cls.binh = cls.make_patient(
            "Đỗ Hoài Bình", phone='+84912000002', lifecycle_stage='prospect'
        )
        cls.introducer = cls.env['healthcare.introducer']._get_for(cls.an)
        cls.introducer.code = CODE
        cls.nurse = new_test_user(
            cls.env, 'club-nurse', 'healthcare_crm.group_nurse', tz='UTC', lang='en_US'
        )
        new_test_user(cls.env, 'desk', 'healthcare_crm.group_reception', tz='UTC', lang='en_US')
        cls.club = cls.env['healthcare.club'].create(
            {
                'name': "Sunday walking club",
                'coordinator_ids': [Command.set(cls.nurse.ids)],
                'talk_ids': [
                    Command.create(
                        {
                            'name': "Eating well",
                            'start': fields.Datetime.now() + timedelta(days=5),
                        }
                    )
                ],
            }
        )

    def test_reception_records_who_brought_whom(self):
        self.use(
            'healthcare_introduction',
            '/odoo/introductions',
            'desk',
            'loyalty-introduction-1-waiting',
            'loyalty-introduction-2-list',
        )
        self.assertEqual(
            set(self.introducer.introduction_ids.mapped(lambda one: (one.patient_id, one.state))),
            {(self.binh, 'waiting'), (self.an, 'refused')},
        )

    def test_a_coordinator_takes_in_a_member(self):
        self.use(
            'healthcare_club',
            '/odoo/clubs',
            'club-nurse',
            'loyalty-club-1-club',
            'loyalty-club-2-member',
        )
        self.assertEqual(
            (self.club.member_ids.state, self.club.member_ids.method), ('member', 'phone')
        )
