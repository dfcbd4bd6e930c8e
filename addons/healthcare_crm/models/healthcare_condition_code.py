from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..clinical import icd10


class HealthcareConditionCode(models.Model):
    """An illness or another state of health, by its code of ICD-10.

    A short list is shipped, in our own words; a clinic imports the codes it uses.
    """

    _name = 'healthcare.condition.code'
    _description = "Condition Code"
    _order = 'code'

    code = fields.Char(required=True, help="ICD-10, for example E11.9.")
    name = fields.Char(required=True, translate=True, index='trigram')
    chapter = fields.Selection(
        [
            ('01', "Infections"),
            ('02', "Tumors"),
            ('03', "Blood and immune system"),
            ('04', "Hormones, nutrition and metabolism"),
            ('05', "Mental health"),
            ('06', "Nervous system"),
            ('07', "Eyes"),
            ('08', "Ears"),
            ('09', "Heart and circulation"),
            ('10', "Airways and lungs"),
            ('11', "Teeth, stomach and digestion"),
            ('12', "Skin"),
            ('13', "Muscles, bones and joints"),
            ('14', "Kidneys, bladder and reproductive organs"),
            ('15', "Pregnancy and birth"),
            ('16', "Newborns"),
            ('17', "From birth"),
            ('18', "Symptoms and findings"),
            ('19', "Injuries and poisoning"),
            ('20', "External causes"),
            ('21', "Contact with health services"),
            ('22', "For special purposes"),
        ],
        compute='_compute_chapter',
        store=True,
        help="The chapter of ICD-10 the code belongs to.",
    )
    chronic = fields.Boolean(help="Who has it mostly keeps it: it is followed for years.")
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint('UNIQUE (code)', "This code is on the list already.")

    @api.depends('code')
    def _compute_chapter(self):
        for one in self:
            one.chapter = icd10.chapter(one.code or '')

    @api.depends('code', 'name')
    @api.depends_context('lang', 'only_code', 'formatted_display_name')
    def _compute_display_name(self):
        """Name the code and what it means; in a column beside the words the code alone."""
        # while somebody chooses one, they see both everywhere
        only_code = self.env.context.get('only_code') and not self.env.context.get(
            'formatted_display_name'
        )
        for one in self:
            one.display_name = one.code if only_code else f'{one.code} {one.name}'

    @api.model
    def _search_display_name(self, operator, value):
        """Find a code by its beginning, or by words of its name in the reader's language or in
        English."""
        if operator not in ('ilike', 'like', '=ilike', '=like') or not isinstance(value, str):
            return super()._search_display_name(operator, value)
        english = self.with_context(lang='en_US')
        return Domain.AND(
            [
                Domain('code', '=ilike', f'{word}%')
                | Domain('name', 'ilike', word)
                | Domain('id', 'in', english._search(Domain('name', 'ilike', word)))
                for word in value.strip('% ').split()
            ]
        )

    @api.constrains('code')
    def _check_code(self):
        for one in self:
            if not icd10.is_code(one.code):
                raise ValidationError(
                    self.env._(
                        "“%(code)s” is not written as a code of ICD-10: a letter, two digits and, "
                        "after a dot, up to four more, for example E11.9.",
                        code=one.code,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._with_normalised_code(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._with_normalised_code(vals))

    @api.model
    def _with_normalised_code(self, vals):
        return {**vals, 'code': icd10.normalised(vals['code'])} if vals.get('code') else vals

    @api.model
    def _by_code(self, codes):
        """Return {code as written: its record}, of those on the list.

        :param codes: codes as somebody wrote them
        """
        written = {code: icd10.normalised(code) for code in codes if code}
        known = {one.code: one for one in self.sudo().search([('code', 'in', [*written.values()])])}
        return {
            code: known[normal].sudo(self.env.su)
            for code, normal in written.items()
            if normal in known
        }
