import secrets

from odoo import api, fields, models
from odoo.exceptions import LockError
from odoo.fields import Domain

from ..engine.subjects import subject_of
from ..inbound import hook


class HealthcareWorkflowHook(models.Model):
    """The door through which another system starts a workflow: an address and a secret."""

    _name = 'healthcare.workflow.hook'
    _description = "Workflow Webhook"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('workflow_id',)
    _order = 'id'
    _rec_name = 'workflow_id'

    workflow_id = fields.Many2one(
        'healthcare.workflow', string="Workflow", required=True, ondelete='cascade', index=True
    )
    public_id = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(16),
    )
    secret = fields.Char(copy=False, groups=fields.NO_ACCESS)
    has_secret = fields.Boolean(compute='_compute_has_secret')
    url = fields.Char(compute='_compute_url', string="Address")
    last_used = fields.Datetime(readonly=True, copy=False)

    _public_id_uniq = models.Constraint('UNIQUE (public_id)', "Another webhook has this address.")

    @api.depends('secret')
    def _compute_has_secret(self):
        for door in self:
            # sudo: whether there is one is no secret
            door.has_secret = bool(door.sudo().secret)

    @api.depends('public_id')
    def _compute_url(self):
        for door in self:
            door.url = door.get_base_url() + hook.PATH % door.public_id

    def action_new_secret(self):
        """Make a secret, show it this once, and end the former one."""
        self.ensure_one()
        self.check_access('write')
        secret = secrets.token_urlsafe(32)
        # sudo: the field is nobody's; who may make a new one was checked above
        self.sudo().secret = secret
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("New Secret"),
            'res_model': 'healthcare.workflow.hook.secret',
            'views': [(False, 'form')],
            'target': 'new',
            # the dialog shows it and keeps nothing
            'context': {'default_secret': secret},
        }

    # ------------------------------------------------------------ calls

    @api.model
    def _find(self, public_id):
        """Return the webhook of an address, none for an unknown one."""
        return self.search([('public_id', '=', public_id)], limit=1)

    def _take(self, call):
        """Note a signed call in the engine's inbox; the next tick acts on it.

        :param call: a :class:`~..inbound.hook.Call`; one that was taken already is not again
        :raise hook.Refused: it is about nobody this workflow could be about
        """
        self.ensure_one()
        workflow = self.workflow_id
        if not workflow._is_open_to_hooks():
            raise hook.Refused(409, 'not_running', 'The workflow does not run, or takes no calls.')
        patient = self._find_patient(call.patient)
        if not patient:
            raise hook.Refused(422, 'unknown_patient', 'No such patient in this clinic.')
        self.env['healthcare.workflow.event']._happened(
            'hook',
            self._find_subject(call, patient),
            payload={'workflow': workflow.id},
            keys=[f'hook:{self.id}:{call.key}'],
        )
        self._note_use()

    def _find_patient(self, asked):
        clinics = self.env['res.company'].search(
            [('id', 'child_of', self.workflow_id.company_id.ids)]
        )
        domain = Domain('is_patient', '=', True) & Domain('company_id', 'in', [False, *clinics.ids])
        if 'number' in asked:
            domain &= Domain('patient_number', '=', asked['number'])
        else:
            # sudo: systems are no secret, and the call is signed
            system = (
                self.env['healthcare.identifier.system']
                .sudo()
                .search([('code', '=', asked['system'])], limit=1)
            )
            found = self.env['healthcare.patient.identifier']._find_numbers(
                [(system.id, asked['value'])]
            )
            domain &= Domain('id', 'in', [one.patient_id.id for one in found.values()])
        return self.env['res.partner'].search(domain, limit=1)

    def _find_subject(self, call, patient):
        """Return the record the call is about, which is the patient's."""
        model = self.workflow_id.subject_model
        if call.subject_model is None and model == 'res.partner':
            return patient
        if call.subject_model != model:
            raise hook.Refused(422, 'bad_subject', f'subject/model must be {model}.')
        record = self.env[model].browse(call.subject_id).exists()
        path = subject_of(self.env, model).patient
        if not record or (record if path == 'id' else record[path]) != patient:
            raise hook.Refused(422, 'unknown_subject', 'The patient has no such record.')
        return record

    def _note_use(self):
        try:
            self.lock_for_update()
        except LockError:
            return  # another call is noting it right now
        self.last_used = fields.Datetime.now()
