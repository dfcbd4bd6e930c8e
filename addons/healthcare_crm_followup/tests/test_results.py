from datetime import timedelta

from psycopg2.extras import Json

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine import results
from ..engine.effects import counters
from .common import NOW, FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestResults(FollowupCase):
    """What came of a workflow, from the counters the engine keeps."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, 'test_results', groups='healthcare_crm.group_clinic_administrator'
        )

    def funnel(self, flow):
        return results.funnel(self.env, flow.version_ids)

    def step(self, found, name):
        """Return the :class:`StepResults` of the step called ``name``."""
        return next(one for one in found.steps if one.name == name)

    def page(self, flow, **asked):
        """Return what the results page of a workflow shows."""
        return flow.with_user(self.administrator).results_load(**asked)

    # ------------------------------------------------------------ as the engine runs

    def test_funnel_counts_what_the_engine_did(self):
        flow = self.workflow()
        flow._publish(NOW)
        sent, refused, waiting = (
            self.appointment(self.patient("An Nguyen")),
            self.appointment(self.patient("Binh Tran", consents=('call',))),
            self.appointment(self.patient("Chi Le"), NOW + 9 * DAY),
        )
        self.go(NOW)
        self.go(sent.start - DAY)
        found = self.funnel(flow)
        self.assertEqual(found.enrolled, 3)
        mail, call = self.step(found, "E-mail"), self.step(found, "Call")
        self.assertEqual([one.key for one in found.steps], [mail.key, call.key])
        self.assertEqual((mail.entered, mail.waiting), (2, 1))
        self.assertEqual(mail.outcomes, {'sent': 1, 'suppressed': 1})
        self.assertEqual(mail.reasons['suppressed', self.ledger(refused.patient_id)[0].reason], 1)
        self.assertEqual((call.entered, call.waiting), (1, 1))
        self.assertEqual(waiting.enrollment_ids.state, 'active')

    def test_who_leaves_is_counted_with_the_reason_where_they_stood(self):
        flow = self.workflow()
        flow._publish(NOW)
        visit = self.appointment(self.patient())
        self.go(NOW)
        visit.appointment_status = 'cancelled'
        self.go(NOW + DAY / 2)
        found = self.funnel(flow)
        self.assertEqual(found.exits, {'subject_cancelled': 1})
        mail = self.step(found, "E-mail")
        self.assertEqual(mail.reasons, {('exited', 'subject_cancelled'): 1})
        self.assertEqual(mail.waiting, 0)

    def test_incidents_are_among_those_who_wait(self):
        flow = self.workflow()
        flow._publish(NOW)
        visit = self.appointment(self.patient())
        self.go(NOW)
        self.env.cr.execute(
            "UPDATE healthcare_workflow_token SET state = 'incident' WHERE id = %s",
            [visit.enrollment_ids.token_ids.id],
        )
        mail = self.step(self.funnel(flow), "E-mail")
        self.assertEqual((mail.waiting, mail.incidents), (1, 1))

    def test_one_version_is_told_from_another(self):
        flow = self.workflow()
        flow._publish(NOW)
        self.appointment(self.patient())
        self.go(NOW)
        first = flow.version_id
        flow.step_ids[1].name = "Ring up"
        flow._publish(NOW)
        self.assertEqual(results.funnel(self.env, first).enrolled, 1)
        self.assertEqual(results.funnel(self.env, flow.version_id).enrolled, 0)
        both = self.funnel(flow)
        self.assertEqual(both.enrolled, 1)
        self.assertTrue(self.step(both, "Ring up"), "the newest version names the steps")

    # ------------------------------------------------------------ goals and arms

    def count(self, flow, **counts):
        """Add counters of a split, ``{outcome: how many}``; two underscores stand for a slash."""
        places = {
            (flow.version_id.id, 'split', outcome.replace('__', '/')): number
            for outcome, number in counts.items()
        }
        counters.add(self.env, places, NOW.date())

    def splitting(self, holdout=20):
        """Return a workflow that splits patients, made as a version would be."""
        flow = self.workflow()
        flow._publish(NOW)
        ways = [
            {'outcome': 'way1', 'name': "Reminder", 'weight': 1},
            {'outcome': 'way2', 'name': "Call", 'weight': 1},
        ]
        split = {'kind': 'split', 'name': "Which?", 'ways': ways, 'holdout': holdout, 'next': {}}
        self.env.cr.execute(
            """UPDATE healthcare_workflow_version
                  SET graph = jsonb_set(jsonb_set(graph, '{steps,split}', %s), '{start}', '"split"')
                WHERE id = %s""",
            [Json(split), flow.version_id.id],
        )
        self.env.invalidate_all()
        counters.add(
            self.env,
            {(flow.version_id.id, 'split', 'enrolled'): 400, (flow.version_id.id, '', 'goal'): 150},
            NOW.date(),
        )
        return flow

    def test_goal_rate_is_of_those_enrolled(self):
        found = self.funnel(self.splitting())
        self.assertEqual((found.enrolled, found.goals), (400, 150))
        self.assertEqual(found.goal, results.rate(150, 400))

    def test_arms_are_compared_with_the_hold_out(self):
        flow = self.splitting()
        self.count(
            flow,
            holdout=80, holdout__goal=48, way1=70, way1__goal=56, way2=80, way2__goal=47,
        )  # fmt: skip
        base, reminder, call = self.step(self.funnel(flow), "Which?").arms
        self.assertEqual((base.outcome, base.difference, base.verdict), ('holdout', None, None))
        self.assertEqual((reminder.total, reminder.goals, reminder.verdict), (70, 56, 'better'))
        z = results.quantile(comparisons=2)
        self.assertEqual(reminder.difference, results.difference((56, 70), (48, 80), z))
        self.assertEqual(call.verdict, 'undecided')
        self.assertEqual(self.step(self.funnel(flow), "Which?").reasons, {})

    def test_arms_without_a_hold_out_are_compared_with_the_first(self):
        flow = self.splitting(holdout=0)
        self.count(flow, way1=80, way1__goal=70, way2=80, way2__goal=20)
        first, second = self.step(self.funnel(flow), "Which?").arms
        self.assertEqual((first.outcome, first.verdict), ('way1', None))
        self.assertEqual(second.verdict, 'worse')

    def test_goals_of_who_was_moved_here_do_not_make_more_than_all(self):
        flow = self.splitting()
        self.count(flow, way1=1, way1__goal=2)
        arm = self.step(self.funnel(flow), "Which?").arms[1]
        self.assertEqual((arm.total, arm.goals), (1, 1))

    def test_counters_of_a_day_are_summed(self):
        flow = self.splitting()
        for _batch in range(2):
            self.count(flow, way1=5)
        self.assertEqual(self.step(self.funnel(flow), "Which?").outcomes['way1'], 10)

    def test_as_many_queries_for_many_patients_as_for_one(self):
        flow = self.splitting()
        self.funnel(flow)
        with self.assertQueryCount(3):
            self.funnel(flow)

    # ------------------------------------------------------------ as people see it

    def sentences(self, flow):
        """Return what is said of the ways of a split, in one text."""
        (split,) = [step for step in self.page(flow)['steps'] if step['arms']]
        return ' '.join(arm['sentence'] for arm in split['arms'])

    def test_ways_are_compared_in_sentences(self):
        flow = self.splitting()
        self.count(
            flow,
            holdout=800, holdout__goal=440, way1=800, way1__goal=560, way2=800, way2__goal=448,
        )  # fmt: skip
        text = self.sentences(flow)
        self.assertIn(
            "With “Reminder” 70 % reached the goal, with “Untouched” 55 %: between 10 and 20 "
            "points more.",
            text,
        )
        self.assertIn("no clear difference yet", text)

    def test_worse_is_said_as_fewer(self):
        flow = self.splitting(holdout=0)
        self.count(flow, way1=800, way1__goal=560, way2=800, way2__goal=440)
        self.assertIn("between 10 and 20 points fewer", self.sentences(flow))

    def test_page_says_how_many_and_why_patients_left(self):
        flow = self.workflow()
        flow._publish(NOW)
        visit = self.appointment(self.patient())
        refused = self.appointment(self.patient("Binh Tran", consents=('call',)))
        self.go(NOW)
        visit.appointment_status = 'cancelled'
        self.go(NOW + DAY)
        page = self.page(flow, period='all')
        self.assertEqual(
            page['figures'],
            {'enrolled': 2, 'under_way': 1, 'goals': 0, 'left': 1, 'incidents': 0},
        )
        self.assertEqual(
            page['exits'],
            [{'code': 'subject_cancelled', 'label': "Appointment cancelled", 'total': 1}],
        )
        mail, call = page['steps']
        self.assertEqual((mail['went_on'], mail['dropped'], call['waiting']), (1, 1, 1))
        (suppressed,) = mail['outcomes']
        reason = self.ledger(refused.patient_id)[0].reason
        self.assertEqual(
            (suppressed['label'], [one['code'] for one in suppressed['reasons']]),
            ("Not sent, or not to be called", [reason]),
        )

    def test_goal_rate_is_told_with_its_bounds(self):
        rate = self.page(self.splitting(), period='all')['goal']
        self.assertEqual((rate['percent'], rate['between']), ("38 %", "between 33 % and 42 %"))

    def test_a_period_counts_what_happened_in_it(self):
        flow = self.splitting()
        today = fields.Date.today()
        place = (flow.version_id.id, 'split', 'enrolled')
        counters.add(self.env, {place: 7}, today - 29 * DAY)
        counters.add(self.env, {place: 11}, today - 30 * DAY)
        before = NOW.date() >= today - 29 * DAY and 400
        self.assertEqual(self.page(flow)['figures']['enrolled'], 7 + before)
        page = self.page(flow, period='90')
        self.assertEqual(page['figures']['enrolled'] % 400, 18)
        self.assertEqual(page['trend']['unit'], 'week')
        self.assertEqual(sum(page['trend']['entered']), page['figures']['enrolled'])

    def test_one_version_is_shown_alone(self):
        flow = self.splitting()
        flow.step_ids[1].name = "Ring up"
        first = flow.version_id
        flow._publish(NOW)
        page = self.page(flow, period='all', version_id=first.id)
        self.assertEqual((page['figures']['enrolled'], page['figures']['goals']), (400, 150))
        self.assertEqual(
            self.page(flow, period='all', version_id=flow.version_id.id)['figures']['enrolled'], 0
        )
        self.assertEqual([version['number'] for version in page['versions']], [2, 1])

    def test_a_workflow_nobody_entered_has_no_trend(self):
        flow = self.workflow()
        flow._publish(NOW)
        page = self.page(flow)
        self.assertEqual((page['figures']['enrolled'], page['trend']), (0, False))

    def test_a_figure_leads_to_its_patients(self):
        flow = self.workflow()
        flow._publish(NOW)
        visits = [self.appointment(self.patient(name)) for name in ("An Nguyen", "Binh Tran")]
        self.go(NOW)
        visits[0].appointment_status = 'cancelled'
        self.go(NOW + DAY / 2)
        enrollments = self.env['healthcare.workflow.enrollment'].with_user(self.administrator)

        def behind(figure):
            action = flow.with_user(self.administrator).results_open_patients(figure)
            return enrollments.search(action['domain'])

        self.assertEqual(len(behind('enrolled')), 2)
        self.assertEqual(behind('under_way'), visits[1].enrollment_ids)
        self.assertEqual(behind('left/subject_cancelled'), visits[0].enrollment_ids)
        self.assertFalse(behind('left/goal'))
        self.assertFalse(behind('goals'))
        with self.assertRaises(UserError):
            behind('passwords')

    def test_all_workflows_are_shown_beside_each_other(self):
        flow, empty = self.splitting(), self.workflow(name="Nobody")
        empty._publish(NOW)
        found = self.env['healthcare.workflow'].with_user(self.administrator)
        told = {one['id']: one for one in found.results_overview('all')}
        self.assertEqual(told[flow.id]['goal']['percent'], "38 %")
        self.assertEqual(sum(told[flow.id]['trend']['goals']), 150)
        self.assertEqual((told[empty.id]['enrolled'], told[empty.id]['trend']), (0, False))
        self.assertLess(list(told).index(flow.id), list(told).index(empty.id))

    def test_results_of_another_clinic_are_not_shown(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        flow = self.workflow(company_id=elsewhere.id)
        flow._publish(NOW)
        with self.assertRaises(AccessError):
            self.page(flow)
        found = self.env['healthcare.workflow'].with_user(self.administrator)
        self.assertNotIn(flow.id, [one['id'] for one in found.results_overview('all')])

    # ------------------------------------------------------------ the figures day by day

    def test_counters_are_grouped_by_the_names_of_steps(self):
        flow = self.workflow()
        flow._publish(NOW)
        self.appointment(self.patient())
        self.go(NOW)
        stats = self.env['healthcare.workflow.stat'].with_user(self.administrator)
        mine = [('version_id', '=', flow.version_id.id)]
        self.assertEqual(
            stats._read_group(mine, ['workflow_id', 'step_name', 'outcome'], ['total:sum']),
            [(flow, "E-mail", 'enrolled', 1)],
        )
        self.assertTrue(stats.fields_get(['step_name'])['step_name']['groupable'])
        found = stats.search([*mine, ('step_name', '=', "E-mail")])
        self.assertEqual((found.step_name, found.outcome_name), ("E-mail", "Enrolled"))
        self.assertFalse(stats.search([*mine, ('step_name', '=', "Call")]))
