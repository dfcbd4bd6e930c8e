# Part of Healthcare CRM for Odoo. License LGPL-3.
from typing import NamedTuple

from ..importing.columns import DOCUMENT_TARGETS
from ..importing.problems import WARNING, problem
from ..matching import Match, Person, find, identifiers, prepare
from .res_partner_identity import veiled

LINK = 'link'


class Earlier(NamedTuple):
    """A line that comes before another one in the file."""

    index: int
    line: int
    number: str


class Candidate(NamedTuple):
    """Somebody whom a line may be about: a patient on file, or the person of an earlier line."""

    patient: object  # an empty record for somebody who is not on file yet
    earlier: Earlier | None
    match: Match


class InFile:
    """Who stands in a file twice, found once for the whole of it.

    :ivar found: ``{index of a line: [Candidate]}``, earlier lines all of them
    :ivar said: ``{number: values}`` of the people of earlier lines, for a dry run: an import reads
        them from the patients it has created
    """

    def __init__(self, found):
        self.found = found
        self.said = {}
        self.numbers = {one.earlier.number for many in found.values() for one in many}

    def say(self, number, vals):
        """Keep what an earlier line says of somebody, if a later one is about them."""
        if number in self.numbers:
            self.said[number] = vals


class Matcher:
    """Says who of the file is on file already, or stands in it twice."""

    def __init__(self, env, company, documents):
        self.env = env
        self.companies = (env['res.company'], company)
        self.documents = documents

    def get_person(self, row):
        """Return what the matcher looks at, of a parsed line."""
        values = row.values
        born = values.get('birth_date')
        gender = values.get('gender', '')
        return Person(
            # no patient has such a number
            id=-1 - row.index,
            name=values.get('name', ''),
            given_name=values.get('given_name', ''),
            family_name=values.get('family_name', ''),
            birth_date=born.isoformat() if born else '',
            gender='' if gender == 'unknown' else gender,
            phone=values.get('phone', ''),
            email=values.get('email', ''),
            street=values.get('street', ''),
            city=values.get('city', ''),
            zip=values.get('zip', ''),
            identifiers=tuple(
                # nobody has seen the document
                (system.code, number, False)
                for system, number in self.documents.get_numbers(row)[0]
            ),
        )

    def find_on_file(self, rows, until=None):
        """Return ``{index: [Candidate]}`` of patients on file, best first.

        :param int until: the last id of those who were on file before
        """
        if not rows:
            return {}
        Partner = self.env['res.partner']
        lists = Partner._match_people([self.get_person(row) for row in rows], until=until)
        patients = Partner.browse({id_ for found in lists for id_, _match in found})
        # A patient of another clinic is nobody here: the file must not tell that there is one.
        ours = set(patients.filtered(lambda patient: patient.company_id in self.companies).ids)
        return {
            row.index: [
                Candidate(Partner.browse(id_), None, match) for id_, match in found if id_ in ours
            ]
            for row, found in zip(rows, lists, strict=True)
        }

    def find_within(self, rows):
        """Return who stands twice among these lines, as :class:`InFile`.

        :param rows: parsed lines in their order, read one at a time
        """
        nobody = self.env['res.partner']
        model = self.env['healthcare.patient.matching'].sudo()._get_model()
        lines, people = [], []
        for row in rows:
            # who has a number of this clinic alone is on file, and found there
            if 'patient_id' in row.values:
                lines.append(Earlier(row.index, row.line, row.values['patient_id']))
                people.append(prepare(veiled(self.get_person(row))))
        found = {}
        for one, two, match in find(people, model) if len(people) > 1 else ():
            candidate = Candidate(nobody, lines[one], match)
            found.setdefault(lines[two].index, []).append(candidate)
        return InFile(found)


class Documents:
    """The numbers of documents in a file: checked, and given to one patient each."""

    def __init__(self, env, headers):
        self.env = env
        self.headers = headers
        self.systems = {}
        wanted = [target for target in DOCUMENT_TARGETS if target in headers]
        if wanted:
            found = env['healthcare.identifier.system'].search([('check_rule', 'in', wanted)])
            for system in found:
                self.systems.setdefault(system.check_rule, system)

    def get_numbers(self, row):
        """Return ``([(system, number)], problems)`` of a line."""
        numbers, problems = [], []
        for target, system in self.systems.items():
            if target not in row.values:
                continue
            try:
                numbers.append((system, identifiers.check(target, row.values[target])))
            except identifiers.IdentifierError as error:
                reason = {
                    'check_digit': self.env._("its check digit does not fit"),
                    'length': self.env._("it is too long or too short"),
                    'area': self.env._("there is no such area or date"),
                }.get(error.code, self.env._("it holds characters that do not belong there"))
                problems.append(
                    problem('bad_document', self.headers[target], row.values[target], detail=reason)
                )
        return numbers, problems

    def get_owners(self, rows):
        """Return ``{(system, number): patient}`` of the numbers that somebody has."""
        wanted = [number for row in rows for number in self.get_numbers(row)[0]]
        if not wanted:
            return {}
        Identifier = self.env['healthcare.patient.identifier']
        systems = {system.id: system for system, _number in wanted}
        found = Identifier._find_numbers([(system.id, number) for system, number in wanted])
        readable = set(
            Identifier.browse(one.id for one in found.values())._filtered_access('read').ids
        )
        return {
            (systems[system_id], number): self.env['res.partner']
            .browse(identifier.patient_id.id)
            ._follow_merges()
            for (system_id, number), identifier in found.items()
            if identifier.id in readable
        }

    def assign(self, row, patient, owners):
        """Return ``(values of new identifiers, problems)`` of a line.

        :param patient: whose line it is; empty in a dry run, for somebody new
        :param owners: see ``get_owners``; what is given out is entered
        """
        numbers, problems = self.get_numbers(row)
        vals_list = []
        for system, number in numbers:
            header = self.headers[system.check_rule]
            owner = owners.get((system, number))
            held = patient.identifier_ids.filtered(lambda item, kind=system: item.system_id == kind)
            if owner is not None and owner != patient:
                detail = owner.patient_number or ''
                problems.append(problem('document_taken', header, number, detail=detail))
            elif owner is None and system.is_single and held:
                problems.append(problem('kept', header, number, WARNING))
            elif owner is None:
                owners[system, number] = patient
                vals_list.append(
                    {'patient_id': patient.id, 'system_id': system.id, 'value': number}
                )
        return vals_list, problems
