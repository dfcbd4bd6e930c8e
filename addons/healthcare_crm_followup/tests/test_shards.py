from odoo.tests import tagged

from ..engine import sql, tick
from .common import NOW, FollowupCase


@tagged('post_install', '-at_install')
class TestShards(FollowupCase):
    """A worker touches the patients of the shards it holds, and no others."""

    def setUp(self):
        super().setUp()
        an = self.patient()
        self.visits = [self.appointment(an)]
        while len(self.visits) < 2:
            other = self.patient("Binh Tran")
            if other.id % sql.SHARDS != an.id % sql.SHARDS:
                self.visits.append(self.appointment(other))
        self.workflow()._publish(NOW)
        self.tokens = [visit.enrollment_ids.token_ids for visit in self.visits]
        self.env.flush_all()

    def test_tokens_of_other_shards_are_left_alone(self):
        first, second = self.tokens
        moment = first.due_at
        claimed = tick.run_due(self.env, moment, [first.shard])
        self.assertEqual(claimed, 1)
        self.env.invalidate_all()
        self.assertEqual(second.visit, 1)
        self.assertEqual(second.due_at, moment)

    def test_only_shards_with_something_to_do_are_busy(self):
        first, second = self.tokens
        moment = first.due_at
        tick.run(self.env, NOW, self._no_commit)
        self.assertFalse(tick.busy_shards(self.env, NOW))
        second.due_at = NOW
        self.assertEqual(tick.busy_shards(self.env, NOW), [second.shard])
        self.assertEqual(tick.busy_shards(self.env, moment), sorted({first.shard, second.shard}))

    def test_due_tokens_of_all_shards_fill_one_batch(self):
        shards = list(range(sql.SHARDS))
        self.assertEqual(tick.run_due(self.env, self.tokens[0].due_at, shards), 2)
