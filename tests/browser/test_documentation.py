import tempfile

from odoo import fields
from odoo.tests import HttpCase, tagged

from .screenshots import taking_screenshots

PICTURE = """
    setTimeout(() => console.log("screenshot: %s"), 1000);
    setTimeout(() => console.log("test successful"), 2000);
"""


class DocumentationCase(HttpCase):
    def take(self, path, name, ready, login=None):
        """Open ``path`` and take its picture once ``ready``, a JavaScript condition, holds."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as pictures:
            self.browser_js(path, PICTURE % name, ready=f'Boolean({ready})', login=login)
        self.assertEqual([picture.stem for picture in pictures], [name])


@tagged('post_install', '-at_install')
class TestTimelinePicture(DocumentationCase):
    """The first picture of the README: a patient of the demo clinic, with what was sent and not."""

    browser_size = '1280x1120'

    def test_timeline(self):
        patient = self.env.ref('healthcare_crm.patient_nguyen_van_an')
        tabs = 'document.querySelector(".o_notebook_headers")'
        self.take(
            f'/odoo/patients/{patient.id}',
            'patient-timeline',
            # all of it, with the patient's name above
            'document.querySelector(".o_timeline_entry")'
            f' ? ({tabs}.scrollIntoView(), true)'
            ' : document.querySelector(".nav-link[name=timeline]")?.click()',
            login='reception',
        )


@tagged('post_install', '-at_install')
class TestPatientPagePicture(DocumentationCase):
    """The page a reminder links to, as a phone shows it."""

    browser_size = '390x844'
    touch_enabled = True

    def test_page(self):
        visit = self.env['calendar.event'].search(
            [
                ('appointment_status', '=', 'booked'),
                ('patient_response', '=', 'needs-action'),
                ('start', '>', fields.Datetime.now()),
                ('patient_id.lang', '=', 'vi_VN'),
            ],
            order='start',
            limit=1,
        )
        self.take(visit._get_patient_path(), 'patient-page', 'document.querySelector("form")')
