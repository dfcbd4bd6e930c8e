from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_crm_mass_mailing.tests.test_segment_mailing import MailingCase


@tagged('post_install', '-at_install')
class TestClubNewsletter(MailingCase):
    def send_newsletter(self, name, **values):
        """Write to the members of a club, of which there is one; return the mailing."""
        club = self.env['healthcare.club'].create(
            {'name': name, 'company_id': self.clinic.id, **values}
        )
        member = self.env['healthcare.club.member'].create(
            {'club_id': club.id, 'patient_id': self.hoa.id}
        )
        member.action_agreed_in_person()
        mailing = self.make_mailing(subject=name, segment_id=club._get_news_segment().id)
        self.assertEqual(self.send(mailing), [self.hoa.email_formatted])
        return mailing

    def test_the_desk_does_not_read_who_is_in_a_club_about_health(self):
        roles = (
            'reception',
            'clinic_administrator',
            'marketing',
            'nurse',
            'practitioner',
            'privacy_officer',
        )
        here = {'company_id': self.clinic.id, 'company_ids': [Command.set(self.clinic.ids)]}
        users = {role: self.make_user(role, f'news-{role}', **here) for role in roles}
        other = self.make_communication(self.hoa)
        oncology = self.send_newsletter(
            "Oncology", coordinator_ids=[Command.link(users['nurse'].id)]
        )
        walking = self.send_newsletter("Walking", is_clinical=False)
        self.env.flush_all()
        messages = self.hoa.communication_ids
        self.assertEqual(messages.mailing_id, oncology | walking)
        of_club = messages.filtered(lambda one: one.mailing_id == oncology)
        seen = {
            'reception': messages - of_club,
            'clinic_administrator': messages - of_club,
            'marketing': other,
            'nurse': messages,
            'practitioner': messages,
            'privacy_officer': messages,
        }

        def check():
            for role, user in users.items():
                self.env.invalidate_all()
                with self.subTest(role=role):
                    found = messages.with_user(user).search([('patient_id', '=', self.hoa.id)])
                    self.assertEqual(found, seen[role])
                    patient = self.hoa.with_user(user)
                    self.assertEqual(patient.communication_count, len(found))

        check()
        # nor of a club that is no more
        self.env['healthcare.club'].search([('name', '=', "Oncology")]).active = False
        check()

    def test_nor_what_became_of_the_letter(self):
        oncology = self.send_newsletter("Oncology")
        walking = self.send_newsletter("Walking", is_clinical=False)
        here = {'company_id': self.clinic.id, 'company_ids': [Command.set(self.clinic.ids)]}
        traces = self.env['mailing.trace']
        for role, seen in (('reception', walking), ('nurse', oncology | walking)):
            user = self.make_user(role, f'traces-{role}', **here)
            user.group_ids += self.env.ref('mass_mailing.group_mass_mailing_user')
            found = traces.with_user(user).search(
                [('mass_mailing_id', 'in', (oncology | walking).ids)]
            )
            with self.subTest(role=role):
                self.assertEqual(found.mass_mailing_id, seen)
