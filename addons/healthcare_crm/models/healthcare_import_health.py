# Part of Healthcare CRM for Odoo. License LGPL-3.
from ..importing import values
from .healthcare_allergy import NO_KNOWN_ALLERGY

HEALTH_MODELS = {  # target of a column -> model
    'allergies': 'healthcare.allergy',
    'conditions': 'healthcare.condition',
    'medications': 'healthcare.medication',
}


class HealthWriter:
    """Allergies, conditions and medicines that a file names; none is entered twice.

    Their columns are only read when the person who imports may write health records, see
    ``healthcare.import.column``.
    """

    def __init__(self, env, dry_run):
        self.env = env
        self.dry_run = dry_run

    def write_entries(self, entries):
        """Write what is new.

        :param entries: list of ``(parsed line, patient, none in a dry run)``
        :return: the indexes of lines of which something was new
        """
        completed = set()
        for target, model in HEALTH_MODELS.items():
            rows = [(row, patient) for row, patient in entries if row.values.get(target)]
            if not rows:
                continue
            known = self._get_known(model, [patient.id for _row, patient in rows if patient])
            vals_list = []
            for row, patient in rows:
                for name in row.values[target]:
                    vals = self._prepare(target, name)
                    if not vals:
                        continue
                    key = (patient.id, (vals.get('code') or vals['name']).casefold())
                    if key in known:
                        continue
                    if patient:
                        known.add(key)
                    completed.add(row.index)
                    vals_list.append({'patient_id': patient.id, **vals})
            if not self.dry_run:
                self.env[model].create(vals_list)
        return completed

    def _get_known(self, model, patient_ids):
        found = self.env[model].search_fetch(
            [('patient_id', 'in', patient_ids)], ['patient_id', 'name', 'code']
        )
        return {
            (record.patient_id.id, word.casefold())
            for record in found
            for word in (record.name, record.code)
            if word
        }

    def _prepare(self, target, name):
        """Return the values of a record, none for a word that says that there is nothing."""
        if name.casefold() in values.NONE_WORDS:
            if target != 'allergies':
                return None
            return {'name': self.env._("No known allergies"), 'code': NO_KNOWN_ALLERGY}
        if target == 'conditions':
            # when it began is not known: today is when it was imported
            return {'name': name, 'onset_date': False}
        return {'name': name}
