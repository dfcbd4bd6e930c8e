from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .audit_case import AuditChecks
from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestAuditDisclosure(AuditChecks, HealthcareCase):
    """What is told of looks, how long they are kept, and under which reason they happened."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls.make_user('privacy_officer')
        cls.doctor = cls.make_user('practitioner')
        cls.make_practitioner(user_id=cls.doctor.id)
        cls.patient = cls.make_patient("Lin Yi-Chun")

    def test_who_looked_on_paper(self):
        self.env['healthcare.audit'].with_user(self.doctor)._record(
            'export', 'res.partner', self.patient.ids
        )
        patient = self.patient.with_user(self.officer)
        self.assertEqual(
            patient.action_print_looks()['report_name'], 'healthcare_crm.patient_looks'
        )
        looks = patient._get_printed_looks()
        self.assertTrue(all(set(look) >= {'day', 'who', 'roles', 'count'} for look in looks))
        self.assertTrue(self.recorded(action='disclose', patients=self.patient.ids))
        html = (
            self.env['ir.actions.report']
            .with_user(self.officer)
            ._render_qweb_html('healthcare_crm.patient_looks', patient.ids)[0]
        )
        self.assertIn(b'Who looked at your data', html)
        self.env['res.lang']._activate_lang('vi_VN')
        self.env.ref('healthcare_crm.patient_looks_page').update_field_translations(
            'arch_db', {'vi_VN': {"Who looked at your data": "Ai đã xem"}}
        )
        self.patient.lang = 'vi_VN'
        html = (
            self.env['ir.actions.report']
            .with_user(self.officer)
            ._render_qweb_html('healthcare_crm.patient_looks', patient.ids)[0]
        )
        self.assertIn("Ai đã xem", html.decode(), "in the patient's language")
        with self.assertRaises(AccessError):
            self.patient.with_user(self.doctor)._get_printed_looks()

    def test_how_long_looks_are_kept(self):
        Retention = self.env['healthcare.audit.retention']
        retention = Retention.with_user(self.officer).create({})
        self.assertEqual((retention.years, retention.majority), (7, 18))
        self.assertGreaterEqual(retention.row_count, 0)
        retention.write({'years': 10, 'majority': 20})
        retention.action_keep()
        get_param = self.env['ir.config_parameter'].get_param
        self.assertEqual(get_param('healthcare_crm.audit_years'), '10')
        self.assertEqual(get_param('healthcare_crm.audit_majority'), '20')
        self.assertTrue(self.recorded(action='config', user_id=self.officer.id))
        with self.assertRaises(ValidationError):
            retention.years = 5
        with self.assertRaises(AccessError):
            Retention.with_user(self.doctor).create({})

    def test_looks_under_a_reason_name_it(self):
        opening = (
            self.env['healthcare.break.glass']
            .with_user(self.doctor)
            ._open(self.patient, reason='emergency', explanation="Found unconscious at the door")
        )
        audit = self.env['healthcare.audit'].with_user(self.doctor)
        self.patient.with_user(self.doctor).read(['birth_date'])
        audit._record('print', 'res.partner', self.patient.ids)
        audit._record('print', 'res.partner', self.make_patient("Somebody Else").ids)
        self.write_looks()
        found = self.execute(
            "SELECT action, patients, break_glass_id FROM healthcare_audit_event"
            " WHERE id > %s AND user_id = %s AND action IN ('read', 'print')",
            [self.mark, self.doctor.id],
        )
        named = {
            (action, break_glass)
            for action, patients, break_glass in found
            if patients == self.patient.ids
        }
        self.assertEqual(named, {('read', opening.id), ('print', opening.id)})
        self.assertIn(None, {break_glass for _action, _patients, break_glass in found})
