from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .test_segment_mailing import MailingCase


@tagged('post_install', '-at_install')
class TestRecipients(MailingCase):
    """Whoever chooses the recipients of a mailing asks nothing by that which they may not ask.

    The job that sends has all rights: that a letter left, or did not, would be the answer.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing = cls.make_user('marketing')
        cls.tag = cls.env['res.partner.category'].create({'name': "Tag"})
        cls.friend = cls.env['res.partner'].create(
            {'name': "Friend", 'email': 'friend@example.org', 'category_id': cls.tag.ids}
        )
        cls.patient = cls.make_patient("Ill")
        cls.patient.category_id = cls.tag
        cls.env['healthcare.condition'].create({'patient_id': cls.patient.id, 'name': "Asthma"})
        cls.env.flush_all()

    def choose(self, *about, **values):
        """Let marketing write to a friend who has a tag in common with somebody like that."""
        domain = [('id', '=', self.friend.id), ('category_id.partner_ids', 'any', list(about))]
        return (
            self.env['mailing.mailing']
            .with_user(self.marketing)
            .create(
                {
                    'subject': "Hello",
                    'mailing_model_id': self.env['ir.model']._get_id('res.partner'),
                    'mailing_domain': repr(domain),
                    **values,
                }
            )
        )

    def get_recipients(self, mailing):
        """Return whom the job would write to."""
        return mailing.with_user(self.env.ref('base.user_root'))._get_recipients()

    def test_what_may_be_asked_is_sent(self):
        mailing = self.choose(('id', '=', self.patient.id), ('birth_date', '=', False))
        self.assertEqual(self.get_recipients(mailing), self.friend.ids)

    def test_hidden_fields_are_refused(self):
        with self.assertRaises(AccessError):
            self.choose(('condition_ids.name', '=', "Asthma"))
        mailing = self.choose(('id', '=', self.patient.id))
        with self.assertRaises(AccessError):
            mailing.mailing_domain = "[('condition_ids.name', '=', 'Asthma')]"
        with self.assertRaises(AccessError):
            mailing.chosen_by_id = self.env.ref('base.user_root')

    def test_what_was_chosen_before_the_update_finds_nobody(self):
        mailing = self.choose(('id', '=', self.patient.id))
        mailing.flush_recordset()
        self.env.cr.execute(
            "UPDATE mailing_mailing SET mailing_domain = %s, chosen_by_id = NULL WHERE id = %s",
            ["[('category_id.partner_ids.condition_ids.name', '=', 'Asthma')]", mailing.id],
        )
        mailing.invalidate_recordset()
        self.assertFalse(self.get_recipients(mailing))

    def test_patients_of_another_clinic_are_nobody(self):
        self.patient.company_id = self.clinic
        mailing = self.choose(('id', '=', self.patient.id))
        self.assertFalse(self.get_recipients(mailing))

    def test_a_segment_is_no_way_round(self):
        mailing = self.choose(('id', '=', self.patient.id))
        self.marketing.company_ids = [Command.link(self.clinic.id)]
        mailing.segment_id = self.segment
        hidden = "[('condition_ids', '!=', False)]"
        with self.assertRaises(AccessError):
            mailing.mailing_domain = hidden
        mailing.flush_recordset()
        self.env.cr.execute(
            "UPDATE mailing_mailing SET mailing_domain = %s WHERE id = %s", [hidden, mailing.id]
        )
        mailing.invalidate_recordset()
        self.assertFalse(mailing._get_remaining_recipients())
