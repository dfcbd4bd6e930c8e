"""What happens to members, their cards and who is invited to clubs, for workflows to begin with."""

from odoo.tools import LazyTranslate

from odoo.addons.healthcare_crm_followup.engine import document

_lt = LazyTranslate(__name__)

OF_CARDS = {
    'member_joined': _lt("Patient became a member"),
    'tier_raised': _lt("Member entered a better tier"),
    'tier_lowered': _lt("Member left a tier"),
    'points_expiring': _lt("Points of a member expire soon"),
    'coupon_expiring': _lt("Coupon of a patient expires soon"),
}
OF_CLUBS = {'club_invited': _lt("Patient was invited to a club")}
HAPPENINGS = OF_CARDS | OF_CLUBS
document.add_events(HAPPENINGS)
