"""What reception waits for when there are very many members: the server's time of each screen."""

import statistics
import time

from lxml import etree

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from tests.bench import _clinic as clinic
from tests.bench import figure

TAKES = 5
REDEMPTIONS, BATCHES, COUPONS = 200_000, 20, 10_000


def prepare(env, program, first, count):
    """Insert rewards that were given out, and coupons, of the first members."""
    reward = env['loyalty.reward'].search(
        [('program_id', '=', program.id), ('benefit', '!=', False)], limit=1
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_loyalty_redemption (
                   code, card_id, program_id, reward_id, points, state, reserved_until, company_id,
                   create_uid, create_date)
            SELECT 'bench' || card.id, card.id, card.program_id, %(reward)s, 20,
                   CASE WHEN card.id %% 20 = 0 THEN 'reserved' ELSE 'redeemed' END,
                   now() + interval '9 days', %(company)s, 1,
                   now() - card.id %% 400 * interval '1 day'
              FROM loyalty_card card
             WHERE card.program_id = %(program)s AND card.partner_id < %(last)s
            """,
            reward=reward.id,
            company=env.company.id,
            program=program.id,
            last=first + min(count, REDEMPTIONS),
        )
    )
    batches = env['healthcare.coupon.batch'].create(
        [
            {'name': f"Bench {number}", 'kind': 'codes', 'number': COUPONS, 'value': 10}
            for number in range(BATCHES)
        ]
    )
    batches.action_give_out()
    clinic.analyze(env, 'healthcare_loyalty_redemption', 'loyalty_card', 'loyalty_history')


def measure(bench, env, program, first):
    """Report the median of each screen, and the slowest of the desk."""
    user = env['res.users'].create(
        {
            'name': "Bench reception",
            'login': 'bench_reception',
            'group_ids': [Command.set(env.ref('healthcare_crm.group_reception').ids)],
        }
    )
    env.cr.commit()
    card = env['loyalty.card'].search(
        [('program_id', '=', program.id), ('partner_id', '=', first + 5)]
    )
    patient = card.partner_id
    code, name, number, phone = card.code, patient.name, patient.patient_number, patient.phone
    env = env(user=user, context={'lang': 'en_US', 'tz': 'Asia/Taipei'})
    desk = env['healthcare.loyalty.desk']
    member = env['loyalty.card'].browse(card.id)
    took = {
        'desk_scan_ms': lambda: desk.desk_scan(code),
        'desk_name_ms': lambda: desk.desk_scan(name),
        'desk_surname_ms': lambda: desk.desk_scan(name[:3]),
        'desk_number_ms': lambda: desk.desk_scan(number),
        'desk_part_ms': lambda: desk.desk_scan(phone[-6:]),
        'desk_nobody_ms': lambda: desk.desk_scan('Xq 98989898'),
        'desk_open_ms': lambda: desk.desk_open(card.id),
        'member_ms': lambda: member.web_read(_asked(member, 'loyalty_member_view_form', 'form')),
    }
    for key, view, domain in (
        ('members_ms', 'loyalty_member_view_list', []),
        ('members_searched_ms', 'loyalty_member_view_list', _called(env, name)),
        ('members_lapsing_ms', 'loyalty_member_view_list', _lapsing()),
        ('members_expiring_ms', 'loyalty_member_view_list', [('points_expiring', '>', 0)]),
        ('redemptions_ms', 'healthcare_loyalty_redemption_view_list', []),
        (
            'redemptions_reserved_ms',
            'healthcare_loyalty_redemption_view_list',
            [('state', '=', 'reserved')],
        ),
        ('coupons_ms', 'healthcare_coupon_batch_view_list', []),
    ):
        took[key] = lambda view=view, domain=domain: _list(env, view, domain)
    took['members_by_tier_ms'] = lambda: env['loyalty.card'].web_read_group(
        [('is_membership', '=', True)], ['tier_id'], ['__count'], limit=80
    )
    medians = {key: _take(env, work) for key, work in took.items()}
    for key, median in medians.items():
        figure(bench, key, median, 'ms')
    figure(bench, 'desk_ms', max(medians[key] for key in medians if key.startswith('desk')), 'ms')


def _take(env, work):
    times = []
    for _take in range(TAKES + 1):
        env.invalidate_all()
        start = time.monotonic()
        work()
        # whoever looks at a patient is written down before anything leaves
        env.cr.commit()
        times.append((time.monotonic() - start) * 1000)
    # the first one warms up
    return statistics.median(times[1:])


def _lapsing():
    today = fields.Date.today()
    return [('tier_until', '>=', today), ('tier_until', '<=', fields.Date.add(today, days=30))]


def _called(env, text):
    """Return the domain of what is typed into the search box of members."""
    view = env.ref('healthcare_crm_loyalty.loyalty_member_view_search').sudo()
    asked = etree.fromstring(view.arch).find("field[@name='partner_id']").get('filter_domain')
    return safe_eval(asked, {'self': text, 'raw_value': text})


def _list(env, view, domain):
    """Read the first page of a list as the web client does."""
    records = env[env.ref(f'healthcare_crm_loyalty.{view}').sudo().model]
    if records._name == 'loyalty.card':
        domain = [('is_membership', '=', True), *domain]
    return records.web_search_read(
        domain, _asked(records, view, 'list'), limit=80, count_limit=10001
    )


def _asked(records, view, kind):
    """Return what the web client asks for to show a view."""
    view = records.env.ref(f'healthcare_crm_loyalty.{view}').id
    arch = etree.fromstring(records.get_view(view, kind)['arch'])
    return _specify(records, arch)


def _specify(records, node):
    asked = {}
    for child in node.iterchildren():
        if child.tag != 'field':
            asked |= _specify(records, child)
            continue
        field = records._fields[child.get('name')]
        asked[field.name] = {}
        if field.type == 'many2one':
            asked[field.name] = {'fields': {'display_name': {}}}
        elif field.type in ('one2many', 'many2many'):
            asked[field.name] = {
                'fields': _specify(records.env[field.comodel_name], child),
                'limit': 20,
            }
    return asked
