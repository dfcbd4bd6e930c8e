from functools import partial

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.modules.registry import Registry
from odoo.tools.translate import LazyTranslate

from ..matching import identifiers
from ..sensitive import GROUP_USER

_lt = LazyTranslate(__name__)

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
    value = fields.Char(required=True, copy=False, groups=GROUP_USER)
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
        'UNIQUE (system_id, value)',
        "Another patient has this number in this system.",
    )

    @api.depends('system_id.name', 'value')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for identifier in self:
            identifier.display_name = self.env._(
                "%(system)s: %(value)s",
                system=identifier.system_id.name or '',
                value=identifier.value or '',
            )

    @api.depends('system_id', 'value', 'patient_id.birth_date', 'patient_id.gender')
    @api.depends_context('lang')
    def _compute_remark(self):
        """Warn where a number contradicts the record: one of them may have a mistake."""
        labels = {
            'birth_date': self.env._("The year of birth in this number is another one."),
            'gender': self.env._("The gender in this number is another one."),
        }
        for identifier in self:
            rule = identifier.system_id._get_rule() if identifier.system_id else ''
            try:
                number = identifiers.check(rule, identifier.value) if rule else ''
            except identifiers.IdentifierError:
                number = ''
            found = number and identifiers.contradictions(
                rule,
                number,
                identifier.patient_id.birth_date or None,
                identifier.patient_id.gender or None,
            )
            identifier.remark = ' '.join(labels[name] for name in found) if found else False

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
        claims = []
        for vals in vals_list:
            vals['value'] = self._clean(systems.get(vals.get('system_id')), vals.get('value'))
            claims.append((vals.get('system_id'), vals['value'], vals.get('patient_id')))
            self._stamp(vals)
        self._check_claims(claims)
        result = super().create(vals_list)
        result.patient_id._refresh_matching()
        return result

    def write(self, vals):
        self.check_access('write')
        self._check_patients([vals.get('patient_id')])
        vals = dict(vals)
        patients = self.patient_id
        if {'value', 'system_id'} & vals.keys():
            system = self.env['healthcare.identifier.system'].browse(vals.get('system_id'))
            for identifier in self:
                value = self._clean(
                    system or identifier.system_id, vals.get('value', identifier.value)
                )
                self._check_claims(
                    [((system or identifier.system_id).id, value, identifier.patient_id.id)],
                    identifier,
                )
                if 'value' in vals:
                    vals['value'] = value
            # another number was not seen on a document
            vals.setdefault('is_verified', False)
        self._stamp(vals)
        result = super().write(vals)
        (patients | self.patient_id)._refresh_matching()
        return result

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
        :raise ValidationError: it names the other patient where this user may see them
        """
        wanted = {(system, value): patient for system, value, patient in claims if value}
        if not wanted:
            return
        # sudo: the number is taken whoever may see its owner
        found = self.sudo().search_fetch(
            [
                ('system_id', 'in', [system for system, _value in wanted]),
                ('value', 'in', [value for _system, value in wanted]),
            ],
            ['system_id', 'value', 'patient_id'],
        )
        for identifier in found - self.sudo().browse(i.id for i in ignored):
            key = (identifier.system_id.id, identifier.value)
            if key not in wanted:
                continue
            claimant = wanted[key]
            if claimant and claimant != identifier.patient_id.id:
                self._note_claim(claimant, identifier.patient_id.id)
            raise ValidationError(self._get_claim_sentence(identifier))

    def _get_claim_sentence(self, identifier):
        """Return the sentence about a number that is taken; ``identifier`` is in sudo."""
        owner = identifier.patient_id._follow_merges()
        details = {'system': identifier.system_id.name, 'value': identifier.value}
        if not owner.sudo(False).has_access('read'):
            return self.env._(
                "%(system)s %(value)s belongs to a patient of another clinic. Ask the privacy "
                "officer.",
                **details,
            )
        details |= {'patient': owner.name, 'number': owner.patient_number or ''}
        if identifier.is_verified:
            return self.env._(
                "%(system)s %(value)s belongs to %(patient)s (%(number)s), and was verified there. "
                "Is it the same person? Open that record instead of making another one.",
                **details,
            )
        return self.env._(
            "%(system)s %(value)s belongs to %(patient)s (%(number)s). Is it the same person? "
            "Open that record instead of making another one.",
            **details,
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
