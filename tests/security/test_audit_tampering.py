"""Whoever owns the database alters the audit: every way is found."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.sql_db import db_connect
from odoo.tests import get_db_name, tagged
from odoo.tools import config, mute_logger

from odoo.addons.healthcare_crm.auditing import anchor, chain, events
from odoo.addons.healthcare_crm.crypto import keyring
from odoo.addons.healthcare_crm.crypto.keyring import KeyRing, Signing
from odoo.addons.healthcare_crm.models.healthcare_audit_block import _keeps_minors

from .audit_chain import ChainCase, copy_row, empty, look, problems, run, seal


@tagged('post_install', '-at_install')
class TestTampering(ChainCase):
    def setUp(self):
        super().setUp()
        self.sealed = look(5) + look(5)
        seal()
        self.also_sealed = look(4)
        seal()
        self.open = look(3)

    def test_nothing_altered(self):
        report = chain.verify(get_db_name())
        self.assertFalse(report.problems)
        self.assertEqual((report.rows, report.blocks, report.unsealed), (17, 2, 3))

    # ------------------------------------------------------------ the six

    def test_1_update(self):
        run("UPDATE healthcare_audit_event SET login = 'somebody' WHERE id = %s", [self.sealed[3]])
        self.assert_found(f"Row {self.sealed[3]} altered")

    def test_1_update_not_sealed_yet(self):
        run("UPDATE healthcare_audit_event SET patients = '{9}' WHERE id = %s", [self.open[1]])
        self.assert_found(f"Row {self.open[1]}: altered")

    def test_2_middle_delete(self):
        run("DELETE FROM healthcare_audit_event WHERE id = %s", [self.sealed[4]])
        self.assert_found("Block 1", "1 deleted", f"Row {self.sealed[4]}")

    def test_3_tail_delete_of_sealed_rows_with_their_block(self):
        run("DELETE FROM healthcare_audit_event WHERE id >= %s", [self.also_sealed[0]])
        run("DELETE FROM healthcare_audit_block WHERE number = 2")
        self.assert_found("Block 2: gone")

    def test_3_tail_delete_not_sealed_yet(self):
        run("DELETE FROM healthcare_audit_event WHERE id >= %s", [self.open[1]])
        self.assert_found(f"Rows {self.open[1]}-{self.open[2]}: deleted")

    def test_3_tail_delete_with_the_sequence_set_back(self):
        run("DELETE FROM healthcare_audit_event WHERE id >= %s", [self.open[0]])
        run("SELECT setval('healthcare_audit_event_id_seq', %s)", [self.open[0] - 1])
        look(3)
        self.assert_found(f"Rows {self.open[0]}-{self.open[2]}: deleted or replaced")

    def test_3_tail_delete_and_sealed_afterwards(self):
        run("DELETE FROM healthcare_audit_event WHERE id = %s", [self.open[1]])
        seal()
        self.assert_found(f"Row {self.open[1]}: deleted or altered before block 3")

    def test_3_whole_tail_deleted_and_sealed_afterwards(self):
        run("DELETE FROM healthcare_audit_event WHERE id = ANY(%s)", [self.open])
        seal()
        self.assert_found(f"Rows {self.open[0]}-{self.open[2]}: deleted or altered before block 3")

    def test_4_insert(self):
        for id_ in (self.open[-1] + 1000, -5):
            with self.subTest(id=id_):
                copy_row(self.sealed[0], id_)
                self.assert_found("inserted")
                run("DELETE FROM healthcare_audit_event WHERE id = %s", [id_])
                self.assertFalse(problems())

    def test_4_insert_into_a_gap(self):
        run("SELECT nextval('healthcare_audit_event_id_seq')")
        gap = self.open[-1] + 1
        look()
        seal()
        self.assertFalse(problems())
        copy_row(self.open[0], gap)
        self.assert_found(f"Row {gap} altered or inserted", "1 more than were sealed")

    def test_5_redated(self):
        run(
            "UPDATE healthcare_audit_event SET recorded_at = recorded_at - interval '1 day'"
            " WHERE id = %s",
            [self.sealed[2]],
        )
        self.assert_found(f"Row {self.sealed[2]} altered")

    def test_6_swapped_rows(self):
        first, second = self.sealed[1], self.sealed[6]
        run("UPDATE healthcare_audit_event SET id = -1 WHERE id = %s", [first])
        run("UPDATE healthcare_audit_event SET id = %s WHERE id = %s", [first, second])
        run("UPDATE healthcare_audit_event SET id = %s WHERE id = -1", [second])
        self.assert_found(f"Rows {first}, {second} altered")

    def test_6_swapped_blocks(self):
        run("UPDATE healthcare_audit_block SET number = -1 WHERE number = 1")
        run("UPDATE healthcare_audit_block SET number = 1 WHERE number = 2")
        run("UPDATE healthcare_audit_block SET number = 2 WHERE number = -1")
        self.assert_found("Block 1: altered or inserted", "Block 2")

    def test_6_replayed_block(self):
        run("""
            INSERT INTO healthcare_audit_block
            SELECT (jsonb_populate_record(b, '{"id": 99, "number": 3}')).*
              FROM healthcare_audit_block b WHERE number = 1
        """)
        self.assert_found("Block 3")

    # ------------------------------------------------------------ and more

    def test_middle_block_deleted(self):
        run("DELETE FROM healthcare_audit_block WHERE number = 1")
        self.assert_found("Block 1: missing")

    def test_block_altered(self):
        run("UPDATE healthcare_audit_block SET row_count = 9 WHERE number = 1")
        self.assert_found("Block 1: altered")

    def test_everything_deleted(self):
        empty()
        self.assert_found("Blocks 1-2: gone")

    def test_journal_deleted(self):
        for path in self.folder.iterdir():
            path.unlink()
        self.assert_found("The journal knows nothing")

    def test_journal_altered(self):
        (path,) = self.folder.glob('*.blocks')
        path.write_text(path.read_text().replace('"number":2', '"number":7'))
        self.assert_found("The journal was altered")

    def test_every_block_is_looked_at_within_a_day(self):
        run("UPDATE healthcare_audit_event SET login = 'x' WHERE id = %s", [self.sealed[3]])
        with patch.object(chain, 'timedelta', return_value=timedelta(days=-1)):
            found = [hour for hour in range(24) if problems(share=hour)]
        self.assertEqual(found, [1])

    # ------------------------------------------------------------ retention

    def test_retention_is_no_tampering(self):
        self.begin_anew()
        now = datetime.now()
        look(4, at=now - timedelta(days=4000), patients=[-1])
        new = look(2)
        seal()
        gone, found = chain.prune(get_db_name(), now - timedelta(days=3000), 'FALSE')
        self.assertEqual((gone, found), (4, []))
        self.assertEqual(run("SELECT array_agg(id) FROM healthcare_audit_event"), [(new,)])
        self.assertFalse(problems())
        run("DELETE FROM healthcare_audit_event WHERE id = %s", [new[0]])
        self.assert_found("1 deleted")

    def test_retention_leaves_altered_blocks_alone(self):
        run("UPDATE healthcare_audit_event SET mac = 'x' WHERE id = %s", [self.sealed[3]])
        gone, found = chain.prune(get_db_name(), datetime.now() + timedelta(days=1), 'FALSE')
        self.assertEqual(gone, 4)
        self.assertIn("Block 1", found[0])

    def test_minors_are_kept_longer(self):
        self.begin_anew()
        today = datetime.now().date()
        with Registry(get_db_name()).cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            born = [today - timedelta(days=8000), today - timedelta(days=20000)]
            child, adult = env['res.partner'].create(
                [{'name': "An", 'is_patient': True, 'birth_date': date} for date in born]
            )
            ids = [child.id, adult.id]
        self.addCleanup(run, "DELETE FROM res_partner WHERE id = ANY(%s)", [ids])
        old = datetime.now() - timedelta(days=3000)
        rows = [look(at=old, patients=[id_])[0] for id_ in ids]
        seal()
        chain.prune(get_db_name(), datetime.now() - timedelta(days=2600), _keeps_minors(25))
        left = run("SELECT id FROM healthcare_audit_event WHERE id = ANY(%s)", [rows])
        self.assertEqual(left, [(rows[0],)])
        self.assertFalse(problems())

    # ------------------------------------------------------------ dumps

    def test_older_dump_is_recognised(self):
        dump, state = self.dump(), chain.get_state(get_db_name())
        look(2)
        seal()
        self.restore(dump)
        self.assert_found("an older dump")
        self.assertFalse(chain.note_restore(get_db_name(), state))
        self.assertFalse(problems())
        look(2)
        seal()
        self.assertFalse(problems())

    def test_dump_without_manifest(self):
        dump = self.dump()
        look(2)
        seal()
        self.restore(dump)
        self.assertFalse(chain.note_restore(get_db_name()))
        self.assertFalse(problems())

    def test_altered_dump_is_not_accepted(self):
        dump, state = self.dump(), chain.get_state(get_db_name())
        look(2)
        seal()
        self.restore(dump)
        run("DELETE FROM healthcare_audit_event WHERE id = %s", [self.open[2]])
        self.assertIn("The dump was altered", chain.note_restore(get_db_name(), state)[0])
        self.assertTrue(problems())

    def test_altered_manifest_is_not_accepted(self):
        state = {**chain.get_state(get_db_name()), 'rows': 16}
        run("DELETE FROM healthcare_audit_event WHERE id = %s", [self.open[2]])
        self.assertTrue(chain.note_restore(get_db_name(), state))

    def test_row_altered_in_a_dump(self):
        dump, state = self.dump(), chain.get_state(get_db_name())
        self.restore(dump)
        run("UPDATE healthcare_audit_event SET login = 'x' WHERE id = %s", [self.sealed[2]])
        chain.note_restore(get_db_name(), state)
        self.assert_found(f"Row {self.sealed[2]} altered")

    # ------------------------------------------------------------ who is told

    def command(self, action, *options):
        return subprocess.run(
            [sys.executable, '-m', 'odoo', 'healthcare_audit', action]
            + ['-d', get_db_name(), *options],
            env={**os.environ, 'ODOO_RC': config['config']},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_command(self):
        said = self.command('verify')
        self.assertEqual((said.returncode, said.stdout[:7]), (0, 'Intact:'), said.stderr)
        state = json.loads(self.command('status').stdout)
        self.assertEqual((state['number'], state['rows']), (2, 17))
        run("DELETE FROM healthcare_audit_event WHERE id = %s", [self.sealed[4]])
        said = self.command('verify')
        self.assertEqual(said.returncode, 1)
        self.assertIn(f"Row {self.sealed[4]}", said.stdout)

    def test_privacy_officer_is_called(self):
        run("DELETE FROM healthcare_audit_event WHERE id = %s", [self.sealed[4]])
        report = chain.verify(get_db_name())
        with Registry(get_db_name()).cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            officer = env.ref('healthcare_crm.group_privacy_officer').all_user_ids[:1]
            officer.email = 'officer@example.org'
            with mute_logger('odoo.addons.healthcare_crm.models.healthcare_audit_check'):
                check = env['healthcare.audit.check']._found(report)
                self.assertEqual(env['healthcare.audit.check']._found(report), check)
            self.assertEqual(check.outcome, 'altered')
            self.assertIn(officer, check.activity_ids.user_id)
            mails = env['mail.mail'].search([('email_to', 'like', 'officer@example.org')])
            self.assertEqual(len(mails), 1)
            self.assertIn("Block 1", mails.body_html)
            cr.rollback()

    def test_sealing_does_not_pass_those_who_are_writing(self):
        with db_connect(get_db_name()).cursor() as writing:
            writing.execute(events._BEGIN, [1])
            with patch.object(chain, 'PATIENCE', 0.2), self.assertRaises(chain.ChainError):
                seal()
        self.assertEqual([block.row_count for block in seal()], [3])

    def test_journal_of_several_processes(self):
        script = (
            "from odoo.tools import config; config.parse_config([])\n"
            "from odoo.modules import initialize_sys_path; initialize_sys_path()\n"
            "from odoo.addons.healthcare_crm.auditing.anchor import Journal\n"
            "for n in range(200): Journal('x').wrote([n] * 20, [b'0' * 32] * 20)\n"
        )
        environment = {**os.environ, 'ODOO_RC': config['config']}
        writers = [
            subprocess.Popen([sys.executable, '-c', script], env=environment) for _ in range(3)
        ]
        self.assertEqual([writer.wait() for writer in writers], [0, 0, 0])
        lines = list(anchor.Journal('x').read_rows(datetime.now() - timedelta(days=1)))
        self.assertEqual(len(lines), 600)


@tagged('post_install', '-at_install')
class TestAnotherKeySigns(ChainCase):
    """What a replaced key signed is still verified; what it signs since is not."""

    def use(self, **signing):
        ring = KeyRing('a', {'a': bytes(range(32))}, Signing(**signing))
        patcher = patch.object(keyring, 'get', return_value=ring)
        patcher.start()
        self.addCleanup(patcher.stop)

    def test_rows_blocks_and_the_journal(self):
        former, latter = bytes(range(1, 33)), bytes(range(2, 34))
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        self.use(active='mac', keys={'mac': former})
        look(3, now - timedelta(days=3))
        seal()
        state = chain.get_state(get_db_name())
        self.use(
            active='b',
            keys={'mac': former, 'b': latter},
            until={'mac': now + timedelta(minutes=1)},
        )
        self.assertEqual(chain.note_restore(get_db_name(), state), [])
        look(3)
        seal()
        self.assertEqual(problems(), [])
        # whoever has the former key signs a look of after it was replaced
        self.use(active='mac', keys={'mac': former})
        forged = look(1, now + timedelta(hours=3))
        self.use(
            active='b',
            keys={'mac': former, 'b': latter},
            until={'mac': now + timedelta(minutes=1)},
        )
        self.assert_found(f"Row {forged[0]}: altered or inserted")
