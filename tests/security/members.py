"""What patients have in a membership, a club and a campaign, for the clinic of :mod:`.world`.

Cards, movements and what hangs on them are Odoo's, or are protected as a whole and not field by
field: the register of sensitive fields does not name them, so they are entered here.
"""

from odoo.tools import SQL

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF, Sensitive
from odoo.addons.healthcare_crm_loyalty.tests import everything

_STAFF = Sensitive('contact', GROUP_STAFF, 'system')
_NOBODY = Sensitive('contact', '.', 'system')
#: model that is read as a whole or not at all -> how its fields are protected
AS_A_WHOLE = {
    'loyalty.card': dict.fromkeys(
        ('partner_id', 'code', 'points', 'owed', 'joined_on', 'tier_id', 'tier_until', 'batch_id'),
        _STAFF,
    ),
    'loyalty.history': dict.fromkeys(
        ('card_id', 'description', 'issued', 'used', 'kind', 'remaining', 'expires_on', 'date'),
        _STAFF,
    ),
    'healthcare.loyalty.redemption': dict.fromkeys(
        ('card_id', 'patient_id', 'code', 'points', 'state', 'reward_id', 'reason'), _STAFF
    ),
    'healthcare.loyalty.share': dict.fromkeys(('card_id', 'purse_id', 'state'), _STAFF),
    'healthcare.loyalty.tier.change': dict.fromkeys(('card_id', 'tier_id', 'date'), _STAFF),
    'healthcare.loyalty.allocation': dict.fromkeys(('history_id', 'lot_id', 'points'), _NOBODY),
    'healthcare.loyalty.cause': dict.fromkeys(('kind', 'res_id'), _NOBODY),
    'healthcare.loyalty.cut': dict.fromkeys(('card_id', 'cause', 'day', 'points'), _NOBODY),
}
#: model -> the fields of which each value is a marker
MARKED = {
    'loyalty.card': ('code', 'joined_on', 'tier_until'),
    'loyalty.history': ('description', 'expires_on'),
    'healthcare.loyalty.redemption': ('code', 'reason'),
    'healthcare.introducer': ('code', 'shown_name'),
    'healthcare.introduction': ('until', 'came_at'),
    'healthcare.club.member': ('invited_at', 'joined_at', 'left_at'),
    'healthcare.campaign.participant': ('contacted_at', 'responded_at', 'converted_at'),
}


def enter(world, place):
    """Make the patient of a place a member of everything, and mark what they have."""
    env = world.env['res.partner'].with_company(world.companies[place]).env
    patient = world.patient(place).with_env(env)
    other = env['res.partner'].browse(get_another(world, place))
    made = everything.join(env, patient, other, f'Loyal {place}')
    for model, names in MARKED.items():
        record = made[model]
        for name in names:
            mark = {'date': world.day, 'datetime': world.moment}
            value = mark.get(env[model]._fields[name].type, world.word)(model, name, place)
            env.flush_all()
            # in SQL: some of it is written by nobody
            env.cr.execute(
                SQL(
                    'UPDATE %s SET %s = %s WHERE id = %s',
                    SQL.identifier(env[model]._table),
                    SQL.identifier(name),
                    value,
                    record.id,
                )
            )
    env.invalidate_all()
    number = world.number('loyalty.card', 'points', place)
    made['loyalty.card']._give(number - 70, description="Welcome")
    made['healthcare.campaign.participant'].revenue = world.number(
        'healthcare.campaign.participant', 'revenue', place
    )
    talk = made['healthcare.club.talk']
    talk.action_make_event()
    for record in (*made.values(), talk.event_id):
        world._put(record._name, place, record)


def get_another(world, place):
    """Return somebody else of the place, who is told apart by nothing."""
    values = {'name': world.word('res.partner', 'name', place), 'is_patient': True}
    return world.env['res.partner'].create(values | {'company_id': world.companies[place].id}).id
