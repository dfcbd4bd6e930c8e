from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientMerge(HealthcareCase):
    def _merge(self, source, destination, user=None):
        wizard = self.env['base.partner.merge.automatic.wizard']
        if user:
            wizard = wizard.with_user(user)
            destination = destination.with_user(user)
        wizard._merge((source | destination).ids, destination, extra_checks=False)

    def test_no_row_is_lost(self):
        his = self.env['healthcare.identifier.system'].create({'name': "HIS", 'code': 'his'})
        kept, merged = self.make_patient("An"), self.make_patient("An")
        rows = []
        for index, patient in enumerate((kept, merged)):
            # the same purpose, channel and system on both sides: nothing may conflict
            rows += [
                self.make_appointment(patient),
                self.make_consent(patient),
                self.make_communication(patient, idempotency_key=f'key-{index}'),
                self.env['healthcare.patient.identifier'].create(
                    {
                        'patient_id': patient.id,
                        'system_id': his.id,
                        'value': f'H{index}',
                    }
                ),
            ]
        child = self.make_patient("Child", guardian_id=merged.id, referrer_id=merged.id)

        self._merge(merged, kept)

        # archived, no longer deleted: a merge can be undone
        self.assertFalse(merged.active)
        self.assertEqual(merged.merged_into_id, kept)
        for row in rows:
            self.assertTrue(row.exists(), row)
            self.assertEqual(row.patient_id, kept)
        self.assertEqual(child.guardian_id, kept)
        self.assertEqual(child.referrer_id, kept)

    def test_former_number_is_kept_as_identifier(self):
        kept, merged = self.make_patient("An"), self.make_patient("An")
        number, former = kept.patient_number, merged.patient_number
        self._merge(merged, kept)
        self.assertEqual(kept.patient_number, number)
        self.assertEqual(
            kept.identifier_ids.filtered(lambda i: i.system_id.code == 'merged').value,
            former,
        )

    def test_patient_merged_into_contact(self):
        contact = self.Partner.create({'name': "An"})
        patient = self.make_patient("An", birth_date='1963-03-12')
        number = patient.patient_number
        self._merge(patient, contact)
        self.assertTrue(contact.is_patient)
        self.assertEqual(contact.patient_number, number)
        self.assertEqual(str(contact.birth_date), '1963-03-12')
        self.assertFalse(contact.identifier_ids)

    def test_child_merged_with_guardian(self):
        guardian = self.make_patient("Wrong twin")
        child = self.make_patient("Right twin", guardian_id=guardian.id)
        self._merge(guardian, child)
        self.assertFalse(child.guardian_id, "nobody is their own guardian")

    def test_employee_cannot_merge_patients(self):
        kept, merged = self.make_patient("An"), self.make_patient("An")
        user = self.make_user(login='sales')
        user.group_ids += self.env.ref('base.group_partner_manager')
        with self.assertRaises(AccessError) as caught:
            self._merge(merged, kept, user)
        self.assertNotIn("patient", str(caught.exception).lower())

    def test_reception_merges_patients(self):
        kept, merged = self.make_patient("An"), self.make_patient("An", birth_date='1963-03-12')
        appointment = self.make_appointment(merged)
        self._merge(merged, kept, self.make_user('reception'))
        self.assertEqual(appointment.patient_id, kept)
        self.assertEqual(str(kept.birth_date), '1963-03-12')

    # ------------------------------------------------------------ which value stays

    def test_survivors(self):
        kept = self.make_patient("Nguyen Van An", street="Old Street", city="Hanoi")
        merged = self.make_patient("Nguyễn Văn An", email='an@example.org', birth_date='1963-03-12')
        merged._merge_into(kept)
        self.assertEqual(kept.name, "Nguyễn Văn An", "the spelling with its accents is complete")
        self.assertEqual(kept.email, 'an@example.org')
        self.assertEqual(str(kept.birth_date), '1963-03-12')
        self.assertEqual(kept.street, "Old Street", "an address stays whole")
        self.assertEqual(kept.complete_name, "Nguyễn Văn An")
        self.assertEqual(kept.email_normalized, 'an@example.org')

    def test_a_choice_wins(self):
        kept, merged = self.make_patient("An", email='old@example.org'), self.make_patient("Anh")
        merged._merge_into(kept, {'name': 1, 'email': 1})
        self.assertEqual(kept.name, "Anh")
        self.assertFalse(kept.email)

    def test_verified_beats_unverified(self):
        kept = self.make_patient("An", birth_date='1963-03-12')
        merged = self.make_patient("An", birth_date='1963-12-03')
        self.identify(merged, 'A123456789', is_verified=True)
        merged._merge_into(kept)
        self.assertEqual(str(kept.birth_date), '1963-12-03')

    def test_of_two_single_identifiers_the_verified_one_stays(self):
        kept, merged = self.make_patient("An"), self.make_patient("An")
        loser = self.identify(kept, 'A123456789')
        winner = self.identify(merged, 'B123456780', is_verified=True)
        merge = merged._merge_into(kept)
        self.assertEqual(winner.patient_id, kept)
        self.assertEqual(loser.patient_id, merged)
        merge.action_undo()
        self.assertEqual(winner.patient_id, merged)
        self.assertEqual(loser.patient_id, kept)

    def identify(self, patient, value, system='tw_national', **values):
        return self.env['healthcare.patient.identifier'].create(
            {
                'patient_id': patient.id,
                'system_id': self.env.ref(f'healthcare_crm.identifier_system_{system}').id,
                'value': value,
                **values,
            }
        )

    # ------------------------------------------------------------ what may not become one

    def test_refused(self):
        kept, merged = self.make_patient("An"), self.make_patient("An")
        with self.assertRaisesRegex(UserError, "two different"):
            kept._merge_into(kept)
        other = self.env['res.company'].create({'name': "Elsewhere"})
        kept.company_id, merged.company_id = self.company, other
        with self.assertRaisesRegex(UserError, "different clinics"):
            merged._merge_into(kept)
        (kept | merged).company_id = False
        mine = self.identify(kept, 'A123456789', is_verified=True)
        self.identify(merged, 'B123456780', is_verified=True)
        with self.assertRaisesRegex(UserError, "two people"):
            merged._merge_into(kept)
        mine.is_verified = False
        users = [self.make_user(login='an1'), self.make_user(login='an2')]
        for user, patient in zip(users, (kept, merged), strict=True):
            user.partner_id = patient
        with self.assertRaisesRegex(UserError, "login"):
            merged._merge_into(kept)
        self.assertTrue(merged.active)

    def test_a_login_moves(self):
        kept, merged = self.make_patient("An"), self.make_patient("An")
        user = self.make_user(login='an1')
        user.partner_id = merged
        merge = merged._merge_into(kept)
        self.assertEqual(user.partner_id, kept)
        merge.action_undo()
        self.assertEqual(user.partner_id, merged)

    def test_a_clinic_wins_over_none(self):
        kept, merged = self.make_patient("An"), self.make_patient("An")
        kept.company_id, merged.company_id = False, self.company
        merge = merged._merge_into(kept)
        self.assertEqual(kept.company_id, self.company, "not for all to see now")
        merge.action_undo()
        self.assertEqual((kept | merged).mapped('company_id'), self.company)
        self.assertFalse(kept.company_id)
        kept._merge_into(merged)
        self.assertEqual(merged.company_id, self.company)

    def test_patients_in_properties_move(self):
        kept, merged, third = (self.make_patient(name) for name in ("An", "An", "Binh"))
        definitions = [
            {'name': 'one', 'type': 'many2one', 'comodel': 'res.partner', 'string': "One"},
            {'name': 'many', 'type': 'many2many', 'comodel': 'res.partner', 'string': "Many"},
            {'name': 'number', 'type': 'integer', 'string': "Number"},
        ]
        base = self.env['properties.base.definition']
        base = base.sudo()._get_definition_for_property_field('res.partner', 'properties')
        base.properties_definition = definitions
        many = [third.id, merged.id, kept.id]
        holder = self.make_patient("Chi")
        holder.properties = {'one': merged.id, 'many': many, 'number': merged.id}
        self.env.flush_all()

        def stored():
            self.env.flush_all()
            self.env.cr.execute('SELECT properties FROM res_partner WHERE id = %s', [holder.id])
            return self.env.cr.fetchone()[0]

        before = stored()
        merge = merged._merge_into(kept)
        self.assertEqual(
            stored(),
            before | {'one': kept.id, 'many': [third.id, kept.id]},
            "and a number is no patient",
        )
        merge.action_undo()
        self.assertEqual(stored(), before)

    # ------------------------------------------------------------ undo

    def test_undo(self):
        kept, merged = self.make_patient("An"), self.make_patient("An", birth_date='1963-03-12')
        appointment = self.make_appointment(merged)
        child = self.make_patient("Child", guardian_id=merged.id)
        merge = merged._merge_into(kept)
        self.assertEqual(appointment.patient_id, kept)
        merge.with_user(self.make_user('reception')).action_undo()
        self.assertEqual(appointment.patient_id, merged)
        self.assertEqual(child.guardian_id, merged)
        self.assertFalse(kept.birth_date)
        self.assertTrue(merged.active)
        self.assertFalse(merged.merged_into_id)
        self.assertFalse(kept.identifier_ids)
        with self.assertRaisesRegex(UserError, "undone already"):
            merge.action_undo()

    def test_undo_says_what_was_changed_since(self):
        kept, merged = self.make_patient("An"), self.make_patient("An", email='an@example.org')
        kept_on, moved_on = self.make_appointment(merged), self.make_appointment(merged)
        merge = merged._merge_into(kept)
        stranger = self.make_patient("Binh")
        moved_on.patient_id = stranger
        kept.email = 'new@example.org'
        merge.action_undo()
        self.assertEqual(kept_on.patient_id, merged)
        self.assertEqual(moved_on.patient_id, stranger)
        self.assertEqual(kept.email, 'new@example.org')
        self.assertEqual(merged.email, 'an@example.org')
        told = {(entry['table'], entry['column']) for entry in merge.sudo().not_restored}
        self.assertIn(('calendar_event', 'patient_id'), told)
        self.assertIn(('res_partner', 'email'), told)
        self.assertIn("Could not be put back", merge.details)

    def test_undo_one_after_the_other(self):
        first, second, third = (self.make_patient("An") for _index in range(3))
        inner = first._merge_into(second)
        outer = second._merge_into(third)
        with self.assertRaisesRegex(UserError, "Undo that merge first"):
            inner.action_undo()
        self.assertEqual(first._follow_merges(), third)
        outer.action_undo()
        inner.action_undo()
        self.assertFalse((first | second | third).merged_into_id)

    def test_only_staff_undo(self):
        merge = self.make_patient("An")._merge_into(self.make_patient("An"))
        for role in ('marketing', 'quality'):
            with self.assertRaises(AccessError):
                merge.with_user(self.make_user(role)).action_undo()

    def test_a_merged_record_is_neither_deleted_nor_put_back_by_hand(self):
        kept, merged = self.make_patient("An"), self.make_patient("An")
        merged._merge_into(kept)
        with self.assertRaisesRegex(UserError, "Undo the merge"):
            merged.action_unarchive()
        for patient in (kept, merged):
            with self.assertRaisesRegex(UserError, "merged cannot be deleted"):
                patient.unlink()
