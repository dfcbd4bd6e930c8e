from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..sensitive import GROUP_IDENTIFIER_CLEAR, GROUP_IDENTIFIER_REVEAL, GROUP_STAFF
from ..step_up import step_up

#: the models whose numbers are shown → the field that is in clear
NUMBERS = {'healthcare.patient.identifier': 'value', 'healthcare.coverage': 'member_number'}
REASON_LENGTH = 5


class HealthcareNumberReveal(models.TransientModel):
    """Show one number of a document in clear: to some at once, to others for a reason."""

    _name = 'healthcare.number.reveal'
    _description = "Show a Number"

    identifier_id = fields.Many2one('healthcare.patient.identifier', ondelete='cascade')
    coverage_id = fields.Many2one('healthcare.coverage', ondelete='cascade')
    masked = fields.Char(string="Number", compute='_compute_number')
    number = fields.Char(string="In Clear", compute='_compute_number')
    reason = fields.Char(help="What it is needed for. It stays on record, with your name.")
    # what was shown once is no leave to see another one
    revealed = fields.Char(groups=fields.NO_ACCESS)

    @api.depends('revealed', 'identifier_id', 'coverage_id')
    @api.depends_context('uid')
    def _compute_number(self):
        for wizard in self:
            record = wizard._get_record()
            name = NUMBERS.get(record._name)
            wizard.masked = record[f'{name}_masked'] if record else False
            # sudo: it was asked for with a reason
            asked = wizard.sudo()
            allowed = record and asked.create_uid == self.env.user and asked.revealed == str(record)
            wizard.number = record.sudo()[name] if allowed else False

    def _get_record(self):
        """Return whose number it is, which this user may see covered."""
        self.ensure_one()
        record = self.identifier_id or (
            self.coverage_id if self.env.user.has_group(GROUP_STAFF) else self.identifier_id
        )
        record.check_access('read')
        return record

    @step_up('reveal')
    def action_reveal(self):
        """Show the number to somebody who says what for, and has just shown who they are."""
        return self._reveal()

    def _reveal(self):
        """Show the number, and record that it was."""
        self.ensure_one()
        user = self.env.user
        is_clear = user.has_group(GROUP_IDENTIFIER_CLEAR)
        if not (is_clear or user.has_group(GROUP_IDENTIFIER_REVEAL)):
            raise AccessError(self.env._("Your role does not see numbers of documents."))
        reason = (self.reason or '').strip()
        if not is_clear and len(reason) < REASON_LENGTH:
            raise UserError(self.env._("Write down what the number is needed for."))
        record = self._get_record()
        if not record:
            raise UserError(self.env._("There is no number to show."))
        self.env['healthcare.audit']._record(
            'reveal',
            record._name,
            patient_ids=record.sudo().patient_id.ids,
            fields=[NUMBERS[record._name]],
            res_ids=record.ids,
            purpose=reason,
        )
        # sudo: nobody writes this themselves
        self.sudo().revealed = str(record)
        return self._open()

    def _open(self):
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Show a Number"),
            'res_model': self._name,
            'res_id': self.id,
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'dialog_size': 'medium'},
        }

    @api.model
    def _start(self, record):
        """Return the action that shows the number of a record, or asks what for.

        :param record: of one of :data:`NUMBERS`
        """
        record.ensure_one()
        record.check_access('read')
        name = 'identifier_id' if record._name == 'healthcare.patient.identifier' else 'coverage_id'
        wizard = self.create({name: record.id})
        if self.env.user.has_group(GROUP_IDENTIFIER_CLEAR):
            return wizard._reveal()
        return wizard._open()
