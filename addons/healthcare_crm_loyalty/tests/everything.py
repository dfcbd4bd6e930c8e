"""A patient who is in everything that there is, for whatever has to know all of it."""

from odoo import fields
from odoo.fields import Command


def join(env, patient, other, name="Loyal"):
    """Let a patient be a member, bring another, be in a club and be addressed by a campaign.

    :param env: that of the superuser, at the clinic of the patients
    :param other: another patient of the clinic, with whom the points are shared
    :param name: of whatever has a name; health is what the club and the campaign are about
    :return: ``{model: record}``
    """
    here = {'company_id': env.company.id}
    program = env['loyalty.program'].create(
        {
            'name': name,
            'program_type': 'loyalty',
            'is_membership': True,
            'earning_ids': [Command.create({'name': name, 'event': 'manual', 'points': 10})],
            'tier_ids': [Command.create({'name': name, 'entry_value': 1})],
            **here,
        }
    )
    card, shared = program._join(patient), program._join(other)
    movement = card._give(100, description=name)
    card.tier_id = program.tier_ids
    reward = env['loyalty.reward'].create(
        {
            'program_id': program.id,
            'benefit': 'good',
            'reward_type': 'product',
            'description': name,
            'required_points': 30,
        }
    )
    redemption = card._reserve(reward)
    batch = env['healthcare.coupon.batch'].create(
        {'name': name, 'kind': 'codes', 'number': 1, 'value': 20, **here}
    )
    batch.action_give_out()
    coupon = env['loyalty.card'].search([('batch_id', '=', batch.id)])
    coupon.partner_id = patient
    introducer = env['healthcare.introducer'].create(
        {'partner_id': patient.id, 'shown_name': name, **here}
    )
    club = env['healthcare.club'].create({'name': name, **here})
    talk = env['healthcare.club.talk'].create(
        {'name': name, 'club_id': club.id, 'start': fields.Datetime.now()}
    )
    segment = env['healthcare.segment'].create(
        {
            'name': name,
            'condition_ids': [Command.create({'kind': 'illness', 'text': 'E11'})],
            **here,
        }
    )
    campaign = env['healthcare.campaign'].create(
        {'title': name, 'segment_ids': [Command.set(segment.ids)], **here}
    )
    code = env['healthcare.campaign.code'].create(
        {
            'code': f'CODE-{campaign.id}',
            'campaign_id': campaign.id,
            'source_id': env.ref('utm.utm_source_newsletter').id,
        }
    )
    made = [
        program,
        program.earning_ids,
        program.tier_ids,
        card,
        movement,
        reward,
        redemption,
        batch,
        coupon._redeem_coupon(),
        introducer,
        club,
        talk,
        campaign,
        code,
    ]
    more = {
        'healthcare.campaign.participant': {
            'campaign_id': campaign.id,
            'patient_id': patient.id,
            'arm': 'addressed',
            'since': fields.Datetime.now(),
        },
        'healthcare.campaign.print': {'campaign_id': campaign.id, 'number': 1},
        'healthcare.campaign.settlement': {'code_id': code.id, 'date_to': fields.Date.today()},
        'healthcare.club.attendance': {'talk_id': talk.id, 'patient_id': patient.id},
        'healthcare.club.member': {'club_id': club.id, 'patient_id': patient.id},
        'healthcare.club.volunteer': {'club_id': club.id, 'partner_id': patient.id},
        'healthcare.introduction': {'introducer_id': introducer.id, 'patient_id': other.id},
        'healthcare.loyalty.share': {'card_id': shared.id, 'purse_id': card.id},
        'healthcare.loyalty.tier.change': {'card_id': card.id, 'tier_id': program.tier_ids.id},
    }
    made += [env[model].create(values) for model, values in more.items()]
    made.append(env['healthcare.loyalty.allocation'].search([('lot_id', '=', movement.id)]))
    cause = [('kind', '=', 'card'), ('res_id', '=', card.id)]
    made.append(env['healthcare.loyalty.cause'].search(cause))
    made.append(
        env['healthcare.loyalty.cut'].create(
            {
                'card_id': card.id,
                'earning_id': program.earning_ids.id,
                'cause': f'visit:{movement.id}',
                'day': fields.Date.today(),
                'points': 10,
            }
        )
    )
    return {record._name: record for record in made}
