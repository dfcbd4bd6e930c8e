from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from ..sensitive import GROUP_PRIVACY
from ..step_up import step_up

_lt = LazyTranslate(__name__)

#: records of one transaction, and those that a trial shows
BATCH = 1000
SAMPLE = 10
#: kind of data → (model, its date, which records, what becomes of them)
CLASSES = {
    'enquiry': (
        'healthcare.enquiry',
        'date',
        [('state', '=', 'lost'), ('patient_id', '=', False)],
        'delete',
    ),
    'message': (
        'healthcare.communication',
        'date',
        ['|', ('subject_sealed', '!=', False), ('body_sealed', '!=', False)],
        ('subject_sealed', 'body_sealed'),
    ),
    'import_file': (
        'healthcare.import',
        'done_at',
        [('state', '=', 'done'), ('file_sealed', '!=', False)],
        ('file_sealed',),
    ),
}
LABELS = [
    ('enquiry', _lt("Enquiries of people who did not become patients")),
    ('message', _lt("Words of messages (that they were sent stays)")),
    ('import_file', _lt("Files of finished imports")),
]


class HealthcareRetentionRule(models.Model):
    """How long a kind of data is kept: tried first, then applied every night if switched on."""

    _name = 'healthcare.retention.rule'
    _description = "Retention Rule"
    _order = 'data_class, id'
    _rec_name = 'data_class'

    data_class = fields.Selection('_get_classes', string="Kind of Data", required=True)
    company_id = fields.Many2one(
        'res.company', string="Clinic", required=True, default=lambda self: self.env.company
    )
    days = fields.Integer(string="Keep for (Days)", required=True, default=730)
    automatic = fields.Boolean(
        string="Every Night", help="Off: nothing happens but when you press Apply."
    )
    reason = fields.Char(help="Why so long: the law, or what it is needed for.")
    trial_count = fields.Integer(string="Would Be Affected", readonly=True)
    trial_sample = fields.Char(string="For Example", readonly=True)
    tried_at = fields.Datetime(readonly=True)
    run_ids = fields.One2many('healthcare.retention.run', 'rule_id', string="Certificates")

    _class_uniq = models.UniqueIndex(
        '(data_class, company_id)', "There is a rule for this kind of data already."
    )
    _days_positive = models.Constraint('CHECK (days >= 30)', "Keep it for a month at least.")

    @api.model
    def _get_classes(self):
        return [(code, self.env._(label)) for code, label in LABELS]

    def _find(self, limit=None):
        """Return the records that are kept for too long."""
        self.ensure_one()
        model, date, domain, _action = CLASSES[self.data_class]
        before = fields.Datetime.now() - timedelta(days=self.days)
        # sudo: whom it is about, the privacy officer need not read
        Model = self.env[model].sudo()
        company = 'company_id' if 'company_id' in Model._fields else 'patient_id.company_id'
        return Model.with_context(active_test=False).search(
            Domain(domain) & Domain(date, '<', before) & Domain(company, '=', self.company_id.id),
            order='id',
            limit=limit,
        )

    def action_try(self):
        """Say what applying it would do; nothing is written but that."""
        self._check_officer()
        for rule in self:
            found = rule._find()
            rule.write(
                {
                    'trial_count': len(found),
                    'trial_sample': ', '.join(map(str, found[:SAMPLE].ids)),
                    'tried_at': fields.Datetime.now(),
                }
            )

    @step_up('erase')
    def action_apply(self):
        """Apply it now."""
        self._check_officer()
        for rule in self:
            if not rule.tried_at:
                raise UserError(self.env._("Try it first: see what would be affected."))
            rule._apply()

    @api.model
    def _cron_apply(self):
        """Apply the rules that are switched on."""
        commit = self.env['ir.cron']._commit_progress
        for rule in self.search([('automatic', '=', True)]):
            rule._apply(commit)

    def _apply(self, commit=None):
        """Apply it in batches, and certify it.

        :param commit: called after each batch
        """
        self.ensure_one()
        model, _date, _domain, action = CLASSES[self.data_class]
        total = 0
        while records := self._find(BATCH):
            total += len(records)
            if action == 'delete':
                records.unlink()
            else:
                records.write(dict.fromkeys(action, False))
            self.env.flush_all()
            if commit:
                commit(len(records))
        # sudo: certificates are written by the software only
        run = self.env['healthcare.retention.run'].sudo()
        return run._certify(self, model, total)

    def _check_officer(self):
        if not self.env.su and not self.env.user.has_group(GROUP_PRIVACY):
            raise AccessError(self.env._("Only the privacy officer applies retention rules."))
