from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HealthcareCase

REPORT = 'healthcare_crm.patient_summary'


@tagged('post_install', '-at_install')
class TestPatientSummary(HealthcareCase):
    """What of a patient is on paper, by who prints it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient(birth_date='1960-05-04', phone='+84912345678')
        for name, words in (
            ('medication', "Medicine"),
            ('condition', "Illness"),
            ('allergy', "Allergen"),
        ):
            cls.env[f'healthcare.{name}'].create(
                [
                    {'patient_id': cls.patient.id, 'name': f"{words} {letter}"}
                    for letter in 'ABCDEFGHIJKL'
                ]
            )
        cls.env['healthcare.medication'].create(
            {'patient_id': cls.patient.id, 'name': "Stopped long ago", 'status': 'stopped'}
        )
        cls.env['healthcare.coverage'].create(
            {'patient_id': cls.patient.id, 'kind': 'private', 'plan': "Gold plan"}
        )

    def paper(self, role, **context):
        """Return the summary as text, printed by a user of ``role``."""
        report = self.env['ir.actions.report'].with_user(self.make_user(role))
        html, _kind = report.with_context(**context)._render_qweb_html(REPORT, self.patient.ids)
        return html.decode()

    def test_all_that_the_patient_has_is_on_it(self):
        paper = self.paper('practitioner')
        for words in ("Medicine", "Illness", "Allergen"):
            for letter in 'ABCDEFGHIJKL':
                self.assertIn(f"{words} {letter}", paper)
        self.assertNotIn("Stopped long ago", paper)

    def test_the_desk_prints_what_it_reads(self):
        paper = self.paper('reception')
        self.assertIn("Gold plan", paper)
        self.assertIn(self.patient.patient_number, paper)
        for words in ("Medicine", "Illness", "Allerg"):
            self.assertNotIn(words, paper)

    def test_nobody_else_prints_it(self):
        for role in ('marketing', 'quality'):
            with self.subTest(role), self.assertRaises(AccessError):
                self.paper(role)

    def test_nobody_asked_about_allergies(self):
        self.env['healthcare.allergy'].search([('patient_id', '=', self.patient.id)]).write(
            {'verification_status': 'entered-in-error'}
        )
        self.assertIn("Allergies: never asked", self.paper('practitioner'))

    # the tool says where it came from, and that nothing listens for style sheets here
    @mute_logger('odoo.addons.base.models.ir_actions_report')
    def test_it_prints(self):
        reports = self.env['ir.actions.report']
        if reports.get_wkhtmltopdf_state() == 'install':
            self.skipTest("wkhtmltopdf is not installed")
        pdf, kind = reports.with_context(force_report_rendering=True)._render_qweb_pdf(
            REPORT, self.patient.ids
        )
        self.assertEqual(kind, 'pdf')
        self.assertTrue(pdf.startswith(b'%PDF'))
