import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..matching import identifiers
from ..matching.normalize import latin


class HealthcareIdentifierSystem(models.Model):
    """Another system that knows patients or appointments by a number of its own (FHIR Identifier).

    A hospital information system, a laboratory, an insurer or the file of an import; or a
    government that issues documents.
    """

    _name = 'healthcare.identifier.system'
    _description = "Identifier System"
    _order = 'name, id'

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        compute='_compute_code',
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        copy=False,
        help="Short technical name, used by imports and interfaces, for example 'his'. It is made "
        "of the name; change it when another program expects one of its own.",
    )
    active = fields.Boolean(default=True)
    check_rule = fields.Selection(
        [
            ('tw_national', "Taiwan: national ID"),
            ('tw_arc', "Taiwan: resident certificate (ARC)"),
            ('tw_nhi', "Taiwan: national health insurance card"),
            ('vn_cccd', "Vietnam: citizen's card (CCCD)"),
            ('vn_bhyt', "Vietnam: health insurance card"),
            ('passport', "Passport"),
            ('stdnum', "Another country's number"),
        ],
        string="How Numbers Are Checked",
        help="Empty: any number is accepted, as it is written.",
    )
    stdnum_module = fields.Char(
        string="Kind of Number",
        help="Country and kind as python-stdnum names them: us.ssn, cn.ric, jp.cn, my.nric…",
    )
    is_single = fields.Boolean(
        string="One per Person",
        help="Nobody has two of these: two records with different numbers that were seen on a "
        "document are two people.",
    )

    _code_uniq = models.Constraint('UNIQUE (code)', "Another identifier system has this code.")

    @api.depends('name')
    def _compute_code(self):
        """Make a code of the name, once: interfaces know the system by it."""
        new = self.filtered(lambda system: system.name and not system.code)
        if not new:
            return
        known = self.with_context(active_test=False).search_fetch([], ['code'])
        taken = set((known - new).mapped('code'))
        for system in new:
            code = stem = (
                re.sub(r'[^a-z0-9]+', '_', latin(system.name.lower())).strip('_') or 'source'
            )
            number = 1
            while code in taken:
                number += 1
                code = f'{stem}_{number}'
            taken.add(code)
            system.code = code

    @api.constrains('check_rule', 'stdnum_module')
    def _check_rule_exists(self):
        for system in self.filtered('check_rule'):
            if not identifiers.is_rule(system._get_rule()):
                raise ValidationError(
                    self.env._(
                        "There is no kind of number “%(kind)s”. Write country and kind as "
                        "python-stdnum names them, for example us.ssn.",
                        kind=system.stdnum_module or '',
                    )
                )

    def _get_rule(self):
        """Return the name of the rule as :mod:`..matching.identifiers` knows it."""
        self.ensure_one()
        if self.check_rule == 'stdnum':
            return identifiers.STDNUM + (self.stdnum_module or '').strip().lower()
        return self.check_rule or ''
