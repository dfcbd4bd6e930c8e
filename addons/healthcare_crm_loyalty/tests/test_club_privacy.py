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

    def test_whoever_was_a_member_stays_one(self):
        decided = {'member': 2, 'left': 1, 'declined': 1, 'invited': 0}
        decide = {
            'member': lambda one: one.action_agreed_by_phone(),
            'left': lambda one: one.action_agreed_by_phone() and one.action_left(),
            'declined': lambda one: one.action_declined(),
            'invited': lambda one: True,
        }
        for mine in decided:
            for theirs in decided:
                with self.subTest(mine=mine, theirs=theirs):
                    kept, merged = (self.make_patient(name) for name in ("Kept", "Merged"))
                    here, there = (self.invite(patient=one) for one in (kept, merged))
                    decide[mine](here)
                    decide[theirs](there)
                    before = here.read(['state', 'method', 'joined_at', 'left_at'])
                    merge = merged._merge_into(kept)
                    self.env.invalidate_all()
                    better = theirs if decided[theirs] > decided[mine] else mine
                    self.assertEqual((here.patient_id, here.state), (kept, better))
                    if better == 'member':
                        self.assertEqual((here.given_by_id, here.method), (kept, 'phone'))
                        self.assertTrue(here.joined_at)
                    merge._undo(self.env.user)
                    self.env.invalidate_all()
                    self.assertEqual(here.read(['state', 'method', 'joined_at', 'left_at']), before)
                    self.assertEqual((there.patient_id, there.state), (merged, theirs))
