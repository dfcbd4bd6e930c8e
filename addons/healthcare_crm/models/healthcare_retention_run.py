import json

from odoo import api, fields, models

from ..crypto import keyring


class HealthcareRetentionRun(models.Model):
    """The certificate of one application of a retention rule."""

    _name = 'healthcare.retention.run'
    _description = "Retention Certificate"
    _order = 'id desc'
    _rec_name = 'date'

    rule_id = fields.Many2one(
        'healthcare.retention.rule', required=True, index=True, ondelete='cascade', readonly=True
    )
    company_id = fields.Many2one(related='rule_id.company_id', store=True)
    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one('res.users', readonly=True, ondelete='restrict')
    record_count = fields.Integer(string="Records", readonly=True)
    content = fields.Json(readonly=True)
    seal = fields.Char(readonly=True)
    is_genuine = fields.Boolean(string="Unchanged", compute='_compute_is_genuine')

    @api.depends('content', 'seal')
    def _compute_is_genuine(self):
        for run in self:
            run.is_genuine = bool(run.seal) and run.seal == run._sign(run.content)

    @api.model
    def _certify(self, rule, model, count):
        date = fields.Datetime.now()
        content = {
            'rule': rule.id,
            'class': rule.data_class,
            'days': rule.days,
            'clinic': rule.company_id.id,
            'model': model,
            'count': count,
            'date': str(date),
            'by': self.env.uid,
        }
        return self.create(
            {
                'rule_id': rule.id,
                'date': date,
                'user_id': self.env.uid,
                'record_count': count,
                'content': content,
                'seal': self._sign(content),
            }
        )

    @api.model
    def _sign(self, content):
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return keyring.get().mac('certificate', text.encode()).hex()
