import tempfile

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm.tests.common import HealthcareCase

from .screenshots import taking_screenshots


class ScreenCase(HttpCase, HealthcareCase):
    """Somebody at the desk."""

    def setUp(self):
        super().setUp()
        self.user = new_test_user(
            self.env,
            'desk',
            groups='healthcare_crm.group_reception',
            name="Main Desk",
            lang='en_US',
            tz='Asia/Taipei',
        )

    def use(self, path, tour, *pictures, login='desk'):
        """Go through ``tour`` from ``path``, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login=login)
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestDuplicates(ScreenCase):
    """Two records that may be one patient: compared, merged, told apart, and not made at all."""

    def setUp(self):
        super().setUp()
        self.Link = self.env['healthcare.patient.link']
        self.Link.search([]).unlink()
        self.old = self.make_patient(
            "Tour Lin Mei",
            birth_date='1985-08-21',
            gender='female',
            phone='+886 912 000 777',
            country_id=self.env.ref('base.tw').id,
        )
        self.new = self.make_patient(
            "Tour Lin Mey",
            birth_date='1985-08-21',
            gender='female',
            phone='+886 912 000 778',
            email='tour.lin@example.org',
            country_id=self.env.ref('base.tw').id,
        )
        self.make_appointment(self.old)
        self.make_appointment(self.new)

    def pair(self, one, other):
        return one._link_by_hand(one, other, 'manual')

    def test_review(self):
        first = self.pair(self.old, self.new)
        other = self.make_patient("Tour Huang", birth_date='1944-01-03', phone='+886 912 000 999')
        second = self.pair(self.old, other)
        # the pair that is most certainly one is shown first
        self.assertGreater(first.weight, second.weight)
        again = self.make_patient("Tour Ho", birth_date='1961-02-03')
        third = self.pair(again, other)
        second.unlink()
        self.use(
            '/odoo/possible-duplicates',
            'healthcare_duplicate_review',
            'duplicates-1-review',
            'duplicates-2-merge',
            'duplicates-3-nothing',
        )
        self.assertEqual(first.status, 'merged')
        self.assertEqual(self.new.merged_into_id, self.old)
        self.assertEqual(self.old.phone, '+886912000778', "that of the other record was chosen")
        self.assertEqual(self.old.email, 'tour.lin@example.org')
        self.assertEqual(len(self.old.appointment_ids), 2)
        self.assertEqual((third.status, third.decided_by_id), ('different', self.user))

    def test_two_patients_of_the_list(self):
        self.use('/odoo/patients', 'healthcare_duplicate_by_hand')
        self.assertEqual(self.Link.search([]).origin, 'manual')

    def test_a_new_patient_who_is_there_already(self):
        self.new.active = False
        self.use(
            '/odoo/patients/new',
            'healthcare_duplicate_warning',
            'duplicates-4-similar',
            'duplicates-5-warning',
        )
        namesakes = self.Partner.search([('name', '=', "Tour Lin Mei")])
        self.assertEqual(namesakes, self.old)
        self.assertEqual(self.old.email, 'lin.mei@example.org')

    def test_a_new_patient_who_is_somebody_else(self):
        self.new.active = False
        self.use('/odoo/patients/new', 'healthcare_duplicate_somebody_else')
        namesake = self.Partner.search([('name', '=', "Tour Lin Mei")]) - self.old
        self.assertEqual(len(namesake), 1)
        link = self.Link.search([('other_id', '=', namesake.id)])
        self.assertEqual((link.patient_id, link.status), (self.old, 'different'))
        self.assertEqual((link.origin, link.decided_by_id), ('registration', self.user))
