from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class ResPartner(models.Model):
    """Who brought whom."""

    _inherit = 'res.partner'

    introducer_ids = fields.One2many(
        'healthcare.introducer', 'partner_id', string="Links", groups=GROUP_STAFF
    )
    introduction_ids = fields.One2many(
        'healthcare.introduction', 'patient_id', string="Introduced By", groups=GROUP_STAFF
    )

    def _is_professional(self):
        """Return whether they are a doctor, an organisation, or work here."""
        if not self.id:
            return False
        [[is_professional]] = self.env.execute_query(
            SQL(
                'SELECT %s FROM res_partner partner WHERE id = %s',
                self._sql_is_professional(SQL('partner')),
                self._origin.id,
            )
        )
        return is_professional

    def _sql_is_professional(self, partner):
        """Return SQL that says of a contact what :meth:`_is_professional` says.

        :param SQL partner: the alias of its row
        """
        self.env['res.partner'].flush_model(['clinic_role', 'is_company'])
        self.env['res.users'].flush_model(['partner_id', 'share', 'active'])
        return SQL(
            """
            (%(partner)s.clinic_role IS NOT NULL OR %(partner)s.is_company IS TRUE
             OR EXISTS (SELECT FROM res_users employee WHERE employee.partner_id = %(partner)s.id
                           AND employee.share IS NOT TRUE AND employee.active))
            """,
            partner=partner,
        )

    def _shares_contact(self, other):
        """Return whether two people of different households have a number or address in common."""
        if self.household_id and self.household_id == other.household_id:
            return False
        return any(
            self[name] and self[name] == other[name]
            for name in ('phone_sanitized', 'email_normalized')
        )

    def action_open_introducer(self):
        """Open the link of this contact, to show it, print it or send it."""
        self.ensure_one()
        self.check_access('read')
        introducer = self.env['healthcare.introducer']._get_for(self)
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Introduces Others"),
            'res_model': introducer._name,
            'res_id': introducer.id,
            'views': [(False, 'form')],
        }

    def _after_merge(self, journal, merged):
        """Look again at introductions: who introduced somebody may be that person."""
        result = super()._after_merge(journal, merged)
        self.env['healthcare.introduction']._look_again_at(self)
        return result
