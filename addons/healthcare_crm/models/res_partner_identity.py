# Part of Healthcare CRM for Odoo. License LGPL-3.
from types import SimpleNamespace

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..crypto import keyring
from ..matching import Person, identifiers, match_each, prepare
from ..matching.normalize import code
from ..sensitive import GROUP_STAFF
from .healthcare_patient_link import format_value
from .res_partner_merge import ADDRESS, CHOICES, KNOWN

#: what the matcher looks at, and what says whether it does
MATCHED = frozenset(
    {
        'name',
        'birth_date',
        'gender',
        'phone',
        'email',
        'street',
        'city',
        'zip',
        'state_id',
        'country_id',
        'is_patient',
        'active',
        'merged_into_id',
    }
)
#: what the matcher compares → what people see
SHOWN = {
    'family_name': 'name',
    'given_name': 'name',
    'name_order': 'name',
    'street': 'address',
    'place': 'address',
    'city': 'address',
    'zip': 'address',
    'state': 'address',
}
LATER = 'healthcare_matching_later'
#: nobody types more into a field; a longer text is an attack, or a paste that went wrong
LONGEST = 200
CANDIDATES = 8


class ResPartner(models.Model):
    """Who a patient may be besides: keys to find them by, candidates, cross-references."""

    _inherit = 'res.partner'

    # ------------------------------------------------------------
    # Keeping the keys
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Store the keys of new patients, once for all of them."""
        partners = super(ResPartner, self.with_context(**{LATER: True})).create(vals_list)
        partners = partners.with_env(self.env)
        partners._refresh_matching()
        return partners

    def write(self, vals):
        """Store the keys anew where something the matcher looks at changes."""
        result = super().write(vals)
        if not MATCHED.isdisjoint(vals):
            self._refresh_matching()
        return result

    def _refresh_matching(self):
        """Store the keys of those who are patients."""
        if self.env.context.get(LATER):
            return
        # sudo: whoever may write a contact may change a patient's, without knowing
        patients = self.sudo().with_context(active_test=False).filtered('is_patient')
        if patients:
            self.env['healthcare.patient.matching'].sudo()._keep(
                patient if not alive else person
                for patient, person, alive in zip(
                    map(Person, patients.ids),
                    patients._person(),
                    [patient.active and not patient.merged_into_id for patient in patients],
                    strict=True,
                )
            )

    def _person(self):
        """Return what the matcher looks at, of each patient.

        :rtype: list[Person]
        """
        # sudo: the callers decide what becomes of it
        patients = self.sudo()
        numbers = patients.identifier_ids._unseal_known('value')
        return [
            Person(
                id=patient.id,
                name=patient.name or '',
                birth_date=fields.Date.to_string(patient.birth_date) or '',
                gender=patient.gender if patient.gender in ('male', 'female', 'other') else '',
                phone=patient.phone or '',
                email=patient.email or '',
                street=patient.street or '',
                city=patient.city or '',
                zip=patient.zip or '',
                state=patient.state_id.code or '',
                country=patient.country_id.code or '',
                identifiers=tuple(
                    (
                        identifier.system_id.code,
                        _veil(numbers.get(identifier.id)),
                        identifier.is_verified and identifier.system_id.is_single,
                    )
                    for identifier in patient.identifier_ids
                ),
            )
            for patient in patients
        ]

    # ------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------

    @api.model
    def _find_by_identifier(self, system_code, value):
        """Return the patient whom a system knows by a number, whatever was merged since.

        As IHE's Patient Identifier Cross-referencing does; in sudo, an empty record if nobody.
        """
        # sudo: interfaces ask; what they may see of the answer is up to the caller
        system = (
            self.env['healthcare.identifier.system']
            .sudo()
            .with_context(active_test=False)
            .search([('code', '=', system_code)], limit=1)
        )
        nobody = self.sudo().browse()
        if not system or not isinstance(value, str):
            return nobody
        number = value.strip()
        if rule := system._get_rule():
            try:
                number = identifiers.check(rule, value)
            except identifiers.IdentifierError:
                return nobody
        found = self.env['healthcare.patient.identifier']._find_numbers([(system.id, number)])
        for identifier in found.values():
            return identifier.patient_id._follow_merges().sudo()
        return nobody

    @api.model
    def _match_people(self, people, limit=CANDIDATES, until=None):
        """Return, for each of ``people``, who they may be among the patients, best first.

        :param people: list of :class:`Person`; those with the id of a patient are not that patient
        :param int until: the last id of patients who are looked at
        :rtype: list[list[tuple[int, Match]]]
        """
        matching = self.env['healthcare.patient.matching'].sudo()
        model = matching._get_model()
        prepared = [prepare(veiled(person)) for person in people]
        numbers = [
            (position, system, value)
            for position, person in enumerate(people)
            for system, value, _verified in person.identifiers
        ]
        self.env['healthcare.patient.identifier'].flush_model(['system_id', 'value_index'])
        matches = match_each(model, prepared, matching._find_alike(prepared, numbers, until))
        return [[(other.id, match) for other, match in found[:limit]] for found in matches]

    @api.model
    def match_candidates(self, vals):
        """Return the patients who may be the person of a form that is not saved yet.

        :param dict vals: what the form has so far: names of fields, ``identifiers`` as
            ``[[system id, value], …]`` and ``id`` of a patient who is saved already
        :return: at most eight, the most probable first, of those this user may see
        :rtype: list[dict]
        """
        if not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(self.env._("Only healthcare staff may look for duplicates."))
        form = self._read_form(vals if isinstance(vals, dict) else {})
        (found,) = self._match_people([form.person], limit=4 * CANDIDATES)
        matches = dict(found)
        patients = self.browse(matches)._filtered_access('read')[:CANDIDATES]
        self.env['healthcare.audit']._record_shown(patients, 'duplicates')
        return [patient._get_candidate(form, matches[patient.id]) for patient in patients]

    @api.model
    def _read_form(self, vals):
        """Return the person in a form, and what it says as people read it; nothing is trusted."""

        def text(name):
            value = vals.get(name)
            return value[:LONGEST] if isinstance(value, str) else ''

        def record(model, name):
            value = vals.get(name)
            known = self.env[model].browse(value if type(value) is int and value > 0 else False)
            # sudo: countries and states are no secret
            return known.sudo().exists() if value and value is not True else known

        state, country = (
            record('res.country.state', 'state_id'),
            record('res.country', 'country_id'),
        )
        gender = text('gender') if text('gender') in ('male', 'female', 'other') else ''
        birth_date = self._read_date(vals.get('birth_date'))
        shown = {
            'name': text('name'),
            'birth_date': format_value(self.env, self._fields['birth_date'], birth_date),
            'gender': format_value(self.env, self._fields['gender'], gender),
            'phone': text('phone'),
            'email': text('email'),
            'address': ', '.join(
                part for part in (text('street'), text('city'), text('zip'), state.name) if part
            ),
        }
        patient_id = vals.get('id')
        numbers = self._read_numbers(vals.get('identifiers'))
        return SimpleNamespace(
            shown=shown | {'identifier': ', '.join(number[1] for number in numbers)},
            person=Person(
                id=patient_id if type(patient_id) is int else None,
                name=text('name'),
                birth_date=fields.Date.to_string(birth_date) or '',
                gender=gender,
                phone=self._read_phone(text('phone'), country),
                email=text('email'),
                street=text('street'),
                city=text('city'),
                zip=text('zip'),
                state=state.code or '',
                country=country.code or '',
                # as entered: they are compared once they are veiled
                identifiers=tuple((*number, False) for number in numbers),
            ),
        )

    @api.model
    def _read_date(self, value):
        try:
            return fields.Date.to_date(value) if isinstance(value, str) else False
        except ValueError:
            return False

    @api.model
    def _read_phone(self, phone, country):
        """Return a number in the form in which those of patients are stored, where it has one."""
        return self._phone_format_number(phone, country or self.env.company.country_id) or phone

    @api.model
    def _read_numbers(self, value):
        """Return ``[(system code, number)]`` of numbers that can be right."""
        pairs = [
            (pair[0], pair[1][:LONGEST])
            for pair in (value if isinstance(value, list | tuple) else ())[:CANDIDATES]
            if isinstance(pair, list | tuple)
            and len(pair) == 2
            and type(pair[0]) is int
            and isinstance(pair[1], str)
            and pair[1].strip()
        ]
        known = self.env['healthcare.identifier.system'].browse(pair[0] for pair in pairs).exists()
        found = []
        for system_id, number in pairs:
            system = known.filtered(lambda s, i=system_id: s.id == i)
            try:
                if system:
                    rule = system._get_rule()
                    found.append(
                        (system.code, identifiers.check(rule, number) if rule else number.strip())
                    )
            except identifiers.IdentifierError:
                continue
        return found

    # ------------------------------------------------------------
    # What people see
    # ------------------------------------------------------------

    def _get_candidate(self, form, match):
        """Return what the warning shows of this patient."""
        self.ensure_one()
        levels = {}
        for field, level, _weight in match.evidence:
            levels.setdefault(SHOWN.get(field, field), []).append(level)
        return {
            **self._get_review_head(),
            'gender': format_value(self.env, self._fields['gender'], self.gender),
            'birth_date': format_value(self.env, self._fields['birth_date'], self.birth_date),
            'phone': self.phone or '',
            'email': self.email or '',
            'city': self.city or '',
            'probability': float(match.probability),
            'zone': match.zone,
            'rule': match.rule or False,
            'evidence': [
                {
                    'field': field,
                    'label': self._get_evidence_label(field),
                    'mine': form.shown.get(field, ''),
                    'theirs': self._get_shown(field),
                    'level': _join_levels(found),
                }
                for field, found in levels.items()
            ],
            'can_open': True,
        }

    def _get_shown(self, field):
        """Return what is compared of this patient, as people read it."""
        if field == 'identifier':
            return ', '.join(self.identifier_ids.mapped('value_masked'))
        names = ADDRESS if field == 'address' else (field,)
        return self._get_review_text(field, names) if names[0] in self._fields else ''

    def _get_review_head(self):
        """Return who a record is about."""
        self.ensure_one()
        return {
            'id': self.id,
            'name': self.name or '',
            'number': self.patient_number or '',
            'age': self.age if self.birth_date else False,
            'created': format_value(self.env, self._fields['birth_date'], self.create_date.date()),
            'last_visit': self._format_moment(self.last_appointment),
            'image': f'/web/image/res.partner/{self.id}/avatar_128' if self.image_128 else False,
        }

    @api.model
    def _format_moment(self, moment):
        if not moment:
            return ''
        day = fields.Datetime.context_timestamp(self, moment).date()
        return format_value(self.env, self._fields['birth_date'], day)

    @api.model
    def _get_usual_choices(self):
        """Return what is always shown when two records are reviewed."""
        return CHOICES

    @api.model
    def _is_known_field(self, field):
        """Say whether people of a clinic know a field: it is of these add-ons, or on every
        contact's form, and not kept up by the software."""
        if field.type == 'datetime':
            return False
        ours = any(module.startswith('healthcare_crm') for module in field._modules)
        return ours or field.name in KNOWN

    @api.model
    def _get_evidence_label(self, field):
        """Return what people call a field of the matcher, or of a choice."""
        labels = {
            'family_name': self.env._("Family name"),
            'given_name': self.env._("Given name"),
            'name_order': self.env._("Order of names"),
            'street': self.env._("Street"),
            'place': self.env._("City and ZIP"),
            'state': self.env._("State or province"),
            'identifier': self.env._("Identifiers"),
            'household': self.env._("Same household"),
            'address': self.env._("Address"),
        }
        if field in labels:
            return labels[field]
        if field in self._fields:
            # sudo: the names of fields are no secret
            return self._fields[field]._description_string(self.sudo().env)
        return field

    def _get_review_text(self, choice, names):
        """Return the value of a choice as people read it."""
        self.ensure_one()
        if choice == 'lang':
            languages = dict(self.env['res.lang'].get_installed())
            return languages.get(self.lang, self.lang or '')
        values = [format_value(self.env, self._fields[name], self[name]) for name in names]
        return ', '.join(value for value in values if value)

    def _open_patient(self):
        """Return the action that opens this patient's form."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'res.partner',
            'res_id': self.id,
            'views': [(self.env.ref('healthcare_crm.res_partner_view_form_patient').id, 'form')],
            'context': {'active_test': False},
        }

    def action_open_merged_into(self):
        """Open the record that has everything of this one since the two became one."""
        self.ensure_one()
        self.check_access('read')
        return self._follow_merges()._open_patient()


def _join_levels(levels):
    """Return the level of what is compared in several parts."""
    known = [level for level in levels if level != 'missing']
    if not known:
        return 'missing'
    if len(set(known)) == 1:
        return known[0]
    if 'different' in known:
        return 'different'
    return 'same' if set(known) <= {'same', 'shared'} else 'close'


def veiled(person):
    """Return a :class:`Person` whose numbers can be compared, and not read."""
    return person._replace(
        identifiers=tuple(
            (system, _veil(value), verified) for system, value, verified in person.identifiers
        )
    )


def _veil(value):
    """Return what stands for a number where patients are compared.

    It has the form of a number, so that it passes for one; equal numbers have equal ones.
    """
    number = code(value or '')
    return number and keyring.get().tag('matching', number.encode())[:16].hex()
