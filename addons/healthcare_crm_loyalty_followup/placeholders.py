"""What messages may say of a card, or of a club; each is empty where a workflow is about none."""

from datetime import date
from functools import partial

from odoo.tools import LazyTranslate
from odoo.tools.misc import format_date, formatLang

from odoo.addons.healthcare_crm_followup.engine.placeholders import placeholder as any_placeholder

_lt = LazyTranslate(__name__)
placeholder = partial(any_placeholder, needs='loyalty.card')
_DAY = date(2030, 3, 31)


@placeholder('points', _lt("How many points the member has"), '350')
def _points(about):
    return _written(about, _card(about).balance)


@placeholder('points_expiring', _lt("How many points of the member expire soon"), '120')
def _points_expiring(about):
    return _written(about, _purse(about).points_expiring)


@placeholder('points_expire_on', _lt("Day on which points of the member expire"), _DAY)
def _points_expire_on(about):
    return _day(about, _purse(about).points_expiring_on)


@placeholder('tier', _lt("The member's tier"), _lt("Gold"))
def _tier(about):
    return _card(about).tier_id.with_context(lang=about.lang).name


@placeholder('coupon_code', _lt("The coupon's code"), 'SPRING-7Q4K')
def _coupon_code(about):
    return _card(about).code


@placeholder('coupon_expires_on', _lt("Last day of the coupon"), _DAY)
def _coupon_expires_on(about):
    return _day(about, _card(about).expiration_date)


@placeholder('benefits_link', _lt("Link to the member's own page"))
def _benefits_link(about):
    """The patient's own page; only in a message that goes out, because it opens without a login."""
    if not (about.communication and about.patient):
        return ''
    return f'{about.patient._get_benefits_url()}?lang={about.lang}'


@placeholder('club', _lt("The club that the patient is invited to"), _lt("Walking club"))
def _club(about):
    return _invitation(about).club_id.with_context(lang=about.lang).name


@placeholder('club_link', _lt("Link by which the patient joins the club, or declines"))
def _club_link(about):
    """Only in a message that goes out, because it opens without a login."""
    invitation = _invitation(about)
    return (
        f'{invitation._get_url()}?lang={about.lang}' if about.communication and invitation else ''
    )


def _invitation(about):
    """Return the invitation to a club that a message is about, empty for none."""
    # sudo: the name of the club goes into the message, whoever looks at it
    members = about.env['healthcare.club.member'].sudo()
    enrollment = about.enrollment
    if enrollment.subject_model != 'healthcare.club.member':
        return members
    return members.browse(enrollment.subject_id).exists()


def _card(about):
    """Return the card a message is about, empty for none."""
    # sudo: a card's points and its tier go into the message, whoever looks at it
    cards = about.env['loyalty.card'].sudo()
    enrollment = about.enrollment
    if enrollment.subject_model != 'loyalty.card':
        return cards
    return cards.browse(enrollment.subject_id).exists()


def _purse(about):
    """Return the card with the member's points: their own, or the family's; empty for none."""
    card = _card(about)
    return card.purse_id or card


def _written(about, points):
    env = about.env(context=dict(about.env.context, lang=about.lang))
    return formatLang(env, points, digits=0 if points % 1 == 0 else 2)


def _day(about, day):
    return format_date(about.env, day, lang_code=about.lang) if day else ''
