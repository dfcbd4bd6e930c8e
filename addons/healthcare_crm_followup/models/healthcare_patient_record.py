from odoo import api, models


class HealthcarePatientRecord(models.AbstractModel):
    """Tells workflows what happens to every record about a patient's health."""

    _inherit = 'healthcare.patient.record'

    #: Fields whose change is told to workflows as ``changed``: where the record stands, and dates.
    CHANGES_TOLD = frozenset()
    #: value of ``status`` -> what happened when a record came to it
    STATUS_HAPPENINGS = {}

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._workflow_happened('created')
        if self.STATUS_HAPPENINGS:
            # sudo: who makes a record need not be allowed to read where it stands
            for status, those in records.sudo().grouped('status').items():
                those._tell_status(status)
        return records

    def write(self, vals):
        before = self._get_told_values()
        result = super().write(vals)
        # compared, not taken from the values written: dates also follow from others
        changed = {}
        for record, values in self._get_told_values().items():
            was = before[record]
            names = frozenset(name for name, value in values.items() if was[name] != value)
            changed.setdefault(names, self.browse())
            changed[names] += record
        for names, records in changed.items():
            if names:
                records._workflow_happened('changed', {'fields': sorted(names)})
            if 'status' in names:
                for status, those in records.sudo().grouped('status').items():
                    those._tell_status(status)
        return result

    def unlink(self):
        self._workflow_happened('deleted')
        return super().unlink()

    def _get_told_values(self):
        """Return {record: {field: value}} of the fields whose change workflows are told."""
        # sudo: who changes a record need not be allowed to read all of it
        return {
            record: {name: record.sudo()[name] for name in self.CHANGES_TOLD} for record in self
        }

    def _tell_status(self, status):
        """Tell the engine by name what it means that these records came to ``status``."""
        if status in self.STATUS_HAPPENINGS:
            self._workflow_happened(self.STATUS_HAPPENINGS[status])

    def _workflow_happened(self, code, payload=None):
        self.env['healthcare.workflow.event']._happened(code, self, payload)
