from functools import partial

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.modules.registry import Registry
from odoo.tools.translate import LazyTranslate

from ..crypto import keyring
from ..crypto.mask import COVER, mask
from ..matching import identifiers
from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_IDENTIFIER_CLEAR, GROUP_USER

_lt = LazyTranslate(__name__)

#: what the index of a number is for
INDEXED = 'healthcare.patient.identifier|value'

#: why a number cannot be right
SENTENCES = {
    'empty': _lt("%(system)s: enter a number."),
    'length': _lt(
        "%(system)s “%(value)s” has %(found)s characters where %(length)s are expected. Compare it "
        "with the document."
    ),
    'wrong_length': _lt(
        "%(system)s “%(value)s” has too many or too few characters. Compare it with the document."
    ),
    'characters': _lt(
        "%(system)s “%(value)s” holds characters that do not belong there. It looks like "
        "%(example)s."
    ),
    'wrong_characters': _lt(
        "%(system)s “%(value)s” holds characters that do not belong there. Compare it with the "
        "document."
    ),
    'check_digit': _lt(
        "%(system)s “%(value)s” cannot be right: its check digit does not fit. One digit is "
        "wrong, or two have changed places. Compare it with the document."
    ),
    'area': _lt(
        "%(system)s “%(value)s” cannot be right: there is no such area or date. Compare it with "
        "the document."
    ),
    'rule': _lt("%(system)s: its way of checking numbers does not exist. Ask an administrator."),
}


class HealthcarePatientIdentifier(models.Model):
    """One number by which another system knows a patient (FHIR Patient.identifier)."""

    _name = 'healthcare.patient.identifier'
    _description = "Patient Identifier"
    _inherit = ['healthcare.sealed']
    _order = 'patient_id, system_id, id'

    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        index=True,
        ondelete='cascade',
        domain=[('is_patient', '=', True)],
        groups=GROUP_USER,
    )
    system_id = fields.Many2one(
        'healthcare.identifier.system',
        string="System",
        required=True,
        ondelete='restrict',
    )
    value = fields.Char(
        string="Number in Clear",
        groups=GROUP_IDENTIFIER_CLEAR,
        **sealed('value', copy=False, search='_search_value'),
    )
    value_sealed = sealed_column()
    value_index = fields.Char(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    value_masked = fields.Char(
        string="Number",
        compute='_compute_value_masked',
        inverse='_inverse_value_masked',
        groups=GROUP_USER,
        help="As a hint, with most of it covered. To change it, enter the whole number.",
    )
    is_verified = fields.Boolean(
        string="Verified",
        copy=False,
        groups=GROUP_USER,
        help="The number was read off the patient's document, by whoever ticks this.",
    )
    verified_by_id = fields.Many2one(
        'res.users', string="Verified By", readonly=True, copy=False, ondelete='restrict'
    )
    verified_at = fields.Datetime(string="Verified On", readonly=True, copy=False)
    remark = fields.Char(
        compute='_compute_remark',
        string="Note",
        groups=GROUP_USER,
        help="Where the number says something else than the patient's record.",
    )

    # The patient is not part of the key: one number of one system is one person, and merging two
    # patients can never break it.
    _system_value_uniq = models.Constraint(
        'UNIQUE (system_id, value_index)',
        "Another patient has this number in this system.",
    )

    # for the rotation of keys, and for numbers asked for without their system
    _value_index_idx = models.Index('(value_index)')

    @api.depends('value')
    def _compute_value_masked(self):
        # what is left of the number is for everybody who may see that there is one
        known = self._check_unsealing('value_masked')._unseal_known('value')
        for identifier in self:
            origin = identifier._origin
            identifier.value_masked = origin and mask(known.get(origin.id, COVER * 4))

    def _inverse_value_masked(self):
        """What is entered is taken by :meth:`create` and :meth:`write`."""

    @api.depends('system_id.name', 'value_masked')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for identifier in self:
            identifier.display_name = self.env._(
                "%(system)s: %(value)s",
                system=identifier.system_id.name or '',
                value=identifier.value_masked or '',
            )

    @api.depends('system_id', 'value', 'patient_id.birth_date', 'patient_id.gender')
    @api.depends_context('lang')
    def _compute_remark(self):
        """Warn where a number contradicts the record: one of them may have a mistake."""
        labels = {
            'birth_date': self.env._("The year of birth in this number is another one."),
            'gender': self.env._("The gender in this number is another one."),
        }
        # that something contradicts tells less than the number
        known = self._origin._unseal_known('value')
        for identifier in self:
            rule = identifier.system_id._get_rule() if identifier.system_id else ''
            try:
                number = identifiers.check(rule, known.get(identifier._origin.id)) if rule else ''
            except identifiers.IdentifierError:
                number = ''
            found = number and identifiers.contradictions(
                rule,
                number,
                identifier.patient_id.birth_date or None,
                identifier.patient_id.gender or None,
            )
            identifier.remark = ' '.join(labels[name] for name in found) if found else False

    def action_show(self):
        """Show the number in clear, to who may see it."""
        return self.env['healthcare.number.reveal']._start(self)

    # ------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # before anything is said about a number: whose it is, is no answer to everybody
        self.check_access('create')
        vals_list = [dict(vals) for vals in vals_list]
        self._check_patients(vals.get('patient_id') for vals in vals_list)
        systems = self._get_systems(vals.get('system_id') for vals in vals_list)
        claims, values = [], []
        for vals in vals_list:
            value = self._clean(systems.get(vals.get('system_id')), self._pop_entered(vals))
            if not value:
                raise ValidationError(self.env._("Enter the number."))
            values.append(value)
            claims.append((vals.get('system_id'), value, vals.get('patient_id')))
            self._stamp(vals)
        self._check_claims(claims)
        result = super().create(vals_list)
        result._put_values(values)
        if not self.env.su:
            self.env['healthcare.audit']._look('create', result, ['value'])
        result.patient_id._refresh_matching()
        return result

    def write(self, vals):
        self.check_access('write')
        self._check_patients([vals.get('patient_id')])
        vals = dict(vals)
        patients = self.patient_id
        is_entered = bool({'value', 'value_masked'} & vals.keys())
        entered = self._pop_entered(vals)
        values = []
        if is_entered or 'system_id' in vals:
            system = self.env['healthcare.identifier.system'].browse(vals.get('system_id'))
            # sudo: a number that stays is checked against another system
            for identifier in self.sudo():
                value = self._clean(
                    system or identifier.system_id, entered if is_entered else identifier.value
                )
                if not value:
                    raise ValidationError(self.env._("Enter the number."))
                self._check_claims(
                    [((system or identifier.system_id).id, value, identifier.patient_id.id)],
                    identifier,
                )
                values.append(value)
            # another number was not seen on a document
            vals.setdefault('is_verified', False)
        self._stamp(vals)
        result = super().write(vals)
        if values:
            self._put_values(values)
            if not self.env.su:
                self.env['healthcare.audit']._look('update', self, ['value'])
        (patients | self.patient_id)._refresh_matching()
        return result

    @api.model
    def _pop_entered(self, vals):
        """Take the number that was entered out of values to write.

        Who may enter a number need not be allowed to read it, so it is written apart.

        :raise ValidationError: a part of it is covered
        """
        entered = vals.pop('value_masked', None)
        value = vals.pop('value', entered)
        if isinstance(value, str) and COVER in value:
            raise ValidationError(self.env._("Enter the whole number, without %s.", COVER))
        return value

    def _put_values(self, values):
        """Write one number per record, sealed and with its index."""
        # sudo: who may write a number was checked, and nobody reads the columns
        for identifier, value in zip(self.sudo(), values, strict=True):
            self._fields['value']._update_cache(identifier, value)
        self._seal_field('value')
        self.sudo().modified(['value'])

    @api.model
    def _get_sealed_columns(self, name, id_, value):
        held = super()._get_sealed_columns(name, id_, value)
        if name == 'value':
            held['value_index'] = keyring.get().index(value, INDEXED) if value else None
        return held

    def unlink(self):
        patients = self.patient_id
        result = super().unlink()
        patients.exists()._refresh_matching()
        return result

    def _check_patients(self, ids):
        """Refuse numbers of patients this user may not see.

        :raise AccessError: there is one
        """
        self.env['res.partner'].browse({id_ for id_ in ids if id_}).check_access('read')

    def _stamp(self, vals):
        """Say who verified a number, and when; never what a caller says."""
        vals.pop('verified_by_id', None)
        vals.pop('verified_at', None)
        if 'is_verified' in vals:
            seen = vals['is_verified']
            vals['verified_by_id'] = self.env.uid if seen else False
            vals['verified_at'] = fields.Datetime.now() if seen else False

    @api.model
    def _get_systems(self, ids):
        systems = self.env['healthcare.identifier.system'].browse({id_ for id_ in ids if id_})
        return {system.id: system for system in systems}

    @api.model
    def _clean(self, system, value):
        """Return the one spelling of a number; that of a system without a rule is left alone.

        :raise ValidationError: it cannot be right
        """
        rule = system._get_rule() if system else ''
        if not rule:
            return value.strip() if isinstance(value, str) else value
        try:
            return identifiers.check(rule, str(value or ''))
        except identifiers.IdentifierError as error:
            code = error.code
            if code in ('length', 'characters') and not any(
                error.details.get(key) for key in ('length', 'example')
            ):
                code = f'wrong_{code}'
            details = {'system': system.name, 'value': value or '', **error.details}
            sentence = self.env._(SENTENCES[code])
            raise ValidationError(sentence % details) from error

    def _check_claims(self, claims, ignored=()):
        """Refuse a number that another patient has, and note that the two may be one.

        :param claims: ``[(system id, value, patient id)]``
        :raise ValidationError: one is taken
        """
        wanted = {(system, value): patient for system, value, patient in claims if value}
        found = self._find_numbers(wanted)
        for key, identifier in found.items():
            if identifier.id in {other.id for other in ignored}:
                continue
            claimant = wanted[key]
            if claimant and claimant != identifier.patient_id.id:
                self._note_claim(claimant, identifier.patient_id.id)
            raise ValidationError(self._get_claim_sentence(identifier, key[1]))

    @api.model
    def _find_numbers(self, numbers):
        """Return the records of numbers, ``{(system id, number): identifier}``, in sudo.

        The number is taken whoever may see its owner; what becomes of that is up to the caller.

        :param numbers: ``[(system id, number)]``
        """
        ring = keyring.get()
        indexes = {
            (system, index): (system, value)
            for system, value in numbers
            if system and value
            for index in ring.indexes(value, INDEXED)
        }
        if not indexes:
            return {}
        # sudo: see above
        found = self.sudo().search_fetch(
            [
                ('system_id', 'in', list({system for system, _index in indexes})),
                ('value_index', 'in', [index for _system, index in indexes]),
            ],
            ['system_id', 'value_index', 'patient_id'],
        )
        keys = [indexes.get((one.system_id.id, one.value_index)) for one in found]
        return {key: one for key, one in zip(keys, found, strict=True) if key}

    @api.model
    def _search_value(self, operator, value):
        """Find a number by the whole of it; there is nothing else to compare."""
        self._check_field_access(self._fields['value'], 'read')
        if operator not in ('in', 'not in') or not any(value):
            return self._search_sealed('value', operator, value)
        return [('id', operator, self._search_number([text for text in value if text]))]

    @api.model
    def _search_number(self, texts):
        """Return the query of the records of numbers, in whatever system and spelling.

        The rules of records of the user do not apply.
        """
        ring = keyring.get()
        spelled = set()
        for text in texts:
            if isinstance(text, str):
                spelled |= {text, text.strip(), identifiers.normalise(text)}
        indexes = [index for text in spelled if text for index in ring.indexes(text, INDEXED)]
        # sudo: the column is nobody's
        return self.sudo()._search([('value_index', 'in', indexes)])

    def _get_claim_sentence(self, identifier, value):
        """Return the sentence about a number that is taken, the same whoever has it: of which
        clinic that is, nobody is told."""
        return self.env._(
            "%(system)s %(value)s is on another record already. Is it the same person? Look for "
            "the number among the patients and open that record; if nobody is found, ask the "
            "privacy officer.",
            system=identifier.system_id.name,
            value=value,
        )

    def _note_claim(self, claimant_id, owner_id):
        """Note that two records may be one person, although what was being saved is rolled back."""
        self.env.cr.postrollback.add(
            partial(_record_claim, self.env.cr.dbname, self.env.uid, claimant_id, owner_id)
        )


def _record_claim(dbname, uid, claimant_id, owner_id):
    with Registry(dbname).cursor() as cr:
        env = api.Environment(cr, uid, {}, su=True)
        env['healthcare.patient.link']._record_claim(claimant_id, owner_id)
