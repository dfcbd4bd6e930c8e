from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.healthcare_crm.sensitive import GROUP_CLINICAL


class HealthcareSegment(models.Model):
    """Who is in a club about health is not for the desk, by whatever segment it is asked.

    Such a segment is opaque to whoever reads no health records, and nothing is made of it but a
    mailing: see docs/decisions/012.
    """

    _inherit = 'healthcare.segment'

    tells_club = fields.Boolean(
        string="Tells Who Is in a Club",
        compute='_compute_tells_club',
        store=True,
        help="It asks, or asked, for a club about health. Only clinical staff see who is in it. It "
        "can be written to, but not be used otherwise.",
    )
    news_club_ids = fields.One2many(
        'healthcare.club',
        'news_segment_id',
        string="Newsletter Of",
        # who was in a club that was archived stays a secret
        context={'active_test': False},
    )

    @api.depends('condition_ids.club_ids.is_clinical')
    def _compute_tells_club(self):
        """Once it did, it does: the ledger has who got its newsletters."""
        conditions = self._get_all_conditions()
        for segment in self:
            asked = conditions[segment._origin.id].club_ids
            segment.tells_club = segment.tells_club or any(asked.mapped('is_clinical'))

    @api.depends('tells_club')
    @api.depends_context('uid')
    def _compute_is_opaque(self):
        result = super()._compute_is_opaque()
        if not (self.env.su or self.env.user.has_group(GROUP_CLINICAL)):
            self.filtered('tells_club').is_opaque = True
        return result

    @api.constrains('tells_club')
    def _check_uses(self):
        """Refuse to ask for a club about health where the desk would read who is in it."""
        for segment in self.filtered('tells_club'):
            for model, name in self._get_uses():
                # sudo: that it is used, also in another clinic, not by what
                users = self.env[model].sudo().with_context(active_test=False)
                if users.search_count([(name, 'in', segment.ids)], limit=1):
                    segment._check_no_club()

    @api.model
    def _get_uses(self):
        """Return ``[(model, field)]`` by which segments are used for what staff read."""
        return [
            ('healthcare.segment.condition', 'segment_ids'),
            ('healthcare.campaign', 'segment_ids'),
            ('healthcare.campaign', 'excluded_segment_ids'),
            ('healthcare.coupon.batch', 'segment_id'),
        ]

    def _check_no_club(self):
        """Refuse to make of these segments what staff read.

        :raise ValidationError: one of them tells who is in a club about health
        """
        # sudo: that it does, not what it asks
        if told := self.sudo().filtered('tells_club'):
            raise ValidationError(
                self.env._(
                    "“%s” tells who is in a club about health. You can write a mailing to it, but "
                    "not use it in other segments, campaigns, coupons or workflows: there, people "
                    "would read it who are not to know.",
                    told[0].name,
                )
            )

    def action_open_patients(self):
        """Show them to whoever may know them; no field of the patient does."""
        action = super().action_open_patients()
        if self.tells_club:
            members = self.env['healthcare.segment.member'].search([('segment_id', '=', self.id)])
            action['domain'] = [('id', 'in', members.patient_id.ids)]
        return action

    @api.constrains('stored_domain')
    def _check_clubs(self):
        """Refuse to ask about health where everybody at the desk knows who is in the club."""
        # sudo: also those of other clinics that use a segment made of this one
        clubs = self.env['healthcare.club'].sudo()
        clubs.search([('is_clinical', '=', False), ('segment_id', '!=', False)])._check_clinical()

    def _asks_otherwise(self):
        result = super()._asks_otherwise()
        self._check_clubs()
        return result

    def _is_clinical(self):
        """Return whether being in these segments tells about somebody's health."""
        # sudo: whether it asks about health, not what
        segments, seen = self.sudo(), self.sudo().browse()
        while segments:
            conditions = segments.condition_ids
            if 'clinical' in conditions.mapped('access'):
                return True
            # what somebody wrote as a domain may be about anything
            if any(segment._has_domain() for segment in segments):
                return True
            seen |= segments
            segments = conditions.segment_ids - seen
        return False
