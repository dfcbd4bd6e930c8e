"""The tests that run in the browser alone, see static/tests of the add-ons."""

from odoo.tests import no_retry, tagged

from odoo.addons.web.tests import test_js


@tagged('post_install', '-at_install')
class TestUnits(test_js.HOOTCommon):
    """Pure parts of the screens: keys, words, what differs, what can be taken back."""

    _test_params = []

    def run_suites(self, addon):
        """Run all of an add-on's."""
        self._test_params = [('+', f'@{addon}')]
        self.browser_js(
            f'/web/tests?headless&loglevel=2&preset=desktop&timeout=15000{self.get_hoot_filters()}',
            '',
            '',
            login='admin',
            timeout=600,
            success_signal='[HOOT] Test suite succeeded',
            error_checker=test_js.unit_test_error_checker,
        )

    @no_retry
    def test_patients(self):
        self.run_suites('healthcare_crm')

    @no_retry
    def test_followup(self):
        self.run_suites('healthcare_crm_followup')

    @no_retry
    def test_loyalty(self):
        self.run_suites('healthcare_crm_loyalty')
