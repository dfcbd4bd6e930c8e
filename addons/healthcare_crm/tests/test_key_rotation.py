# Part of Healthcare CRM for Odoo. License LGPL-3.
import base64
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..crypto import keyring
from ..models import healthcare_key_rotation

MAC = bytes(range(4, 36))
KEYS = {'former': bytes(range(3, 35)), 'latter': bytes(range(6, 38))}
NUMBER = 'A123456789'


def ring(active, *others):
    return keyring.KeyRing(active, {id_: KEYS[id_] for id_ in (active, *others)}, MAC)


@tagged('post_install', '-at_install')
class TestKeyRotation(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        patient = {'name': "Lin Yi-Chun", 'is_patient': True}
        cls.patient = cls.env['res.partner'].create(patient)
        cls.conditions = cls.env['healthcare.condition'].create(
            [
                {'patient_id': cls.patient.id, 'name': "Asthma", 'note': f"Note {number}"}
                for number in range(5)
            ]
        )
        cls.identifier = cls.env['healthcare.patient.identifier'].create(
            {
                'patient_id': cls.patient.id,
                'system_id': cls.env.ref('healthcare_crm.identifier_system_tw_national').id,
                'value': NUMBER,
            }
        )
        cls.document = cls.env['healthcare.document'].create(
            {
                'patient_id': cls.patient.id,
                'name': "Letter",
                'file': base64.b64encode(b'Dear colleague'),
            }
        )
        # everything of the demo clinic is under the keys of this checkout; here it counts from now
        cls.Rotation = cls.env['healthcare.key.rotation']
        cls.env.flush_all()

    def _use(self, now):
        """Work with another key ring from now on."""
        patcher = patch.object(keyring, 'get', return_value=now)
        patcher.start()
        self.addCleanup(patcher.stop)

    def _everything_under_former(self):
        """Seal all there is with the former key, as a rotation does."""
        own = keyring.get()
        both = keyring.KeyRing('former', KEYS, MAC)
        both._envelopes |= own._envelopes
        both._index_keys |= own._index_keys
        self._use(both)
        rotation = self.Rotation.create({'key': 'former'})
        rotation._run(lambda count, remaining=None: 1)
        self.assertEqual((rotation.state, rotation.unreadable), ('done', 0))
        self.env.invalidate_all()

    def _rotate(self, commit=lambda count, remaining=None: 1):
        self._use(ring('latter', 'former'))
        rotation = self.Rotation.search([('state', '=', 'running')]) or self.Rotation.create(
            {'key': 'latter', 'total': 10}
        )
        rotation._run(commit)
        return rotation

    def _assert_read(self):
        self.env.invalidate_all()
        self.assertEqual(self.conditions.mapped('note'), [f"Note {n}" for n in range(5)])
        self.assertEqual(self.identifier.value, NUMBER)
        self.assertEqual(base64.b64decode(self.document.file), b'Dear colleague')
        found = self.env['healthcare.patient.identifier'].search([('value', '=', NUMBER)])
        self.assertEqual(found, self.identifier)

    def test_everything_is_under_the_new_key_alone(self):
        self._everything_under_former()
        self._assert_read()
        rotation = self._rotate()
        self.assertEqual((rotation.state, rotation.unreadable), ('done', 0))
        self.assertEqual(rotation.progress, 100)
        self._use(ring('latter'))
        self._assert_read()
        for column in self.Rotation._get_columns():
            self.assertFalse(self.Rotation._count(column, ring('latter')), column)

    def test_it_goes_on_where_it_was_cut_short(self):
        self._everything_under_former()
        places = []

        class Killed(Exception):
            pass

        def die(count, remaining=None):
            places.append(count)
            raise Killed

        with patch.object(healthcare_key_rotation, 'BATCH', 2):
            for _time in range(12):
                try:
                    rotation = self._rotate(die)
                except Killed:
                    self._assert_read()
            rotation = self._rotate()
        self.assertEqual((rotation.state, rotation.unreadable), ('done', 0))
        self.assertGreater(sum(places), 1)
        self._use(ring('latter'))
        self._assert_read()

    @mute_logger('odoo.addons.healthcare_crm.models.healthcare_key_rotation')
    def test_what_cannot_be_read_is_counted_and_left(self):
        self._everything_under_former()
        self.env.cr.execute(
            "UPDATE healthcare_condition SET note_sealed = 'v1.former.AAAA' WHERE id = %s",
            [self.conditions[2].id],
        )
        rotation = self._rotate()
        self.assertEqual((rotation.state, rotation.unreadable), ('done', 1))
        self.env.cr.execute(
            'SELECT note_sealed FROM healthcare_condition WHERE id = %s', [self.conditions[2].id]
        )
        self.assertEqual(self.env.cr.fetchone()[0], 'v1.former.AAAA')

    def test_a_text_written_meanwhile_is_kept(self):
        self._everything_under_former()
        self._use(ring('latter', 'former'))
        self.conditions[0].note = "Changed"
        self._rotate()
        self.env.invalidate_all()
        self.assertEqual(self.conditions[0].note, "Changed")

    def test_a_key_is_retired_once_nothing_is_under_it(self):
        self._everything_under_former()
        key = self.env['healthcare.key'].create(
            {'name': 'former', 'check_value': 'x', 'first_used': fields.Datetime.now()}
        )
        rotation = self._rotate()
        self.Rotation._retire()
        self.assertFalse(key.retired_at, "somebody may be writing with it still")
        rotation.done_at -= timedelta(hours=2)
        self.Rotation._retire()
        self.assertTrue(key.retired_at)

    def test_a_key_in_use_is_not_retired(self):
        self._everything_under_former()
        key = self.env['healthcare.key'].create(
            {'name': 'former', 'check_value': 'x', 'first_used': fields.Datetime.now()}
        )
        rotation = self._rotate()
        rotation.done_at -= timedelta(hours=2)
        self._use(ring('former', 'latter'))
        self.conditions[0].note = "Late"
        self.conditions.flush_recordset()
        self._use(ring('latter', 'former'))
        self.Rotation._retire()
        self.assertFalse(key.retired_at)

    def test_only_administrators_of_the_system_start_one(self):
        user = new_test_user(self.env, 'rot', 'healthcare_crm.group_clinic_administrator')
        with self.assertRaises(AccessError):
            self.Rotation.with_user(user)._start()
        with self.assertRaises(AccessError):
            self.env['healthcare.key'].with_user(user).search([])
        self.assertTrue(getattr(type(self.Rotation).action_rotate, '__wrapped__', None))
        admin = new_test_user(self.env, 'rot_system', 'base.group_system')
        action = self.Rotation.with_user(admin)._start()
        self.assertEqual(action['res_model'], 'healthcare.key.rotation')
        with self.assertRaisesRegex(UserError, "already"):
            self.Rotation.with_user(admin)._start()

    def test_the_job(self):
        self.Rotation.create({'key': keyring.get().active})
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm.ir_cron_key_rotation').method_direct_trigger()
        self.assertEqual(self.Rotation.search([], limit=1).state, 'done')
