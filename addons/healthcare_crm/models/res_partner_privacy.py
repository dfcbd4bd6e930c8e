from odoo import api, fields, models

from ..sensitive import GROUP_USER


class ResPartner(models.Model):
    """Patients whose data is kept, but left alone."""

    _inherit = 'res.partner'

    processing_restricted = fields.Boolean(
        string="Use Restricted",
        readonly=True,
        copy=False,
        groups=GROUP_USER,
        help="At the patient's request: nothing is sent, and no segment, campaign or workflow "
        "takes the patient up.",
    )

    _restricted_blocked = models.Constraint(
        'CHECK (processing_restricted IS NOT TRUE OR contact_blocked IS TRUE)',
        "At the patient's request the data is left alone: the privacy officer lifts that first.",
    )

    def _restrict_processing(self):
        """Stop whatever uses the data of these patients for other ends than their care."""
        self.write({'processing_restricted': True, 'contact_blocked': True})
        members = self.env['healthcare.segment.member']
        members.search([('patient_id', 'in', self.ids)]).unlink()

    def _lift_restriction(self):
        """Use the data again; whether to contact the patient is asked anew."""
        self.write({'processing_restricted': False})

    @api.model
    def _get_restricted(self, records):
        """Return those of some records that are about patients whose data is left alone."""
        if records._name == 'res.partner':
            path = 'processing_restricted'
        elif 'patient_id' in records._fields and records._fields['patient_id'].store:
            path = 'patient_id.processing_restricted'
        else:
            return records.browse()
        # sudo: whether there is a restriction; whoever asks has the records already
        hidden = records.sudo().with_context(active_test=False)
        found = hidden.search([('id', 'in', records.ids), (path, '=', True)])
        return records.browse(found.ids)
