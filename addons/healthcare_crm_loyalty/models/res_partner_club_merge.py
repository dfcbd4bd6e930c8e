from odoo import models

#: what a patient decided, by what it is worth more than
DECIDED = {'invited': 0, 'declined': 1, 'left': 1, 'member': 2}


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def _before_merge(self, journal, merged):
        """Have what the patient decided about a club win over being asked; being in it over all."""
        result = super()._before_merge(journal, merged)
        both = self.env['healthcare.club.member'].search(
            [('patient_id', 'in', (self | merged).ids)]
        )
        others = {one.club_id: one for one in both if one.patient_id == merged}
        for mine in both.filtered(lambda one: one.patient_id == self):
            other = others.get(mine.club_id)
            if other and DECIDED[other.state] > DECIDED[mine.state]:
                journal.set_values('healthcare_club_member', {mine.id: _get_decision(other)})
        self.env['healthcare.club.member'].invalidate_model()
        return result


def _get_decision(member):
    """Return what was decided, and the evidence of it, as the database has them."""
    return {
        'state': member.state,
        'method': member.method or None,
        'given_by_id': member.given_by_id.id or None,
        'recorded_by_id': member.recorded_by_id.id or None,
        'joined_at': str(member.joined_at) if member.joined_at else None,
        'left_at': str(member.left_at) if member.left_at else None,
    }
