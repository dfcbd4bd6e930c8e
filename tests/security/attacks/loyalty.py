"""Points that nobody gave, codes of others, and who is in a club or a campaign."""

from functools import partial
from uuid import uuid4

from odoo.addons.healthcare_crm import sensitive

from .book import Attack, add, attack

EVERYBODY = (
    'reception',
    'practitioner',
    'marketing',
    'quality',
    'clinic_administrator',
    'employee',
    'portal',
    'public',
)
#: who has nothing to do at a desk
NOT_AT_DESK = ('marketing', 'quality', 'privacy_officer', 'employee', 'portal', 'public')
AT_DESK = ('reception', 'call_desk', 'nurse')

#: what the software alone writes -> what a forger would like to be there
WRITTEN = {
    'loyalty.card': {'points': 1_000_000},
    'loyalty.history': {'issued': 1_000_000, 'description': "HACK"},
    'healthcare.loyalty.allocation': {'points': 1},
    'healthcare.loyalty.cause': {'kind': 'card'},
    'healthcare.loyalty.cut': {'points': 1_000_000},
    'healthcare.loyalty.redemption': {'state': 'redeemed'},
    'healthcare.loyalty.share': {'state': 'shared'},
    'healthcare.loyalty.tier.change': {'date': '2020-01-01'},
    'healthcare.coupon.redemption': {'state': 'undone'},
    'healthcare.campaign.participant': {'revenue': 1_000_000},
    'healthcare.campaign.print': {'number': 7},
}


def _balance(attempt, clinic=None):
    card = (clinic or attempt.here).records['loyalty.card'].sudo()
    attempt.case.env.flush_all()
    card.invalidate_recordset()
    return card.points


# ------------------------------------------------------------ what nobody writes


def write_by_hand(model, way, attempt):
    """Make, change or delete a record that the software alone writes."""
    record = attempt.here.records.get(model)
    ids = record.ids if record else [1]
    values = WRITTEN[model]
    card = attempt.here.records['loyalty.card']
    new = values | {'card_id': card.id, 'patient_id': attempt.here.patient.id}
    new |= {'partner_id': attempt.here.patient.id, 'program_id': card.sudo().program_id.id}
    known = attempt.case.env[model]._fields
    new = {name: value for name, value in new.items() if name in known}
    calls = {
        'make': [('create', [new]), ('copy',)],
        'change': [('write', values), ('web_save', values, {})],
        'delete': [('unlink',), ('action_archive',)],
    }
    for method, *arguments in calls[way]:
        attempt.refused(
            f'{method} of {model} is not refused',
            model,
            method,
            *arguments,
            ids=None if method == 'create' else ids,
        )
    # these say what is wrong, and do nothing
    attempt.call(model, 'name_create', "HACK")
    attempt.call(model, 'load', ['.id', *values], [['1', *map(str, values.values())]])


for _model in WRITTEN:
    for _way in ('make', 'change', 'delete'):
        add(
            Attack(
                f'{_way} {_model} by hand',
                EVERYBODY,
                partial(write_by_hand, _model, _way),
                keeps_own=True,
                group='loyalty by hand',
            )
        )


# ------------------------------------------------------------ the desk


def _desk_calls(clinic):
    """Return what the buttons of the desk would call about the patient of a clinic."""
    of = {model: record.id for model, record in clinic.records.items() if len(record) == 1}
    card, token = of['loyalty.card'], str(uuid4())
    coupon = clinic.records['healthcare.coupon.redemption'].sudo().card_id
    code = clinic.records['healthcare.loyalty.redemption'].sudo().code
    return {
        'desk_open': (card,),
        'desk_join': (of['res.partner'],),
        'desk_earn': (card, of['healthcare.loyalty.earning'], token),
        'desk_take_back': (of['loyalty.history'],),
        'desk_redeem': (card, of['loyalty.reward']),
        'desk_hand_over': (of['healthcare.loyalty.redemption'],),
        'desk_return': (of['healthcare.loyalty.redemption'],),
        'desk_coupon': (coupon.id, of['res.partner'], token),
        'desk_return_coupon': (of['healthcare.coupon.redemption'],),
        'desk_introduce': (card, of['healthcare.introducer']),
        'desk_scan': (code, card),
    }


def at_the_desk(method, attempt):
    """Press a button of the desk that is not for this user."""
    for clinic in (attempt.here, attempt.there):
        arguments = _desk_calls(clinic)[method]
        attempt.refused(f'{method} is not refused', 'healthcare.loyalty.desk', method, *arguments)


def for_another_clinic(method, attempt):
    """Press a button of the desk with what belongs to the other clinic, alone and mixed."""
    theirs, ours = _desk_calls(attempt.there)[method], _desk_calls(attempt.here)[method]
    tries = {theirs} | {(*ours[:at], theirs[at], *ours[at + 1 :]) for at in range(len(ours))}
    for arguments in tries - {ours}:
        attempt.call('healthcare.loyalty.desk', method, *arguments)


for _method in (
    'desk_open',
    'desk_join',
    'desk_earn',
    'desk_take_back',
    'desk_redeem',
    'desk_hand_over',
    'desk_return',
    'desk_coupon',
    'desk_return_coupon',
    'desk_introduce',
    'desk_scan',
):
    add(
        Attack(
            f'{_method} by who is not at a desk',
            NOT_AT_DESK,
            partial(at_the_desk, _method),
            keeps_own=True,
            group='loyalty desk',
        )
    )
    add(
        Attack(
            f'{_method} for the other clinic',
            AT_DESK,
            partial(for_another_clinic, _method),
            group='loyalty desk',
        )
    )


@attack('scanning whatever a scanner can read', AT_DESK, keeps_own=True)
def scan(attempt):
    """No text that is scanned tells of the other clinic, or changes anything."""
    there = attempt.there.records
    codes = [
        there['loyalty.card'].sudo().code,
        there['healthcare.loyalty.redemption'].sudo().code,
        there['healthcare.introducer'].sudo().code,
        there['healthcare.coupon.redemption'].sudo().card_id.code,
    ]
    hostile = ['%', '_', "' OR 1=1 --", '\x00', 'R' * 10_000, '٣' * 12, [1], {'a': 1}, None, 7]
    for text in codes + hostile + [f'https://x/i/{code}?a=1' for code in codes]:
        for card in (False, there['loyalty.card'].id, -1, 2**63, 'x', [1]):
            attempt.call('healthcare.loyalty.desk', 'desk_scan', text, card)


@attack('points by a forged or repeated token', AT_DESK)
def tokens(attempt):
    """A press of the button gives points once, and only with a token of the screen."""
    card, earning, token = _desk_calls(attempt.here)['desk_earn']
    before = _balance(attempt)
    for forged in ('', 'x', None, 0, [token], {'t': token}, "a'; DELETE", 'a' * 10_000, True):
        attempt.call('healthcare.loyalty.desk', 'desk_earn', card, earning, forged)
    attempt.won_if(_balance(attempt) != before, "points were given without a token")
    for _time in range(3):
        attempt.call('healthcare.loyalty.desk', 'desk_earn', card, earning, token)
    attempt.won_if(_balance(attempt) - before > 10, "one press gave points twice")


@attack('more points than there are', AT_DESK)
def overspend(attempt):
    """However often it is pressed, nobody spends what is not there."""
    card, reward = _desk_calls(attempt.here)['desk_redeem']
    for _time in range(6):
        attempt.call('healthcare.loyalty.desk', 'desk_redeem', card, reward)
    attempt.won_if(_balance(attempt) < 0, "the balance is below nothing")


@attack('handing out, and taking back, twice', AT_DESK)
def twice(attempt):
    """What was given out is taken back once."""
    (redemption,) = _desk_calls(attempt.here)['desk_hand_over']
    before = _balance(attempt)
    for method in ('desk_hand_over', 'desk_return', 'desk_return', 'desk_hand_over', 'desk_return'):
        attempt.call('healthcare.loyalty.desk', method, redemption)
    for method in ('action_take_back', 'action_hand_over', 'action_take_back'):
        attempt.call('healthcare.loyalty.redemption', method, ids=[redemption])
    attempt.won_if(_balance(attempt) > before + 30, "points came back twice")


@attack('a coupon used twice, or by another patient', AT_DESK)
def coupon(attempt):
    """A coupon is taken once, by whose it is."""
    coupon, patient, token = _desk_calls(attempt.here)['desk_coupon']
    used = attempt.here.records['healthcare.coupon.redemption']
    other = attempt.here.other.id
    attempt.refused("used twice", 'healthcare.loyalty.desk', 'desk_coupon', coupon, patient, token)
    attempt.call('healthcare.coupon.redemption', 'action_undo', ids=used.ids)
    attempt.refused("by another", 'healthcare.loyalty.desk', 'desk_coupon', coupon, other, token)
    card = attempt.here.records['loyalty.card'].id
    attempt.refused("no coupon", 'healthcare.loyalty.desk', 'desk_coupon', card, patient, token)


@attack('arguments of the desk that are no numbers', AT_DESK, keeps_own=True)
def no_numbers(attempt):
    """A client may send anything in the place of an id."""
    for method, arguments in _desk_calls(attempt.here).items():
        for hostile in (-1, 0, 2**31, 2**63, 1.5, True, '1', [1, 2], {'id': 1}, None, 'NaN'):
            attempt.call('healthcare.loyalty.desk', method, hostile, *arguments[1:])


@attack('points that count down, or without end', 'clinic_administrator')
def endless_points(attempt):
    """Rewards take, and earnings give, some points that can be counted."""
    here = attempt.here.records
    before = _balance(attempt)
    card, _reward = _desk_calls(attempt.here)['desk_redeem']
    for points in (-30, 0, 0.5, float('nan'), float('inf'), -float('inf'), 1e308, '7', None):
        attempt.call(
            'loyalty.reward', 'write', {'required_points': points}, ids=here['loyalty.reward'].ids
        )
        attempt.call('healthcare.loyalty.desk', 'desk_redeem', card, here['loyalty.reward'].id)
        balance = _balance(attempt)
        attempt.won_if(not 0 <= balance <= before, f"a reward for {points} left {balance}")
        attempt.call(
            'healthcare.loyalty.earning',
            'write',
            {'points': points},
            ids=here['healthcare.loyalty.earning'].ids,
        )
    for points in (-30, 0.5, float('nan'), float('inf')):
        attempt.refused(
            f"an earning gives {points}",
            'healthcare.loyalty.earning',
            'write',
            {'points': points},
            ids=here['healthcare.loyalty.earning'].ids,
        )


# ------------------------------------------------------------ who is in it


@attack('who is in a club that tells about health', ('reception', 'call_desk', 'marketing',
        'quality', 'clinic_administrator', 'employee', 'portal', 'public'))  # fmt: skip
def in_club(attempt):
    """Nobody but clinical staff finds out, by whatever question."""
    patient = attempt.here.patient.id
    for model in (
        'healthcare.club.member',
        'healthcare.club.attendance',
        'healthcare.club.volunteer',
    ):
        for domain in ([], [('patient_id', '=', patient)], [('club_id.is_clinical', '=', True)]):
            found = attempt.call(model, 'search_count', domain)
            attempt.won_if(not isinstance(found, Exception) and found, f"{model} {domain}")
    for domain in (
        [('member_ids.patient_id', '=', patient)],
        [('member_ids', 'any', [('patient_id', '=', patient)])],
        [('member_ids', '!=', False)],
        [('talk_ids.attendance_ids', '!=', False)],
    ):
        here = [('company_id', '=', attempt.here.company.id), *domain]
        found = attempt.call('healthcare.club', 'search_count', here)
        attempt.won_if(not isinstance(found, Exception) and found, f"clubs by {domain}")
    ids = attempt.here.records['healthcare.club'].ids
    for name in ('member_count', 'invited_count', 'member_ids'):
        rows = attempt.call('healthcare.club', 'read', [name], ids=ids)
        attempt.won_if(not isinstance(rows, Exception) and rows[0][name], f"{name} of a club")


@attack(
    'who is in a campaign',
    ('marketing', 'quality', 'privacy_officer', 'employee', 'portal', 'public'),
)
def in_campaign(attempt):
    """Marketing counts who is in it, and sees nobody."""
    patient = attempt.here.patient.id
    for model in ('healthcare.campaign.participant', 'loyalty.card', 'loyalty.history'):
        for method, arguments in (
            ('search_count', ([],)),
            ('search_read', ([], ['display_name'])),
            ('formatted_read_group', ([], [], ['__count'])),
            ('export_data', (['id'],)),
            ('name_search', ('',)),
        ):
            ids = attempt.here.records[model].ids if method == 'export_data' else None
            attempt.refused(f"{method} of {model}", model, method, *arguments, ids=ids)
    for domain in (
        [('participant_ids.patient_id', '=', patient)],
        [('segment_ids.member_ids.patient_id', '=', patient)],
    ):
        attempt.refused(f"campaigns by {domain}", 'healthcare.campaign', 'search_count', domain)


@attack('whose coupon it was', ('marketing', 'quality', 'employee', 'portal', 'public'))
def whose_coupon(attempt):
    """Marketing counts coupons, and does not read whose they are, or were."""
    model = 'healthcare.coupon.redemption'
    ids = attempt.here.records[model].ids
    attempt.refused("used coupons are read", model, 'read', ['patient_id'], ids=ids)
    attempt.refused("used coupons are counted", model, 'search_count', [])
    for name in ('card_ids', 'redemption_ids'):
        domain = [(f'{name}.patient_id', '=', attempt.here.patient.id)]
        attempt.refused(f"{domain}", 'healthcare.coupon.batch', 'search_count', domain)


@attack('letters of a campaign by their address', NOT_AT_DESK + AT_DESK)
def letters(attempt):
    """The pages of a print run are for who may read what is on them."""
    attempt.log_in()
    own = attempt.role in AT_DESK
    for clinic in (attempt.there, *(() if own else (attempt.here,))):
        run = clinic.records['healthcare.campaign.print'].id
        campaign = clinic.records['healthcare.campaign'].id
        answer = attempt.get(f'/healthcare/campaign/print/{run}', allow_redirects=False)
        attempt.won_if(answer.content.startswith(b'%PDF'), "letters are handed out")
        if clinic is attempt.there:
            answer = attempt.get(f'/healthcare/campaign/{campaign}/preview', allow_redirects=False)
            attempt.won_if(answer.content.startswith(b'%PDF'), "a letter is shown")


# ------------------------------------------------------------ pages without a login


def _tokens(clinic):
    """Return the signed parts of the addresses of a patient's pages."""
    benefits = clinic.patient._get_benefits_path().rsplit('/', 1)[-1]
    return benefits, clinic.records['healthcare.club.member']._get_token()


def _forged(attempt):
    """Yield tokens that open nothing."""
    there, here = _tokens(attempt.there)[0], _tokens(attempt.here)[0]
    yield from ('x', '0', '.', 'a' * 3000, '%00', '..%2f..', there[:-4], there[4:], there + 'A')
    yield there[:-1] + ('A' if there[-1] != 'A' else 'B')
    half = len(there) // 2
    yield there[:half] + here[half:]
    yield here[:half] + there[half:]
    yield there.swapcase()


@attack('a page of benefits by a forged link', ('public', 'portal', 'reception'))
def forged_benefits(attempt):
    attempt.log_in()
    for token in (*_forged(attempt), _tokens(attempt.there)[1]):
        for data in (None, {'action': 'share_agree', 'key': 'x'}):
            attempt.get(f'/my/benefits/{token}', **({'data': data} if data else {}))


@attack('a page of a club by a forged link', ('public', 'portal', 'reception'))
def forged_club(attempt):
    attempt.log_in()
    for token in (*_forged(attempt), *_tokens(attempt.there)[:1]):
        for data in (None, {'action': 'join', 'key': 'x'}):
            attempt.get(f'/club/{token}', **({'data': data} if data else {}))


def _post(attempt, path, **data):
    return attempt.get(path, data=data, allow_redirects=False)


@attack("deciding on a page without its key, or with another's", 'public', keeps_own=True)
def without_key(attempt):
    """Whoever has the link presses the buttons that are on it, once for each key."""
    attempt.log_in()
    attempt.marks = frozenset()  # the link was given to who holds it
    benefits, club = _tokens(attempt.here)
    share = attempt.here.records['healthcare.loyalty.share'].id
    stranger = attempt.there.patient
    keys = (
        '',
        'x',
        stranger._sign_benefit_key(stranger),
        attempt.here.patient._sign_form_key(attempt.here.patient, 'healthcare-other'),
    )
    for key in keys:
        for action in ('share_agree', 'share_decline', 'reward_cancel', '__class__', '_unlink'):
            _post(attempt, f'/my/benefits/{benefits}', action=action, share=share, key=key)
        for action in ('join', 'leave', 'decline', 'action_agreed_in_person'):
            _post(attempt, f'/club/{club}', action=action, key=key)
    for path in (f'/my/benefits/{benefits}', f'/club/{club}'):
        attempt.get(f'{path}?action=share_agree&share={share}&action=join&key=x')


@attack('what is another patient\'s on a page of benefits', 'public')
def of_another(attempt):
    """A form names numbers: those of others do nothing."""
    attempt.log_in()
    patient = attempt.here.patient
    attempt.marks = {mark for mark in attempt.marks if attempt.there.where.lower() in mark}
    benefits = _tokens(attempt.here)[0]
    there = attempt.there.records
    numbers = {
        'share': there['healthcare.loyalty.share'].id,
        'card': there['loyalty.card'].id,
        'reward': there['loyalty.reward'].id,
        'redemption': there['healthcare.loyalty.redemption'].id,
    }
    hostile = dict.fromkeys(numbers, "1 OR 1=1"), dict.fromkeys(numbers, '9' * 40), numbers
    for values in hostile:
        for action in (
            'share_agree',
            'share_decline',
            'share_end',
            'reward_reserve',
            'reward_cancel',
        ):
            key = patient._sign_benefit_key(patient)
            _post(attempt, f'/my/benefits/{benefits}', action=action, key=key, **values)
    own = {'card': attempt.here.records['loyalty.card'].id}
    key = patient._sign_benefit_key(patient)
    _post(
        attempt, f'/my/benefits/{benefits}', action='reward_reserve', key=key, **{**numbers, **own}
    )


@attack('a key that is sent twice', 'public')
def replay(attempt):
    """Going back and sending a form again does nothing more."""
    attempt.log_in()
    attempt.marks = frozenset()
    patient, here = attempt.here.patient, attempt.here.records
    benefits = _tokens(attempt.here)[0]
    key = patient._sign_benefit_key(patient)
    form = {'card': here['loyalty.card'].id, 'reward': here['loyalty.reward'].id, 'key': key}
    before = _balance(attempt)
    for _time in range(3):
        _post(attempt, f'/my/benefits/{benefits}', action='reward_reserve', **form)
    attempt.won_if(before - _balance(attempt) > 30, "one form reserved twice")


@attack('codes of introducers that nobody was given', ('public', 'portal'))
def introducer_codes(attempt):
    """Typing codes finds nobody, and an archived one says nothing."""
    attempt.log_in()
    introducer = attempt.there.records['healthcare.introducer'].sudo()
    code = introducer.code
    other = 'F' + code[1:][::-1]
    for text in ('F', '%25', '_', "'--", 'F' * 300, '%00', '<b>', code[:-1], other, code[1:]):
        attempt.get(f'/i/{text}')
    introducer.active = False
    attempt.case.env.flush_all()
    attempt.changes_there()
    attempt.get(f'/i/{code}')


@attack('more than the agreed first name behind a code', 'public')
def introducer_page(attempt):
    """Who has a code reads the name that was agreed to, and nothing else of the introducer."""
    attempt.log_in()
    there = attempt.there
    attempt.bring(there.mark(sensitive.GROUP_STAFF))  # the first name that is shown
    code = there.records['healthcare.introducer'].sudo().code
    for query in ('', '?lang=vi_VN', '?lang=../x', '?debug=1', '?introduction=x'):
        attempt.get(f'/i/{code}{query}')
