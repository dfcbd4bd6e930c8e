from odoo import models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def _get_address_lines(self):
        """Return the lines of the address that say something."""
        lines = self._display_address(without_company=True).split('\n')
        return [line.strip() for line in lines if line.strip()]

    def _get_postal_address(self):
        """Return name and address as they stand in the window of an envelope.

        The country is named where the letter leaves it.
        """
        self.ensure_one()
        home = self.company_id.country_id or self.env.company.country_id
        lines = self._get_address_lines()
        if self.country_id == home and lines and lines[-1] == self.country_id.name:
            lines.pop()
        return '\n'.join([self.name or '', *lines])
