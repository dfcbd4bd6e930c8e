from odoo import models

#: an invoice with money that came, or is on its way
PAID_STATES = ('in_payment', 'paid')
#: What customers paid for invoices, without what was credited: ``id``, ``patient_id``,
#: ``company_id``, ``date`` and ``amount`` in the currency of the clinic.
PAID = f"""
    SELECT invoice.id, invoice.company_id, invoice.invoice_date AS date,
           CASE WHEN partner.is_patient THEN partner.id
                ELSE partner.commercial_partner_id END AS patient_id,
           invoice.amount_total_signed + COALESCE((
               SELECT SUM(credit.amount_total_signed) FROM account_move credit
                WHERE credit.reversed_entry_id = invoice.id AND credit.state = 'posted'
                  AND credit.move_type = 'out_refund'), 0) AS amount
      FROM account_move invoice
      JOIN res_partner partner ON partner.id = invoice.partner_id
     WHERE invoice.move_type = 'out_invoice' AND invoice.state = 'posted'
       AND invoice.payment_state IN {PAID_STATES}
"""


class AccountMove(models.Model):
    """Paid invoices earn points, and credit notes take them back."""

    _inherit = 'account.move'

    def _compute_payment_state(self):
        result = super()._compute_payment_state()
        self._note_purchases()
        return result

    def unlink(self):
        self._note_purchases()
        return super().unlink()

    def _note_purchases(self):
        """Have it looked at again what these invoices, or those they credit, earn."""
        moves = self.filtered('id')
        invoices = moves.filtered(lambda move: move.move_type == 'out_invoice')
        credits = moves.filtered(lambda move: move.move_type == 'out_refund')
        ids = (invoices | credits.reversed_entry_id).ids
        self.env['healthcare.loyalty.cause']._note('purchase', ids)
