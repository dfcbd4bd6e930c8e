from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date, format_datetime

from ..sensitive import GROUP_CLINICAL, GROUP_STAFF

#: The blocks of the 360° view that go on paper.
PARTS = (
    'alerts',
    'appointments',
    'conditions',
    'medication',
    'treatments',
    'coverage',
    'observations',
    'vaccinations',
)
#: Those of them that are there in full: nobody can ask a sheet of paper for more.
WHOLE = ('conditions', 'medication', 'coverage', 'vaccinations')


class ReportPatientSummary(models.AbstractModel):
    """The patient summary on paper: who it is, what to mind, and what is known of their health.

    It is read as who prints it: parts that somebody may not read are not on their paper.
    """

    _name = 'report.healthcare_crm.patient_summary'
    _description = "Patient Summary"

    @api.model
    def _get_report_values(self, docids, data=None):
        user = self.env.user
        if not (user.has_group(GROUP_STAFF) or user.has_group(GROUP_CLINICAL)):
            raise AccessError(self.env._("Only those who look after patients print summaries."))
        tz = self.env['res.partner']._get_clinic_tz(self.env.company.id)
        patients = self.env['res.partner'].with_context(tz=tz).browse(docids)
        patients.check_access('read')
        return {
            'doc_ids': docids,
            'doc_model': 'res.partner',
            'docs': patients,
            'company': self.env.company,
            'printed_at': format_datetime(
                self.env, fields.Datetime.now(), tz=tz, dt_format='medium'
            ),
            'printed_by': user.name,
            'day': lambda value: format_date(self.env, value) if value else '',
            'parts': {patient.id: self._get_parts(patient) for patient in patients},
        }

    @api.model
    def _get_parts(self, patient):
        """Return what each block of the 360° view says, of those that go on paper."""
        mine = {block.name: block for block in patient._get_own_overview_blocks()}
        return {
            name: getattr(patient, f'_overview_{name}')(
                **({'limit': None} if name in WHOLE else {})
            )
            | {'label': mine[name].label}
            for name in PARTS
            if name in mine
        }
