"""The fields this addon adds where patients are: see the register of ``healthcare_crm``."""

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF, GROUP_USER, SYSTEM, Sensitive

_MEMBER = Sensitive('contact', GROUP_STAFF, SYSTEM)
# Who brought whom: for the desk, which says so; what comes of it is the software's.
_BROUGHT = Sensitive('identifier', read=GROUP_STAFF)
_FOUND = Sensitive('clinical', read=GROUP_STAFF, write=SYSTEM)
# Being in a club may tell about somebody's health: record rules say to whom.
_IN_CLUB = Sensitive('clinical', read=GROUP_STAFF)
_IN_CLUB_FOUND = Sensitive('clinical', read=GROUP_STAFF, write=SYSTEM)
# Whom a campaign is meant for, and what they do, tells what it is about.
_CAMPAIGN = Sensitive('clinical', read=GROUP_STAFF, write=SYSTEM)
# Whose coupon it was may tell what it was given for.
_COUPON = Sensitive('clinical', read=GROUP_STAFF, write=SYSTEM)

SENSITIVE = {
    'calendar.event': {
        'arrived_at': Sensitive('contact', GROUP_USER, SYSTEM),
        'campaign_code_id': Sensitive('contact', read=GROUP_STAFF),
        'campaign_code_at': Sensitive('contact', GROUP_STAFF, SYSTEM),
    },
    'healthcare.coupon.redemption': {'patient_id': _COUPON, 'card_id': _COUPON},
    'res.partner': {
        'membership_card_id': _MEMBER,
        'membership_balance': _MEMBER,
        'membership_tier': _MEMBER,
        'can_join': _MEMBER,
        'introducer_ids': _BROUGHT,
        'introduction_ids': _BROUGHT,
    },
    'healthcare.enquiry': {
        'introducer_id': _BROUGHT,
        'campaign_code_id': Sensitive('contact', read=GROUP_STAFF),
        'utm_campaign_id': Sensitive('contact', read=GROUP_STAFF),
    },
    'healthcare.introducer': {
        'partner_id': _BROUGHT,
        'shown_name': _BROUGHT,
        'code': Sensitive('contact', read=GROUP_STAFF, write=SYSTEM),
        'url': Sensitive('contact', read=GROUP_STAFF, write=SYSTEM),
        'qr': Sensitive('contact', read=GROUP_STAFF, write=SYSTEM),
        'is_professional': Sensitive('contact', read=GROUP_STAFF, write=SYSTEM),
        'introduction_ids': _BROUGHT,
        'introduction_count': _FOUND,
        'came_count': _FOUND,
    },
    'healthcare.introduction': {
        'introducer_id': _BROUGHT,
        'patient_id': _BROUGHT,
        'enquiry_id': _FOUND,
        'until': _FOUND,
        'visit_id': _FOUND,
        'came_at': _FOUND,
        'state': _FOUND,
        'reason': _FOUND,
        'decision': _FOUND,
        'is_professional': Sensitive('contact', read=GROUP_STAFF, write=SYSTEM),
        'points': _FOUND,
    },
    'healthcare.club': {
        'member_ids': _IN_CLUB,
        'volunteer_ids': _IN_CLUB,
        'member_count': _IN_CLUB_FOUND,
        'invited_count': _IN_CLUB_FOUND,
    },
    'healthcare.club.member': {
        'patient_id': _IN_CLUB,
        'state': _IN_CLUB_FOUND,
        'origin': _IN_CLUB_FOUND,
        'invited_at': _IN_CLUB_FOUND,
        'joined_at': _IN_CLUB_FOUND,
        'left_at': _IN_CLUB_FOUND,
        'method': _IN_CLUB_FOUND,
        'given_by_id': _IN_CLUB_FOUND,
        'invitation_url': _IN_CLUB_FOUND,
    },
    'healthcare.club.talk': {
        'attendance_ids': _IN_CLUB,
        'attendance_count': _IN_CLUB_FOUND,
    },
    'healthcare.club.attendance': {'patient_id': _IN_CLUB},
    'healthcare.club.volunteer': {
        'partner_id': Sensitive('identifier', read=GROUP_STAFF),
        'phone': Sensitive('contact', read=GROUP_STAFF),
    },
    'healthcare.campaign.participant': {
        'patient_id': Sensitive('identifier', read=GROUP_STAFF, write=SYSTEM),
        'obstacle': _CAMPAIGN,
        'contacted_at': _CAMPAIGN,
        'responded_at': _CAMPAIGN,
        'converted_at': _CAMPAIGN,
        'is_repeat': _CAMPAIGN,
        'revenue': _CAMPAIGN,
    },
    'healthcare.communication': {
        'campaign_id': _CAMPAIGN,
        'print_id': _CAMPAIGN,
    },
    # organisations, never patients
    'healthcare.campaign.code': {},
    'healthcare.campaign.settlement': {},
}

PLAIN = {
    'healthcare.coupon.redemption': {
        'batch_id',
        'movement_id',
        'date',
        'day',
        'user_id',
        'company_id',
        'currency_id',
        'amount',
        'discount',
        'state',
        'undone_at',
        'undone_by_id',
    },
    'calendar.event': set(),
    'res.partner': set(),
    'healthcare.enquiry': set(),
    'healthcare.introducer': {'company_id', 'active'},
    'healthcare.introduction': {'company_id', 'first_touch_at', 'decided_by_id'},
    'healthcare.club': {
        'name',
        'active',
        'company_id',
        'is_clinical',
        'description',
        'color',
        'coordinator_ids',
        'segment_id',
        'news_segment_id',
        'may_run',
        'knows_members',
        'reach',
        'talk_ids',
        'talk_count',
        'next_talk_id',
    },
    'healthcare.club.member': {'club_id', 'company_id', 'recorded_by_id'},
    'healthcare.club.talk': {
        'name',
        'club_id',
        'company_id',
        'start',
        'duration',
        'stop',
        'has_begun',
        'speaker',
        'practitioner_id',
        'place',
        'description',
        'state',
    },
    'healthcare.club.attendance': {'talk_id', 'club_id', 'company_id'},
    'healthcare.club.volunteer': {
        'club_id',
        'company_id',
        'task',
        'date_from',
        'date_to',
        'confidentiality_on',
    },
    'healthcare.campaign.participant': {'campaign_id', 'arm', 'code_id', 'since', 'currency_id'},
    'healthcare.communication': set(),
    'healthcare.campaign.code': {
        'code',
        'campaign_id',
        'company_id',
        'currency_id',
        'source_id',
        'page_id',
        'url',
        'partner_id',
        'fee_basis',
        'fee',
        'settlement_ids',
        'participant_count',
        'conversion_count',
        'revenue',
    },
    'healthcare.campaign.settlement': {
        'code_id',
        'campaign_id',
        'partner_id',
        'company_id',
        'currency_id',
        'date_to',
        'state',
        'participant_count',
        'conversion_count',
        'revenue',
        'fee_basis',
        'fee',
        'amount',
    },
}
