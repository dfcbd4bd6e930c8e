from datetime import date, datetime

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged('post_install', '-at_install')
class TestPurchases(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.company.chart_template:
            cls.env['account.chart.template'].try_loading('generic_coa', cls.company, False)
        cls.earning = cls.program.earning_ids
        cls.earning.write({'event': 'purchase', 'points': 2, 'per_amount': 100})
        cls.card = cls.make_member()

    def invoice(self, amount, partner=None, day='2026-03-02'):
        invoice = self.env['account.move'].create(
            {
                'move_type': 'out_invoice',
                'partner_id': (partner or self.card.partner_id).id,
                'company_id': self.company.id,
                'invoice_date': day,
                'invoice_line_ids': [
                    Command.create({'name': "Soap", 'price_unit': amount, 'tax_ids': False})
                ],
            }
        )
        invoice.action_post()
        return invoice

    def pay(self, invoice, amount=None):
        Register = self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=invoice.ids
        )
        Register.create({'amount': amount} if amount else {})._create_payments()
        self.env.flush_all()

    def credit(self, invoice, amount=None):
        reversal = self.env['account.move.reversal'].with_context(
            active_model='account.move', active_ids=invoice.ids
        )
        action = reversal.create({'journal_id': invoice.journal_id.id}).refund_moves()
        credit = self.env['account.move'].browse(action['res_id'])
        if amount:
            credit.invoice_line_ids.price_unit = amount
        credit.action_post()
        self.env.flush_all()
        return credit

    def assertEarned(self, points):
        self.process()
        self.assertBalance(self.card, points)

    def test_only_what_is_paid_earns_for_each_full_amount(self):
        invoice = self.invoice(250)
        self.assertEarned(0)
        self.pay(invoice, 200)
        self.assertEarned(0)
        self.pay(invoice)
        self.assertEarned(4)
        [movement] = self.card.history_ids
        self.assertEqual((movement.order_model, movement.order_id), (invoice._name, invoice.id))
        self.assertEqual((movement.amount, movement.date), (250, date(2026, 3, 2)))
        invoice.payment_state = 'paid'
        self.Cause._note('purchase', invoice.ids)
        self.assertEarned(4)

    def test_a_payment_that_is_undone_takes_points_back(self):
        invoice = self.invoice(300)
        self.pay(invoice)
        self.assertEarned(6)
        invoice.line_ids.remove_move_reconcile()
        self.env.flush_all()
        self.assertEarned(0)

    def test_credit_notes_take_back_their_part(self):
        invoice = self.invoice(500)
        self.pay(invoice)
        self.assertEarned(10)
        self.card._spend(9, description="Soap")
        credit = self.credit(invoice, 200)
        self.assertEarned(0)
        self.assertEqual(self.card.owed, 3, "six points for what was paid in the end")
        credit.button_draft()
        self.env.flush_all()
        self.assertEarned(1)
        self.assertFalse(self.card.owed)

    def test_an_invoice_that_is_credited_instead_of_paid_earns_nothing(self):
        invoice = self.invoice(500)
        self.credit(invoice)
        self.assertEarned(0)

    def test_the_address_for_invoices_is_the_patient(self):
        address = self.Partner.create(
            {'name': "Home", 'type': 'invoice', 'parent_id': self.card.partner_id.id}
        )
        self.pay(self.invoice(100, address))
        self.assertEarned(2)

    def test_limits_count_for_amounts_too(self):
        self.earning.write({'cap': 5, 'cap_period': 'day'})
        self.pay(self.invoice(200))
        self.pay(self.invoice(200))
        self.pay(self.invoice(100, day='2026-03-03'))
        self.assertEarned(7)
        self.program.day_cap = 1
        self.pay(self.invoice(100, day='2026-03-04'))
        self.assertEarned(8)

    def test_the_cost_of_a_visit_earns_when_it_is_entered_and_corrected(self):
        self.earning.event = 'visit'
        visit = self.make_appointment(
            self.card.partner_id,
            datetime(2026, 3, 2, 5),
            appointment_status='fulfilled',
            company_id=self.company.id,
        )
        self.assertEarned(0)
        encounter = self.env['healthcare.encounter'].search([('appointment_id', '=', visit.id)])
        encounter.amount = 300
        self.assertEarned(6)
        encounter.amount = 150
        self.assertEarned(2)
        encounter.unlink()
        self.assertEarned(0)

    def test_a_credit_makes_room_for_what_a_limit_cut(self):
        self.earning.write({'cap': 10, 'cap_period': 'month'})
        wrong, right = self.invoice(450), self.invoice(400)
        self.pay(wrong)
        self.assertEarned(8)
        self.pay(right)
        self.assertEarned(10)
        self.credit(wrong)
        self.assertEarned(8)

    def test_what_was_paid_on_the_day_of_joining(self):
        patient = self.make_patient()
        self.pay(self.invoice(300, patient, day=self.program._get_today()))
        self.process()
        card = self.program._join(patient)
        self.process()
        self.assertBalance(card, 6)

    def test_what_was_paid_by_a_record_that_is_merged(self):
        patient = self.make_patient()
        address = self.Partner.create({'name': "Home", 'parent_id': patient.id})
        self.pay(self.invoice(300, patient))
        self.pay(self.invoice(100, address))
        self.process()
        merge = patient._merge_into(self.card.partner_id)
        self.assertEarned(8)
        merge.action_undo()
        self.assertEarned(0)

    def test_money_of_several_currencies_is_not_added_up(self):
        tier = Command.create({'name': "Gold", 'basis': 'spend', 'entry_value': 10})
        self.program.tier_ids = [tier]
        self.env['res.company'].create(
            {'name': "Elsewhere", 'currency_id': self.make_currency().id}
        )
        with self.assertRaisesRegex(ValidationError, "currencies"), self.env.cr.savepoint():
            self.program.company_id = False
        everywhere = self.make_membership(name="Everywhere")
        everywhere.company_id = False
        with self.assertRaisesRegex(ValidationError, "currencies"):
            everywhere.tier_ids = [tier]

    def make_currency(self):
        """Return a currency that is not the clinic's."""
        currencies = self.env['res.currency'].with_context(active_test=False)
        other = currencies.search([('id', '!=', self.company.currency_id.id)], limit=1)
        other.active = True
        return other

    def test_nothing_is_paid_for_a_birthday(self):
        with self.assertRaises(ValidationError):
            self.earning.event = 'birthday'

    def test_tiers_by_money_spent(self):
        self.program.tier_ids = [
            Command.create(
                {'rank': rank, 'name': name, 'basis': 'spend', 'entry_value': value, 'months': 1200}
            )
            for rank, name, value in ((1, "Silver", 0), (2, "Gold", 300))
        ]
        silver, gold = self.program.tier_ids.sorted('rank')
        self.pay(self.invoice(200))
        self.invoice(500)

        def tier():
            self.Card._recompute_tiers(self.program)
            self.card.invalidate_recordset()
            return self.card.tier_id

        address = self.Partner.create(
            {'name': "Home", 'type': 'invoice', 'parent_id': self.card.partner_id.id}
        )
        self.pay(self.invoice(50, address))
        self.pay(self.invoice(400, self.make_member().partner_id))
        self.assertEqual(tier(), silver)
        self.assertEqual(tuple(self.card._get_progress()), (gold, 250))
        self.program.spend_basis = 'visits'
        self.env['healthcare.encounter'].create(
            {'patient_id': self.card.partner_id.id, 'start': '2026-03-02', 'amount': 300}
        )
        self.assertEqual(tier(), gold)
