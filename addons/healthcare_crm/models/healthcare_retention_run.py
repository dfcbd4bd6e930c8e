import hashlib
import json

from odoo import api, fields, models

from ..crypto import keyring


class HealthcareRetentionRun(models.Model):
    """The certificate of one application of a retention rule: what went, when, by whom and why.

    It is written with each batch, in the same transaction. Its seal, with a key that the database
    has not, tells when somebody changed it.
    """

    _name = 'healthcare.retention.run'
    _description = "Retention Certificate"
    _order = 'id desc'
    _rec_name = 'date'

    rule_id = fields.Many2one(
        'healthcare.retention.rule', required=True, index=True, ondelete='restrict', readonly=True
    )
    company_id = fields.Many2one(related='rule_id.company_id', store=True)
    date = fields.Datetime(string="Begun", required=True, readonly=True)
    done_at = fields.Datetime(string="Finished", readonly=True)
    user_id = fields.Many2one('res.users', string="By", readonly=True, ondelete='restrict')
    record_count = fields.Integer(string="Records", readonly=True)
    content = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    seal = fields.Char(readonly=True)
    is_genuine = fields.Boolean(string="Unchanged", compute='_compute_is_genuine')

    @api.depends('content', 'seal')
    def _compute_is_genuine(self):
        # sudo: a yes or a no
        for run in self.sudo():
            run.is_genuine = (
                bool(run.seal)
                and self._is_signed(run.content, run.seal)
                and run.content['count'] == run.record_count
            )

    @api.model
    def _begin(self, rule, user):
        date = fields.Datetime.now()
        run = self.create({'rule_id': rule.id, 'date': date, 'user_id': user.id})
        run._write_content(
            {
                'certificate': f'retention/{run.id}',
                'database': self.env.cr.dbname,
                'rule': rule.id,
                'class': rule.data_class,
                'days': rule.days,
                'legal_basis': rule.reason or None,
                'clinic': rule.company_id.id,
                'began': str(date),
                'by': user.id,
                'count': 0,
                'records': '',
            }
        )
        return run

    def _add(self, ids):
        """Note that records went: how many, and a digest that tells which."""
        content = dict(self.content)
        told = f"{content['records']}{','.join(map(str, ids))}"
        content['records'] = hashlib.sha256(told.encode()).hexdigest()
        self._write_content({**content, 'count': content['count'] + len(ids)})

    def _end(self):
        self.done_at = fields.Datetime.now()
        self._write_content({**self.content, 'done': str(self.done_at)})

    def _write_content(self, content):
        self.write(
            {
                'content': content,
                'record_count': content['count'],
                'seal': self._sign(content),
            }
        )

    @api.model
    def _sign(self, content):
        return keyring.get().mac('certificate', self._spell(content)).hex()

    @api.model
    def _is_signed(self, content, seal):
        return keyring.get().verify_hex('certificate', self._spell(content), seal)

    @api.model
    def _spell(self, content):
        return json.dumps(content, sort_keys=True, ensure_ascii=False).encode()

    def _get_certificate(self):
        """Return what the certificate says, for print: it was sealed so, whatever the rule says."""
        self.ensure_one()
        self.check_access('read')
        # sudo: shown to who may read the certificate, see above
        content = self.sudo().content
        kinds = dict(self.env['healthcare.retention.rule']._get_classes())
        return {**content, 'kind': kinds[content['class']]}
