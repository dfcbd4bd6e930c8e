from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HealthcareCase

FEMALE = "[('gender', '=', 'female')]"


@tagged('post_install', '-at_install')
class TestSegment(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the demo clinic's patients are of its own clinics, but some are of none
        cls.Partner.search([('is_patient', '=', True)]).gender = 'other'
        cls.hoa = cls.make_patient("Hoa", gender='female')
        cls.lan = cls.make_patient("Lan", gender='female')
        cls.an = cls.make_patient("An", gender='male')
        cls.cron = cls.env.ref('healthcare_crm.ir_cron_segment')

    def make_segment(self, domain=FEMALE, **values):
        return self.env['healthcare.segment'].create({'name': "Women", 'domain': domain, **values})

    def members(self, segment):
        return self.env['healthcare.segment.member'].search([('segment_id', '=', segment.id)])

    def run_cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    # ------------------------------------------------------------ refreshing

    def test_who_meets_the_condition_enters_and_who_no_longer_does_leaves(self):
        segment = self.make_segment()
        entered, left = segment._refresh()
        self.assertEqual((set(entered), left), ({self.hoa.id, self.lan.id}, []))
        self.assertEqual(self.members(segment).patient_id, self.hoa | self.lan)
        self.assertEqual(segment.patient_count, 2)
        self.assertTrue(segment.refreshed_at)

        stayed = self.members(segment).filtered(lambda member: member.patient_id == self.lan)
        self.hoa.gender = 'male'
        self.an.gender = 'female'
        self.assertEqual(segment._refresh(), ([self.an.id], [self.hoa.id]))
        self.assertEqual(self.members(segment).patient_id, self.lan | self.an)
        self.assertEqual(segment.patient_count, 2)
        self.assertTrue(stayed.exists(), "what did not change is not written")

    def test_a_second_refresh_changes_nothing(self):
        segment = self.make_segment()
        segment._refresh()
        revision = segment.revision
        with patch.object(type(segment), '_membership_changed') as told:
            self.assertEqual(segment._refresh(), ([], []))
        told.assert_not_called()
        self.assertEqual(segment.revision, revision)

    def test_others_are_told_who_entered_and_left(self):
        segment = self.make_segment()
        with patch.object(type(segment), '_membership_changed') as told:
            segment._refresh()
            self.hoa.gender = 'male'
            segment._refresh()
        first, second = told.call_args_list
        self.assertEqual(set(first.args[0]), {self.hoa.id, self.lan.id})
        self.assertEqual(second.args, ([], [self.hoa.id]))

    def test_only_patients_are_members(self):
        self.Partner.create({'name': "A supplier"})
        segment = self.make_segment('[]')
        segment._refresh()
        self.assertTrue(all(self.members(segment).patient_id.mapped('is_patient')))
        self.assertIn(self.an, self.members(segment).patient_id)

    def test_archived_patients_leave(self):
        segment = self.make_segment()
        segment._refresh()
        self.hoa.active = False
        self.assertEqual(segment._refresh(), ([], [self.hoa.id]))

    def test_a_segment_is_about_the_patients_of_its_clinic(self):
        branch = self.env['res.company'].create({'name': "Branch", 'parent_id': self.company.id})
        other = self.env['res.company'].create({'name': "Other"})
        self.hoa.company_id = branch
        self.an.write({'company_id': other.id, 'gender': 'female'})
        segment, elsewhere = self.make_segment(), self.make_segment(company_id=other.id)
        segment._refresh()
        elsewhere._refresh()
        self.assertEqual(self.members(segment).patient_id, self.hoa | self.lan)
        self.assertEqual(self.members(elsewhere).patient_id, self.lan | self.an)

    def test_today_is_the_clinics(self):
        # the condition counts in whole days: in Kiritimati, 14 hours ahead, it is tomorrow first
        self.hoa.birth_date = fields.Date.add(fields.Date.today(), days=1)
        domain = "[('birth_date', '>=', 'today'), ('birth_date', '<=', 'today')]"
        segment = self.make_segment(domain)
        seen = set()
        for tz in ('Pacific/Kiritimati', 'Etc/GMT+12'):
            self.company.resource_calendar_id.tz = tz
            segment._refresh()
            seen.add(segment.patient_count)
        self.assertIn(0, seen)
        tomorrow = fields.Datetime.now().hour >= 10
        self.assertEqual(1 in seen, tomorrow)

    # ------------------------------------------------------------ the job

    def test_a_new_segment_is_looked_up_by_the_job(self):
        self.env['ir.cron.trigger'].search([]).unlink()
        segment = self.make_segment()
        self.assertTrue(self.env['ir.cron.trigger'].search([('cron_id', '=', self.cron.id)]))
        self.assertFalse(segment.refreshed_at)
        self.run_cron()
        self.assertEqual(segment.patient_count, 2)

    def test_a_new_condition_is_looked_up_by_the_job(self):
        segment = self.make_segment()
        segment._refresh()
        segment.domain = "[('gender', '=', 'male')]"
        self.run_cron()
        self.assertEqual(self.members(segment).patient_id, self.an)

    def test_the_job_leaves_alone_what_is_fresh(self):
        segment = self.make_segment()
        segment._refresh()
        segment.refreshed_at = fields.Datetime.subtract(fields.Datetime.now(), minutes=40)
        self.hoa.gender = 'male'
        self.run_cron()
        self.assertEqual(segment.patient_count, 2)
        segment.refreshed_at = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        self.run_cron()
        self.assertEqual(segment.patient_count, 1)

    def test_a_segment_that_fails_does_not_stop_the_others(self):
        first, broken, last = (self.make_segment() for _n in range(3))
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE healthcare_segment SET stored_domain = %s WHERE id = %s',
            ["[('gone_with_an_addon', '=', 1)]", broken.id],
        )
        broken.invalidate_recordset()
        with mute_logger('odoo.addons.healthcare_crm.models.healthcare_segment'):
            self.run_cron()
        self.assertEqual((first | last).mapped('patient_count'), [2, 2])
        self.assertIn('gone_with_an_addon', broken.failure)
        self.assertFalse(broken.refreshed_at)
        broken.domain = FEMALE
        self.run_cron()
        self.assertFalse(broken.failure)
        self.assertEqual(broken.patient_count, 2)

    # ------------------------------------------------------------ who may what

    def test_the_administrator_writes_and_looks_up(self):
        admin = self.make_user('clinic_administrator')
        segment = self.make_segment().with_user(admin)
        segment.name = "Ladies"
        segment.action_refresh()
        action = segment.action_open_patients()
        self.assertEqual(
            self.Partner.with_user(admin).search(action['domain']), self.hoa | self.lan
        )

    def test_staff_read_who_is_in_it(self):
        segment = self.make_segment()
        segment._refresh()
        segment = segment.with_user(self.make_user('reception'))
        self.assertEqual(segment.member_ids.patient_id, self.hoa | self.lan)
        with self.assertRaises(AccessError):
            segment.name = "Other"
        with self.assertRaises(AccessError):
            segment.action_refresh()

    def test_nobody_makes_a_member_by_hand(self):
        segment = self.make_segment()
        values = {'segment_id': segment.id, 'date': fields.Datetime.now()}
        hoa = self.hoa.with_user(self.make_user('clinic_administrator'))
        with self.assertRaises(AccessError):
            hoa.segment_member_ids = [Command.create(values)]

    def test_marketing_reads_how_many_but_not_who(self):
        segment = self.make_segment()
        segment._refresh()
        user = self.make_user('marketing')
        segment = segment.with_user(user)
        self.assertEqual(segment.patient_count, 2)
        with self.assertRaises(AccessError):
            segment.member_ids.read(['segment_id'])
        with self.assertRaises(AccessError):
            self.env['healthcare.segment.member'].with_user(user).search([])
        with self.assertRaises(AccessError):
            self.Partner.with_user(user).search([('segment_member_ids.segment_id', '=', 1)])
        with self.assertRaises(AccessError):
            segment.search([('member_ids.patient_id', '=', self.hoa.id)])

    def test_employees_see_no_segment(self):
        with self.assertRaises(AccessError):
            self.make_segment().with_user(self.make_user()).read(['name'])

    def test_segments_of_other_clinics_are_hidden(self):
        other = self.env['res.company'].create({'name': "Other"})
        segment = self.make_segment(company_id=other.id)
        segment._refresh()
        user = self.make_user('reception')
        self.assertFalse(self.env['healthcare.segment'].with_user(user).search([]) & segment)
        members = self.env['healthcare.segment.member'].with_user(user).search([])
        self.assertFalse(members & segment.sudo().member_ids)

    # ------------------------------------------------------------ conditions

    def test_the_author_must_be_able_to_read_what_the_condition_looks_at(self):
        admin = self.make_user('clinic_administrator')
        Segment = self.env['healthcare.segment'].with_user(admin)
        hidden = next(
            name
            for name, field in self.Partner._fields.items()
            if field.groups == 'base.group_erp_manager' and field.store
        )
        values = {'name': "A", 'domain': f"[('{hidden}', '!=', False)]"}
        self.env['healthcare.segment'].create(values)
        with self.assertRaisesRegex(ValidationError, hidden):
            Segment.create(values)
        with self.assertRaises(ValidationError):
            self.make_segment().with_user(admin).domain = values['domain']

    def test_a_condition_that_cannot_be_read_is_refused(self):
        for domain in ("[('no_such_field', '=', 1)]", '[(', '1', "__import__('os')"):
            with self.subTest(domain=domain), self.assertRaisesRegex(UserError, '"Women"'):
                self.make_segment(domain)

    # ------------------------------------------------------------ merging, deleting

    def merge(self, sources, destination):
        self.env['base.partner.merge.automatic.wizard']._merge(
            (sources | destination).ids, destination, extra_checks=False
        )
        self.env.invalidate_all()

    def test_merged_patients_stay_in_every_segment(self):
        women, lans = self.make_segment(), self.make_segment("[('name', '=', 'Lan')]")
        women._refresh()
        lans._refresh()
        self.merge(self.lan, self.hoa)
        # the merged record is archived, not deleted: it keeps the membership both had until the
        # segment is looked up again
        self.assertEqual(self.members(women).patient_id.filtered('active'), self.hoa)
        self.assertEqual(self.members(lans).patient_id, self.hoa)
        women._refresh()
        self.assertEqual(self.members(women).patient_id, self.hoa)

    def test_two_patients_merged_into_one_outside_the_segment(self):
        segment = self.make_segment()
        segment._refresh()
        self.merge(self.hoa | self.lan, self.an)
        # see above
        self.assertEqual(self.members(segment).patient_id.filtered('active'), self.an)

    def test_a_patient_who_is_deleted_is_no_member(self):
        segment = self.make_segment()
        segment._refresh()
        self.hoa.unlink()
        self.assertEqual(self.members(segment).patient_id, self.lan)

    def test_nobody_is_twice_in_a_segment(self):
        segment = self.make_segment()
        segment._refresh()
        member = self.members(segment)[0]
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            member.copy()
            self.env.flush_all()
