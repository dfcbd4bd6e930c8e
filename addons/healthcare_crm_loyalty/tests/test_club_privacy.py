from odoo.tests import tagged

from odoo.addons.healthcare_crm.privacy.plan import Plan

from .test_clubs import ClubCase


@tagged('post_install', '-at_install')
class TestClubPrivacy(ClubCase):
    """Patients of clubs, and introducers, who are erased or merged."""

    def setUp(self):
        super().setUp()
        self.member = self.invite()
        self.member.action_agreed_in_person()
        self.talk = self.make_talk()
        self.talk.action_add_members()
        self.introducer = self.env['healthcare.introducer']._get_for(self.patient)
        self.brought = self.make_patient("Hồ Xuân Hương", lifecycle_stage='prospect')
        self.introduction = self.env['healthcare.introduction'].create(
            {'introducer_id': self.introducer.id, 'patient_id': self.brought.id}
        )

    def plan(self, patient):
        self.env.flush_all()
        return Plan(self.env, patient.ids, False, self.env['healthcare.sensitive']._get_register())

    def test_nothing_of_a_club_stays_of_whoever_is_erased(self):
        deleted = self.plan(self.patient).delete
        for record in (
            self.member,
            self.talk.attendance_ids,
            self.introducer,
            self.introduction,
        ):
            with self.subTest(record=record):
                self.assertIn(record.id, deleted.get(record._table, ()))

    def test_nor_of_whoever_was_brought(self):
        deleted = self.plan(self.brought).delete
        self.assertIn(self.introduction.id, deleted['healthcare_introduction'])
        self.assertNotIn('healthcare_introducer', deleted)

    def test_a_merge_takes_clubs_and_links_along_and_gives_them_back(self):
        kept = self.make_patient("Kept")
        merge = self.patient._merge_into(kept)
        self.env.invalidate_all()
        self.assertEqual(self.member.patient_id, kept)
        self.assertEqual(self.talk.attendance_ids.patient_id, kept)
        self.assertEqual(self.introducer.partner_id, kept)
        self.assertEqual(self.env['healthcare.introducer']._get_for(kept), self.introducer)
        merge._undo(self.env.user)
        self.env.invalidate_all()
        self.assertEqual(self.member.patient_id, self.patient)
        self.assertEqual(self.introducer.partner_id, self.patient)

    def test_both_were_in_the_club(self):
        kept = self.make_patient("Kept")
        other = self.invite(patient=kept)
        self.patient._merge_into(kept)
        self.env.invalidate_all()
        self.assertEqual(other.patient_id, kept)
        self.assertEqual(
            self.Member.search_count(
                [('club_id', '=', self.oncology.id), ('patient_id', '=', kept.id)]
            ),
            1,
        )
