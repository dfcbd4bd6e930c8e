import inspect
import json
import unittest

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.models import BaseModel
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open, mute_logger

from .common import NOW, FollowupCase

TABLE = 'healthcare_crm_followup/tests/access.json'
OURS = ('odoo.addons.healthcare_crm.', 'odoo.addons.healthcare_crm_followup.')
#: identity → groups
IDENTITIES = {
    'visitor': 'base.group_public',
    'portal': 'base.group_portal',
    'employee': 'base.group_user',
    'contact_manager': 'base.group_user,base.group_partner_manager',
    'survey_user': 'base.group_user,survey.group_survey_user',
    'reception': 'healthcare_crm.group_reception',
    'call_desk': 'healthcare_crm.group_call_desk',
    'nurse': 'healthcare_crm.group_nurse',
    'practitioner': 'healthcare_crm.group_practitioner',
    'marketing': 'healthcare_crm.group_marketing',
    'quality': 'healthcare_crm.group_quality',
    'privacy_officer': 'healthcare_crm.group_privacy_officer',
    'clinic_administrator': 'healthcare_crm.group_clinic_administrator',
    'system_administrator': 'base.group_system',
}
#: of another clinic
STRANGERS = {
    'other_nurse': 'healthcare_crm.group_nurse',
    'other_clinic_administrator': 'healthcare_crm.group_clinic_administrator',
}
#: method → what it is called with
ARGUMENTS = {
    'action_own_outcome': ['understood'],
    'worklist_assign': [False],
    'worklist_finish': ['reached'],
    'worklist_load': [{}],
    'worklist_postpone': ['hour'],
    'workload_tasks': [False],
    'add_language': ['xx_XX'],
    'canvas_copy': [[]],
    'canvas_open_patients': ['remind', 'waiting'],
    'canvas_paste': [{}, 0, 0, ''],
    'canvas_place': [{}],
    'canvas_save': [{}, ''],
    'add_from_gallery': ['birthday'],
    'get_gallery_details': ['birthday'],
    'message_new': [{}],
    'my_day_block': ['tasks'],
    'review_decide': [0, 'later'],
    'reach': ['birthday'],
    'save': ['clinic', {}],
    'send_test': ['email', ''],
    'skip': ['clinic'],
    'count_now': [False, {}],
    'funnel_now': [False, {}],
    'sample_now': [False, {}],
    'explain': [0],
    'editor_create': ['sms', "Remind"],
    'editor_save': [{}, {'en_US': "Hello"}],
    'results_open_patients': ['enrolled'],
    'simulate_play': ['2026-01-01 00:00:00', '2026-01-02 00:00:00'],
    'simulate_words': ['s1', 'email', 'en_US'],
    'versions_compare': [False, False],
    'versions_restore': [False],
}

#: methods that only say where to look: what is there is asked for, and refused, afterwards
STATIC = (
    'action_download',
    'action_lose',
    'action_open_canvas',
    'action_open_enrollments',
    'action_open_incidents',
    'action_open_moves',
    'action_review',
    'action_view_timeline',
)
#: screens that show everybody what is of their own clinics
OF_ONES_OWN_CLINIC = (
    'add_from_gallery',
    'add_language',
    'canvas_empty',
    'check_mail',
    'count_now',
    'finish',
    'funnel_now',
    'get_gallery',
    'get_gallery_details',
    'load',
    'message_new',
    'my_day_block',
    'my_day_load',
    'progress',
    'reach',
    'save',
    'send_test',
    'skip',
    'results_overview',
    'review_count',
    'review_decide',
    'review_load',
    'sample_now',
    'worklist_colleagues',
    'worklist_filters',
    'worklist_load',
    'workload_load',
    'workload_tasks',
)
#: models of the other addon that are tried, too
SHARED = {
    'healthcare.alert',
    'healthcare.allergy',
    'healthcare.communication',
    'healthcare.condition',
    'healthcare.coverage',
    'healthcare.disclosure',
    'healthcare.document',
    'healthcare.encounter',
    'healthcare.enquiry',
    'healthcare.export',
    'healthcare.family.history',
    'healthcare.household',
    'healthcare.lifestyle',
    'healthcare.immunization',
    'healthcare.medication',
    'healthcare.observation',
    'healthcare.patient.identifier',
    'healthcare.patient.link',
    'healthcare.patient.merge',
    'healthcare.procedure',
    'healthcare.processor',
    'healthcare.quality.finding',
    'healthcare.quality.rule',
    'healthcare.quality.snapshot',
    'healthcare.referral',
    'healthcare.referrer.entry',
    'healthcare.retention.rule',
    'healthcare.retention.run',
    'healthcare.segment',
    'healthcare.segment.member',
    'healthcare.waitlist.entry',
}
#: what pages call that is of no model of its own: model → methods, ``None`` for all of ours
PAGES = {
    'healthcare.my.day': None,
    'healthcare.setup': None,
    'res.partner': ('action_view_timeline', 'get_timeline'),
}
#: written while patients are moved
WITHOUT_RECORD = {'healthcare.workflow.move.token'}


class _RollBack(Exception):
    """Takes back what a call has done."""


@tagged('post_install', '-at_install')
class TestAccessTable(FollowupCase):
    """Who may do what with each model: every operation, and every method that can be called from
    outside, by every kind of user, with a record of one clinic.

    The table is ``access.json``: model → operation or method → identities that may. It is reviewed
    by people; a new model or method is not in it, and fails.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        elsewhere = cls.env['res.company'].create({'name': "Elsewhere"})
        cls.users = {
            name: new_test_user(cls.env, f'table_{name}', groups)
            for name, groups in IDENTITIES.items()
        } | {
            name: new_test_user(
                cls.env,
                f'table_{name}',
                groups,
                company_id=elsewhere.id,
                company_ids=[Command.set(elsewhere.ids)],
            )
            for name, groups in STRANGERS.items()
        }

    def setUp(self):
        super().setUp()
        company = self.env.company
        self.an = self.patient(company_id=company.id, email=False)
        visit = self.appointment(self.an)
        flow = self.workflow(
            exit_ids=[Command.create({'name': "Gone", 'domain': "[('id', '=', 0)]"})]
        )
        flow._publish(NOW)
        self.go(visit.enrollment_ids.token_ids.due_at, send=False)
        flow.step_ids[1].name = "Call again"
        flow._publish(NOW)
        enrollment = visit.enrollment_ids
        plan = self.env['healthcare.workflow.move']._propose(flow)
        segment = self.env['healthcare.segment'].create({'name': "All"})
        segment._refresh()
        self.env['healthcare.workflow.event']._happened('moved', visit)
        door = self.env['healthcare.workflow.hook'].create({'workflow_id': flow.id})
        self.env.flush_all()
        self.env.invalidate_all()
        health = {
            'healthcare.alert': {'kind': 'hearing'},
            'healthcare.allergy': {'name': "Penicillin"},
            'healthcare.condition': {'name': "Cold"},
            'healthcare.coverage': {},
            'healthcare.document': {'name': "X-ray"},
            'healthcare.encounter': {},
            'healthcare.family.history': {'name': "Stroke", 'relationship': 'FTH'},
            'healthcare.lifestyle': {'smoking': 'never'},
            'healthcare.immunization': {'name': "Influenza", 'vaccine_code': 'influenza'},
            'healthcare.medication': {'name': "Aspirin"},
            'healthcare.observation': {'name': "Pulse"},
            'healthcare.procedure': {'name': "Bandage"},
            'healthcare.referral': {},
            'healthcare.waitlist.entry': {},
        }
        self.records = {
            record._name: record[:1]
            for record in (
                self.an,
                *(
                    self.env[model].create({'patient_id': self.an.id, **values})
                    for model, values in health.items()
                ),
                self.env['healthcare.household'].create({'name': "Family"}),
                *self._make_bookkeeping(),
                *self._make_privacy(),
                flow,
                flow.step_ids,
                flow.step_ids.edge_ids,
                flow.trigger_ids,
                flow.exit_ids,
                flow.version_ids,
                enrollment,
                enrollment.token_ids,
                enrollment.log_ids,
                plan,
                plan.line_ids,
                plan.target_ids,
                door,
                segment,
                segment.member_ids,
                self.tasks(self.an),
                self.env['healthcare.workflow.event'].search([], limit=1, order='id desc'),
                self.env['healthcare.workflow.stat'].search(
                    [('version_id.workflow_id', '=', flow.id)]
                ),
                self.env['healthcare.communication'].create(
                    {'patient_id': self.an.id, 'channel': 'sms', 'status': 'queued'}
                ),
                self.email_template.copy({'company_id': company.id}),
                self.env['healthcare.contact.cap'].create({'company_id': company.id}),
                self.env['healthcare.consent.coverage'].create(
                    {'company_id': company.id, 'date': NOW}
                ),
                self.env['healthcare.absence'].create(
                    {'user_id': self.users['nurse'].id, 'date_to': '2100-01-01'}
                ),
            )
        }

    def _make_bookkeeping(self):
        """Return records about patients' records: who is who, what is missing, who asked."""
        company = self.env.company
        others = [self.patient(company_id=company.id, email=False) for _time in range(3)]
        merge = others[1]._merge_into(others[0])
        others[2].referrer_id = others[0]
        self.env.flush_all()
        rule = self.env['healthcare.quality.rule'].create(
            {'name': "Everybody", 'advice': "Ask.", 'domain': "[]", 'company_id': company.id}
        )
        rule._refresh()
        self.env['healthcare.quality.snapshot']._take()
        mine = [('rule_id', '=', rule.id), ('company_id', '=', company.id)]
        return (
            merge,
            rule,
            self.env['healthcare.quality.finding'].search(mine, limit=1),
            self.env['healthcare.quality.snapshot'].search(mine, limit=1),
            self.env['healthcare.patient.link'].create(
                {
                    'patient_id': self.an.id,
                    'other_id': others[2].id,
                    'company_id': company.id,
                }
            ),
            self.env['healthcare.patient.identifier'].create(
                {
                    'patient_id': self.an.id,
                    'system_id': self.env.ref('healthcare_crm.identifier_system_passport').id,
                    'value': 'C1234567',
                }
            ),
            self.env['healthcare.enquiry'].create({'name': "An", 'company_id': company.id}),
            self.env['healthcare.export'].create({'company_id': company.id, 'reason': "Audit"}),
            self.env['healthcare.referrer.entry'].search(
                [('patient_id', '=', others[2].id)], limit=1
            ),
        )

    def _make_privacy(self):
        """Return what the privacy officer of our clinic keeps."""
        company = self.env.company
        rule = self.env['healthcare.retention.rule'].create(
            {'data_class': 'record', 'company_id': company.id}
        )
        rule.action_try()
        return (
            rule,
            self.env['healthcare.retention.run']._begin(rule, self.env.user),
            self.env['healthcare.disclosure'].create(
                {'patient_id': self.an.id, 'basis': 'law', 'recipient': "Court"}
            ),
            self.env['healthcare.processor'].create(
                {
                    'name': "Texts",
                    'service': "Messages",
                    'data_classes': "Numbers",
                    'company_id': company.id,
                }
            ),
        )

    def _models(self):
        """Return the models to be in the table: this addon's own, and what it shares."""
        return sorted(
            name
            for name, model in self.env.registry.items()
            if name in SHARED
            or (model._original_module == 'healthcare_crm_followup' and not model._abstract)
        )

    def _methods(self, model):
        """Return the names of the methods of ours that can be called from outside."""
        return sorted(
            {
                name
                for one in type(self.env[model]).mro()
                if one.__module__.startswith(OURS)
                for name, value in vars(one).items()
                if inspect.isfunction(value) and name[0] != '_' and not hasattr(BaseModel, name)
            }
            - {
                name
                for one in type(self.env[model]).mro()
                for name, value in vars(one).items()
                if getattr(value, '_api_private', False)
            }
        )

    def _may(self, work):
        """Say whether ``work`` is anything but refused; what it did is taken back."""
        self.env.invalidate_all()  # what is in the cache is refused to nobody
        try:
            with mute_logger('odoo.sql_db', 'odoo.addons.base.models.ir_rule'):
                with self.env.cr.savepoint():
                    work()
                    raise _RollBack
        except AccessError:
            return False
        except Exception:  # whatever else is wrong, it was not refused
            return True
        finally:
            self.env.invalidate_all()

    def _row(self, model, what):
        """Return the identities that may do ``what``."""
        record = self.records.get(model, self.env[model])
        is_operation = what in ('create', 'read', 'write', 'unlink')
        if self.env[model]._transient and is_operation:
            record = record.create(self._wizard_values(model))  # somebody else's
            self.env.flush_all()
        found = []
        for name, user in self.users.items():
            one = record.with_env(self.env(user=user, su=False))
            if what == 'create':
                may = one.browse().has_access(what)
            elif is_operation:
                may = one.has_access(what)
            else:
                may = self._may(lambda one=one: self._call(one, what))
            if may:
                found.append(name)
        return found

    def _call(self, record, method):
        """Call a method; of a wizard, on one that the same user opens for our clinic."""
        if record._transient:
            record = record.create(self._wizard_values(record._name))
            record.env.flush_all()
            record.env.invalidate_all()
        return getattr(record, method)(*ARGUMENTS.get(method, ()))

    def _wizard_values(self, model):
        """Return what opens a wizard for our clinic's workflow."""
        flow = self.records['healthcare.workflow']
        values = {
            'workflow_id': flow.id,
            'workflow_ids': [Command.set(flow.ids)],
            'res_model': 'calendar.event',
            'res_ids': self.an.appointment_ids.ids,
        }
        fields = self.env[model]._fields
        return {name: value for name, value in values.items() if name in fields}

    def _table(self):
        return {
            model: {
                what: self._row(model, what)
                for what in ('create', 'read', 'write', 'unlink', *self._methods(model))
            }
            for model in self._models()
        } | {
            model: {what: self._row(model, what) for what in names or self._methods(model)}
            for model, names in PAGES.items()
        }

    def test_everybody_may_what_the_table_says(self):
        with file_open(TABLE) as file:
            expected = json.load(file)
        self.maxDiff = None
        found = self._table()
        self.assertEqual(sorted(found), sorted(expected))
        for model, rows in found.items():
            with self.subTest(model=model):
                self.assertEqual(rows, expected[model])

    def test_every_lasting_model_is_tried_with_a_record(self):
        without = {
            model
            for model in self._models()
            if not self.env[model]._transient and not self.records.get(model)
        }
        self.assertEqual(without, WITHOUT_RECORD)


class TestTheTable(unittest.TestCase):
    """What holds whatever the table says."""

    def setUp(self):
        super().setUp()
        with file_open(TABLE) as file:
            self.table = json.load(file)

    def test_outsiders_may_nothing(self):
        self.assertNever({'visitor', 'portal', 'employee', 'contact_manager', 'survey_user'})

    def test_another_clinics_people_may_not_touch_records(self):
        self.assertNever(
            set(STRANGERS),
            but=('create', 'canvas_create', 'editor_create', 'action_import', *OF_ONES_OWN_CLINIC),
        )

    def assertNever(self, who, but=()):
        for model, rows in self.table.items():
            for what, may in rows.items():
                if what not in (*STATIC, *but) and model not in WITHOUT_RECORD:
                    with self.subTest(model=model, what=what):
                        self.assertFalse(who & set(may))
