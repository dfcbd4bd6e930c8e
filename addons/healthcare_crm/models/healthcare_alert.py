from odoo import api, fields, models

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_STAFF


class HealthcareAlert(models.Model):
    """What everybody who meets a patient should know beforehand: needs a wheelchair, faints at the
    sight of a needle, speaks Vietnamese (FHIR Flag).

    Reception reads it as well as the nurse, when booking and when the patient comes. So it says
    how to meet the patient, and not what ails them.

    Value set of ``status``: flag-status.
    """

    _name = 'healthcare.alert'
    _description = "Patient Alert"
    _inherit = ['healthcare.patient.record']
    _order = 'status, date_from desc, id desc'

    patient_id = fields.Many2one(groups=GROUP_STAFF)
    kind = fields.Selection(
        [
            ('interpreter', "Interpreter needed"),
            ('mobility', "Help with moving"),
            ('hearing', "Hard of hearing"),
            ('vision', "Poor sight"),
            ('white_coat', "White-coat effect"),
            ('needle_fear', "Fear of needles"),
            ('fainting', "Faints"),
            ('anxiety', "Anxious"),
            ('infection', "Protection from infection"),
            ('other', "Other"),
        ],
        required=True,
        groups=GROUP_STAFF,
    )
    note = fields.Char(
        string="What To Do",
        groups=GROUP_STAFF,
        help="For example: measure the blood pressure again after five minutes. Seen by reception "
        "and the call desk, too.",
        **sealed('note'),
    )
    note_sealed = sealed_column()
    lang_id = fields.Many2one(
        'res.lang',
        string="Language",
        ondelete='restrict',
        groups=GROUP_STAFF,
        help="The language an interpreter is needed for.",
    )
    status = fields.Selection(
        [
            ('active', "Active"),
            ('inactive', "Ended"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='active',
        groups=GROUP_STAFF,
    )
    date_from = fields.Date(string="From", default=fields.Date.context_today, groups=GROUP_STAFF)
    date_to = fields.Date(
        string="Until", groups=GROUP_STAFF, help="The last day it matters. Empty: always."
    )

    _patient_idx = models.Index("(patient_id) WHERE status = 'active'")
    _patient_all_idx = models.Index('(patient_id)')

    _dates_in_order = models.Constraint(
        'CHECK (date_to >= date_from)', "An alert cannot end before it begins."
    )

    @api.depends('kind', 'lang_id', 'note')
    @api.depends_context('lang')
    def _compute_display_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for alert in self:
            parts = [kinds.get(alert.kind), alert.lang_id.name, alert.note]
            if alert.kind == 'other' and alert.note:
                parts = [alert.note]
            alert.display_name = ': '.join(part for part in parts if part)

    @api.model
    def _active_domain(self):
        """Return the domain of the alerts that matter today."""
        today = fields.Date.context_today(self)
        return [
            ('status', '=', 'active'),
            '|',
            ('date_from', '=', False),
            ('date_from', '<=', today),
            '|',
            ('date_to', '=', False),
            ('date_to', '>=', today),
        ]
